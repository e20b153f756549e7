//! The office's commands, as a script runs them.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use data_encoding::HEXLOWER;
use samruat::store::api_keys::Role;
use samruat::store::read_model;
use serde_json::{Value, json};

use super::world::{TAMBON, World, house, on_each_database, put, row, tambon};

pub(super) struct Ran(Output);

/// Runs `samruat` with these arguments on the world's database.
pub(super) fn samruat(world: &World, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_samruat"))
        .args(arguments)
        .env("SAMRUAT_DATABASE_URL", &world.database_url)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Ran(output)
}

impl Ran {
    #[track_caller]
    pub(super) fn ok(self) -> String {
        assert!(self.0.status.success(), "{}", String::from_utf8_lossy(&self.0.stderr));
        String::from_utf8(self.0.stdout).unwrap()
    }

    #[track_caller]
    pub(super) fn json(self) -> Value {
        serde_json::from_str(&self.ok()).unwrap()
    }

    /// What it said as it failed.
    #[track_caller]
    pub(super) fn failed(self) -> String {
        assert_eq!(self.0.status.code(), Some(1), "{}", String::from_utf8_lossy(&self.0.stdout));
        String::from_utf8(self.0.stderr).unwrap()
    }

    /// What it found, where that is not as it should be.
    #[track_caller]
    pub(super) fn failed_saying(self) -> String {
        assert_eq!(self.0.status.code(), Some(1), "{}", String::from_utf8_lossy(&self.0.stderr));
        String::from_utf8(self.0.stdout).unwrap()
    }
}

pub(super) fn file(world: &World, name: &str, content: &str) -> String {
    let path = world.folder().join(name);
    std::fs::write(&path, content).unwrap();
    path.display().to_string()
}

#[test]
fn a_code_and_a_key_that_commands_make_open_the_hub() {
    on_each_database(|world| {
        let made = samruat(
            world,
            &["enroll", "--json", "--person", "สมศรี ใจงาม", "--villages", "65011704,65011705"],
        )
        .json();
        assert_eq!(made["villages"], json!(["65011704", "65011705"]));
        let enrolled = world.post("/api/v1/enrol").json(&json!({ "code": made["code"] })).send().json();
        assert_eq!(enrolled["person"], "สมศรี ใจงาม");
        let told = samruat(world, &["enroll", "--person", "มาลี", "--villages", "65011704"]).ok();
        assert!(
            told.contains("650117-") && told.contains("รหัสลงทะเบียน") && told.contains("samruat device init")
        );

        let key =
            samruat(world, &["api-key", "--role", "planner", "--area", "650117", "--json", "--label", "แผน"])
                .json();
        let shown = key["key"].as_str().unwrap();
        assert_eq!(world.read(shown, "/coverage").status, 200);
        world.read(shown, "/devices").is_problem("role-not-sufficient", 403);
        let listed = samruat(world, &["api-key", "--list"]).ok();
        assert!(listed.contains("แผน") && !listed.contains(shown));
        samruat(world, &["api-key", "--revoke", key["id"].as_str().unwrap()]).ok();
        world.read(shown, "/coverage").is_problem("api-key-revoked", 403);
    });
}

