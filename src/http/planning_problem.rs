//! Problems of lists, programmes and plans: what cannot be decided, and what to do, in both languages.

use actix_web::http::StatusCode;
use serde_json::{Value, json};

use super::problem::Problem;
use crate::store::{StoreError, TxError};

/// Why a decision or a file was not taken. Nothing of it was applied.
#[derive(Debug)]
pub struct PlanningProblem {
    kind: Kind,
    /// What about this request, in English.
    en: String,
    /// The same in Thai.
    th: String,
    /// More about it, by kind: members of the problem.
    more: Value,
}

/// Every kind: its status, its stable name, its title in English and Thai.
macro_rules! kinds {
    ($($(#[$meta:meta])* $kind:ident = $status:ident, $name:literal, $en:literal, $th:literal;)+) => {
        /// What a problem of planning is called.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Kind { $($(#[$meta])* $kind),+ }

        impl Kind {
            /// Status, stable name, title in English, title in Thai.
            pub(super) const fn face(self) -> (StatusCode, &'static str, &'static str, &'static str) {
                match self { $(Self::$kind => (StatusCode::$status, $name, $en, $th)),+ }
            }
        }
    };
}

kinds! {
    /// A threshold that nothing could be scored by.
    OutOfRange = UNPROCESSABLE_ENTITY, "out-of-range", "A value is out of range", "ค่าที่กำหนดอยู่นอกช่วงที่ใช้ได้";
    /// No such set of thresholds.
    UnknownScoring = NOT_FOUND, "unknown-scoring", "Unknown scoring parameters", "ไม่พบเกณฑ์คะแนนชุดนี้";
    /// No such set of thresholds of rules.
    UnknownRules = NOT_FOUND, "unknown-rules", "Unknown rule parameters", "ไม่พบเกณฑ์โครงการชุดนี้";
    /// No such list or version.
    UnknownList = NOT_FOUND, "unknown-list", "Unknown list", "ไม่พบบัญชีรายชื่อนี้";
    /// Somebody decided something since the list was read.
    StaleDecision = CONFLICT, "stale-decision", "The list changed meanwhile", "มีผู้แก้ไขบัญชีนี้ไปก่อนแล้ว กรุณาดูสิ่งที่เปลี่ยนแล้วตัดสินใหม่";
    /// What the list's state, or the decision itself, does not allow.
    DecisionRefused = UNPROCESSABLE_ENTITY, "decision-refused", "The decision cannot be taken", "ตัดสินเช่นนี้ไม่ได้";
    /// The list was not handed over to whom it is asked for.
    NotHandedOver = CONFLICT, "not-handed-over", "The list is not handed over to this recipient", "ยังไม่ได้ส่งมอบบัญชีให้ผู้รับนี้";
    /// A file with faults by row and column.
    FileRefused = UNPROCESSABLE_ENTITY, "file-refused", "The file has faults", "ไฟล์นี้ยังใช้ไม่ได้ กรุณาแก้ตามรายการ";
    /// No programme with that name holds there in that year.
    UnknownProgramme = NOT_FOUND, "unknown-programme", "Unknown programme", "ไม่พบโครงการนี้ในปีและพื้นที่นี้";
    /// Nothing can be given out.
    AllocationRefused = UNPROCESSABLE_ENTITY, "allocation-refused", "Nothing can be allocated this way", "จัดสรรเช่นนี้ไม่ได้";
    /// No such allocation.
    UnknownAllocation = NOT_FOUND, "unknown-allocation", "Unknown allocation", "ไม่พบการจัดสรรนี้";
    /// No such snapshot.
    UnknownSnapshot = NOT_FOUND, "unknown-snapshot", "Unknown snapshot", "ไม่พบข้อมูลที่บันทึกไว้ชุดนี้";
    /// A file that nobody says the use of.
    NoPurpose = BAD_REQUEST, "no-purpose", "A file needs a purpose", "กรุณาระบุวัตถุประสงค์ที่จะใช้ข้อมูล";
    /// A part of OData that is not done.
    NotImplemented = NOT_IMPLEMENTED, "not-implemented", "This part of OData is not done here", "ระบบนี้ยังไม่รองรับส่วนนี้ของ OData";
    /// This hub has no browser to print with.
    NoPdf = NOT_IMPLEMENTED, "no-pdf", "This hub makes no PDF", "ระบบนี้สร้างไฟล์ PDF ไม่ได้ กรุณาพิมพ์จากหน้าเว็บ";
}

impl PlanningProblem {
    /// A problem of this kind, told in English and Thai.
    pub(super) fn new(kind: Kind, en: impl Into<String>, th: impl Into<String>) -> Self {
        Self { kind, en: en.into(), th: th.into(), more: json!({}) }
    }

    /// With members of its own, a JSON object.
    pub(super) fn with(self, more: Value) -> Self {
        Self { more, ..self }
    }

    /// Of a list that is written whole: somebody wrote this revision since it was looked at.
    pub(super) fn written_since(by: &str, revision: i32) -> Self {
        Self::new(
            Kind::StaleDecision,
            format!("{by} wrote revision {revision} since; read it and write again"),
            format!("{by} บันทึกฉบับที่ {revision} ไปก่อนแล้ว กรุณาอ่านแล้วบันทึกใหม่"),
        )
        .with(json!({ "revision": revision }))
    }

    pub(super) fn kind(&self) -> Kind {
        self.kind
    }

    /// Its members beside those that every problem has.
    pub(super) fn members(&self) -> Value {
        let mut members = self.more.clone();
        if let Value::Object(members) = &mut members {
            members.insert("detail_th".to_owned(), self.th.clone().into());
        }
        members
    }
}

/// Why a transaction that decides something came to nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum PlanningError {
    /// The database's own.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It cannot be decided.
    #[error("{0}")]
    Refused(PlanningProblem),
}

impl From<PlanningProblem> for PlanningError {
    fn from(problem: PlanningProblem) -> Self {
        Self::Refused(problem)
    }
}

impl TxError for PlanningError {
    fn store(&self) -> Option<&StoreError> {
        if let Self::Store(error) = self { Some(error) } else { None }
    }
}

impl From<PlanningError> for Problem {
    fn from(error: PlanningError) -> Self {
        match error {
            PlanningError::Store(error) => error.into(),
            PlanningError::Refused(problem) => problem.into(),
        }
    }
}

impl std::fmt::Display for PlanningProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.en)
    }
}
