//! The form that comes with the program.

use std::sync::OnceLock;

use survey_form::model::Form;

use super::words::{Words, read_hash};
use crate::projection::form::{WORKBOOK, built_in_model};
use crate::store::forms::{FormHash, FormVersion};

/// The built-in form, compiled.
#[derive(Debug)]
pub struct BuiltIn {
    /// The form.
    pub form: &'static Form,
    /// Its hash.
    pub hash: FormHash,
    /// The form as JSON.
    pub model: String,
    /// The file that it is made from.
    pub workbook: &'static [u8],
}

/// The form that comes with the program, as the read model has it.
///
/// # Panics
/// If its workbook makes no form; a test compiles it.
#[must_use]
pub fn built_in() -> &'static BuiltIn {
    static FORM: OnceLock<BuiltIn> = OnceLock::new();
    FORM.get_or_init(|| {
        let form = built_in_model();
        let hash = read_hash(&form.hash()).expect("a hash is 64 hexadecimal digits");
        let model = serde_json::to_string(form).expect("a form is JSON");
        BuiltIn { form, hash, model, workbook: WORKBOOK }
    })
}

impl BuiltIn {
    /// How it stands among the versions that were added.
    #[must_use]
    pub fn version(&self) -> FormVersion {
        FormVersion {
            hash: self.hash,
            form_id: self.form.id.clone(),
            version: self.form.version.clone(),
            title: Words::of(self.form, &self.form.title).th,
            added_by: "built-in".to_owned(),
            added_at: crate::clock::Micros(0),
            tables: Some(Vec::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_built_in_form_reads_back_from_its_model() {
        let built_in = built_in();
        let read: Form = serde_json::from_str(&built_in.model).unwrap();
        assert_eq!(&read, built_in.form);
        assert_eq!(read_hash(&read.hash()).unwrap(), built_in.hash);
        assert_eq!(built_in.version().form_id, "thai-household-need");
    }
}
