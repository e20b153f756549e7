//! The story that the demo tells: what it prints is read back from the hub and from the devices.
//!
//! The people are made up; the tambon is real: 650117, ตำบลอรัญญิก.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use sync_protocol::change::Edit;
use sync_protocol::ids::{HouseholdId, VillageCode};
use sync_protocol::limits::BUDGET_BYTES_DEFAULT;
use sync_protocol::value::Scalar;
use sync_protocol::wire::FrameRef;

use crate::cli::device::{Device, DeviceError, Place};
use crate::cli::show::sync_text;
use crate::client::{Hub, SyncReport, Traffic, Transport, TransportError};
use crate::clock::Clock;
use crate::samples::{Chance, Sample, SampleVillage, household, villages_of_aranyik};

/// The tambon of the demo.
pub(super) const TAMBON: &str = "650117";
const VILLAGES: [&str; 2] = ["65011704", "65011705"];
const SEED: u64 = 2569;

/// What goes wrong in the demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A device.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The hub.
    #[error(transparent)]
    Hub(#[from] TransportError),
    /// The hub's answer is not what the story needs.
    #[error("the hub's answer is not what the demo expects: {0}")]
    Unexpected(String),
}

/// What the demo needs of a running hub.
pub(super) struct Stage<'a> {
    /// Its address, e.g. `http://127.0.0.1:8080`.
    pub(super) hub: &'a str,
    /// A coordinator's API key for the tambon.
    pub(super) coordinator_key: &'a str,
    /// A fund's API key for the tambon.
    pub(super) fund_key: &'a str,
    /// A planner's API key for the tambon.
    pub(super) planner_key: &'a str,
    /// One-time codes of three devices, each for [`villages`].
    pub(super) codes: [&'a str; 3],
    /// Where the devices' folders are made.
    pub(super) dir: &'a Path,
    /// What was surveyed before the story begins.
    pub(super) surveyed_before: &'a [Sample],
}

/// The villages of the demo.
#[must_use]
pub(super) fn villages() -> Vec<VillageCode> {
    sampled().map(|village| village.code).collect()
}

fn sampled() -> impl Iterator<Item = SampleVillage> {
    villages_of_aranyik().into_iter().filter(|village| VILLAGES.contains(&village.code.to_string().as_str()))
}

/// The people behind the three devices; made up.
pub(super) const PEOPLE: [&str; 3] = ["สมพร (อสม.)", "วิชัย (อสม.)", "มาลี (กองทุนสวัสดิการ)"];

/// The households that were surveyed before the story begins, so many of them.
#[must_use]
pub(super) fn surveyed_before(households: u16) -> Vec<Sample> {
    let mut chance = Chance::new(SEED);
    let sampled: Vec<SampleVillage> = sampled().collect();
    (1..=households)
        .zip(sampled.iter().cycle())
        .map(|(number, village)| household(village, number, &mut chance))
        .collect()
}

/// Plays the story, and prints it.
///
/// # Errors
/// [`DemoError`] when a part of it does not go as it should.
pub(super) fn play(stage: &Stage<'_>) -> Result<(), DemoError> {
    let mut story = Story::begin(stage)?;
    story.first_syncs()?;
    let houses = story.a_day_without_network()?;
    story.home_again()?;
    story.one_family_twice(&houses)?;
    story.everyone_syncs("ทุกเครื่องส่งข้อมูลอีกครั้ง", "Everyone syncs once more")?;
    story.what_the_hub_holds(&houses)?;
    story.convergence()?;
    story.try_it_yourself();
    Ok(())
}

struct Story<'a> {
    stage: &'a Stage<'a>,
    devices: Vec<Device>,
    coordinator: Hub,
    fund: Hub,
    chapter: u32,
}

/// The households that the story is about.
struct Houses {
    /// Edited by two at once.
    shared: HouseholdId,
    /// Registered by two with the same house code.
    coded: HouseholdId,
    /// The same family, registered by two without a house code.
    twice: (HouseholdId, HouseholdId),
    /// Refused to answer.
    refused: HouseholdId,
}

/// A way to the hub that breaks off before the reply arrives, once.
struct BreaksOff<'a> {
    hub: &'a mut Hub,
    lose_reply: bool,
}

impl Transport for BreaksOff<'_> {
    fn sync(&mut self, body: &[u8]) -> Result<Vec<u8>, TransportError> {
        let reply = self.hub.sync(body)?;
        if std::mem::take(&mut self.lose_reply) {
            return Err(TransportError::Unreachable(
                "the connection broke before the reply arrived".to_owned(),
            ));
        }
        Ok(reply)
    }

    fn frame(&mut self, frame: &FrameRef, offset: u64, count: u64) -> Result<Vec<u8>, TransportError> {
        self.hub.frame(frame, offset, count)
    }

    fn people(&mut self) -> Result<Vec<u8>, TransportError> {
        self.hub.people()
    }

    fn traffic(&self) -> Traffic {
        self.hub.traffic()
    }
}

