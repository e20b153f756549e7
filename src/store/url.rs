//! Which database: told from the scheme of its URL, never guessed.

use std::path::{Path, PathBuf};

use super::error::StoreError;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file of this machine.
    Sqlite(PathBuf),
    /// What libpq connects to.
    Postgres(String),
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `postgres://…` or `postgresql://…`.
    ///
    /// # Errors
    /// [`StoreError::Url`] that says what was expected.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let wrong = |reason: &str| StoreError::Url { url: without_password(url), reason: reason.to_owned() };
        let Some((scheme, rest)) = url.split_once(':') else {
            return Err(wrong("it has no scheme"));
        };
        match scheme {
            "sqlite" => {
                let path = rest.strip_prefix("//").unwrap_or(rest);
                match path {
                    "" => Err(wrong("the path is missing")),
                    ":memory:" => Err(wrong("a database in memory cannot be shared by several connections")),
                    path => Ok(Self::Sqlite(PathBuf::from(path))),
                }
            }
            "postgres" | "postgresql" if rest.starts_with("//") => Ok(Self::Postgres(url.to_owned())),
            "postgres" | "postgresql" => Err(wrong("two slashes belong after the colon")),
            other => Err(wrong(&format!("the scheme {other:?} is not known"))),
        }
    }
}

/// The path as SQLite is told it: a relative one cannot be taken for a URI.
pub(crate) fn sqlite_file(path: &Path) -> String {
    let path = path.to_string_lossy();
    if path.starts_with('/') { path.into_owned() } else { format!("./{path}") }
}

/// The URL for messages and logs.
#[must_use]
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("//") else { return url.to_owned() };
    let Some((user, host)) = rest.rsplit_once('@') else { return url.to_owned() };
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}//{name}:***@{host}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_scheme_decides() {
        for (url, path) in [
            ("sqlite:hub.sqlite", "hub.sqlite"),
            ("sqlite:///var/lib/samruat/hub.sqlite", "/var/lib/samruat/hub.sqlite"),
            ("sqlite:/var/lib/hub", "/var/lib/hub"),
        ] {
            assert_eq!(DatabaseUrl::parse(url).unwrap(), DatabaseUrl::Sqlite(path.into()));
        }
        let url = "postgresql://samruat@db.example/samruat";
        assert_eq!(DatabaseUrl::parse(url).unwrap(), DatabaseUrl::Postgres(url.to_owned()));
    }

    #[test]
    fn a_misspelt_url_is_an_error_that_says_what_is_expected() {
        for url in [
            "hub.sqlite",
            "sqllite:hub",
            "postgres:/host/db",
            "sqlite:",
            "sqlite::memory:",
            "mysql://host/db",
            "",
        ] {
            let message = DatabaseUrl::parse(url).unwrap_err().to_string();
            assert!(message.contains("sqlite:PATH or postgres://"), "{message}");
        }
        let message = DatabaseUrl::parse("postgre://samruat:secret@host/db").unwrap_err().to_string();
        assert!(!message.contains("secret"), "{message}");
    }
}
