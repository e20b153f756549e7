//! What a reader sees of a household, by role.

use serde::Serialize;
use sync_protocol::ids::{HouseholdId, RowId, TambonCode, VillageCode};
use utoipa::ToSchema;

use super::app::AppState;
use super::auth::Office;
use super::pseudonym::Pseudonyms;
use crate::clock::Micros;
use crate::forms::answers::Column;
use crate::projection::form::{Form, PdpaClass};
use crate::projection::{
    AllAnswers, Answers, HouseholdRow, MemberRow, NeedRow, OtherRow, VisitRow, deidentify,
};
use crate::store::api_keys::Role;
use crate::store::read_model::{House, Row};
use crate::store::{Conn, StoreError};

/// A household, as the role of the key lets it be seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct HouseholdView {
    /// Its id; for a planner a pseudonym, which is the same in every list that this key reads.
    pub household_id: String,
    /// Code of its village.
    pub village: String,
    /// Answers by question name, in the order of the form.
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// How many answers are in conflict, those of its rows included. Not for planners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflicts: Option<i16>,
    /// How many people are listed.
    #[serde(skip)]
    pub listed: i16,
    /// Who lives there. Not for planners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<RowView>>,
    /// What it needs. Not for planners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub needs: Option<Vec<RowView>>,
    /// Who was there when. Not for planners.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visits: Option<Vec<RowView>>,
    /// Photos, notes and what newer forms bring. For coordinators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_rows: Option<Vec<RowView>>,
}

/// A row of a household: a member, a need, a visit, a photo, a note.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowView {
    /// Its id.
    pub row_id: String,
    /// Its group, where the list does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Answers by question name, in the order of the form.
    #[schema(value_type = Object)]
    pub answers: Answers,
    /// How many of them are in conflict.
    pub conflicts: i16,
}

/// What is read of households: a file of many has no use for all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything.
    Whole,
    /// Their own answers and what they need.
    WithNeeds,
}

/// How one office sees households.
#[derive(Clone)]
pub struct Eye {
    role: Role,
    form: &'static Form,
    pseudonyms: Pseudonyms,
}

/// Questions that a fund does not need in order to help.
const NOT_FOR_FUNDS: [&str; 2] = ["m_citizen_id", "m_id_status"];
/// Sensitive questions that a fund is there for.
const FUNDS_NEED: [&str; 1] = ["need_text"];

impl Eye {
    /// How this office sees households.
    #[must_use]
    pub(super) fn of(office: &Office, app: &AppState) -> Self {
        Self {
            role: office.role,
            form: app.form,
            pseudonyms: Pseudonyms::new(&app.secret, &office.pseudonym_key()),
        }
    }

    /// One that sees no more of a household than a planner, whatever the role.
    #[must_use]
    pub(super) fn as_planner(office: &Office, app: &AppState) -> Self {
        Self { role: Role::Planner, ..Self::of(office, app) }
    }

    /// One that sees everything: for whoever has the database itself.
    #[must_use]
    pub fn whole(form: &'static Form) -> Self {
        Self { role: Role::Admin, form, pseudonyms: Pseudonyms::new("", "") }
    }

    /// One that sees what a planner may; its pseudonyms are made with `secret`.
    #[must_use]
    pub fn deidentifying(form: &'static Form, secret: &[u8; 32]) -> Self {
        let secret = data_encoding::HEXLOWER.encode(secret);
        Self { role: Role::Planner, form, pseudonyms: Pseudonyms::new(&secret, "") }
    }

    /// Whether it sees no names.
    #[must_use]
    pub fn is_deidentified(&self) -> bool {
        self.role == Role::Planner
    }

    /// Whether this question's answers are among what it sees of a whole household.
    #[must_use]
    pub fn sees(&self, question: &str) -> bool {
        match (self.role, self.form.field(question)) {
            (Role::Coordinator | Role::Admin, _) => true,
            (Role::Fund, Some(field)) => {
                let needed = FUNDS_NEED.contains(&question) || field.pdpa != PdpaClass::Sensitive;
                needed && !NOT_FOR_FUNDS.contains(&question)
            }
            _ => false,
        }
    }

    /// Whether it sees the answers of this column of a form's table. A question without a class is for
    /// coordinators: nobody said that it is not about health.
    #[must_use]
    pub fn sees_column(&self, column: &Column) -> bool {
        match (self.role, column.class) {
            (Role::Coordinator | Role::Admin, _) => true,
            (Role::Fund, Some(class)) => {
                let key = column.key.as_str();
                let needed = FUNDS_NEED.contains(&key) || class != PdpaClass::Sensitive;
                needed && !NOT_FOR_FUNDS.contains(&key)
            }
            (Role::Planner, Some(PdpaClass::NotPersonal)) => !column.kind.is_free(),
            _ => false,
        }
    }

    /// Whether it sees answers that no question of a form asks for.
    #[must_use]
    pub fn sees_unasked(&self) -> bool {
        self.role >= Role::Coordinator
    }

    /// What it calls a household.
    #[must_use]
    pub fn name(&self, household: HouseholdId) -> HouseholdId {
        if self.is_deidentified() { self.pseudonyms.hide(household) } else { household }
    }

    /// The household that it calls so.
    #[must_use]
    pub fn household(&self, name: HouseholdId) -> HouseholdId {
        if self.is_deidentified() { self.pseudonyms.reveal(name) } else { name }
    }

