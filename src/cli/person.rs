//! `samruat person`: who signs in to the office's pages.

use std::io::{BufRead, IsTerminal};

use clap::{Args, Subcommand};
use serde_json::json;

use super::key::roles;
use super::{CliError, DatabaseArgs, known, line};
use crate::area::Area;
use crate::clock::{Clock, Micros};
use crate::http::credentials::random;
use crate::http::passwords;
use crate::http::session::{home, person_name};
use crate::store::api_keys::Role;
use crate::store::audit;
use crate::store::people::{self, Person};
use crate::store::{Database, StoreError, Tx, tambons};

/// People of the office: who signs in, as what, and where.
#[derive(Debug, Subcommand)]
pub(super) enum PersonCommand {
    Add(Add),
    /// List the people.
    List {
        #[command(flatten)]
        database: DatabaseArgs,
    },
    /// Remove somebody, and sign them out everywhere at once.
    Remove {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Their name
        name: String,
    },
    /// Give somebody another password, and sign them out everywhere.
    ///
    /// The password is asked for, or read from the first line of standard input.
    Password {
        #[command(flatten)]
        database: DatabaseArgs,
        /// Their name
        name: String,
    },
}

/// Add somebody who signs in to the office's pages at /office.
///
/// planner      reads what names nobody
/// fund         also names and needs
/// coordinator  also conflicts, quarantine, duplicates, devices; decides on them
/// admin        everything
///
/// The area is the country (TH), a province (2 digits), an amphoe (4) or a tambon (6). The password is asked
/// for, or read from the first line of standard input; it has at least 10 characters.
///
///   samruat person add 'สมศรี ใจงาม' --role coordinator --area 650117
///   samruat person add somsri --role fund --area 650117 <password.txt
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Add {
    #[command(flatten)]
    database: DatabaseArgs,
    /// The name that they sign in with, and by which the audit log calls them
    name: String,
    /// What they may do
    #[arg(long, value_parser = roles())]
    role: Role,
    /// Where: the code of an area
    #[arg(long, value_name = "CODE")]
    area: Area,
}

impl PersonCommand {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        match self {
            Self::Add(add) => add.run(json, clock),
            Self::List { database } => list(&database.open()?, json),
            Self::Remove { database, name } => {
                let (name, now) = (read_name(&name)?, clock.now());
                alter(&database.open()?, &name, "person.remove", now, json, |tx, name| {
                    people::remove(tx, name)
                })
            }
            Self::Password { database, name } => {
                let (name, now) = (read_name(&name)?, clock.now());
                let database = database.open()?;
                let hash = ask_password(&name)?;
                alter(&database, &name, "person.password", now, json, move |tx, name| {
                    people::set_password(tx, name, &hash)
                })
            }
        }
    }
}

impl Add {
    fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        let name = read_name(&self.name)?;
        let area = known(self.area)?;
        if area.digits() > 6 {
            return Err(CliError::Usage(
                "a person is for a tambon or more: say the first 6 digits / กรุณาระบุตำบลขึ้นไป".to_owned(),
            ));
        }
        let database = self.database.open_or_make()?;
        let hash = ask_password(&name)?;
        add_person(&database, &name, self.role, area, hash, clock.now())?;
        let role = self.role.name();
        Ok(if json {
            json!({ "name": name, "role": role, "area": area.to_string() }).to_string()
        } else {
            format!("เพิ่ม {name} แล้ว เข้าสู่ระบบได้ที่ /office / {name} ({role}, {area}) can sign in at /office")
        })
    }
}

/// Adds somebody; their tambon is served from now on.
pub(super) fn add_person(
    database: &Database,
    name: &str,
    role: Role,
    area: Area,
    password_hash: String,
    now: Micros,
) -> Result<(), CliError> {
    let person = Person { name: name.to_owned(), role, area, password_hash, created_at: now };
    let line = line(now, "person.add", &person.name, &details(&person))?;
    let epoch = random()?;
    let added = database.write(move |tx| -> Result<bool, StoreError> {
        let added = people::add(tx, &person)?;
        if let (true, Some(tambon)) = (added, home(person.area)) {
            tambons::ensure(tx, tambon, epoch, now)?;
            audit::append(tx, tambon, &line)?;
        }
        Ok(added)
    })?;
    if added {
        return Ok(());
    }
    Err(CliError::Usage(format!(
        "there is a {name} already; take another name, or `samruat person password` / มีชื่อนี้แล้ว"
    )))
}