#[test]
fn errors_are_one_line_that_says_what_to_do() {
    let world = World::on_sqlite(|_| {});
    for (arguments, part) in [
        (
            &["enroll", "--person", "ก", "--villages", "99999901"][..],
            "no area with the code 99999901 / ไม่มีรหัสพื้นที่",
        ),
        (&["enroll", "--person", "ก", "--villages", "65011704,65011801"], "one tambon"),
        (&["api-key", "--role", "planner", "--area", "104701"], "104702, 104703"),
        (&["export", "households", "--area", "66", "--format", "csv"], "samruat enroll"),
        (
            &["verify", "--database-url", "sqlite:nowhere.sqlite"],
            "there is no database at sqlite:nowhere.sqlite",
        ),
        (&["verify", "--database-url", "mysql://hub"], "sqlite:PATH or postgres://"),
        (&["merge", "00000000000000000000000000", "04000000000000000000000000"], "is not one of this hub's"),
        (&["import", "roster", "nowhere.csv"], "nowhere.csv: No such file"),
    ] {
        let said = samruat(&world, arguments).failed();
        assert!(said.starts_with("error: ") && said.contains(part), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let said = samruat(&world, &["api-key", "--json", "--role", "planner", "--area", "99"]).failed();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert!(said["error"].as_str().unwrap().contains("99"));
    let usage = samruat(&world, &["api-key", "--role", "king", "--area", "650117"]);
    assert_eq!(usage.0.status.code(), Some(2));
    assert!(!Path::new("nowhere.sqlite").exists());
}

#[test]
fn help_teaches_every_command() {
    let world = World::on_sqlite(|_| {});
    let root = samruat(&world, &["--help"]).ok();
    for command in [
        "serve",
        "enroll",
        "api-key",
        "import",
        "export",
        "merge",
        "form",
        "verify",
        "reproject",
        "backup",
        "restore",
        "device",
    ] {
        assert!(root.contains(&format!("\n  {command}")), "{command}: {root}");
    }
    for command in [
        &["serve"][..],
        &["enroll"],
        &["api-key"],
        &["import", "roster"],
        &["export", "households"],
        &["export", "members"],
        &["export", "answers"],
        &["form", "add"],
        &["form", "list"],
        &["form", "show"],
        &["form", "publish"],
        &["form", "retire"],
        &["merge"],
        &["verify"],
        &["reproject"],
        &["backup"],
        &["restore"],
    ] {
        let help = samruat(&world, &[command, &["--help"]].concat()).ok();
        assert!(help.contains(&format!("samruat {}", command.join(" "))), "{help}");
        assert!(help.contains("--json") && help.contains("--database-url"), "{help}");
    }
}

#[test]
fn a_roster_is_imported_whole_or_not_at_all() {
    on_each_database(|world| {
        let faulty = file(world, "faulty.csv", "village,house_no\n65011704,1\n6501170,2\n65011704,1\n");
        let said = samruat(world, &["import", "roster", &faulty]).failed();
        assert!(said.contains("row 3") && said.contains("row 4") && said.contains("ไม่ได้นำเข้า"), "{said}");
        let key = world.key(Role::Planner, TAMBON);
        assert_eq!(world.read(&key, "/coverage").json()["villages"], json!([]));

        let sheet = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rosters/houses.xlsx");
        let told = samruat(world, &["import", "roster", &sheet.display().to_string(), "--json"]).json();
        assert_eq!(told["houses"], 3);
        let counted = file(world, "counts.csv", "หมู่ที่,ชื่อหมู่บ้าน,จำนวนบ้าน\n5,บ้านใหม่,40\n");
        samruat(world, &["import", "roster", &counted, "--tambon", TAMBON]).ok();
        let coverage = world.read(&key, "/coverage").json();
        let expected = |n: usize| {
            (coverage["villages"][n]["expected"].clone(), coverage["villages"][n]["name_th"].clone())
        };
        assert_eq!(expected(0), (json!(2), json!(null)));
        assert_eq!(expected(1), (json!(40), json!("บ้านใหม่")));
        assert_eq!(coverage["total"]["expected"], 42);
    });
}

#[test]
fn a_roster_reaches_devices_with_their_next_sync() {
    on_each_database(|world| {
        let phone = world.phone("สมศรี", &[4, 5]);
        let told = || {
            let told = phone.push(world).forms.expect("a hub says it");
            let listed = world.get("/api/v1/published-forms").bearer(&phone.token).send().json();
            assert_eq!(listed["fingerprint"], HEXLOWER.encode(&told.0));
            (told, listed["villages"].clone())
        };
        let unknown =
            |code: &str, moo: u8| json!({ "code": code, "moo": moo, "name_th": null, "expected": null });
        let (before, villages) = told();
        assert_eq!(villages, json!([unknown("65011704", 4), unknown("65011705", 5)]));
        let import = |houses: u32| {
            let sheet = format!("หมู่ที่,ชื่อหมู่บ้าน,จำนวนบ้าน\n5,บ้านใหม่,{houses}\n6,ที่อื่น,7\n");
            let sheet = file(world, "counts.csv", &sheet);
            samruat(world, &["import", "roster", &sheet, "--tambon", TAMBON]).ok();
        };
        import(40);
        let (first, villages) = told();
        assert_ne!(first, before);
        let known = json!({ "code": "65011705", "moo": 5, "name_th": "บ้านใหม่", "expected": 40 });
        assert_eq!(villages, json!([unknown("65011704", 4), known]), "its own villages alone");
        import(41);
        assert_ne!(told().0, first);
        import(40);
        assert_eq!(told().0, first, "what was is again");
    });
}

#[test]
fn an_export_holds_every_household_and_is_written_down() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4, 5]);
        for number in 1..=3 {
            phone.edit(
                house(number),
                4 + number % 2,
                &[put("head_name", "=บุญมี"), put("roof_condition", "3")],
            );
        }
        phone.edit(house(1), 5, &row(7, "member", &[("m_name", "=บุญมา")]));
        phone.push(world);
        let csv = samruat(world, &["export", "households", "--area", TAMBON, "--format", "csv"]).ok();
        assert!(csv.starts_with('\u{FEFF}') && csv.contains("'=บุญมี"));
        assert_eq!(csv.lines().count(), 4);
        let all = samruat(world, &["export", "households", "--area", "65", "--format", "json"]).json();
        assert_eq!(all.as_array().unwrap().len(), 3);
        assert_eq!(all[0]["answers"]["head_name"], "=บุญมี");
        let village =
            samruat(world, &["export", "households", "--area", "65011705", "--format", "json"]).json();
        assert_eq!(village.as_array().unwrap().len(), 2);
        let open =
            samruat(world, &["export", "households", "--area", TAMBON, "--format", "json", "--deidentified"])
                .ok();
        assert!(
            open.contains("roof_condition") && !open.contains("บุญมี") && !open.contains(&house(1).to_string())
        );

        let path = world.folder().join("out.csv").display().to_string();
        let written = samruat(
            world,
            &["export", "households", "--area", TAMBON, "--format", "csv", "--output", &path, "--json"],
        )
        .json();
        assert_eq!(written["households"], 3);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), csv);
        let again =
            samruat(world, &["export", "households", "--area", TAMBON, "--format", "csv", "--output", &path])
                .failed();
        assert!(again.contains("File exists"), "{again}");
        let members = samruat(world, &["export", "members", "--area", TAMBON, "--lang", "en"]).ok();
        let rows: Vec<&str> = members.lines().collect();
        assert_eq!(rows.len(), 2);
        assert!(rows[0].starts_with("\u{FEFF}Member id,Household id,Village code"), "{}", rows[0]);
        assert!(rows[1].contains(&house(1).to_string()) && rows[1].contains("'=บุญมา"), "{}", rows[1]);
        let elsewhere = samruat(world, &["export", "members", "--area", "65011704"]).ok();
        assert_eq!(elsewhere.lines().count(), 1, "only the headings");
        let path = world.folder().join("members.csv").display().to_string();
        let written = samruat(world, &["export", "members", "--area", TAMBON, "--output", &path, "--json"]);
        assert_eq!(written.json()["members"], 1);
        let exports = |action: &str| world.audit().iter().filter(|line| line.action == action).count();
        assert_eq!((exports("households.export"), exports("members.export")), (6, 3));
    });
}