    /// What it sees of these households.
    ///
    /// # Errors
    /// The database's own; [`StoreError::Corrupt`] for answers that are no JSON.
    pub fn views(
        &self,
        conn: &mut Conn,
        tambon: TambonCode,
        rows: Vec<(VillageCode, HouseholdRow)>,
        extent: Extent,
    ) -> Result<Vec<HouseholdView>, StoreError> {
        if self.is_deidentified() {
            return rows.into_iter().map(|(village, row)| self.deidentified(village, &row)).collect();
        }
        let whole = extent == Extent::Whole;
        let ids: Vec<HouseholdId> = rows.iter().map(|(_, row)| row.household).collect();
        let mut member_rows = Grouped::<MemberRow>::read(conn, tambon, &ids, whole)?;
        let mut need_rows = Grouped::<NeedRow>::read(conn, tambon, &ids, true)?;
        let mut visit_rows = Grouped::<VisitRow>::read(conn, tambon, &ids, whole)?;
        let mut other_rows = Grouped::<OtherRow>::read(conn, tambon, &ids, whole)?;
        let mut views = Vec::with_capacity(rows.len());
        for (village, row) in rows {
            let id = row.household;
            let members = member_rows.of(id).map(|row| self.row(row.row, None, row.conflicts, &row));
            let needs = need_rows.of(id).map(|row| self.row(row.row, None, row.conflicts, &row));
            let visits = visit_rows.of(id).map(|row| self.row(row.row, None, row.conflicts, &row));
            let others =
                other_rows.of(id).map(|row| self.row(row.row, row.group.clone(), row.conflicts, &row));
            let others: Vec<RowView> = others.collect::<Result<_, _>>()?;
            views.push(HouseholdView {
                household_id: id.to_string(),
                village: village.to_string(),
                answers: self.answers(&row)?,
                conflicts: Some(row.conflicts),
                listed: row.members,
                members: Some(members.collect::<Result<_, _>>()?),
                needs: Some(needs.collect::<Result<_, _>>()?),
                visits: Some(visits.collect::<Result<_, _>>()?),
                other_rows: (self.role >= Role::Coordinator).then_some(others),
            });
        }
        Ok(views)
    }

    /// Who lives in these houses, which have of their own answers the house number only.
    ///
    /// # Errors
    /// As [`Eye::views`].
    pub fn members(
        &self,
        conn: &mut Conn,
        tambon: TambonCode,
        houses: Vec<House>,
    ) -> Result<Vec<HouseholdView>, StoreError> {
        let ids: Vec<HouseholdId> = houses.iter().map(|house| house.household).collect();
        let mut rows = Grouped::<MemberRow>::read(conn, tambon, &ids, true)?;
        let view = |house: House| {
            let members = rows.of(house.household).map(|row| self.row(row.row, None, row.conflicts, &row));
            let members: Vec<RowView> = members.collect::<Result<_, _>>()?;
            let number = house.house_no.map(|number| ("house_no".to_owned(), number.into()));
            Ok(HouseholdView {
                household_id: house.household.to_string(),
                village: house.village.to_string(),
                answers: Answers(number.into_iter().collect()),
                conflicts: None,
                listed: i16::try_from(members.len()).unwrap_or(i16::MAX),
                members: Some(members),
                needs: None,
                visits: None,
                other_rows: None,
            })
        };
        houses.into_iter().map(view).collect()
    }

    fn deidentified(&self, village: VillageCode, row: &HouseholdRow) -> Result<HouseholdView, StoreError> {
        let mut answers = deidentify::household(row, village, self.form).map_err(|error| corrupt(&error))?;
        answers.0.retain(|(question, _)| question != "village");
        Ok(HouseholdView {
            household_id: self.name(row.household).to_string(),
            village: village.to_string(),
            answers,
            conflicts: None,
            listed: row.members,
            members: None,
            needs: None,
            visits: None,
            other_rows: None,
        })
    }

    fn row(
        &self,
        id: RowId,
        group: Option<String>,
        conflicts: i16,
        row: &impl AllAnswers,
    ) -> Result<RowView, StoreError> {
        Ok(RowView { row_id: id.to_string(), group, answers: self.answers(row)?, conflicts })
    }

    fn answers(&self, row: &impl AllAnswers) -> Result<Answers, StoreError> {
        let mut answers = row.all_answers(self.form).map_err(|error| corrupt(&error))?;
        answers.0.retain(|(question, _)| self.sees(question));
        Ok(answers)
    }
}

fn corrupt(error: &serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("a row's answers: {error}"))
}

/// Rows by household, in the order of the households.
struct Grouped<T>(std::iter::Peekable<std::vec::IntoIter<(HouseholdId, T)>>);

impl<T: Row> Grouped<T> {
    /// Those of these households, if they are `wanted`.
    fn read(
        conn: &mut Conn,
        tambon: TambonCode,
        ids: &[HouseholdId],
        wanted: bool,
    ) -> Result<Self, StoreError> {
        let rows = if wanted { T::of(conn, tambon, ids)? } else { Vec::new() };
        Ok(Self(rows.into_iter().peekable()))
    }

    fn of(&mut self, household: HouseholdId) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || self.0.next_if(|(id, _)| *id == household).map(|(_, row)| row))
    }
}

/// A time as RFC 3339 writes it.
#[must_use]
pub fn time(at: Micros) -> String {
    jiff::Timestamp::from_microsecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}
