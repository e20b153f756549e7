//! Photos come piece by piece, are checked, and are given to those who may see them.

use std::io::Write;
use std::net::{Shutdown, TcpStream};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

use data_encoding::{BASE64, HEXLOWER};
use reqwest::Method;
use samruat::clock::Micros;
use samruat::http::devices::issue_code;
use samruat::photos::PHOTO_BYTES_MAX;
use samruat::store::api_keys::Role;
use samruat::store::tambons;
use serde_json::json;
use sha2::{Digest, Sha256};
use sync_protocol::ids::{TambonCode, VillageCode};

use super::world::{Answer, Ask, World, on_each_database};

const PIECE: &str = "application/offset+octet-stream";

/// What begins like a JPEG.
pub(super) fn jpeg(length: usize) -> Vec<u8> {
    let filling = (0..).map(|n: usize| (n * 31 % 251) as u8);
    [0xff, 0xd8, 0xff, 0xe0].into_iter().chain(filling).take(length).collect()
}

pub(super) fn name(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

fn metadata(sha256: &str, kind: &str) -> String {
    format!("sha256 {},kind {}", BASE64.encode(sha256.as_bytes()), BASE64.encode(kind.as_bytes()))
}

pub(super) fn tus(ask: Ask, token: &str) -> Ask {
    ask.bearer(token).header("tus-resumable", "1.0.0")
}

fn offer_of(world: &World, token: &str, sha256: &str, length: u32) -> Answer {
    let ask = tus(world.post("/api/v1/photos"), token).header("upload-length", &length.to_string());
    ask.header("upload-metadata", &metadata(sha256, "photo")).send()
}

/// A request that offers a photo.
pub(super) fn asking(world: &World, token: &str, bytes: &[u8]) -> Ask {
    let ask = tus(world.post("/api/v1/photos"), token).header("upload-length", &bytes.len().to_string());
    ask.header("upload-metadata", &metadata(&name(bytes), "photo"))
}

/// Offers a photo; where its bytes go, and from where on.
pub(super) fn offer(world: &World, token: &str, bytes: &[u8]) -> (String, String) {
    let answer = offer_of(world, token, &name(bytes), u32::try_from(bytes.len()).unwrap());
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(answer.header("tus-resumable"), "1.0.0");
    (answer.header("location").to_owned(), answer.header("upload-offset").to_owned())
}

/// A request that sends the next bytes of a photo.
pub(super) fn sending(world: &World, token: &str, upload: &str, offset: usize, bytes: &[u8]) -> Ask {
    let ask = tus(world.ask(Method::PATCH, upload), token).header("upload-offset", &offset.to_string());
    ask.body(PIECE, bytes.to_vec())
}

fn patch(world: &World, token: &str, upload: &str, offset: usize, bytes: &[u8]) -> Answer {
    sending(world, token, upload, offset, bytes).send()
}

fn stand(world: &World, token: &str, upload: &str) -> Answer {
    tus(world.ask(Method::HEAD, upload), token).send()
}

/// Sends a whole photo.
pub(super) fn send(world: &World, token: &str, bytes: &[u8]) {
    let (upload, _) = offer(world, token, bytes);
    let answer = patch(world, token, &upload, 0, bytes);
    assert_eq!((answer.status, answer.header("upload-offset")), (204, bytes.len().to_string().as_str()));
}

/// The files below a folder, by their paths in it.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|below| format!("{name}/{below}")));
        } else {
            found.push(name);
        }
    }
    found.sort();
    found
}

