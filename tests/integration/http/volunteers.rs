//! How far each volunteer has come.

use samruat::store::api_keys::Role;
use serde_json::{Value, json};

use super::world::{World, house, on_each_database, put, row};

fn volunteers(world: &World) -> Vec<Value> {
    let key = world.key(Role::Coordinator, "650117");
    let answer = world.read(&key, "/volunteers").json();
    answer["volunteers"].as_array().unwrap().clone()
}

#[test]
fn a_volunteers_visits_and_answers_are_counted_by_who_wrote_them() {
    on_each_database(|world| {
        let (mut somsri, mut mali) = (world.phone("สมศรี", &[4]), world.phone("มาลี", &[4, 5]));
        let visit = |id, outcome: &str, day: &str| {
            row(id, "visit", &[("visit_outcome", outcome), ("visit_date", day)])
        };
        somsri.edit(house(1), 4, &visit(1, "done", "2026-01-10"));
        // Found closed later: it was surveyed all the same.
        somsri.edit(house(1), 4, &visit(2, "absent", "2026-02-10"));
        somsri.edit(house(2), 4, &visit(3, "refused", "2026-01-11"));
        somsri.edit(house(3), 4, &visit(4, "absent", "2026-01-11"));
        somsri.push(world);
        mali.edit(house(4), 5, &visit(5, "done", "2026-01-12"));
        mali.push(world);
        let all = volunteers(world);
        let of = |name: &str| all.iter().find(|it| it["person"] == name).unwrap().clone();
        let counts = |it: &Value| -> Vec<u64> {
            ["visited", "done", "partial", "refused", "absent", "others"]
                .map(|key| it[key].as_u64().unwrap())
                .to_vec()
        };
        assert_eq!(counts(&of("สมศรี")), [3, 1, 0, 1, 1, 0]);
        assert_eq!(counts(&of("มาลี")), [1, 1, 0, 0, 0, 0]);
        assert_eq!(of("มาลี")["villages"], json!(["65011704", "65011705"]));
        assert!(of("สมศรี")["last_sent"].is_string());
        let before = of("สมศรี")["answers"].as_u64().unwrap();
        assert!(before >= 8, "four visits of two answers each: {before}");

        // What somebody wrote counts for them, whoever registered the house.
        somsri.edit(house(4), 5, &[put("head_name", "บุญมี")]);
        somsri.push(world);
        let all = volunteers(world);
        let of = |name: &str| all.iter().find(|it| it["person"] == name).unwrap();
        assert!(of("สมศรี")["answers"].as_u64().unwrap() >= before);
        assert_eq!(counts(of("มาลี")), [1, 1, 0, 0, 0, 0]);
    });
}
