//! The forms that hold on this device, each made ready once.

use light::{Map, Set};
use std::sync::Arc;

use survey_form::engine::Plan;
use survey_form::expr::TableRows;
use survey_form::fault::Tongue;
use survey_form::model::{Field, Form, Kind, Piece, Text};
use survey_form::table;
use sync_protocol::ids::VillageCode;

use crate::fault::Fault;
use crate::outline::Outline;

/// A form, ready to be asked.
#[derive(Debug)]
pub struct Ready {
    /// The form with what was found out of it.
    pub plan: Arc<Plan>,
    /// Its pages.
    pub outline: Outline,
    /// The villages in which it holds.
    pub villages: Set<VillageCode>,
    /// The tables that it reads, as far as they are here.
    pub tables: Arc<Map<String, TableRows>>,
}

impl Ready {
    /// Makes a form ready from its model and the files of its tables, by name.
    ///
    /// # Errors
    /// `internal` where it is no form, or one that cannot be run.
    pub fn read(model: &[u8], villages: Set<VillageCode>, files: &Map<String, &[u8]>) -> Result<Self, Fault> {
        let form = Form::read(model).ok_or_else(|| Fault::internal("the model of a form cannot be read"))?;
        let id = form.id.clone();
        let plan = Plan::new(form).map_err(|_| Fault::internal(format!("form {id} cannot be run")))?;
        let outline = Outline::of(plan.form());
        let mut tables = Map::new();
        for (name, reads) in table::read_by(plan.form()) {
            let rows = files.get(name).and_then(|file| table::read(file, &reads).rows);
            tables.extend(rows.map(|rows| (name.to_owned(), rows)));
        }
        Ok(Self { plan: Arc::new(plan), outline, villages, tables: Arc::new(tables) })
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> &Form {
        self.plan.form()
    }
}

/// The forms of this device, the household form first.
#[derive(Debug, Default)]
pub struct Forms(pub Vec<Ready>);

impl Forms {
    /// Those that hold in a village, with their places.
    pub fn of_village(&self, village: VillageCode) -> impl Iterator<Item = (usize, &Ready)> {
        self.0.iter().enumerate().filter(move |(_, ready)| ready.villages.contains(&village))
    }

    /// The field that asks a question, by the key that a document has; of a `question/choice` the question.
    #[must_use]
    pub fn asking(&self, key: &str) -> Option<(&Form, &Field)> {
        let question = key.split('/').next().unwrap_or(key);
        self.0.iter().find_map(|ready| {
            let form = ready.form();
            let stored = form.fields.iter().filter(|field| field.kind.is_stored());
            let is_it = |field: &&Field| {
                let is_choice = matches!(field.kind, Kind::SelectMultiple(_));
                field.key() == if is_choice { question } else { key }
            };
            Some((form, stored.into_iter().find(is_it)?))
        })
    }
}

/// Place of a language among those of a form; the form's own choice where it has not this one.
#[must_use]
pub fn language(form: &Form, tongue: Tongue) -> usize {
    let code = match tongue {
        Tongue::Thai => "(th)",
        Tongue::English => "(en)",
    };
    let name = match tongue {
        Tongue::Thai => "ไทย",
        Tongue::English => "english",
    };
    let is_it = |language: &String| {
        let language = light::lowercase(language);
        language.ends_with(code) || language == name || language == code.trim_matches(['(', ')'])
    };
    form.languages.iter().position(is_it).unwrap_or(form.default_language)
}

/// A text without the values in it, where no household is at hand.
#[must_use]
pub fn plain(text: &Text, language: usize) -> String {
    let pieces = text.in_language(language).0.iter().filter_map(|piece| match piece {
        Piece::Literal(text) => Some(text.as_str()),
        Piece::Value(_) => None,
    });
    pieces.collect()
}