#[test]
fn a_photo_comes_in_pieces_and_goes_on_where_it_stopped() {
    on_each_database(|world| {
        let (phone, other) = (world.phone("สมศรี", &[4]), world.phone("วิชัย", &[5]));
        let photo = jpeg(10_000);
        let spoken = world.ask(Method::OPTIONS, "/api/v1/photos").send();
        assert_eq!((spoken.status, spoken.header("tus-version")), (204, "1.0.0"));
        assert_eq!(spoken.header("tus-max-size"), PHOTO_BYTES_MAX.to_string());
        assert_eq!(spoken.header("tus-extension"), "creation,expiration");

        let (upload, offset) = offer(world, &phone.token, &photo);
        assert_eq!(offset, "0");
        let answer = patch(world, &phone.token, &upload, 0, &photo[..4_000]);
        assert_eq!((answer.status, answer.header("upload-offset")), (204, "4000"));
        let wrong = patch(world, &phone.token, &upload, 0, &photo[..4_000]);
        assert_eq!(wrong.is_problem("wrong-offset", 409)["received_bytes"], 4_000);
        assert_eq!(wrong.header("upload-offset"), "4000");
        let now = stand(world, &phone.token, &upload);
        assert_eq!(
            (now.status, now.header("upload-offset"), now.header("upload-length")),
            (200, "4000", "10000")
        );
        assert_eq!(now.header("cache-control"), "no-store");
        assert_eq!(now.header("upload-expires"), "Sat, 29 Nov 2025 08:26:40 GMT");
        assert_eq!(
            offer(world, &phone.token, &photo),
            (upload.clone(), "4000".to_owned()),
            "as a lost answer was"
        );

        assert_eq!(stand(world, &other.token, &upload).status, 404);
        patch(world, &other.token, &upload, 4_000, &photo[4_000..]).is_problem("unknown-upload", 404);
        let path = format!("/api/v1/photos/{}", name(&photo));
        world.get(&path).bearer(&phone.token).send().is_problem("unknown-photo", 404);

        let answer = patch(world, &phone.token, &upload, 4_000, &photo[4_000..]);
        assert_eq!((answer.status, answer.header("upload-offset")), (204, "10000"));
        assert_eq!(stand(world, &phone.token, &upload).status, 404);
        assert_eq!(offer(world, &phone.token, &photo).1, "10000", "the hub has it");
        assert_eq!(offer(world, &other.token, &photo).1, "10000");
        let hash = name(&photo);
        assert_eq!(files(&world.folder().join("photos")), [format!("650117/{}/{hash}", &hash[..2])]);

        let whole = world.get(&path).bearer(&other.token).send();
        assert_eq!((whole.status, whole.header("content-type")), (200, "image/jpeg"));
        assert!(whole.body == photo);
        assert_eq!(whole.header("cache-control"), "private, max-age=31536000, immutable");
        let part = world.get(&path).bearer(&phone.token).header("range", "bytes=100-199").send();
        assert_eq!((part.status, part.body.as_slice()), (206, &photo[100..200]));
        let known =
            world.get(&path).bearer(&phone.token).header("if-none-match", &format!("\"{hash}\"")).send();
        assert_eq!((known.status, known.body.len()), (304, 0));
    });
}

#[test]
fn what_arrived_before_the_line_broke_is_kept() {
    let world = World::on_sqlite(|config| config.body_idle = Duration::from_millis(300));
    let phone = world.phone("สมศรี", &[4]);
    let photo = jpeg(5_000);
    let (upload, _) = offer(&world, &phone.token, &photo);
    for (offset, arrives) in [(0, 1_200), (1_200, 700)] {
        let mut line = TcpStream::connect(world.url.trim_start_matches("http://")).unwrap();
        write!(
            line,
            "PATCH {upload} HTTP/1.1\r\nhost: hub\r\nauthorization: Bearer {}\r\ntus-resumable: 1.0.0\r\n\
             upload-offset: {offset}\r\ncontent-type: {PIECE}\r\ncontent-length: {}\r\n\r\n",
            phone.token,
            photo.len() - offset
        )
        .unwrap();
        line.write_all(&photo[offset..offset + arrives]).unwrap();
        line.flush().unwrap();
        std::thread::sleep(Duration::from_millis(50));
        line.shutdown(Shutdown::Both).unwrap();
        drop(line);
        let reached = (offset + arrives).to_string();
        let arrived = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            stand(&world, &phone.token, &upload).header("upload-offset") == reached
        });
        assert!(arrived, "{:?}", stand(&world, &phone.token, &upload).header("upload-offset"));
    }
    assert_eq!(files(&world.folder().join("photos")).len(), 1, "only the last part is kept");
    assert_eq!(patch(&world, &phone.token, &upload, 1_900, &photo[1_900..]).status, 204);
    let path = format!("/api/v1/photos/{}", name(&photo));
    assert!(world.get(&path).bearer(&phone.token).send().body == photo);
}

#[test]
fn what_is_no_photo_or_another_one_is_refused_and_forgotten() {
    on_each_database(|world| {
        let phone = world.phone("สมศรี", &[4]);
        let token = phone.token.as_str();
        let photo = jpeg(1_000);
        let (upload, _) = offer(world, token, &photo);
        let mut other = photo.clone();
        other[500] ^= 1;
        patch(world, token, &upload, 0, &other).is_problem("photo-mismatch", 422);
        assert_eq!(stand(world, token, &upload).status, 404);
        for no_photo in [&b"<script>alert(1)</script>"[..], b"GIF89a....", b"\xff\xd8"] {
            let (upload, _) = offer(world, token, no_photo);
            patch(world, token, &upload, 0, no_photo).is_problem("not-a-photo", 422);
            assert_eq!(stand(world, token, &upload).status, 404);
        }
        let (upload, _) = offer(world, token, &photo);
        let longer = jpeg(1_001);
        let refused = patch(world, token, &upload, 0, &longer);
        assert_eq!(refused.is_problem("photo-too-large", 413)["limit_bytes"], 1_000);
        assert_eq!(stand(world, token, &upload).header("upload-offset"), "0");
        let huge = offer_of(world, token, &name(&photo), PHOTO_BYTES_MAX + 1);
        assert_eq!(huge.is_problem("photo-too-large", 413)["limit_bytes"], PHOTO_BYTES_MAX);
        assert_eq!(files(&world.folder().join("photos")), [""; 0]);
    });
}

