//! OData 4.0, read-only: what Excel and Power BI open. A planner signs in there with any name and, as the password,
//! the API key.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde_json::{Map, Value as Json, json};

use super::app::{App, AppState};
use super::auth::Office;
use super::export::{Export, Format};
use super::odata_sets::{Keyed, Reader, Source};
use super::planning_problem::{Kind, PlanningProblem};
use super::problem::{PROBLEM_JSON, Problem, ProblemBody};
use super::reply::{Compression, Effort, Packed};
use crate::area::Area;
use crate::odata::{EntitySet, Fault, Filter, Options, metadata};
use crate::store::{Conn, StoreError};

/// Rows of a page.
const PAGE_ROWS: usize = 2_000;
/// Rows that one request reads: what is left is on the next page.
const READ_ROWS_MAX: usize = 50_000;
/// Rows that can be read in another order: each page has those before it looked for anew.
const ORDERED_ROWS_MAX: usize = 200_000;
/// The type of every reply.
const CONTENT_TYPE: &str = "application/json;odata.metadata=minimal";
const VERSION: (&str, &str) = ("odata-version", "4.0");

/// The entity sets that there are.
#[utoipa::path(
    get,
    path = "/api/v1/odata",
    tag = "odata",
    responses(
        (status = 200, description = "The service document of OData 4.0", body = Object, content_type = "application/json"),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn root(app: App, office: Result<Office, Problem>, request: HttpRequest) -> HttpResponse {
    let document = office.and_then(|_| {
        let sets = Source::ALL.map(|source| source.set().name);
        let sets = sets.map(|name| json!({ "name": name, "kind": "EntitySet", "url": name }));
        reply(
            &request,
            &json!({ "@odata.context": format!("{}$metadata", base(&app, &request)), "value": sets }),
        )
    });
    document.unwrap_or_else(|problem| refused(&problem))
}

/// What the entity sets hold.
#[utoipa::path(
    get,
    path = "/api/v1/odata/$metadata",
    tag = "odata",
    responses(
        (status = 200, description = "CSDL 4.0", body = String, content_type = "application/xml"),
        (status = "4XX", description = "missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn describe(office: Result<Office, Problem>, request: HttpRequest) -> HttpResponse {
    let document = office.and_then(|_| {
        let xml = metadata(&Source::ALL.map(Source::set));
        let packed = Packed::new(xml.into_bytes(), Compression::of(&request), Effort::Quick)?;
        Ok(versioned(packed.response(StatusCode::OK, "application/xml")))
    });
    document.unwrap_or_else(|problem| refused(&problem))
}

/// The rows of an entity set: `Households`, `Members`, `Needs`, without anything that points to a person, and `Counts`.
///
/// `$select`, `$filter`, `$orderby`, `$top`, `$skip` and `$count` as OData 4.0 has them; read on at
/// `@odata.nextLink`. A filter that names the tambon (`Tambon eq '650117'`) reads no other. `Counts('650117.018')` is the
/// row with that key.
#[utoipa::path(
    get,
    path = "/api/v1/odata/{set}",
    tag = "odata",
    params(("set" = String, Path, description = "Households, Members, Needs or Counts")),
    responses(
        (status = 200, description = "A page of rows, or the row with this key", body = Object, content_type = "application/json"),
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
        (status = 501, description = "not-implemented: a part of OData that is not done here", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn read(app: App, office: Result<Office, Problem>, request: HttpRequest) -> HttpResponse {
    let answered = async {
        let asked = Asked::read(&app, office?, &request)?;
        let base = base(&app, &request);
        let document = app.block(move |app| asked.page(app, &base)).await?;
        reply(&request, &document)
    };
    answered.await.unwrap_or_else(|problem| refused(&problem))
}

/// How many rows of an entity set there are, as plain text.
#[utoipa::path(
    get,
    path = "/api/v1/odata/{set}/$count",
    tag = "odata",
    params(("set" = String, Path, description = "Households, Members, Needs or Counts")),
    responses(
        (status = 200, description = "The number", body = String, content_type = "text/plain"),
        (status = "4XX", description = "malformed-query, no-purpose, not-found, missing-credentials, wrong-api-key, api-key-revoked", body = ProblemBody<'_>, content_type = "application/problem+json"),
        (status = 501, description = "not-implemented: a part of OData that is not done here", body = ProblemBody<'_>, content_type = "application/problem+json"),
    ),
    security(("api_key" = [])),
)]
pub(super) async fn count(app: App, office: Result<Office, Problem>, request: HttpRequest) -> HttpResponse {
    let answered = async {
        let asked = Asked::read(&app, office?, &request)?;
        let count = app
            .block(move |app| {
                asked.note(app)?;
                asked.count(app)
            })
            .await?;
        Ok(versioned(HttpResponse::Ok().content_type("text/plain").body(count.to_string())))
    };
    answered.await.unwrap_or_else(|problem: Problem| refused(&problem))
}

/// A query, read and allowed.
struct Asked {
    office: Office,
    export: Export,
    reader: Reader,
    options: Options,
    /// Whether one row is asked for, by its key.
    is_one: bool,
}

impl Asked {
    fn read(app: &App, office: Office, request: &HttpRequest) -> Result<Self, Problem> {
        let named = request.match_info().query("set");
        let (name, key) = keyed(named).ok_or(Problem::NotFound)?;
        let source =
            Source::ALL.into_iter().find(|source| source.set().name == name).ok_or(Problem::NotFound)?;
        let reader = Reader::new(source, &office, app);
        let mut options = Options::read(request.query_string(), &reader.set).map_err(malformed)?;
        if let Some(key) = key {
            let only = format!("Id eq {key}");
            options.filter = Some(Filter::read(&only, &reader.set).map_err(malformed)?);
        }
        let purpose =
            options.custom.iter().find(|(name, _)| name == "purpose").map(|(_, value)| value.as_str());
        let export = Export::new(&office, Format::Json, purpose)?;
        Ok(Self { office, export, reader, options, is_one: key.is_some() })
    }

    /// Writes down what is read, once for all pages of a query.
    fn note(&self, app: &AppState) -> Result<(), Problem> {
        if self.options.after.is_some() {
            return Ok(());
        }
        self.export.note(
            app,
            &self.office,
            self.office.area,
            "odata.read",
            json!({ "set": self.reader.set.name }),
        )
    }

    /// Gives every row that fits, in the order of groups and keys. Each group is read by itself: a long way through
    /// all of them holds nothing up.
    fn each(&self, app: &AppState, mut take: impl FnMut(Keyed)) -> Result<(), Problem> {
        for group in app.database.read(|conn| self.reader.groups(conn, &self.options))? {
            let rows = app.database.read(|conn| self.reader.rows(conn, app, group))?;
            let fit = rows.into_iter().filter(|(_, row)| self.options.takes(row));
            fit.for_each(|(key, row)| take((format!("{}~{key}", place(group)), row)));
        }
        Ok(())
    }

    fn count(&self, app: &AppState) -> Result<usize, Problem> {
        let mut count = 0;
        if self.options.filter.is_none() && self.reader.source == Source::Households {
            for group in app.database.read(|conn| self.reader.groups(conn, &self.options))? {
                count += app.database.read(|conn| self.reader.households_in(conn, group))?;
            }
            return Ok(count);
        }
        self.each(app, |_| count += 1)?;
        Ok(count)
    }

    fn page(&self, app: &AppState, base: &str) -> Result<Json, Problem> {
        self.note(app)?;
        if self.is_one {
            return self.one(app, base);
        }
        let counted = self.options.count && self.options.after.is_none();
        let (count, page, onward) = if self.options.order.is_empty() {
            let count = if counted { Some(self.count(app)?) } else { None };
            let (page, onward) = self.next(app)?;
            (count, page, onward)
        } else {
            let (count, page, onward) = self.ordered(app)?;
            (Some(count).filter(|_| counted), page, onward)
        };
        Ok(self.document(base, count, &page, onward))
    }

    /// How many rows fit, the next of them in the order that was asked for, and where to go on. No more rows are kept
    /// than come before the end of the page.
    fn ordered(&self, app: &AppState) -> Result<(usize, Vec<Keyed>, Option<Onward>), Problem> {
        let from = match &self.options.after {
            Some(after) => after.parse().map_err(|_| unknown_place())?,
            None => self.options.skip,
        };
        let kept = from.saturating_add(self.rows_wanted());
        if kept > ORDERED_ROWS_MAX {
            return Err(malformed(Fault::Wrong(format!(
                "in another order the first {ORDERED_ROWS_MAX} rows can be read: narrow them, e.g. by \
                 $filter=Tambon eq '650117', or leave $orderby out"
            ))));
        }
        let by_order = |(_, one): &Keyed, (_, other): &Keyed| self.options.order(one, other);
        let (mut first, mut count) = (Vec::new(), 0);
        self.each(app, |row| {
            count += 1;
            first.push(row);
            if first.len() == 2 * kept + PAGE_ROWS {
                first.sort_by(by_order);
                first.truncate(kept);
            }
        })?;
        first.sort_by(by_order);
        first.truncate(kept);
        let page = first.split_off(from.min(first.len()));
        let end = from + page.len();
        let onward = (end < count).then(|| Onward { after: end.to_string(), skip: 0 });
        Ok((count, page, onward))
    }

    /// The next rows in the order of groups and keys, and where to go on.
    fn next(&self, app: &AppState) -> Result<(Vec<Keyed>, Option<Onward>), Problem> {
        let after = self.options.after.as_deref();
        let (mut skip, wanted) = (self.options.skip, self.rows_wanted());
        let mut rest = after.map(|after| after.split_once('~').ok_or_else(unknown_place)).transpose()?;
        let read = |conn: &mut Conn| -> Result<_, StoreError> {
            let (mut page, mut read): (Vec<Keyed>, usize) = (Vec::new(), 0);
            for group in self.reader.groups(conn, &self.options)? {
                let from = match rest {
                    Some((at, _)) if at != place(group) => continue,
                    Some((_, key)) => key.to_owned(),
                    None => String::new(),
                };
                rest = None;
                if read >= READ_ROWS_MAX {
                    return Ok(Some((page, Some(Onward { after: format!("{}~", place(group)), skip }))));
                }
                let rows = self.reader.rows(conn, app, group)?;
                read += rows.len();
                let later = rows.into_iter().filter(|(key, row)| **key > *from && self.options.takes(row));
                for (key, row) in later {
                    if skip > 0 {
                        skip -= 1;
                    } else if page.len() < wanted {
                        page.push((format!("{}~{key}", place(group)), row));
                    } else {
                        let last = page.last().map(|(key, _)| Onward { after: key.clone(), skip: 0 });
                        return Ok(Some((page, last)));
                    }
                }
            }
            Ok(rest.is_none().then_some((page, None)))
        };
        app.database.read(read)?.ok_or_else(unknown_place)
    }

    fn rows_wanted(&self) -> usize {
        self.options.top.unwrap_or(usize::MAX).min(PAGE_ROWS)
    }

    /// The row with the key that was asked for.
    fn one(&self, app: &AppState, base: &str) -> Result<Json, Problem> {
        let mut found = None;
        self.each(app, |row| found = Some(row))?;
        let row = found.ok_or(Problem::NotFound)?;
        let mut document = self.document(base, None, &[row], None);
        let mut row = document["value"][0].take();
        let context = document["@odata.context"].as_str().unwrap_or_default();
        row["@odata.context"] = json!(format!("{context}/$entity"));
        Ok(row)
    }

    fn document(&self, base: &str, count: Option<usize>, page: &[Keyed], onward: Option<Onward>) -> Json {
        let EntitySet { name, properties, .. } = &self.reader.set;
        let all: Vec<usize> = (0..properties.len()).collect();
        let select = self.options.select.as_ref().unwrap_or(&all);
        let object = |(_, row): &Keyed| {
            let cell = |place: &usize| (properties[*place].name.clone(), json!(row[*place]));
            Json::Object(select.iter().map(cell).collect())
        };
        let names: Vec<&str> = select.iter().map(|place| properties[*place].name.as_str()).collect();
        let selected =
            if self.options.select.is_some() { format!("({})", names.join(",")) } else { String::new() };
        let mut document = Map::new();
        document.insert("@odata.context".to_owned(), json!(format!("{base}$metadata#{name}{selected}")));
        if let Some(count) = count {
            document.insert("@odata.count".to_owned(), json!(count));
        }
        document.insert("value".to_owned(), page.iter().map(object).collect());
        let left = self.options.top.map(|top| top - page.len());
        if let Some(onward) = onward.filter(|_| left != Some(0)) {
            document.insert("@odata.nextLink".to_owned(), json!(self.link(base, &onward, left)));
        }
        Json::Object(document)
    }

    /// The address of the next page: what was asked, from there.
    fn link(&self, base: &str, onward: &Onward, left: Option<usize>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(self.options.query.as_bytes()) {
            if !matches!(&*name, "$top" | "$skip" | "$skiptoken" | "$count") {
                query.append_pair(&name, &value);
            }
        }
        if let Some(left) = left {
            query.append_pair("$top", &left.to_string());
        }
        if onward.skip > 0 {
            query.append_pair("$skip", &onward.skip.to_string());
        }
        query.append_pair("$skiptoken", &onward.after);
        format!("{base}{}?{}", self.reader.set.name, query.finish())
    }
}

/// Where the next page begins.
struct Onward {
    /// The place of the last row that was read.
    after: String,
    /// Rows that are still to be left out.
    skip: usize,
}

/// The name of a set, and the key of a row behind it as it is written there: `Counts('65.018')`, `Counts(Id='65.018')`.
fn keyed(written: &str) -> Option<(&str, Option<&str>)> {
    let Some((name, rest)) = written.split_once('(') else { return Some((written, None)) };
    let key = rest.strip_suffix(')')?;
    let key = key.strip_prefix("Id=").unwrap_or(key);
    (key.len() >= 2 && key.starts_with('\'') && key.ends_with('\'')).then_some((name, Some(key)))
}

/// How a group is named in a link.
fn place(group: Area) -> String {
    group.to_string()
}

fn malformed(fault: Fault) -> Problem {
    match fault {
        Fault::Wrong(what) => Problem::MalformedQuery(what),
        Fault::NotDone(what) => {
            let th = "มีเฉพาะ $select $filter $orderby $top $skip และ $count";
            PlanningProblem::new(Kind::NotImplemented, what, th).into()
        }
    }
}

fn unknown_place() -> Problem {
    malformed(Fault::Wrong("$skiptoken is what an earlier page gave in @odata.nextLink".to_owned()))
}

/// The address of the service, as the client named it.
fn base(app: &AppState, request: &HttpRequest) -> String {
    let info = request.connection_info();
    let (scheme, host) = if app.config.behind_proxy {
        (info.scheme().to_owned(), info.host().to_owned())
    } else {
        let host = request.headers().get("host").and_then(|host| host.to_str().ok());
        ("http".to_owned(), host.unwrap_or("localhost").to_owned())
    };
    format!("{scheme}://{host}/api/v1/odata/")
}

fn reply(request: &HttpRequest, document: &Json) -> Result<HttpResponse, Problem> {
    let bytes = serde_json::to_vec(document).map_err(|error| Problem::Internal(error.to_string()))?;
    let packed = Packed::new(bytes, Compression::of(request), Effort::Quick)?;
    Ok(versioned(packed.response(StatusCode::OK, CONTENT_TYPE)))
}

fn versioned(mut response: HttpResponse) -> HttpResponse {
    let (name, value) = VERSION;
    response.headers_mut().insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    response
}

/// A problem as every other, with the member that OData's clients show; and where nobody signed in, how to.
fn refused(problem: &Problem) -> HttpResponse {
    let mut body = json!(problem.body());
    let message = format!("{}: {}", body["title_th"].as_str().unwrap_or_default(), problem);
    body["error"] = json!({ "code": body["type"], "message": message });
    let status = problem.status_code();
    let mut response = HttpResponse::build(status);
    response.content_type(PROBLEM_JSON);
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, "Basic realm=\"samruat\", charset=\"UTF-8\""));
    }
    versioned(response.body(body.to_string()))
}