impl<'a> Story<'a> {
    fn begin(stage: &'a Stage<'a>) -> Result<Self, DemoError> {
        let folders = ["device-1", "device-2", "device-3"];
        let devices = folders.into_iter().zip(stage.codes);
        let devices: Result<Vec<Device>, DeviceError> = devices
            .map(|(folder, code)| Device::enrol(&stage.dir.join(folder), stage.hub, code, Clock::System))
            .collect();
        let mut story = Self {
            stage,
            devices: devices?,
            coordinator: Hub::new(stage.hub, Some(stage.coordinator_key.to_owned()))?,
            fund: Hub::new(stage.hub, Some(stage.fund_key.to_owned()))?,
            chapter: 0,
        };
        story.chapter("สามเครื่องลงทะเบียนแล้ว", "Three devices are enrolled");
        for (device, person) in story.devices.iter().zip(PEOPLE) {
            println!("   {person} — {} ({})", device.id, VILLAGES.join(", "));
        }
        Ok(story)
    }

    fn chapter(&mut self, thai: &str, english: &str) {
        self.chapter += 1;
        println!("\n{}. {thai}  ({english})", self.chapter);
    }

    fn sync(&mut self, who: usize) -> Result<SyncReport, DemoError> {
        let report = self.devices[who].sync(BUDGET_BYTES_DEFAULT)?;
        println!("   {}: {}", PEOPLE[who], sync_text(&report).replace('\n', "\n      "));
        Ok(report)
    }

    /// One device brings in what was surveyed before; the others begin with frames.
    fn first_syncs(&mut self) -> Result<(), DemoError> {
        let samples = self.stage.surveyed_before;
        self.chapter(
            &format!("สมพรสำรวจไว้ก่อนแล้ว {} ครัวเรือน", samples.len()),
            &format!("Somphon has surveyed {} households already", samples.len()),
        );
        for sample in samples {
            register(&mut self.devices[0], sample)?;
        }
        self.sync(0)?;
        self.chapter("อีกสองเครื่องรับข้อมูลครั้งแรก", "The other two devices sync for the first time");
        self.sync(1)?;
        self.sync(2)?;
        Ok(())
    }

    fn a_day_without_network(&mut self) -> Result<Houses, DemoError> {
        self.chapter("หนึ่งวันที่ไม่มีสัญญาณ", "A day without network");
        let village = villages()[0];
        let shared = self.devices[0].file.documents().map_err(DeviceError::from)?.first().map(|(id, _)| *id);
        let shared = shared.ok_or_else(|| DemoError::Unexpected("no household was surveyed".to_owned()))?;

        let edits = [
            (
                0,
                vec![("roof_condition", "3"), ("landmark", "ตรงข้ามโรงสี")],
                "หลังคาผุพัง อยู่ตรงข้ามโรงสี / roof, landmark",
            ),
            (1, vec![("toilet", "none"), ("landmark", "ข้างวัดอรัญญิก")], "ไม่มีห้องส้วม อยู่ข้างวัด / toilet, landmark"),
        ];
        for (who, answers, what) in edits {
            self.devices[who].answer(shared, Place::Household, &owned(&answers))?;
            println!("   {} แก้ครัวเรือน {shared}: {what}", PEOPLE[who]);
        }

        let code = Some("65010098765");
        let coded = self.devices[0].register(
            village,
            code,
            1,
            &owned(&[("house_no", "99/1"), ("head_name", "คำปัน ยอดแก้ว"), ("household_size", "3")]),
        )?;
        let again = self.devices[2].register(
            village,
            code,
            1,
            &owned(&[
                ("house_no", "99/1"),
                ("water_enough", "no"),
                ("visit_outcome", "done"),
                ("visit_date", "2026-11-22"),
            ]),
        )?;
        if coded != again {
            return Err(DemoError::Unexpected("one house code made two households".to_owned()));
        }
        println!("   {} และ {} ลงทะเบียนบ้านรหัส 6501-009876-5 คนละเครื่อง → {coded}", PEOPLE[0], PEOPLE[2]);

        let first = self.devices[1].register(
            village,
            None,
            1,
            &owned(&[("house_no", "120"), ("head_name", "บุญมี สุขสวัสดิ์"), ("income_year", "36000")]),
        )?;
        let second = self.devices[2].register(
            village,
            None,
            1,
            &owned(&[("house_no", "120"), ("head_name", "บุญมี สุขสวัสดิ์"), ("hazards", "flood,storm")]),
        )?;
        println!("   {} และ {} ลงทะเบียนบ้านเลขที่ 120 โดยไม่รู้รหัสบ้าน → {first}, {second}", PEOPLE[1], PEOPLE[2]);

        let refused = self.devices[1].register(
            village,
            None,
            1,
            &owned(&[("house_no", "121"), ("visit_outcome", "refused"), ("visit_date", "2026-11-22")]),
        )?;
        println!("   {} ไปบ้านเลขที่ 121: ไม่ประสงค์ให้ข้อมูล / refused", PEOPLE[1]);
        Ok(Houses { shared, coded, twice: (first, second), refused })
    }