#[test]
fn an_upload_says_what_it_is_or_gets_a_problem_of_its_own() {
    let world = World::on_sqlite(|_| {});
    let phone = world.phone("สมศรี", &[4]);
    let photo = jpeg(100);
    let post = || world.post("/api/v1/photos").bearer(&phone.token);
    let told = metadata(&name(&photo), "photo");
    post()
        .header("upload-length", "100")
        .header("upload-metadata", &told)
        .send()
        .is_problem("unknown-upload-version", 412);
    let post = || post().header("tus-resumable", "1.0.0");
    for (length, metadata) in [
        ("", told.as_str()),
        ("-1", &told),
        ("0", &told),
        ("ten", &told),
        ("100", ""),
        ("100", "sha256 !!!"),
        ("100", "sha256 YWJj"),
        ("100", &metadata(&name(&photo), "Photo of a house")),
        ("100", &metadata(&name(&photo).to_uppercase(), "photo")),
    ] {
        let answer = post().header("upload-length", length).header("upload-metadata", metadata).send();
        answer.is_problem("malformed-upload", 400);
    }
    let (upload, _) = offer(&world, &phone.token, &photo);
    let piece = || world.ask(Method::PATCH, &upload).bearer(&phone.token).header("tus-resumable", "1.0.0");
    piece().body(PIECE, photo.clone()).send().is_problem("malformed-upload", 400);
    let piece = || piece().header("upload-offset", "0");
    piece().body("image/jpeg", photo.clone()).send().is_problem("unsupported-media-type", 415);
    piece().gzipped(PIECE, photo.clone()).send().is_problem("unsupported-encoding", 415);
    let ask = world.ask(Method::PATCH, &upload).header("tus-resumable", "1.0.0").header("upload-offset", "0");
    ask.body(PIECE, photo.clone()).send().is_problem("missing-credentials", 401);
    patch(&world, &phone.token, "/api/v1/photos/uploads/0011", 0, &photo).is_problem("unknown-upload", 404);
    patch(&world, &phone.token, &format!("/api/v1/photos/uploads/{}", "0".repeat(32)), 0, &photo)
        .is_problem("unknown-upload", 404);
    world.get("/api/v1/photos/abc").bearer(&phone.token).send().is_problem("unknown-photo", 404);
    world.revoke(&phone);
    patch(&world, &phone.token, &upload, 0, &photo).is_problem("device-revoked", 403);
}

#[test]
fn an_unfinished_upload_outlives_a_restart_and_is_forgotten_after_a_week() {
    let mut world = World::on_sqlite(|_| {});
    let phone = world.phone("สมศรี", &[4]);
    let photo = jpeg(3_000);
    let (upload, _) = offer(&world, &phone.token, &photo);
    assert_eq!(patch(&world, &phone.token, &upload, 0, &photo[..1_000]).status, 204);
    world.restart();
    assert_eq!(stand(&world, &phone.token, &upload).header("upload-offset"), "1000");
    let begun = world.clock.now();
    world.clock.set(begun.plus_seconds(7 * 86_400 - 1));
    assert_eq!(patch(&world, &phone.token, &upload, 1_000, &photo[1_000..2_000]).status, 204);
    world.clock.set(begun.plus_seconds(7 * 86_400 + 1));
    assert_eq!(stand(&world, &phone.token, &upload).status, 404);
    patch(&world, &phone.token, &upload, 2_000, &photo[2_000..]).is_problem("unknown-upload", 404);
    assert_eq!(files(&world.folder().join("photos")).len(), 1);
    let (again, offset) = offer(&world, &phone.token, &photo);
    assert!(again != upload && offset == "0");
    assert_eq!(files(&world.folder().join("photos")), [""; 0], "its bytes are gone");
    assert_eq!(patch(&world, &phone.token, &again, 0, &photo).status, 204);
}

