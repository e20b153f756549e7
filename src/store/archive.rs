//! Backup and restore of a PostgreSQL database by its own programs, `pg_dump` and `pg_restore`; SQLite
//! has [`backup`](super::backup).

use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::backup::begin_new_lives;
use super::database::Database;
use super::error::StoreError;
use super::url::without_password;

/// Writes an archive of the database at `url` to a file that does not exist yet. The hub may go on
/// meanwhile.
///
/// # Errors
/// [`StoreError::Backup`].
pub fn dump(url: &str, file: &Path) -> Result<(), StoreError> {
    if file.exists() {
        return Err(StoreError::Backup(format!("cannot write {}: it exists already", file.display())));
    }
    let arguments = ["--format=custom", "--no-owner", "--no-privileges", "--file"];
    run("pg_dump", url, arguments.map(OsString::from).into_iter().chain([file.as_os_str().to_owned()]))
}

/// Puts an archive in the place of what the database at `url` holds, and begins a new life of every log
/// in it. Without `force` the database has to be empty. `draw` gives random bytes.
///
/// # Errors
/// [`StoreError::Backup`]; what was there is then still there.
pub fn load(
    url: &str,
    file: &Path,
    force: bool,
    mut draw: impl FnMut() -> [u8; 8] + Send + 'static,
) -> Result<(), StoreError> {
    if !file.is_file() {
        return Err(StoreError::Backup(format!("cannot read {}: there is no such file", file.display())));
    }
    if !force && holds_a_hub(url)? {
        let url = without_password(url);
        return Err(StoreError::Backup(format!(
            "{url} holds a hub's data already; --force replaces it by the backup"
        )));
    }
    let arguments = [
        "--clean",
        "--if-exists",
        "--no-owner",
        "--no-privileges",
        "--single-transaction",
        "--exit-on-error",
    ];
    run("pg_restore", url, arguments.map(OsString::from).into_iter().chain([file.as_os_str().to_owned()]))?;
    let database = Database::open(url)?;
    database.write(move |tx| begin_new_lives(tx, &mut draw))
}

fn holds_a_hub(url: &str) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Known {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let mut conn =
        PgConnection::establish(url).map_err(|error| StoreError::Unreachable(error.to_string()))?;
    let query = "SELECT COALESCE(to_regclass('tambons')::text, '') AS name";
    let known: Known = diesel::sql_query(query).get_result(&mut conn)?;
    Ok(!known.name.is_empty())
}

/// Runs one of PostgreSQL's programs. The password is handed down in the environment: arguments can be
/// read by everybody on the machine.
fn run(
    program: &'static str,
    url: &str,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<(), StoreError> {
    let failed = |reason: &str| StoreError::Backup(format!("{program}: {reason}"));
    let (address, password) = apart(url);
    let mut command = Command::new(program);
    command.arg("--dbname").arg(address).args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let output = command
        .output()
        .map_err(|error| failed(&format!("{error}; it comes with Debian's package postgresql-client")))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let last = said.lines().rfind(|line| !line.trim().is_empty());
    Err(failed(last.unwrap_or("it failed without a word")))
}

/// The URL without its password, and the password.
fn apart(url: &str) -> (String, Option<String>) {
    let parts = || {
        let (scheme, rest) = url.split_once("//")?;
        let (user, host) = rest.rsplit_once('@')?;
        let (name, password) = user.split_once(':')?;
        Some((format!("{scheme}//{name}@{host}"), decoded(password)))
    };
    parts().map_or_else(|| (url.to_owned(), None), |(address, password)| (address, Some(password)))
}

/// A password as a URL holds it, with its `%xx` read.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let hex = after.first_chunk::<2>().filter(|_| *byte == b'%');
        let value = hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        bytes.push(value.unwrap_or(*byte));
        rest = if value.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_leaves_the_url() {
        assert_eq!(
            apart("postgres://samruat:p%40ss:w@db.example:5432/hub"),
            ("postgres://samruat@db.example:5432/hub".to_owned(), Some("p@ss:w".to_owned()))
        );
        assert_eq!(apart("postgres://samruat@db/hub"), ("postgres://samruat@db/hub".to_owned(), None));
        assert_eq!(apart("postgres:///hub"), ("postgres:///hub".to_owned(), None));
        assert_eq!(decoded("100%"), "100%");
    }
}
