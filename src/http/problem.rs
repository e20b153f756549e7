//! What a request that cannot be answered gets: a problem of RFC 9457, as JSON.
//!
//! Every case is an arm of [`Problem`]: its stable name, its status, its title in both languages. A
//! handler turns the errors of the rooms below into one of these by name; there is no conversion that
//! makes a server error of whatever it is given, except for [`StoreError`], whose arms are spelled out.

use std::borrow::Cow;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_RANGE, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::{HttpResponse, ResponseError};
use serde::Serialize;
use serde_json::{Map, Value, json};
use sync_protocol::wire::{VERSION, VERSION_OLDEST, WireError};
use utoipa::ToSchema;

use super::form_views::{ClashView, FaultView, MissingTable};
use super::planning_problem::PlanningProblem;
use crate::forms::FormsError;
use crate::photos::PhotoError;
use crate::store::StoreError;

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What every type begins with.
const TYPE_PREFIX: &str = "urn:samruat:problem:";

/// Seconds after which a client that was turned away may ask again.
const BUSY_RETRY_SECONDS: u32 = 5;

/// Why a request was not done. The text of each is its `detail`, and is shown to whoever asked.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// No route.
    #[error("there is nothing at this address")]
    NotFound,
    /// A route, by another method.
    #[error("this address answers {allowed}")]
    MethodNotAllowed {
        /// The methods, with commas between.
        allowed: &'static str,
    },
    /// A body of another type.
    #[error("the body has to be {expected}")]
    UnsupportedMediaType {
        /// The media type that is expected.
        expected: &'static str,
    },
    /// A body in an encoding that is not read here.
    #[error("the body may be encoded as gzip or zstd, or not at all")]
    UnsupportedEncoding,
    /// A body over its limit, as it was sent or inflated.
    #[error("the body, inflated, may have {limit_bytes} bytes; send less at a time")]
    BodyTooLarge {
        /// The limit.
        limit_bytes: usize,
    },
    /// A body that does not inflate.
    #[error("the body is not what its Content-Encoding says")]
    MalformedEncoding,
    /// A body that ends early.
    #[error("the body ends before it is complete; send it again")]
    TruncatedBody,
    /// JSON that is none, or not what is asked for.
    #[error("the body is not the JSON that is asked for: {0}")]
    MalformedJson(String),
    /// A query that is not what is asked for.
    #[error("the query is not what is asked for: {0}")]
    MalformedQuery(String),
    /// An identifier that is none.
    #[error("{0}")]
    MalformedId(String),
    /// A sync message that is none.
    #[error("the body is not a message of the sync protocol: {0}")]
    MalformedMessage(String),
    /// A sync message with too much in it.
    #[error("{what} may hold {limit}; send less at a time")]
    MessageOverLimit {
        /// What holds too much.
        what: &'static str,
        /// How much it may hold.
        limit: usize,
    },
    /// A version of the protocol that is not spoken.
    #[error(
        "version {0} of the sync protocol is not spoken here, but {VERSION_OLDEST} to {VERSION}; nothing was lost, keep the data"
    )]
    UnknownVersion(u8),
    /// A cursor of another log.
    #[error("the cursor is not of this hub's log, or the hub was restored from a backup; begin without one")]
    UnknownCursor,
    /// Nobody said who asks.
    #[error("an Authorization header with a bearer token, or signing in, is needed")]
    MissingCredentials,
    /// A device's token that is none of ours.
    #[error("no device has this token; enrol the device")]
    WrongToken,
    /// The right token of a device that was revoked.
    #[error("this device was revoked; what it holds stays on it until a coordinator enrols it again")]
    DeviceRevoked,
    /// An API key that is none of ours.
    #[error("there is no such API key; make one with samruat api-key")]
    WrongApiKey,
    /// The right API key, revoked.
    #[error("this API key was revoked")]
    ApiKeyRevoked,
    /// A name or a password that is wrong; not which.
    #[error("there is nobody of this name and password")]
    WrongSignIn,
    /// A session that ended, or is none of ours.
    #[error("you are signed out; sign in again")]
    SignedOut,
    /// A change that a page of another site asks for with the cookie of this one.
    #[error("a page of this hub has to ask for this: Sec-Fetch-Site: same-origin, or its own Origin")]
    CrossSite,
    /// A role that may not do this.
    #[error("the role {role} may not do this; it takes {needed}")]
    RoleNotSufficient {
        /// The role of the key.
        role: &'static str,
        /// Roles that may.
        needed: &'static str,
    },
    /// An area that the office, or the device, is not for.
    #[error("{area} lies outside the area of whoever asks, {allowed}")]
    OutsideArea {
        /// What was asked for.
        area: String,
        /// What may be asked for.
        allowed: String,
    },
    /// No such area.
    #[error("there is no area with the code {code}")]
    UnknownArea {
        /// What was asked for.
        code: String,
        /// If it was abolished: the areas that took its place.
        successors: Vec<String>,
    },
    /// An area that nobody surveys with this hub.
    #[error("this hub does not serve the tambon {0} yet; enrol a device for one of its villages")]
    TambonNotServed(String),
    /// No such frame, or not for this device.
    #[error("there is no such frame for this device; ask for a first sync again")]
    UnknownFrame,
    /// No such device.
    #[error("there is no device {0} in this tambon")]
    UnknownDevice(String),
    /// No such household.
    #[error("there is no household {0} in this tambon")]
    UnknownHousehold(String),
    /// A conflict that is none, or not any more.
    #[error("{detail}")]
    NotInConflict {
        /// How it was settled, as the list of conflicts says it.
        settled: Option<Value>,
        /// Who settled it and when.
        detail: String,
    },
    /// A value that the question does not take.
    #[error("the question does not take this value: {0}")]
    AnswerRefused(String),
    /// No such change in quarantine.
    #[error("no change {0} lies in this tambon's quarantine")]
    UnknownChange(String),
    /// Households that cannot be one.
    #[error("{0}")]
    MergeRefused(String),
    /// A workbook that makes no form.
    #[error("{}", first_fault(.0))]
    FormRefused(Vec<FaultView>),
    /// A form that phones could not fetch, or one more than the hub keeps.
    #[error("{0}")]
    FormTooLarge(String),
    /// No such form or version.
    #[error("there is no form {0} on this hub; GET /api/v1/forms lists those that there are")]
    UnknownForm(String),
    /// No such repeat in the form.
    #[error("{0}")]
    UnknownRepeat(String),
    /// A form whose keys mean something else in another that holds in the tambon.
    #[error("{}", first_clash(.0))]
    FormClashes(Vec<ClashView>),
    /// A form that reads tables which were not added.
    #[error("{}", missing_files(.0))]
    FormTablesMissing(Vec<MissingTable>),
    /// No such table, or not for this device.
    #[error("{0}")]
    UnknownTable(String),
    /// A file that is not the table that the form reads.
    #[error("{}", first_fault(.0))]
    TableRefused(Vec<FaultView>),
    /// A form that holds in none of the villages.
    #[error("the form {0} was not published in any of these villages")]
    FormNotPublished(String),
    /// No such enrolment code.
    #[error("there is no such enrolment code; look at the characters again or ask for a new code")]
    WrongCode,
    /// The right code, too late.
    #[error("this enrolment code is no longer valid; ask for a new one")]
    CodeExpired,
    /// The right code, again.
    #[error("this enrolment code was used already; ask for a new one")]
    CodeUsed,
    /// Too many attempts from one address, or with one name.
    #[error("too many attempts; try again in {retry_seconds} seconds")]
    TooManyAttempts {
        /// When to try again.
        retry_seconds: u32,
    },
    /// Too many requests of one device.
    #[error("this device asks too often; try again in {retry_seconds} seconds")]
    TooManyRequests {
        /// When to try again.
        retry_seconds: u32,
    },
    /// Headers of an upload that are not what the upload protocol asks for.
    #[error("{0}")]
    MalformedUpload(String),
    /// A version of the upload protocol that is not spoken.
    #[error("uploads are spoken of in tus 1.0.0 here; say Tus-Resumable: 1.0.0")]
    UnknownUploadVersion,
    /// No such upload, or not this device's.
    #[error("this device has no such upload; begin it again")]
    UnknownUpload,
    /// An upload that stands elsewhere.
    #[error("the upload goes on from {received}")]
    WrongOffset {
        /// Where it stands.
        received: u32,
    },
    /// More unfinished uploads than one device may have.
    #[error("{0}")]
    TooManyUploads(String),
    /// A photo over the limit, or longer than was announced.
    #[error("the photo may have {limit_bytes} bytes")]
    PhotoTooLarge {
        /// The limit.
        limit_bytes: u32,
    },
    /// A photo that is not what was announced.
    #[error("what arrived does not have the SHA-256 that was announced; begin again")]
    PhotoMismatch,
    /// Bytes that are no picture.
    #[error("what arrived is neither JPEG nor PNG nor WebP")]
    NotAPhoto,
    /// A photo whose household was erased.
    #[error("the household of this photo was erased; keep the photo nowhere")]
    PhotoErased,
    /// No such photo.
    #[error("there is no such photo in this tambon")]
    UnknownPhoto,
    /// A part of a file that is not there.
    #[error("the file has {size} bytes")]
    RangeNotSatisfiable {
        /// The size of the file in bytes.
        size: usize,
    },
    /// What cannot be decided about lists, programmes and plans.
    #[error("{0}")]
    Planning(PlanningProblem),
    /// A request that took too long to arrive.
    #[error("the request took too long to arrive")]
    RequestTimeout,
    /// The hub has more to do than it can.
    #[error("the hub is busy; try again in {BUSY_RETRY_SECONDS} seconds")]
    Busy(String),
    /// The hub is being stopped, or its database does not answer.
    #[error("the hub is not ready: {0}")]
    NotReady(&'static str),
    /// A fault of the hub. What it was is for its log only.
    #[error("the hub failed; its log tells more under this answer's X-Request-Id")]
    Internal(String),
}