fn read_name(typed: &str) -> Result<String, CliError> {
    person_name(typed).ok_or_else(|| {
        CliError::Usage("a name has 1 to 80 characters on one line / ชื่อต้องมี 1-80 ตัวอักษร".to_owned())
    })
}

/// Asks for a password, in a terminal twice; gives its hash.
fn ask_password(name: &str) -> Result<String, CliError> {
    let unreadable = |error| CliError::Usage(format!("the password could not be read: {error}"));
    let mut password = String::new();
    if std::io::stdin().is_terminal() {
        password = rpassword::prompt_password("รหัสผ่าน / password: ").map_err(unreadable)?;
        let again = rpassword::prompt_password("อีกครั้ง / again: ").map_err(unreadable)?;
        if password != again {
            return Err(CliError::Usage("the two differ / รหัสผ่านสองครั้งไม่ตรงกัน".to_owned()));
        }
    } else {
        std::io::stdin().lock().read_line(&mut password).map_err(unreadable)?;
        password.truncate(password.trim_end_matches(['\r', '\n']).len());
    }
    passwords::accept(name, &password).map_err(|weak| CliError::Usage(weak.to_string()))?;
    passwords::hash(&password).map_err(|error| CliError::Usage(error.to_string()))
}

/// What the audit log says of somebody.
fn details(person: &Person) -> serde_json::Value {
    json!({ "role": person.role.name(), "area": person.area.to_string() })
}

/// Does something to somebody and writes down who did it.
fn alter(
    database: &Database,
    name: &str,
    action: &'static str,
    now: Micros,
    json: bool,
    change: impl Fn(&mut Tx<'_>, &str) -> Result<Option<Person>, StoreError> + Send + 'static,
) -> Result<String, CliError> {
    let unknown =
        || CliError::Usage(format!("there is no {name}; `samruat person list` shows who there is / ไม่พบชื่อนี้"));
    let found = database.read(|conn| people::find(conn, name))?.ok_or_else(unknown)?;
    let line = line(now, action, &found.name, &details(&found))?;
    let wanted = name.to_owned();
    let changed = database.write(move |tx| -> Result<_, StoreError> {
        let person = change(tx, &wanted)?;
        if let Some(tambon) = person.as_ref().and_then(|person| home(person.area)) {
            audit::append(tx, tambon, &line)?;
        }
        Ok(person)
    })?;
    changed.ok_or_else(unknown)?;
    Ok(match (json, action) {
        (true, _) => json!({ "name": name, "done": action }).to_string(),
        (false, "person.remove") => format!("ลบ {name} แล้ว / {name} is removed and signed out"),
        (false, _) => format!("เปลี่ยนรหัสผ่านของ {name} แล้ว / {name} has another password and is signed out"),
    })
}

fn list(database: &Database, json: bool) -> Result<String, CliError> {
    let people = database.read(people::all)?;
    if json {
        let people = people.iter().map(|person| {
            let created_at = jiff::Timestamp::from_microsecond(person.created_at.0).unwrap_or_default();
            json!({
                "name": person.name,
                "role": person.role.name(),
                "area": person.area.to_string(),
                "created_at": created_at.to_string(),
            })
        });
        return Ok(serde_json::Value::Array(people.collect()).to_string());
    }
    if people.is_empty() {
        return Ok(
            "ยังไม่มีใครเข้าสู่ระบบได้ / there is nobody yet: samruat person add NAME --role ROLE --area CODE"
                .to_owned(),
        );
    }
    let lines = people
        .iter()
        .map(|person| format!("{:<11}  {:<6}  {}", person.role.name(), person.area.to_string(), person.name));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