    /// The devices come home in another order than they left, and one connection breaks.
    fn home_again(&mut self) -> Result<(), DemoError> {
        self.chapter("กลับถึงวัด มีสัญญาณไม่ดี", "Home again, with a bad network");
        self.sync(2)?;
        let mut hub = self.devices[1].way_to_hub()?;
        let mut breaks = BreaksOff { hub: &mut hub, lose_reply: true };
        match self.devices[1].sync_through(&mut breaks, BUDGET_BYTES_DEFAULT) {
            Err(error) => println!("   {}: ✗ {error}", PEOPLE[1]),
            Ok(_) => return Err(DemoError::Unexpected("a lost reply was not noticed".to_owned())),
        }
        println!("   {} ลองอีกครั้ง ไม่มีอะไรหายและไม่มีอะไรซ้ำ / tries again", PEOPLE[1]);
        self.sync(1)?;
        self.sync(0)?;
        self.everyone_syncs("รับงานของกันและกัน", "Everyone receives the others' work")
    }

    fn everyone_syncs(&mut self, thai: &str, english: &str) -> Result<(), DemoError> {
        self.chapter(thai, english);
        for who in [1, 2, 0] {
            self.sync(who)?;
        }
        Ok(())
    }

    /// A coordinator folds the pair, while one phone goes on editing the one that goes away.
    fn one_family_twice(&mut self, houses: &Houses) -> Result<(), DemoError> {
        self.chapter("ผู้ประสานงานรวมบ้านที่ลงทะเบียนซ้ำ", "The coordinator folds a duplicate");
        let (into, from) = houses.twice;
        let candidates = self.office_json(&format!("/api/v1/tambons/{TAMBON}/duplicates"))?;
        let pairs = candidates["duplicates"].as_array().map_or(0, Vec::len);
        println!("   ระบบพบคู่ที่อาจซ้ำ {pairs} คู่ / {pairs} candidate pairs");
        self.devices[2].answer(from, Place::Household, &owned(&[("phone", "0812345678")]))?;
        println!("   {} ยังไม่รู้ และเพิ่มเบอร์โทรศัพท์ในรายการเดิม / still edits the old one offline", PEOPLE[2]);
        let merge = serde_json::json!({ "from": from.to_string(), "into": into.to_string() });
        self.coordinator.post(&format!("/api/v1/tambons/{TAMBON}/merges"), &merge)?;
        println!("   รวม {from} → {into}");
        Ok(())
    }

    fn office_json(&mut self, path: &str) -> Result<Value, DemoError> {
        let body = self.coordinator.get(path)?;
        serde_json::from_slice(&body).map_err(|error| DemoError::Unexpected(error.to_string()))
    }