/// What a problem is called.
struct Face {
    status: StatusCode,
    name: &'static str,
    en: &'static str,
    th: &'static str,
}

fn face(status: StatusCode, name: &'static str, en: &'static str, th: &'static str) -> Face {
    Face { status, name, en, th }
}

impl Problem {
    fn face(&self) -> Face {
        use StatusCode as S;
        match self {
            Self::NotFound => face(S::NOT_FOUND, "not-found", "Not found", "ไม่พบหน้าที่ขอ"),
            Self::MethodNotAllowed { .. } => {
                face(S::METHOD_NOT_ALLOWED, "method-not-allowed", "Method not allowed", "ใช้คำสั่งนี้กับที่อยู่นี้ไม่ได้")
            }
            Self::UnsupportedMediaType { .. } => face(
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                "Unsupported media type",
                "ไม่รองรับชนิดของข้อมูลที่ส่งมา",
            ),
            Self::UnsupportedEncoding => face(
                S::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-encoding",
                "Unsupported content encoding",
                "ไม่รองรับวิธีบีบอัดข้อมูลนี้",
            ),
            Self::BodyTooLarge { .. } => {
                face(S::PAYLOAD_TOO_LARGE, "body-too-large", "Body too large", "ข้อมูลที่ส่งมามีขนาดใหญ่เกินไป")
            }
            Self::MalformedEncoding => {
                face(S::BAD_REQUEST, "malformed-encoding", "Broken compression", "ข้อมูลที่บีบอัดมาเสียหาย")
            }
            Self::TruncatedBody => {
                face(S::BAD_REQUEST, "truncated-body", "Truncated body", "ข้อมูลที่ส่งมาขาดตอน กรุณาส่งใหม่")
            }
            Self::MalformedJson(_) => {
                face(S::BAD_REQUEST, "malformed-json", "Malformed JSON", "ข้อมูล JSON ไม่ถูกต้อง")
            }
            Self::MalformedQuery(_) => {
                face(S::BAD_REQUEST, "malformed-query", "Malformed query", "เงื่อนไขที่ขอไม่ถูกต้อง")
            }
            Self::MalformedId(_) => {
                face(S::BAD_REQUEST, "malformed-id", "Malformed identifier", "รหัสไม่ถูกต้อง")
            }
            Self::MalformedMessage(_) => face(
                S::BAD_REQUEST,
                "malformed-message",
                "Not a message of the sync protocol",
                "ข้อมูลที่ส่งมาไม่อยู่ในรูปแบบที่ระบบอ่านได้",
            ),
            Self::MessageOverLimit { .. } => face(
                S::PAYLOAD_TOO_LARGE,
                "message-over-limit",
                "Too much in one message",
                "ส่งข้อมูลมาครั้งเดียวมากเกินไป",
            ),
            Self::UnknownVersion(_) => {
                face(S::BAD_REQUEST, "unknown-version", "Unknown protocol version", "ระบบไม่รู้จักรุ่นของโปรแกรมนี้")
            }
            Self::UnknownCursor => {
                face(S::GONE, "unknown-cursor", "Unknown cursor", "ตำแหน่งที่อ่านค้างไว้ไม่ตรงกับระบบนี้ กรุณาเริ่มอ่านใหม่")
            }
            Self::MissingCredentials => {
                face(S::UNAUTHORIZED, "missing-credentials", "Credentials missing", "กรุณาแสดงรหัสเข้าใช้งาน")
            }
            Self::WrongToken => {
                face(S::UNAUTHORIZED, "wrong-token", "Wrong device token", "รหัสของเครื่องไม่ถูกต้อง")
            }
            Self::DeviceRevoked => {
                face(S::FORBIDDEN, "device-revoked", "Device revoked", "เครื่องนี้ถูกยกเลิกการใช้งานแล้ว")
            }
            Self::WrongApiKey => face(S::UNAUTHORIZED, "wrong-api-key", "Wrong API key", "รหัส API ไม่ถูกต้อง"),
            Self::ApiKeyRevoked => {
                face(S::FORBIDDEN, "api-key-revoked", "API key revoked", "รหัส API นี้ถูกยกเลิกแล้ว")
            }
            Self::WrongSignIn => {
                face(S::UNAUTHORIZED, "wrong-sign-in", "Wrong name or password", "ชื่อหรือรหัสผ่านไม่ถูกต้อง")
            }
            Self::SignedOut => {
                face(S::UNAUTHORIZED, "signed-out", "Signed out", "ออกจากระบบแล้ว กรุณาเข้าสู่ระบบอีกครั้ง")
            }
            Self::CrossSite => {
                face(S::FORBIDDEN, "cross-site", "Asked for by another site", "คำขอนี้ไม่ได้มาจากหน้าเว็บของระบบ")
            }
            Self::RoleNotSufficient { .. } => {
                face(S::FORBIDDEN, "role-not-sufficient", "Role not sufficient", "บทบาทนี้ไม่มีสิทธิ์ทำรายการ")
            }
            Self::OutsideArea { .. } => {
                face(S::FORBIDDEN, "outside-area", "Outside the area", "อยู่นอกพื้นที่ที่ได้รับสิทธิ์")
            }
            Self::UnknownArea { .. } => face(S::NOT_FOUND, "unknown-area", "Unknown area code", "ไม่มีรหัสพื้นที่นี้"),
            Self::TambonNotServed(_) => {
                face(S::NOT_FOUND, "tambon-not-served", "Tambon not served here", "ระบบนี้ยังไม่มีข้อมูลของตำบลนี้")
            }
            Self::UnknownFrame => face(S::NOT_FOUND, "unknown-frame", "Unknown frame", "ไม่พบไฟล์ข้อมูลชุดนี้"),
            Self::UnknownDevice(_) => face(S::NOT_FOUND, "unknown-device", "Unknown device", "ไม่พบเครื่องนี้"),
            Self::UnknownHousehold(_) => {
                face(S::NOT_FOUND, "unknown-household", "Unknown household", "ไม่พบครัวเรือนนี้")
            }
            Self::NotInConflict { .. } => face(
                S::CONFLICT,
                "not-in-conflict",
                "Not in conflict",
                "ข้อมูลนี้ไม่มีความขัดแย้งแล้ว มีผู้เลือกไปก่อนหน้านี้",
            ),
            Self::AnswerRefused(_) => face(
                S::UNPROCESSABLE_ENTITY,
                "answer-refused",
                "Not an answer to the question",
                "ใช้คำตอบนี้กับคำถามนี้ไม่ได้",
            ),
            Self::UnknownChange(_) => {
                face(S::NOT_FOUND, "unknown-change", "Unknown change", "ไม่พบรายการนี้ในที่กักเก็บ อาจรับเข้าไปแล้ว")
            }
            Self::MergeRefused(_) => face(
                S::CONFLICT,
                "merge-refused",
                "These households cannot be merged",
                "รวมสองครัวเรือนนี้เข้าด้วยกันไม่ได้",
            ),
            Self::FormRefused(_) => face(
                S::UNPROCESSABLE_ENTITY,
                "form-refused",
                "The workbook makes no form",
                "ไฟล์นี้ยังใช้เป็นแบบสำรวจไม่ได้ กรุณาแก้ตามรายการ",
            ),
            Self::FormTooLarge(_) => {
                face(S::UNPROCESSABLE_ENTITY, "form-too-large", "The form is too large", "แบบสำรวจใหญ่เกินไป")
            }
            Self::UnknownForm(_) => face(S::NOT_FOUND, "unknown-form", "Unknown form", "ไม่พบแบบสำรวจนี้"),
            Self::UnknownRepeat(_) => {
                face(S::NOT_FOUND, "unknown-repeat", "Unknown repeat", "แบบสำรวจนี้ไม่มีกลุ่มคำถามซ้ำนี้")
            }
            Self::FormClashes(_) => face(
                S::CONFLICT,
                "form-clashes",
                "The form means something else than another",
                "คำถามหรือตัวเลือกในแบบนี้มีความหมายไม่ตรงกับแบบอื่นที่ใช้อยู่ในตำบล",
            ),
            Self::FormTablesMissing(_) => face(
                S::CONFLICT,
                "form-tables-missing",
                "Tables of the form are missing",
                "ยังไม่ได้เพิ่มตารางที่แบบสำรวจนี้ใช้",
            ),
            Self::UnknownTable(_) => face(S::NOT_FOUND, "unknown-table", "Unknown table", "ไม่พบตารางนี้"),
            Self::TableRefused(_) => face(
                S::UNPROCESSABLE_ENTITY,
                "table-refused",
                "The file is not the table that the form reads",
                "ไฟล์นี้ยังใช้เป็นตารางของแบบสำรวจไม่ได้ กรุณาแก้ตามรายการ",
            ),
            Self::FormNotPublished(_) => face(
                S::CONFLICT,
                "form-not-published",
                "The form is not published there",
                "แบบสำรวจนี้ไม่ได้เผยแพร่ในหมู่บ้านเหล่านี้",
            ),
            Self::WrongCode => face(
                S::FORBIDDEN,
                "wrong-code",
                "Wrong enrolment code",
                "รหัสลงทะเบียนไม่ถูกต้อง กรุณาตรวจตัวอักษรอีกครั้ง",
            ),
            Self::CodeExpired => {
                face(S::GONE, "code-expired", "Enrolment code expired", "รหัสลงทะเบียนหมดอายุ กรุณาขอรหัสใหม่")
            }
            Self::CodeUsed => {
                face(S::GONE, "code-used", "Enrolment code used already", "รหัสลงทะเบียนนี้ใช้ไปแล้ว กรุณาขอรหัสใหม่")
            }
            Self::TooManyAttempts { .. } => face(
                S::TOO_MANY_REQUESTS,
                "too-many-attempts",
                "Too many attempts",
                "ลองหลายครั้งเกินไป กรุณารอสักครู่แล้วลองใหม่",
            ),
            Self::TooManyRequests { .. } => face(
                S::TOO_MANY_REQUESTS,
                "too-many-requests",
                "Too many requests",
                "ส่งคำขอถี่เกินไป กรุณารอสักครู่แล้วลองใหม่",
            ),
            Self::MalformedUpload(_) => {
                face(S::BAD_REQUEST, "malformed-upload", "Malformed upload", "คำขอส่งรูปไม่ถูกต้อง")
            }
            Self::UnknownUploadVersion => face(
                S::PRECONDITION_FAILED,
                "unknown-upload-version",
                "Unknown version of the upload protocol",
                "ระบบไม่รู้จักวิธีส่งรูปรุ่นนี้",
            ),
            Self::UnknownUpload => {
                face(S::NOT_FOUND, "unknown-upload", "Unknown upload", "ไม่พบรูปที่ส่งค้างไว้ กรุณาส่งใหม่")
            }
            Self::WrongOffset { .. } => face(S::CONFLICT, "wrong-offset", "Wrong offset", "ส่งรูปต่อผิดตำแหน่ง"),
            Self::TooManyUploads(_) => face(
                S::TOO_MANY_REQUESTS,
                "too-many-uploads",
                "Too many unfinished uploads",
                "มีรูปที่ส่งค้างไว้มากเกินไป กรุณาส่งรูปเดิมให้เสร็จก่อน",
            ),
            Self::PhotoTooLarge { .. } => {
                face(S::PAYLOAD_TOO_LARGE, "photo-too-large", "The photo is too large", "รูปมีขนาดใหญ่เกินไป")
            }
            Self::PhotoMismatch => face(
                S::UNPROCESSABLE_ENTITY,
                "photo-mismatch",
                "The photo is not what was announced",
                "รูปที่ได้รับไม่ตรงกับที่แจ้งไว้ กรุณาส่งใหม่",
            ),
            Self::NotAPhoto => face(
                S::UNPROCESSABLE_ENTITY,
                "not-a-photo",
                "Not a photo",
                "ไฟล์นี้ไม่ใช่รูปชนิด JPEG, PNG หรือ WebP",
            ),
            Self::PhotoErased => {
                face(S::GONE, "photo-erased", "The photo was erased", "ข้อมูลของครัวเรือนนี้ถูกลบแล้ว ไม่รับรูปนี้")
            }
            Self::UnknownPhoto => face(S::NOT_FOUND, "unknown-photo", "Unknown photo", "ไม่พบรูปนี้"),
            Self::RangeNotSatisfiable { .. } => face(
                S::RANGE_NOT_SATISFIABLE,
                "range-not-satisfiable",
                "Range not satisfiable",
                "ช่วงข้อมูลที่ขออยู่นอกไฟล์",
            ),
            Self::Planning(problem) => {
                let (status, name, en, th) = problem.kind().face();
                face(status, name, en, th)
            }
            Self::RequestTimeout => {
                face(S::REQUEST_TIMEOUT, "request-timeout", "Request timeout", "ส่งข้อมูลช้าเกินไป กรุณาส่งใหม่")
            }
            Self::Busy(_) => {
                face(S::SERVICE_UNAVAILABLE, "busy", "The hub is busy", "ระบบมีงานมาก กรุณารอสักครู่แล้วลองใหม่")
            }
            Self::NotReady(_) => {
                face(S::SERVICE_UNAVAILABLE, "not-ready", "The hub is not ready", "ระบบยังไม่พร้อมให้บริการ")
            }
            Self::Internal(_) => {
                face(S::INTERNAL_SERVER_ERROR, "internal", "The hub failed", "ระบบขัดข้อง กรุณาลองใหม่หรือแจ้งผู้ดูแล")
            }
        }
    }

