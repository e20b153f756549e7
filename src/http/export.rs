//! Files instead of JSON: which one is asked for, what for, and what is written down of it.
//!
//! A file is asked for by the extension of its address, or by `Accept` at the address without one. Every file
//! names its purpose (PDPA, section 21) and leaves a line in the audit log before its first byte is sent.

use std::collections::BTreeMap;

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    Accept, CONTENT_DISPOSITION, ContentDisposition, DispositionParam, DispositionType, HeaderValue,
    TryIntoHeaderValue, VARY,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, Responder};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::openapi::schema::{Object, Type};
use utoipa::openapi::{ContentBuilder, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, PartialSchema, ToSchema};

use super::app::AppState;
use super::auth::Office;
use super::planning_problem::{Kind, PlanningProblem};
use super::problem::Problem;
use super::reply::{Compression, Effort, Packed};
use crate::area::Area;
use crate::papers::Listing;
use crate::planning::told::Language;
use crate::store::audit;

/// Characters of a purpose.
const PURPOSE_CHARS: std::ops::RangeInclusive<usize> = 3..=200;

/// A purpose without blanks around it; `None` where it is too short or too long to be one.
#[must_use]
pub fn checked_purpose(said: &str) -> Option<&str> {
    let said = said.trim();
    PURPOSE_CHARS.contains(&said.chars().count()).then_some(said)
}

/// How something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum Format {
    /// For programs, page by page.
    Json,
    /// Comma-separated, for spreadsheets.
    Csv,
    /// A workbook.
    Xlsx,
    /// Points on a map.
    GeoJson,
    /// A page to print.
    Html,
    /// The same, printed.
    Pdf,
}

impl Format {
    const ALL: [Self; 6] = [Self::Json, Self::Csv, Self::Xlsx, Self::GeoJson, Self::Html, Self::Pdf];

    /// What a table is offered as.
    pub(super) const OF_TABLES: &[Self] = &[Self::Csv, Self::Xlsx];

    /// How the address of such a file ends.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::GeoJson => "geojson",
            Self::Html => "html",
            Self::Pdf => "pdf",
        }
    }

    /// Its media type, without parameters.
    fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Csv => "text/csv",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::GeoJson => "application/geo+json",
            Self::Html => "text/html",
            Self::Pdf => "application/pdf",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Html => "text/html; charset=utf-8",
            other => other.media_type(),
        }
    }

    /// Whether it is packed already.
    fn is_packed(self) -> bool {
        matches!(self, Self::Xlsx | Self::Pdf)
    }

    /// What the extension in the address asks for.
    ///
    /// # Errors
    /// [`Problem::NotFound`] where there is no such file.
    pub(super) fn of_address(request: &HttpRequest, offered: &[Self]) -> Result<Self, Problem> {
        let extension = request.match_info().query("format");
        let found = Self::ALL.into_iter().find(|format| format.extension() == extension);
        found.filter(|format| offered.contains(format)).ok_or(Problem::NotFound)
    }

    /// What `Accept` likes best: JSON, unless it names one of these files.
    pub(super) fn accepted(request: &HttpRequest, offered: &[Self]) -> Self {
        let Some(accept) = request.get_header::<Accept>() else { return Self::Json };
        let known = |media: &str| {
            let json = std::iter::once(Self::Json);
            json.chain(offered.iter().copied()).find(|format| format.media_type() == media)
        };
        accept.ranked().iter().find_map(|media| known(media.essence_str())).unwrap_or(Self::Json)
    }
}

/// A table as a file, for the description of a route.
pub(super) struct TableFile;

impl IntoResponses for TableFile {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let text = || Object::builder().schema_type(Type::String).build();
        let file = ResponseBuilder::new()
            .description("The file")
            .content(Format::Csv.media_type(), ContentBuilder::new().schema(Some(text())).build())
            .content(
                Format::Xlsx.media_type(),
                ContentBuilder::new().schema(Some(<Vec<u8> as PartialSchema>::schema())).build(),
            );
        BTreeMap::from([("200".to_owned(), file.build().into())])
    }
}

/// A file that is about to be given out.
pub(super) struct Export {
    format: Format,
    purpose: String,
    role: &'static str,
}

impl Export {
    /// Refuses what names no purpose. That of a program is what its key is called.
    ///
    /// # Errors
    /// [`Kind::NoPurpose`].
    pub(super) fn new(office: &Office, format: Format, purpose: Option<&str>) -> Result<Self, Problem> {
        let said = purpose.or(office.key_label()).unwrap_or_default();
        let Some(said) = checked_purpose(said) else {
            return Err(PlanningProblem::new(
                Kind::NoPurpose,
                "say in `purpose`, in 3 to 200 characters, what the file is for; or give the API key a label",
                "กรุณาระบุใน purpose ยาว 3 ถึง 200 ตัวอักษร ว่าจะนำไฟล์นี้ไปใช้ทำอะไร",
            )
            .into());
        };
        Ok(Self { format, purpose: said.to_owned(), role: office.role.name() })
    }

    /// How it is written.
    pub(super) fn format(&self) -> Format {
        self.format
    }

