//! Files that offices take away: in every format the same, each for a purpose that is written down.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use samruat::store::api_keys::Role;
use samruat::store::audit::AuditEntry;
use serde_json::{Value, json};

use super::lists::worked_case;
use super::sessions::{person, sign_in};
use super::world::{Answer, World, house, on_each_database, put};

/// Seven households of Moo 4 and three of Moo 5, each with a place on the map.
fn surveyed(world: &World) {
    let mut phone = world.phone("สมศรี", &[4, 5]);
    for number in 1..=10 {
        let (moo, case) = if number <= 7 { (4, "A") } else { (5, "C") };
        let mut edits = worked_case(case).0;
        edits.push(put("gps", &format!("16.82{number:02} 100.2803")));
        edits.push(put("head_name", "=SUM(A1)"));
        phone.edit(house(number), moo, &edits);
    }
    phone.push(world);
}

/// The cells of the last sheet of a workbook.
fn last_sheet(answer: &Answer) -> Vec<Vec<Data>> {
    sheets(answer).pop().unwrap().1
}

fn sheets(answer: &Answer) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut workbook = Xlsx::new(Cursor::new(answer.body.clone())).unwrap();
    let sheets = workbook.worksheets().into_iter();
    sheets.map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
}

fn csv_rows(answer: &Answer) -> Vec<Vec<String>> {
    let text = answer.text().trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(ToOwned::to_owned).collect()).collect()
}

#[test]
fn a_file_says_what_it_is_for_and_who_took_it_is_written_down() {
    on_each_database(|world| {
        surveyed(world);
        person(world, "กองทุน", Role::Fund, "650117");
        let cookie = sign_in(world, "กองทุน");
        let read = |path: &str| world.get(&format!("/api/v1/{path}")).header("cookie", &cookie).send();
        let list = world.post("/api/v1/tambons/650117/needy-lists").header("cookie", &cookie);
        let list = list.header("sec-fetch-site", "same-origin").json(&json!({})).send().json();
        let list = list["list_id"].as_str().unwrap();
        let files = [
            ("tambons/650117/households.csv", "households.export", "csv"),
            ("tambons/650117/households.xlsx", "households.export", "xlsx"),
            ("tambons/650117/members.csv", "members.export", "csv"),
            ("tambons/650117/members.xlsx", "members.export", "xlsx"),
            ("tambons/650117/assessments.xlsx", "assessments.export", "xlsx"),
            ("tambons/650117/annex.html", "annex.export", "html"),
            ("tambons/650117/coverage.csv", "coverage.export", "csv"),
            (&format!("tambons/650117/needy-lists/{list}/list.csv"), "needy-list.export", "csv"),
            (&format!("tambons/650117/needy-lists/{list}/sealed.csv"), "needy-list.export", "csv"),
            ("tambons/650117/forms/thai-household-need/answers?format=csv", "answers.export", "csv"),
            ("areas/650117/indicators.csv", "indicators.export", "csv"),
        ];
        let before = world.audit().len();
        for (path, ..) in files {
            read(path).is_problem("no-purpose", 400);
            let separator = if path.contains('?') { '&' } else { '?' };
            read(&format!("{path}{separator}purpose=%20")).is_problem("no-purpose", 400);
        }
        assert_eq!(world.audit().len(), before, "what was refused was not given out");
        for (path, action, format) in files {
            let separator = if path.contains('?') { '&' } else { '?' };
            let answer = read(&format!("{path}{separator}purpose=ประชุมกองทุน"));
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
            let is_it = |line: &AuditEntry| {
                let details: Value = serde_json::from_str(&line.details).unwrap();
                line.action == action
                    && line.actor == "person:กองทุน"
                    && details["purpose"] == "ประชุมกองทุน"
                    && details["format"] == format
            };
            assert!(world.audit().iter().any(is_it), "{path}");
        }
        read("targets.csv?purpose=แผนจังหวัด&fiscal_year=2562").text();
        read("tambons/650117/coverage.pdf?purpose=ประชุม").is_problem("not-found", 404);
        read("tambons/650117/assessments.csv?purpose=ประชุม&limit=5").is_problem("malformed-query", 400);
    });
}

