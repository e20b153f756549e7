//! Every route, in one table: the address, and the handler of each method.
//!
//! The table makes the server's routing and the OpenAPI document, so that neither can know a route
//! that the other does not.

use actix_web::guard::{Any, Get, Head};
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};
use actix_web::{Resource, Route};
use utoipa::OpenApi;

use super::problem::Problem;
use super::{
    allocation_files, allocations, annex, annex_files, answers, app_files, area_assessments, area_groups,
    assessments, changes, conflicts, coverage, devices, duplicates, enrol, erasures, faults, forms, frames,
    handover, households, indicators, merges, needy_lists, odata, operations, people, photos, programmes,
    projects, publications, quality, quarantine, rules, scoring, session, settlements, strength, sync,
    tables, targets, volunteers,
};

/// An area in an address; the name of a group has a `/`.
const AREA: &str = "{area:[^/]+(?:/[^/]+)?}";

macro_rules! routes {
    ($($path:literal { $($method:ident $noun:ident::$handler:ident),+ })+) => {
        /// The address and the methods of every route.
        pub const SERVED: &[(&str, &[&str])] = &[$(($path, &[$(stringify!($method)),+]),)+];

        #[derive(OpenApi)]
        #[openapi(paths($($($noun::$handler),+),+))]
        struct Described;

        /// Gives the server its routes.
        pub fn configure(server: &mut ServiceConfig) {
            $(
                let resource = web::resource($path.replace("{area}", AREA));
                $(let resource = resource.route(routes!(@route $method).to($noun::$handler));)+
                server.service(refusing_others(resource, routes!(@allowed $($method),+)));
            )+
            // OData's clients ask for the root of a service with a slash behind it, and without.
            server.service(web::resource("/api/v1/odata/").route(get_or_head().to(odata::root)));
            server.default_service(web::to(|| async { Err::<&str, _>(Problem::NotFound) }));
        }
    };
    // What answers GET answers HEAD: the server leaves the body out.
    (@route GET) => { get_or_head() };
    (@route POST) => { web::post() };
    (@route PUT) => { web::put() };
    (@route DELETE) => { web::delete() };
    (@route PATCH) => { web::patch() };
    (@route HEAD) => { web::head() };
    (@route OPTIONS) => { web::method(Method::OPTIONS) };
    (@allowed GET) => { "GET, HEAD" };
    (@allowed POST) => { "POST" };
    (@allowed PUT) => { "PUT" };
    (@allowed GET, PUT) => { "GET, HEAD, PUT" };
    (@allowed PUT, DELETE) => { "PUT, DELETE" };
    (@allowed HEAD, PATCH) => { "HEAD, PATCH" };
    (@allowed POST, OPTIONS) => { "POST, OPTIONS" };
    (@allowed GET, POST, DELETE) => { "GET, HEAD, POST, DELETE" };
    (@allowed GET, POST) => { "GET, HEAD, POST" };
}