/// A folder of photos that is older than the database, or newer, is no trap.
#[test]
fn a_photo_whose_bytes_are_gone_is_asked_for_again() {
    let world = World::on_sqlite(|_| {});
    let phone = world.phone("สมศรี", &[4]);
    let (photo, other) = (jpeg(3_000), jpeg(2_000));
    send(&world, &phone.token, &photo);
    let (upload, _) = offer(&world, &phone.token, &other);
    assert_eq!(patch(&world, &phone.token, &upload, 0, &other[..1_000]).status, 204);
    std::fs::remove_dir_all(world.folder().join("photos")).unwrap();
    let path = format!("/api/v1/photos/{}", name(&photo));
    world.get(&path).bearer(&phone.token).send().is_problem("unknown-photo", 404);
    send(&world, &phone.token, &photo);
    assert!(world.get(&path).bearer(&phone.token).send().body == photo);
    patch(&world, &phone.token, &upload, 1_000, &other[1_000..]).is_problem("unknown-upload", 404);
    send(&world, &phone.token, &other);
}

/// A database that is older than the folder does not know the newest photos.
#[test]
fn a_photo_that_the_database_does_not_know_is_found_by_its_name() {
    let world = World::on_sqlite(|_| {});
    let phone = world.phone("สมศรี", &[4]);
    let (photo, other) = (jpeg(3_000), jpeg(2_000));
    let put = |bytes: &[u8], named: &str| {
        let folder = world.folder().join("photos/650117").join(&named[..2]);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(named), bytes).unwrap();
        world.get(&format!("/api/v1/photos/{named}")).bearer(&phone.token).send()
    };
    assert!(put(&photo, &name(&photo)).body == photo);
    assert_eq!(offer(&world, &phone.token, &photo).1, "3000");
    put(&photo, &name(&other)).is_problem("unknown-photo", 404);
    put(b"<html>", &name(b"<html>")).is_problem("unknown-photo", 404);
    assert_eq!(offer(&world, &phone.token, &other).1, "0");
}

#[test]
fn a_photo_is_seen_by_its_tambon_and_never_by_planners() {
    on_each_database(|world| {
        let phone = world.phone("สมศรี", &[4]);
        let photo = jpeg(500);
        send(world, &phone.token, &photo);
        let elsewhere: TambonCode = "650118".parse().unwrap();
        world.database().write(move |tx| tambons::ensure(tx, elsewhere, [7; 8], Micros(0))).unwrap();
        let now = world.clock.now();
        let villages = vec![VillageCode::new(elsewhere, 1)];
        let code = issue_code(world.database(), now, elsewhere, "มานะ".to_owned(), villages, 7, "test")
            .unwrap()
            .code;
        let stranger = world.post("/api/v1/enrol").json(&json!({ "code": code })).send().json();
        let stranger = stranger["token"].as_str().unwrap();
        let path = format!("/api/v1/photos/{}", name(&photo));
        world.get(&path).bearer(stranger).send().is_problem("unknown-photo", 404);
        world.get(&path).send().is_problem("missing-credentials", 401);
        assert_eq!(offer(world, stranger, &photo).1, "0", "what another tambon has is not told");

        let path = format!("/photos/{}", name(&photo));
        world.read(&world.key(Role::Planner, "650117"), &path).is_problem("role-not-sufficient", 403);
        world.read(&world.key(Role::Fund, "650118"), &path).is_problem("outside-area", 403);
        let seen_by = |world: &World| world.audit().iter().filter(|line| line.action == "photo.read").count();
        assert_eq!(seen_by(world), 0);
        for (number, role) in (1..).zip([Role::Fund, Role::Coordinator, Role::Admin]) {
            let seen = world.read(&world.key(role, "650117"), &path);
            assert_eq!((seen.status, seen.header("content-type")), (200, "image/jpeg"));
            assert!(seen.body == photo);
            assert_eq!(seen_by(world), number);
        }
        let absent = format!("/photos/{}", "0".repeat(64));
        world.read(&world.key(Role::Fund, "650117"), &absent).is_problem("unknown-photo", 404);
        assert_eq!(seen_by(world), 3);
    });
}

#[test]
fn a_device_has_its_share_of_uploads_and_no_more() {
    let world = World::on_sqlite(|config| {
        config.upload_requests = NonZeroU32::new(205).unwrap();
        config.upload_request_every = Duration::from_secs(600);
    });
    let (phone, other) = (world.phone("สมศรี", &[4]), world.phone("วิชัย", &[4]));
    for number in 0..200 {
        offer(&world, &phone.token, &jpeg(100 + number));
    }
    let more = jpeg(300);
    offer_of(&world, &phone.token, &name(&more), 300).is_problem("too-many-uploads", 429);
    assert_eq!(offer(&world, &phone.token, &jpeg(100)).1, "0", "one that it began");
    let asked: Vec<Answer> = (0..10).map(|_| offer_of(&world, &phone.token, &name(&more), 300)).collect();
    let refused = &asked[9];
    refused.is_problem("too-many-requests", 429);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 100);
    send(&world, &other.token, &more);
}