#[test]
fn lists_say_the_same_as_json_as_csv_and_as_a_workbook() {
    on_each_database(|world| {
        surveyed(world);
        let key = world.key(Role::Fund, "650117");
        let page = world.read(&key, "/assessments").json();
        let households = page["households"].as_array().unwrap();
        let csv = csv_rows(&world.read(&key, "/assessments.csv"));
        let sheet = last_sheet(&world.read(&key, "/assessments.xlsx"));
        let headings = sheet.iter().position(|row| row[0] == Data::String("ลำดับ".to_owned())).unwrap();
        assert_eq!((csv.len(), sheet.len() - headings), (11, 11));
        let column = |name: &str| csv[0].iter().position(|heading| heading == name).unwrap();
        for (at, household) in households.iter().enumerate() {
            let (csv, sheet) = (&csv[at + 1], &sheet[headings + at + 1]);
            let reasons: Vec<&str> = household["reasons"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["th"].as_str().unwrap())
                .collect();
            assert_eq!(csv[column("เหตุผล")], reasons.join(" · "));
            assert_eq!(sheet[column("เหตุผล")].to_string(), reasons.join(" · "));
            let need = household["need"].as_u64().unwrap();
            assert_eq!(csv[column("คะแนนความต้องการ")], need.to_string());
            assert_eq!(sheet[column("คะแนนความต้องการ")], Data::Float(need as f64));
            assert_eq!(csv[column("หัวหน้าครัวเรือน")], "'=SUM(A1)");
            assert_eq!(sheet[column("หัวหน้าครัวเรือน")], Data::String("=SUM(A1)".to_owned()), "no formula");
        }
        let of_village = csv_rows(&world.read(&key, "/assessments.csv?village=65011705&lang=en"));
        assert_eq!((of_village.len(), of_village[0][0].as_str()), (4, "Place"));
        let accept = |path: &str, accept: &str| {
            let ask = world.get(&format!("/api/v1/tambons/650117{path}")).bearer(&key);
            ask.header("accept", accept).send().header("content-type").to_owned()
        };
        assert!(accept("/assessments", "text/csv").starts_with("text/csv"));
        assert!(accept("/coverage", "text/csv;q=0.5, application/json").starts_with("application/json"));
        assert!(accept("/annex", "application/geo+json").starts_with("application/geo+json"));
        assert!(accept("/annex", "*/*").starts_with("application/json"));

        let workbook = sheets(&world.read(&key, "/households.xlsx"));
        let files = [("ครัวเรือน", "/households.csv"), ("สมาชิกครัวเรือน", "/members.csv")];
        assert_eq!(workbook.len(), files.len());
        for ((sheet, wide), (name, path)) in workbook.iter().zip(files) {
            assert_eq!(sheet, name);
            let narrow = csv_rows(&world.read(&key, path));
            assert!(narrow.len() > 10, "{path}: {}", narrow.len());
            let headings = wide.iter().position(|row| row[0] == Data::String(narrow[0][0].clone())).unwrap();
            assert_eq!(wide.len() - headings, narrow.len());
            for (wide, narrow) in wide[headings..].iter().zip(&narrow) {
                assert_eq!(wide[0], Data::String(narrow[0].clone()));
                assert_eq!(wide.len(), narrow.len());
            }
        }
        let planner = world.key(Role::Planner, "650117");
        assert_eq!(
            sheets(&world.read(&planner, "/households.xlsx?purpose=plan")).len(),
            1,
            "nobody is named"
        );
    });
}

