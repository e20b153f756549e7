//! The floor: a server that only reads a request and appends its changes to the log, durably.

use std::io::Read;

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use samruat::clock::Micros;
use samruat::store::changes::{self, NewEntry};
use samruat::store::{Database, StoreError, tambons};
use sync_protocol::cursor::EntryKind;
use sync_protocol::digest::Digest;
use sync_protocol::ids::{ChangeHash, DeviceId, TambonCode};
use sync_protocol::wire::{Reply, Request, Standing, VillageDigest};

/// The argument that turns this bench into the floor.
pub(crate) const WORD: &str = "floor-server";

pub(crate) fn serve(listen: &str, database: &str) {
    let database = Database::open(database).unwrap();
    let tambon: TambonCode = "650117".parse().unwrap();
    database.write(move |tx| tambons::ensure(tx, tambon, [1; 8], Micros(0))).unwrap();
    actix_web::rt::System::new()
        .block_on(
            HttpServer::new(move || {
                App::new()
                    .app_data(web::Data::new(database.clone()))
                    .app_data(web::PayloadConfig::new(4 * 1024 * 1024))
                    .route("/livez", web::get().to(HttpResponse::Ok))
                    .route("/api/v1/sync", web::post().to(append))
            })
            .workers(2)
            .bind(listen)
            .unwrap()
            .run(),
        )
        .unwrap();
}

async fn append(database: web::Data<Database>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let mut inflated = Vec::new();
    let body = if request.headers().contains_key("content-encoding") {
        flate2::read::GzDecoder::new(&body[..]).read_to_end(&mut inflated).unwrap();
        &inflated[..]
    } else {
        &body[..]
    };
    let request = Request::from_body(body).unwrap();
    let pushed = request.pushed();
    let cursor = web::block(move || database.write(move |tx| log(tx, &request))).await.unwrap().unwrap();
    let reply = Reply {
        verdicts: vec![0; pushed],
        notes: Vec::new(),
        entries: Vec::new(),
        cursor,
        standing: Standing::Complete,
        digests: vec![VillageDigest { village: "65011701".parse().unwrap(), digest: Digest::default() }; 12],
        frames: Vec::new(),
        differing: Vec::new(),
        answers: Vec::new(),
        time_ms: 0,
        forms: None,
    };
    HttpResponse::Ok().body(reply.to_body())
}

fn log(
    tx: &mut samruat::store::Tx<'_>,
    request: &Request,
) -> Result<sync_protocol::cursor::Cursor, StoreError> {
    let mut tambon = tambons::lock(tx, "650117".parse().unwrap())?.unwrap();
    for group in &request.push {
        for payload in &group.changes {
            tambon.last_seq += 1;
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&payload[4..8]);
            let entry = NewEntry {
                village: group.village,
                household: group.household,
                kind: EntryKind::Change,
                hash: ChangeHash(hash),
                device: DeviceId([1; 8]),
                received_at: Micros(0),
                payload,
            };
            changes::append(tx, tambon.code, tambon.last_seq, &tambon.chain, &entry)?;
        }
    }
    tambons::advance(tx, &tambon, &samruat::planning::indicators::Counts::default())?;
    Ok(tambon.cursor())
}