    /// Writes down that it is given out. `about` is a JSON object of what it holds.
    ///
    /// # Errors
    /// The database's own; without the line nothing is given.
    pub(super) fn note(
        &self,
        app: &AppState,
        office: &Office,
        area: impl Into<Area>,
        action: &str,
        about: Value,
    ) -> Result<(), Problem> {
        let area = area.into();
        let mut details =
            json!({ "role": self.role, "format": self.format.extension(), "purpose": self.purpose });
        if let (Value::Object(details), Value::Object(about)) = (&mut details, about) {
            details.extend(about);
        }
        let line = office.line(app.clock.now(), action, &area, &details)?;
        Ok(app.database.write(move |tx| audit::append(tx, area, &line))?)
    }

    /// The file, called `name` and its extension.
    ///
    /// # Errors
    /// [`Problem::Internal`], which does not happen while there is memory.
    pub(super) fn file(&self, name: &str, bytes: Vec<u8>, compression: Compression) -> Result<File, Problem> {
        let compression = if self.format.is_packed() { Compression::None } else { compression };
        let packed = Packed::new(bytes, compression, Effort::Quick)?;
        Ok(File { format: self.format, name: format!("{name}.{}", self.format.extension()), packed })
    }

    /// The same, of a table.
    ///
    /// # Errors
    /// [`Problem::Internal`] if a text is too long for a cell.
    pub(super) fn table(
        &self,
        name: &str,
        listing: &Listing,
        language: Option<Language>,
        compression: Compression,
    ) -> Result<File, Problem> {
        let bytes = match self.format {
            Format::Xlsx => listing.xlsx(language).map_err(unwritten)?,
            _ => listing.csv(language).map_err(unwritten)?,
        };
        self.file(name, bytes, compression)
    }
}

/// A file that is ready to be sent.
pub(super) struct File {
    format: Format,
    name: String,
    packed: Packed,
}

impl Responder for File {
    type Body = BoxBody;

    /// A page is shown, everything else is saved.
    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut response = self.packed.response(StatusCode::OK, self.format.content_type());
        let kind =
            if self.format == Format::Html { DispositionType::Inline } else { DispositionType::Attachment };
        let disposition =
            ContentDisposition { disposition: kind, parameters: vec![DispositionParam::Filename(self.name)] };
        let headers = response.headers_mut();
        if let Ok(value) = disposition.try_into_value() {
            headers.insert(CONTENT_DISPOSITION, value);
        }
        headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Encoding"));
        response
    }
}

/// A file that could not be written.
pub(super) fn unwritten(error: impl std::fmt::Display) -> Problem {
    Problem::Internal(format!("writing a file: {error}"))
}

/// What lists say of where they come from.
pub(super) mod stamp {
    use sync_protocol::ids::TambonCode;

    use crate::area::{Area, Areas};
    use crate::clock::Micros;
    use crate::http::app::AppState;
    use crate::planning::fiscal::show_moment;
    use crate::planning::told::Told;

    /// Of something computed in a tambon: up to which entry of its log, by which thresholds.
    pub(in crate::http) fn of_tambon(
        app: &AppState,
        tambon: TambonCode,
        log_seq: u64,
        parameters: &str,
    ) -> Vec<(Told, Told)> {
        scored(app.areas, app.clock.now(), tambon, log_seq, parameters)
    }

    /// The same where there is no server.
    pub(in crate::http) fn scored(
        areas: &Areas,
        now: Micros,
        tambon: TambonCode,
        log_seq: u64,
        parameters: &str,
    ) -> Vec<(Told, Told)> {
        let same = |text: String| Told::new(text.clone(), text);
        let mut lines = standing(areas, now, tambon.into());
        lines.push((Told::new("ลำดับล่าสุดในบันทึก", "Last entry of the log"), same(log_seq.to_string())));
        lines.push((
            Told::new("เกณฑ์การประเมิน ฉบับที่", "Scoring parameters, version"),
            same(parameters.to_owned()),
        ));
        lines
    }

    /// Of an area, as it stands now.
    pub(in crate::http) fn of_area(app: &AppState, area: impl Into<Area>) -> Vec<(Told, Told)> {
        standing(app.areas, app.clock.now(), area.into())
    }

    fn standing(areas: &Areas, now: Micros, area: Area) -> Vec<(Told, Told)> {
        vec![
            (Told::new("พื้นที่", "Area"), named(areas, area)),
            (Told::new("ข้อมูล ณ วันที่", "As of"), show_moment(now)),
        ]
    }

    /// By which thresholds of programmes' rules it was judged who matches.
    pub(in crate::http) fn of_rules(version: &str) -> (Told, Told) {
        (Told::new("เกณฑ์ของโครงการ ฉบับที่", "Thresholds of programmes, version"), Told::new(version, version))
    }

    /// `ต.อรัญญิก อ.เมืองพิษณุโลก จ.พิษณุโลก (650117)`.
    fn named(areas: &Areas, area: Area) -> Told {
        const KINDS: [(u8, &str); 3] = [(6, "ต."), (4, "อ."), (2, "จ.")];
        let around = KINDS.iter().filter(|(digits, _)| *digits <= area.digits());
        let names = around.filter_map(|(digits, kind)| Some((kind, areas.get(area.shortened(*digits))?)));
        let (th, en): (Vec<String>, Vec<&str>) =
            names.map(|(kind, named)| (format!("{kind}{}", named.th), named.en)).unzip();
        if th.is_empty() {
            return Told::new("ประเทศไทย", "Thailand");
        }
        Told::new(format!("{} ({area})", th.join(" ")), format!("{} ({area})", en.join(", ")))
    }
}