routes! {
    "/" { GET app_files::page }
    "/livez" { GET operations::livez }
    "/readyz" { GET operations::readyz }
    "/metrics" { GET operations::metrics }
    "/api/openapi.json" { GET operations::openapi }

    "/api/v1/session" { GET session::show, POST session::sign_in, DELETE session::sign_out }

    "/api/v1/enrol" { POST enrol::enrol }
    "/api/v1/people" { GET enrol::list_people }
    "/api/v1/sync" { POST sync::sync }
    "/api/v1/frames/{sha256}" { GET frames::get }

    "/api/v1/photos" { POST photos::offer, OPTIONS photos::options }
    "/api/v1/photos/uploads/{upload}" { HEAD photos::stand, PATCH photos::append }
    "/api/v1/photos/{sha256}" { GET photos::of_device }

    "/api/v1/forms" { GET forms::list, POST forms::add }
    "/api/v1/forms/{hash}" { GET forms::get }
    "/api/v1/forms/{hash}/workbook" { GET forms::workbook }
    "/api/v1/forms/{hash}/tables/{name}" { PUT tables::put }
    "/api/v1/tables/{sha256}" { GET tables::get }
    "/api/v1/areas/{area}/indicators" { GET indicators::show }
    "/api/v1/areas/{area}/indicators.{format}" { GET indicators::file }
    "/api/v1/areas/{area}/assessments" { GET area_assessments::list }
    "/api/v1/areas/{area}/people" { POST people::find }
    "/api/v1/area-groups" { GET area_groups::list, PUT area_groups::put }
    "/api/v1/programmes" { PUT programmes::put }
    "/api/v1/targets" { GET targets::board, PUT targets::put }
    "/api/v1/targets.{format}" { GET targets::file }
    "/api/v1/scoring" { GET scoring::list, POST scoring::add }
    "/api/v1/rule-parameters" { GET rules::list, POST rules::add }
    "/api/v1/published-forms" { GET publications::of_device }

    "/api/v1/tambons/{tambon}/households" { GET households::list }
    "/api/v1/tambons/{tambon}/households.{format}" { GET households::of_address }
    "/api/v1/tambons/{tambon}/members.{format}" { GET households::members }
    "/api/v1/tambons/{tambon}/assessments" { GET assessments::list }
    "/api/v1/tambons/{tambon}/assessments.{format}" { GET assessments::file }
    "/api/v1/tambons/{tambon}/needy-lists" { GET needy_lists::list, POST needy_lists::draft }
    "/api/v1/tambons/{tambon}/needy-lists/{list}" { GET needy_lists::show }
    "/api/v1/tambons/{tambon}/needy-lists/{list}/events" { GET needy_lists::events }
    "/api/v1/tambons/{tambon}/needy-lists/{list}/decisions" { POST needy_lists::decide }
    "/api/v1/tambons/{tambon}/needy-lists/{list}/sealed.csv" { GET needy_lists::sealed }
    "/api/v1/tambons/{tambon}/needy-lists/{list}/list.{format}" { GET needy_lists::file }
    "/api/v1/tambons/{tambon}/needy-lists/{list}/handover.{format}" { GET handover::file }
    "/api/v1/tambons/{tambon}/programmes" { GET programmes::list }
    "/api/v1/tambons/{tambon}/programmes/{programme}/matches" { GET programmes::find_matches }
    "/api/v1/tambons/{tambon}/programmes/{programme}/matches.{format}" { GET programmes::file_of_matches }
    "/api/v1/tambons/{tambon}/allocations" { GET allocations::list, POST allocations::make }
    "/api/v1/tambons/{tambon}/allocations.{format}" { GET allocation_files::file }
    "/api/v1/tambons/{tambon}/allocations/{allocation}/decisions.{format}" { GET allocation_files::decisions }
    "/api/v1/tambons/{tambon}/allocations/{allocation}/withdrawal" { POST allocations::withdraw }
    "/api/v1/tambons/{tambon}/allocations/{allocation}/tranches" { PUT allocations::put_tranches }
    "/api/v1/tambons/{tambon}/settlements" { GET settlements::show, PUT settlements::put }
    "/api/v1/tambons/{tambon}/strength" { GET strength::show, PUT strength::put }
    "/api/v1/tambons/{tambon}/projects" { GET projects::show, PUT projects::put }
    "/api/v1/tambons/{tambon}/annex" { GET annex_files::show }
    "/api/v1/tambons/{tambon}/annex.{format}" { GET annex_files::file }
    "/api/v1/tambons/{tambon}/snapshots" { GET annex::list, POST annex::freeze }
    "/api/v1/tambons/{tambon}/snapshots/{snapshot}" { GET annex::content }
    "/api/v1/tambons/{tambon}/snapshots/{snapshot}/annex.{format}" { GET annex_files::of_snapshot }
    "/api/v1/tambons/{tambon}/scoring" { PUT scoring::choose }
    "/api/v1/tambons/{tambon}/rule-parameters" { PUT rules::choose }
    "/api/v1/tambons/{tambon}/changes" { GET changes::list }
    "/api/v1/tambons/{tambon}/photos/{sha256}" { GET photos::of_office }
    "/api/v1/tambons/{tambon}/coverage" { GET coverage::show }
    "/api/v1/tambons/{tambon}/coverage.{format}" { GET coverage::file }

    "/api/v1/tambons/{tambon}/conflicts" { GET conflicts::list }
    "/api/v1/tambons/{tambon}/conflicts/settle" { POST conflicts::settle }
    "/api/v1/tambons/{tambon}/quarantine" { GET quarantine::list }
    "/api/v1/tambons/{tambon}/quarantine/{change}/retry" { POST quarantine::retry }
    "/api/v1/tambons/{tambon}/faults" { GET faults::list }
    "/api/v1/tambons/{tambon}/duplicates" { GET duplicates::list }
    "/api/v1/tambons/{tambon}/distinctions" { POST duplicates::distinguish }
    "/api/v1/tambons/{tambon}/merges" { POST merges::merge }
    "/api/v1/tambons/{tambon}/forms" { GET publications::list }
    "/api/v1/tambons/{tambon}/forms/{form_id}" { PUT publications::publish, DELETE publications::retire }
    "/api/v1/tambons/{tambon}/forms/{form_id}/answers" { GET answers::list }
    "/api/v1/tambons/{tambon}/quality" { GET quality::list }
    "/api/v1/tambons/{tambon}/households/{household}/quality" { GET quality::of_household }
    "/api/v1/tambons/{tambon}/households/{household}/erasure" { POST erasures::erase }
    "/api/v1/tambons/{tambon}/volunteers" { GET volunteers::list }
    "/api/v1/tambons/{tambon}/devices" { GET devices::list }
    "/api/v1/tambons/{tambon}/devices/{device}/revoke" { POST devices::revoke }
    "/api/v1/tambons/{tambon}/enrolments" { POST devices::enrol }

    "/api/v1/odata" { GET odata::root }
    "/api/v1/odata/$metadata" { GET odata::describe }
    "/api/v1/odata/{set}" { GET odata::read }
    "/api/v1/odata/{set}/$count" { GET odata::count }

    "/office" { GET app_files::office_page }
    "/office/{file}" { GET app_files::office_file }

    // After every other address of one word.
    "/assets/{file}" { GET app_files::asset }
    "/{file}" { GET app_files::file }
}

/// What the handlers say of themselves.
pub(super) fn described() -> utoipa::openapi::OpenApi {
    Described::openapi()
}

fn get_or_head() -> Route {
    web::route().guard(Any(Get()).or(Head()))
}

fn refusing_others(resource: Resource, allowed: &'static str) -> Resource {
    resource.default_service(web::to(
        move || async move { Err::<&str, _>(Problem::MethodNotAllowed { allowed }) },
    ))
}
