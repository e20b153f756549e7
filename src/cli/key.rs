//! `samruat api-key`: keys with which offices read.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use data_encoding::HEXLOWER;
use serde_json::json;
use sync_protocol::ids::TambonCode;

use super::{CliError, DatabaseArgs, known, line};
use crate::area::Area;
use crate::clock::{Clock, Micros};
use crate::http::credentials::{Secret, draw_key_id, random};
use crate::store::api_keys::{self, ApiKey, Role};
use crate::store::audit;
use crate::store::{Database, StoreError, tambons};

/// Make an API key for an office, list the keys, or revoke one.
///
/// planner      reads what names nobody
/// fund         also names and needs
/// coordinator  also conflicts, quarantine, duplicates, devices; decides on them
/// admin        everything
///
/// A key is for an area: the country (TH), a province (2 digits), an amphoe (4), a tambon (6) or a village (8).
/// It is shown once; the hub keeps its hash.
///
///   samruat api-key --role planner --area 650117
///   samruat api-key --list
///   samruat api-key --revoke 0123456789ab
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(super) struct ApiKeyCommand {
    #[command(flatten)]
    database: DatabaseArgs,
    /// What the key allows
    #[arg(long, value_parser = roles(), required_unless_present_any = ["list", "revoke"])]
    role: Option<Role>,
    /// Where: the code of an area
    #[arg(long, value_name = "CODE", required_unless_present_any = ["list", "revoke"])]
    area: Option<Area>,
    /// What the key is for: files that it asks for name it as their purpose, unless they name another
    #[arg(long, value_name = "TEXT", default_value = "")]
    label: String,
    /// List the keys
    #[arg(long, conflicts_with_all = ["role", "area", "revoke"])]
    list: bool,
    /// Revoke the key with this id
    #[arg(long, value_name = "ID", conflicts_with_all = ["role", "area"])]
    revoke: Option<String>,
}

pub(super) fn roles() -> impl TypedValueParser<Value = Role> {
    let names = Role::ALL.map(|(_, name)| name);
    PossibleValuesParser::new(names).try_map(|name| Role::from_name(&name).ok_or("there is no such role"))
}

impl ApiKeyCommand {
    pub(super) fn run(self, json: bool, clock: &Clock) -> Result<String, CliError> {
        match (self.role, self.area, self.revoke) {
            (Some(role), Some(area), _) => {
                let area = known(area)?;
                make(&self.database.open_or_make()?, role, area, &self.label, clock.now(), json)
            }
            (_, _, Some(id)) => revoke(&self.database.open()?, &id, clock.now(), json),
            _ => list(&self.database.open()?, json),
        }
    }
}

/// Makes a key; gives it as its holder will show it.
pub(super) fn make_key(
    database: &Database,
    role: Role,
    area: Area,
    label: &str,
    now: Micros,
) -> Result<(String, String), CliError> {
    let (id, secret) = (draw_key_id()?, Secret::draw()?);
    let key = ApiKey {
        id: id.clone(),
        secret_hash: secret.hash().0,
        role,
        area,
        label: label.trim().to_owned(),
        created_at: now,
        revoked_at: None,
    };
    let line = line(now, "api-key.make", &id, &json!({ "role": role.name(), "area": area.to_string() }))?;
    let tambon = tambon_of(area);
    let epoch = random()?;
    database.write(move |tx| -> Result<(), StoreError> {
        api_keys::insert(tx, &key)?;
        if let Some(tambon) = tambon {
            tambons::ensure(tx, tambon, epoch, now)?;
            audit::append(tx, tambon, &line)?;
        }
        Ok(())
    })?;
    let shown = secret.api_key(&id);
    Ok((id, shown))
}

/// The tambon of an area that has one: its planners can ask from now on.
fn tambon_of(area: Area) -> Option<TambonCode> {
    if area.digits() < 6 { None } else { TambonCode::try_from(area.shortened(6).code()).ok() }
}

fn make(
    database: &Database,
    role: Role,
    area: Area,
    label: &str,
    now: Micros,
    json: bool,
) -> Result<String, CliError> {
    let (id, key) = make_key(database, role, area, label, now)?;
    if json {
        return Ok(
            json!({ "id": id, "key": key, "role": role.name(), "area": area.to_string(), "label": label })
                .to_string(),
        );
    }
    Ok(format!(
        "รหัส API บทบาท {role} พื้นที่ {area} แสดงเพียงครั้งเดียว กรุณาเก็บไว้ในที่ปลอดภัย\n\
         API key for a {role} in {area}; it is shown once, keep it safe\n\n    {key}\n\n    \
         curl -H 'Authorization: Bearer {key}' http://HUB:8080/api/v1/tambons/{tambon}/coverage",
        role = role.name(),
        tambon = tambon_of(area).map_or_else(|| "TAMBON".to_owned(), |tambon| tambon.to_string()),
    ))
}

fn list(database: &Database, json: bool) -> Result<String, CliError> {
    let keys = database.read(api_keys::all)?;
    let time =
        |at: Micros| jiff::Timestamp::from_microsecond(at.0).map(|at| at.to_string()).unwrap_or_default();
    if json {
        let keys = keys.iter().map(|key| {
            json!({
                "id": key.id,
                "role": key.role.name(),
                "area": key.area.to_string(),
                "label": key.label,
                "created_at": time(key.created_at),
                "revoked_at": key.revoked_at.map(time),
            })
        });
        return Ok(serde_json::Value::Array(keys.collect()).to_string());
    }
    if keys.is_empty() {
        return Ok("ยังไม่มีรหัส API / there is no API key yet".to_owned());
    }
    let lines = keys.iter().map(|key| {
        let state = key
            .revoked_at
            .map_or_else(|| "ใช้งานได้ / valid".to_owned(), |at| format!("ยกเลิกแล้ว / revoked {}", time(at)));
        format!("{}  {:<11}  {:<8}  {state}  {}", key.id, key.role.name(), key.area.to_string(), key.label)
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

fn revoke(database: &Database, id: &str, now: Micros, json: bool) -> Result<String, CliError> {
    let id = id.trim().to_ascii_lowercase();
    if HEXLOWER.decode(id.as_bytes()).is_err() {
        return Err(CliError::Usage(format!(
            "{id:?} is not the id of a key; `samruat api-key --list` shows them"
        )));
    }
    let wanted = id.clone();
    let revoked = database.write(move |tx| api_keys::revoke(tx, &wanted, now))?;
    if !revoked {
        return Err(CliError::Usage(format!(
            "there is no valid key {id}; `samruat api-key --list` shows them"
        )));
    }
    Ok(if json {
        json!({ "id": id, "revoked": true }).to_string()
    } else {
        format!("ยกเลิกรหัส {id} แล้ว / key {id} is revoked")
    })
}
