//! Whether the database answers, and with which schema.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::conn::each;
use super::database::Database;
use super::error::StoreError;

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Text)]
    version: String,
}

impl Database {
    /// The last migration that the database has: proof that it answers, and what it holds.
    ///
    /// # Errors
    /// Why it does not answer.
    pub fn schema_version(&self) -> Result<String, StoreError> {
        self.read(|conn| {
            let query = "SELECT version FROM __diesel_schema_migrations ORDER BY version DESC LIMIT 1";
            let version: Version = each!(conn, |c| diesel::sql_query(query).get_result(c))?;
            Ok(version.version)
        })
    }
}