#[test]
fn no_file_of_an_annex_shows_what_planners_may_not_see() {
    on_each_database(|world| {
        surveyed(world);
        let (planner, fund) = (world.key(Role::Planner, "650117"), world.key(Role::Fund, "650117"));
        let card = |key: &str| csv_rows(&world.read(key, "/annex.csv?table=dimension"));
        let (hidden, open) = (card(&planner), card(&fund));
        assert_eq!((open[1][1].as_str(), open[2][1].as_str()), ("7", "3"));
        assert_eq!((hidden[2][1].as_str(), hidden.len()), ("*", open.len()));
        assert!(!hidden[0].contains(&String::new()) && hidden[1].last().unwrap().contains("650117"));
        let map = world.read(&planner, "/annex.geojson").json();
        let features = map["features"].as_array().unwrap();
        assert_eq!(features.len(), 2);
        assert_eq!(features[0]["geometry"]["coordinates"], json!([100.28, 16.82]));
        assert_eq!(
            features[1]["geometry"],
            Value::Null,
            "the middle of three houses would tell where they are"
        );
        assert_eq!(features[1]["properties"]["households"], Value::Null);
        let page = world.read(&planner, "/annex.html");
        assert!(page.text().contains("ภาคผนวกแผนพัฒนาตำบลอรัญญิก") && !page.text().contains("<script"));
        let workbook = last_sheet(&world.read(&planner, "/annex.xlsx?lang=en"));
        assert!(workbook.len() > 3);
        world.read(&planner, "/annex.csv").is_problem("malformed-query", 400);
        world.read(&planner, "/annex.csv?table=gold").is_problem("malformed-query", 400);
        world.read(&planner, "/annex.docx").is_problem("not-found", 404);

        let made = world.post("/api/v1/tambons/650117/snapshots").bearer(&planner);
        let made = made.json(&json!({ "title": "แผน 2570" })).send().json();
        let path = format!("/snapshots/{}/annex", made["snapshot_id"].as_str().unwrap());
        let frozen = world.read(&fund, &format!("{path}.csv?table=dimension"));
        let mut phone = world.phone("ประยูร", &[5]);
        phone.edit(house(11), 5, &worked_case("C").0);
        phone.push(world);
        assert_eq!(world.read(&fund, &format!("{path}.csv?table=dimension")).text(), frozen.text());
        assert_eq!(csv_rows(&frozen)[2][1], "*", "a snapshot is what planners see");
        let map = world.read(&fund, &format!("{path}.geojson")).json();
        assert_eq!(map["stamp"]["snapshot"]["hash"], made["sha256"]);
        assert_eq!(map["features"][0]["geometry"]["coordinates"], json!([100.28, 16.82]));
    });
}

#[test]
fn a_hub_without_a_browser_says_so_and_one_with_it_prints() {
    let world = World::on_sqlite(|config| config.chromium = Some("/nowhere/chromium".into()));
    surveyed(&world);
    let key = world.key(Role::Planner, "650117");
    let problem = world.read(&key, "/annex.pdf").is_problem("no-pdf", 501);
    assert!(problem["detail"].as_str().unwrap().contains("/nowhere/chromium"), "{problem}");
    let world = World::on_sqlite(|_| {});
    surveyed(&world);
    let printed = world.read(&world.key(Role::Planner, "650117"), "/annex.pdf");
    assert_eq!(printed.status, 200, "{printed:?}");
    assert!(printed.body.starts_with(b"%PDF-"));
}

#[test]
fn counts_are_headed_by_codes_for_programs_and_by_words_for_people() {
    let world = World::on_sqlite(|_| {});
    surveyed(&world);
    let key = world.key(Role::Coordinator, "65");
    let head = |path: &str| {
        let answer = world.get(&format!("/api/v1/{path}")).bearer(&key).send();
        csv_rows(&answer).remove(0)
    };
    let flags = "areas/650117/indicators.csv?purpose=plan&blocks=flag";
    let codes = head(flags);
    assert_eq!(&codes[..2], ["area", "flag.H1"]);
    assert_eq!(codes.last().unwrap(), "stamp");
    let th = head(&format!("{flags}&lang=th"));
    assert!(th[0] == "พื้นที่" && th[1].starts_with("ปัญหาที่พบ · "), "{th:?}");
    let en = head(&format!("{flags}&lang=en"));
    assert!(en[1].starts_with("What is lacking · "), "{en:?}");
    assert_eq!(
        head("targets.csv?purpose=plan&fiscal_year=2562")[..4],
        ["item", "name_th", "target", "actual"]
    );
    let coverage = "tambons/650117/coverage.csv?purpose=plan";
    assert_eq!(head(coverage)[..4], ["name", "village", "expected", "households"]);
    assert_eq!(head(&format!("{coverage}&lang=en"))[..3], ["Village", "Village code", "Expected"]);

    let workbook = |path: &str| last_sheet(&world.get(&format!("/api/v1/{path}")).bearer(&key).send());
    let named = |sheet: &[Vec<Data>], heading: &str| {
        assert!(sheet.iter().flatten().any(|cell| *cell == *heading), "{heading} in {sheet:?}");
    };
    named(&workbook("tambons/650117/coverage.xlsx?purpose=plan"), "สำรวจเสร็จ (done)");
    named(&workbook("targets.xlsx?purpose=plan&fiscal_year=2562&lang=en"), "Target (target)");
    let flags = workbook("areas/650117/indicators.xlsx?purpose=plan&blocks=flag&lang=en");
    let is_headed = |cell: &Data| {
        let cell = cell.to_string();
        cell.starts_with("What is lacking · ") && cell.ends_with(" (flag.H1)")
    };
    assert!(flags.iter().flatten().any(is_headed), "{flags:?}");
}