    /// What is wrong, for the log and nobody else.
    #[must_use]
    pub fn cause(&self) -> Option<&str> {
        match self {
            Self::Busy(cause) | Self::Internal(cause) => Some(cause),
            _ => None,
        }
    }

    /// Its stable name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.face().name
    }

    /// Members beside the five that every problem has.
    fn members(&self) -> Map<String, Value> {
        let members = match self {
            Self::BodyTooLarge { limit_bytes } => json!({ "limit_bytes": limit_bytes }),
            Self::MessageOverLimit { limit, .. } => json!({ "limit": limit }),
            Self::UnknownVersion(version) => {
                json!({ "version": version, "version_oldest": VERSION_OLDEST, "version_newest": VERSION })
            }
            Self::UnknownArea { code, successors } => json!({ "code": code, "successors": successors }),
            Self::RangeNotSatisfiable { size } => json!({ "size_bytes": size }),
            Self::NotInConflict { settled, .. } => json!({ "settled": settled }),
            Self::PhotoTooLarge { limit_bytes } => json!({ "limit_bytes": limit_bytes }),
            Self::WrongOffset { received } => json!({ "received_bytes": received }),
            Self::FormRefused(faults) | Self::TableRefused(faults) => json!({ "faults": faults }),
            Self::FormTablesMissing(tables) => json!({ "tables": tables }),
            Self::Planning(problem) => problem.members(),
            Self::FormClashes(clashes) => json!({ "clashes": clashes }),
            _ => Value::Null,
        };
        match members {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }

    fn retry_seconds(&self) -> Option<u32> {
        match self {
            Self::TooManyAttempts { retry_seconds } | Self::TooManyRequests { retry_seconds } => {
                Some(*retry_seconds)
            }
            Self::Busy(_) | Self::NotReady(_) => Some(BUSY_RETRY_SECONDS),
            _ => None,
        }
    }

    /// The problem of an answer that the framework made by itself.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::MethodNotAllowed { allowed: "other methods" },
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLarge { limit_bytes: super::body::JSON_BYTES_MAX },
            StatusCode::REQUEST_TIMEOUT => Self::RequestTimeout,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::UnsupportedEncoding,
            status if status.is_client_error() => Self::MalformedQuery("it could not be read".to_owned()),
            status => Self::Internal(format!("the framework answered {status}")),
        }
    }
}