#[test]
fn verify_tells_what_does_not_agree_and_reproject_mends_it() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        phone.edit(house(1), 4, &[put("house_no", "1")]);
        phone.edit(house(2), 4, &[put("house_no", "2")]);
        phone.push(world);
        assert_eq!(samruat(world, &["verify", "--json"]).json()["agrees"], true);
        let (one, other) = (house(1).to_string(), house(2).to_string());
        let merged = samruat(world, &["merge", &one, &other, "--json"]).json();
        assert_eq!(merged, json!({ "tambon": TAMBON, "from": one, "into": other }));
        samruat(world, &["verify", "--area", TAMBON]).ok();
        world.database().write(|tx| read_model::delete_households(tx, tambon(), Some(house(2)))).unwrap();
        let said = samruat(world, &["verify", "--json"]);
        assert_eq!(said.0.status.code(), Some(1));
        let said: Value = serde_json::from_slice(&said.0.stdout).unwrap();
        assert_eq!(said["agrees"], false);
        assert!(!said["findings"].as_array().unwrap().is_empty());
        samruat(world, &["reproject"]).ok();
        samruat(world, &["verify"]).ok();
    });
}

#[test]
fn a_backup_comes_back_and_begins_a_new_life() {
    on_each_database(|world| {
        let mut phone = world.phone("สมศรี", &[4]);
        phone.edit(house(1), 4, &[put("house_no", "1")]);
        phone.push(world);
        let path = world.folder().join("copy").display().to_string();
        let made = samruat(world, &["backup", &path, "--json"]).json();
        assert!(made["bytes"].as_u64().unwrap() > 1_000);
        assert!(samruat(world, &["backup", &path]).failed().contains("exists already"));
        phone.edit(house(2), 4, &[put("house_no", "2")]);
        phone.push(world);
        assert_eq!(world.state().1.households, 2);
        let epoch = world.state().0[0].epoch;

        if world.database_url.starts_with("sqlite") {
            let said = samruat(world, &["restore", &path]).failed();
            assert!(said.contains("the hub must not run"), "{said}");
            let elsewhere = format!("sqlite:{}", world.folder().join("restored.sqlite").display());
            samruat(world, &["restore", &path, "--database-url", &elsewhere]).ok();
            let verified = samruat(world, &["verify", "--json", "--database-url", &elsewhere]).json();
            assert_eq!(verified, json!({ "tambons": 1, "agrees": true, "findings": [] }));
            let rubbish = file(world, "rubbish", "not a database at all");
            let target = format!("sqlite:{}", world.folder().join("other.sqlite").display());
            let said = samruat(world, &["restore", &rubbish, "--database-url", &target]).failed();
            assert!(said.contains("backup"), "{said}");
        } else {
            assert!(samruat(world, &["restore", &path]).failed().contains("--force"));
            samruat(world, &["restore", &path, "--force"]).ok();
            assert_eq!(world.state().1.households, 1);
            assert_ne!(world.state().0[0].epoch, epoch);
        }
    });
}