    fn what_the_hub_holds(&mut self, houses: &Houses) -> Result<(), DemoError> {
        self.chapter("สิ่งที่ศูนย์ถืออยู่", "What the hub holds");
        let households = self.households()?;
        let by_id: BTreeMap<&str, &Value> = households
            .iter()
            .filter_map(|household| Some((household["household_id"].as_str()?, household)))
            .collect();
        let told = [
            (
                houses.shared,
                "แก้พร้อมกันสองเครื่อง / edited by two",
                &["roof_condition", "toilet", "landmark"][..],
            ),
            (houses.coded, "รหัสบ้านเดียวกัน / one house code", &["head_name", "household_size", "water_enough"]),
            (houses.twice.0, "รวมแล้ว / folded", &["head_name", "income_year", "hazards", "phone"]),
            (houses.refused, "ไม่ประสงค์ให้ข้อมูล / refused", &["house_no"]),
        ];
        for (household, what, questions) in told {
            let id = household.to_string();
            let held = by_id
                .get(id.as_str())
                .ok_or_else(|| DemoError::Unexpected(format!("{id} is not in the list")))?;
            let answers: Vec<String> = questions
                .iter()
                .map(|question| format!("{question}={}", held["answers"][question]))
                .collect();
            println!("   {id}  {what}\n      {}", answers.join("  "));
        }
        if by_id.contains_key(houses.twice.1.to_string().as_str()) {
            return Err(DemoError::Unexpected("the folded household is still in the list".to_owned()));
        }
        let conflicts = self.office_json(&format!("/api/v1/tambons/{TAMBON}/conflicts"))?;
        println!("   ข้อมูลไม่ตรงกัน / conflicts:");
        for conflict in conflicts["conflicts"].as_array().into_iter().flatten() {
            println!(
                "      {} {}",
                conflict["household_id"].as_str().unwrap_or(""),
                conflict["question"].as_str().unwrap_or("")
            );
            for value in conflict["values"].as_array().into_iter().flatten() {
                println!("         {}  — {}", value["value"], value["person"].as_str().unwrap_or("?"));
            }
        }
        let coverage = self.office_json(&format!("/api/v1/tambons/{TAMBON}/coverage"))?;
        println!("   ความครอบคลุม / coverage:");
        for village in coverage["villages"].as_array().into_iter().flatten() {
            println!(
                "      {}  คาดไว้ {}  เยี่ยมแล้ว {}  ครบ {}  ไม่ประสงค์ {}  ไม่อยู่ {}",
                village["village"].as_str().unwrap_or(""),
                village["expected"],
                village["visited"],
                village["done"],
                village["refused"],
                village["absent"]
            );
        }
        Ok(())
    }

    /// Every household that the fund is shown, page by page.
    fn households(&mut self) -> Result<Vec<Value>, DemoError> {
        let mut households = Vec::new();
        let mut after = String::new();
        loop {
            let path = format!("/api/v1/tambons/{TAMBON}/households?limit=1000{after}");
            let page: Value = serde_json::from_slice(&self.fund.get(&path)?)
                .map_err(|error| DemoError::Unexpected(error.to_string()))?;
            households.extend(page["households"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return Ok(households),
            }
        }
    }

    fn convergence(&mut self) -> Result<(), DemoError> {
        self.chapter("ทุกเครื่องเหมือนกัน", "Everyone holds the same");
        let mut heads = Vec::new();
        for (who, person) in PEOPLE.iter().enumerate() {
            let report = self.sync(who)?;
            if report.digests_equal != Some(true) {
                return Err(DemoError::Unexpected(format!("{person} and the hub differ")));
            }
            heads.push(self.devices[who].file.live().map_err(DeviceError::from)?);
        }
        if heads.windows(2).any(|pair| pair[0] != pair[1]) {
            return Err(DemoError::Unexpected("two devices hold different documents".to_owned()));
        }
        println!(
            "   ✓ {} ครัวเรือน เหมือนกันทั้ง 3 เครื่องและที่ศูนย์ / households, equal on 3 devices and the hub",
            heads[0].len()
        );
        Ok(())
    }

    fn try_it_yourself(&self) {
        let Stage { hub, fund_key, planner_key, dir, .. } = self.stage;
        println!("\nศูนย์ยังทำงานอยู่ที่ {hub}  (the hub stays up; Ctrl-C stops it)\n");
        println!(
            "  curl -H 'Authorization: Bearer {fund_key}' '{hub}/api/v1/tambons/{TAMBON}/households?limit=2'"
        );
        println!(
            "  curl -H 'Authorization: Bearer {fund_key}' '{hub}/api/v1/tambons/{TAMBON}/households.csv'"
        );
        println!("  curl -H 'Authorization: Bearer {planner_key}' '{hub}/api/v1/tambons/{TAMBON}/coverage'");
        println!("  curl '{hub}/api/openapi.json'");
        println!("  samruat device list --dir {}", dir.join("device-1").display());
    }
}

/// Registers a sample in one change, as a form that was filled in makes it.
fn register(device: &mut Device, sample: &Sample) -> Result<(), DemoError> {
    device.register_with(sample.village, sample.house_code.as_deref(), 1, |draw_row| {
        let put =
            |row, (key, value): &(String, Scalar)| Edit::Put { row, key: key.clone(), value: value.clone() };
        let mut edits: Vec<Edit> = sample.answers.iter().map(|answer| put(None, answer)).collect();
        for (group, answers) in &sample.rows {
            let row = draw_row();
            edits.push(Edit::MakeRow(row));
            edits.push(put(Some(row), &("group".to_owned(), Scalar::Str((*group).to_owned()))));
            edits.extend(answers.iter().map(|answer| put(Some(row), answer)));
        }
        Ok(edits)
    })?;
    Ok(())
}

fn owned(answers: &[(&str, &str)]) -> Vec<(String, String)> {
    answers.iter().map(|(question, value)| ((*question).to_owned(), (*value).to_owned())).collect()
}