/// A problem as JSON, RFC 9457.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody<'a> {
    /// Stable name: `urn:samruat:problem:…`.
    #[serde(rename = "type")]
    #[schema(example = "urn:samruat:problem:unknown-area")]
    kind: String,
    /// What it is, in English.
    title: &'a str,
    /// What it is, in Thai.
    title_th: &'a str,
    /// The HTTP status.
    status: u16,
    /// What about this request, in English.
    detail: String,
    /// More about it, by type.
    #[serde(flatten)]
    #[schema(ignore)]
    members: Map<String, Value>,
}

impl Problem {
    /// What a client is told.
    pub(super) fn body(&self) -> ProblemBody<'static> {
        let face = self.face();
        ProblemBody {
            kind: format!("{TYPE_PREFIX}{}", face.name),
            title: face.en,
            title_th: face.th,
            status: face.status.as_u16(),
            detail: self.to_string(),
            members: self.members(),
        }
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.face().status
    }

    fn error_response(&self) -> HttpResponse {
        let face = self.face();
        let mut response = HttpResponse::build(face.status);
        response.insert_header((CONTENT_TYPE, PROBLEM_JSON));
        if let Some(seconds) = self.retry_seconds() {
            response.insert_header((RETRY_AFTER, seconds.to_string()));
        }
        if face.status == StatusCode::UNAUTHORIZED {
            response.insert_header((WWW_AUTHENTICATE, "Bearer realm=\"samruat\""));
        }
        match self {
            Self::MethodNotAllowed { allowed } => {
                response.insert_header((ALLOW, *allowed));
            }
            Self::WrongOffset { received } => {
                response.insert_header(("upload-offset", received.to_string()));
            }
            Self::UnknownUploadVersion => {
                response.insert_header(("tus-version", "1.0.0"));
            }
            Self::RangeNotSatisfiable { size } => {
                response.insert_header((CONTENT_RANGE, format!("bytes */{size}")));
            }
            _ => {}
        }
        response.body(serde_json::to_vec(&self.body()).unwrap_or_default())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_)
            | StoreError::Disconnected(_)
            | StoreError::Contended(_)
            | StoreError::Unreachable(_)
            | StoreError::Closed => Self::Busy(error.to_string()),
            StoreError::Url { .. }
            | StoreError::TooNew(_)
            | StoreError::Migration(_)
            | StoreError::Corrupt(_)
            | StoreError::Panicked(_)
            | StoreError::Backup(_)
            | StoreError::Query(_) => Self::Internal(error.to_string()),
        }
    }
}