#[test]
fn serve_serves_until_it_is_told_to_stop() {
    let world = World::on_sqlite(|_| {});
    let database = format!("sqlite:{}", world.folder().join("served.sqlite").display());
    let mut hub = Command::new(env!("CARGO_BIN_EXE_samruat"))
        .args(["serve", "--json", "--listen", "127.0.0.1:0", "--database-url", &database])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(hub.stdout.take().unwrap()).lines().map(Result::unwrap);
    let url = lines.by_ref().find_map(|line| {
        let line: Value = serde_json::from_str(&line).unwrap();
        line["url"].as_str().map(str::to_owned)
    });
    let url = url.unwrap();
    let live = reqwest::blocking::get(format!("{url}/livez")).unwrap();
    assert_eq!(live.status().as_u16(), 200);
    let told = Command::new("kill").args(["-TERM", &hub.id().to_string()]).status().unwrap();
    assert!(told.success());
    assert!(hub.wait().unwrap().success());
    let log: Vec<String> = lines.collect();
    let request = log.iter().find(|line| line.contains("\"route\":\"/livez\"")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(request).unwrap()["status"], 200);
    assert!(reqwest::blocking::get(format!("{url}/livez")).is_err());
    assert!(!world.folder().join("served.sqlite-wal").exists(), "the log is folded into the file");
}

#[test]
fn a_tambons_households_are_printed_in_the_order_of_need() {
    on_each_database(|world| {
        let (key, _) = super::allocations::approved(world, 1);
        let list = |more: &[&str]| {
            let mut arguments = vec!["list", "--area", TAMBON];
            arguments.extend(more);
            samruat(world, &arguments)
        };
        let purpose = ["--purpose", "ประชุมกองทุน"];
        let page = list(&[&purpose[..], &["--format", "json"]].concat()).json();
        let shown = world.read(&key, "/assessments?limit=1000").json();
        assert_eq!((&page["households"], &page["parameters"]), (&shown["households"], &shown["parameters"]));
        let csv = list(&purpose).ok();
        assert!(csv.starts_with("\u{FEFF}ลำดับ,หมู่บ้าน,บ้านเลขที่"), "{csv}");
        assert_eq!(csv.lines().count(), 1 + shown["households"].as_array().unwrap().len());
        let first = list(&[&purpose[..], &["--first", "1", "--lang", "en", "--by", "housing"]].concat()).ok();
        assert!(first.contains("Place,Village,House"), "{first}");
        assert_eq!(first.lines().count(), 2);
        let village = ["list", "--area", "65011705", "--purpose", "ประชุม", "--json"];
        assert_eq!(samruat(world, &village).json()["households"], json!([]));

        assert!(list(&["--purpose", "x"]).failed().contains("ว่าจะนำไปใช้ทำอะไร"));
        let wrong = |code: &str| samruat(world, &["list", "--area", code, "--purpose", "ประชุม"]).failed();
        for (code, said) in [
            ("65", "ไม่ใช่รหัสตำบล"),
            ("x", "is no tambon"),
            ("659999", "ไม่มีรหัสพื้นที่"),
            ("650118", "ระบบนี้ยังไม่มีตำบล"),
        ] {
            let told = wrong(code);
            assert!(told.contains(said) && told.trim().lines().count() == 1, "{code}: {told}");
        }
        let lines = world.audit().into_iter().filter(|line| line.action == "assessments.export");
        let lines: Vec<Value> = lines.map(|line| serde_json::from_str(&line.details).unwrap()).collect();
        assert_eq!(lines.len(), 4);
        assert_eq!(lines[0]["purpose"], "ประชุมกองทุน");
    });
}