impl From<PlanningProblem> for Problem {
    fn from(problem: PlanningProblem) -> Self {
        Self::Planning(problem)
    }
}

impl From<PhotoError> for Problem {
    fn from(error: PhotoError) -> Self {
        let text = error.to_string();
        match error {
            PhotoError::Store(error) => error.into(),
            PhotoError::Objects(_) => Self::Busy(text),
            PhotoError::Place { .. } => Self::Internal(text),
            PhotoError::TooLarge { limit_bytes } => Self::PhotoTooLarge { limit_bytes },
            PhotoError::TooManyUploads(_) => Self::TooManyUploads(text),
            PhotoError::UnknownUpload => Self::UnknownUpload,
            PhotoError::WrongOffset { received } => Self::WrongOffset { received },
            PhotoError::Mismatch => Self::PhotoMismatch,
            PhotoError::NotAPhoto => Self::NotAPhoto,
            PhotoError::Erased => Self::PhotoErased,
        }
    }
}

impl From<FormsError> for Problem {
    fn from(error: FormsError) -> Self {
        let text = error.to_string();
        match error {
            FormsError::Store(error) => error.into(),
            FormsError::Refused(faults) => Self::FormRefused(faults.iter().map(FaultView::of).collect()),
            FormsError::TooLarge { .. } | FormsError::Full(_) => Self::FormTooLarge(text),
            FormsError::UnknownForm(name) => Self::UnknownForm(shortened(&name).into_owned()),
            FormsError::UnknownRepeat { .. } => Self::UnknownRepeat(shortened(&text).into_owned()),
            FormsError::NotPublished(form) => Self::FormNotPublished(shortened(&form).into_owned()),
            FormsError::SeveralTambons(_) => Self::MalformedJson(text),
            FormsError::Clashes(clashes) => Self::FormClashes(clashes.iter().map(ClashView::of).collect()),
            FormsError::TablesMissing(tables) => {
                Self::FormTablesMissing(tables.iter().map(MissingTable::of).collect())
            }
            FormsError::UnknownTable { .. } => Self::UnknownTable(shortened(&text).into_owned()),
            FormsError::TableRefused(faults) => {
                Self::TableRefused(faults.iter().map(FaultView::of).collect())
            }
            FormsError::HeldOutside { tambon, allowed } => {
                Self::OutsideArea { area: tambon.to_string(), allowed: allowed.to_string() }
            }
            FormsError::Model(..) | FormsError::Registers { .. } => Self::Internal(text),
        }
    }
}

/// The first of the faults that refuse a form, for whoever reads one line.
fn first_fault(faults: &[FaultView]) -> String {
    let errors = faults.iter().filter(|fault| fault.severity == "error");
    let first = errors.clone().next().map(ToString::to_string).unwrap_or_default();
    match errors.count() {
        0 | 1 => first,
        count => format!("{first} (and {} more, see faults)", count - 1),
    }
}

/// What to add before the form is published.
fn missing_files(tables: &[MissingTable]) -> String {
    let files: Vec<&str> = tables.iter().map(|table| table.file.as_str()).collect();
    format!(
        "the form reads {}; add each by PUT /api/v1/forms/{{hash}}/tables/{{name}} before it is published",
        files.join(", ")
    )
}

/// The first of the clashes, for whoever reads one line.
fn first_clash(clashes: &[ClashView]) -> String {
    let first = clashes.first().map(|clash| clash.en.clone()).unwrap_or_default();
    match clashes.len() {
        0 | 1 => first,
        count => format!("{first} (and {} more, see clashes)", count - 1),
    }
}

impl From<WireError> for Problem {
    fn from(error: WireError) -> Self {
        match error {
            WireError::Empty => Self::TruncatedBody,
            WireError::Version(version) => Self::UnknownVersion(version),
            // The reader of CBOR tells an early end by its message only.
            WireError::Malformed(reason) if reason.contains("end of input") => Self::TruncatedBody,
            WireError::Malformed(reason) => Self::MalformedMessage(shortened(&reason).into_owned()),
            WireError::TooLarge { what, limit } => Self::MessageOverLimit { what, limit },
        }
    }
}

/// A text that came from a reader of foreign bytes, short enough to be shown.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(160) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}
