//! What the hub has of photos: those that are whole, and those that are on their way. Their bytes are
//! elsewhere.

use diesel::prelude::*;
use sync_protocol::ids::{DeviceId, TambonCode};

use super::columns::{bytes_from, limit, tambon_column};
use super::conn::{Conn, Tx, each};
use super::error::StoreError;
use super::schema::{photo_uploads, photos};
use crate::clock::Micros;

/// The SHA-256 of a photo's bytes: its name.
pub type PhotoHash = [u8; 32];

/// What has become of a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhotoState {
    /// Its bytes are there.
    Kept,
    /// Its household was erased; its bytes are still to be removed.
    Erasing,
    /// Its household was erased, and its bytes are removed. The hash stays, so that it does not come back.
    Erased,
}

/// What kind of file a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Media {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

/// A photo that is whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// Its name.
    pub sha256: PhotoHash,
    /// Which device brought it; zeros where that is not known any more.
    pub device: DeviceId,
    /// What it shows, in the device's word: `photo`, `signature`.
    pub kind: String,
    /// What kind of file it is.
    pub media: Media,
    /// Its length.
    pub bytes: u32,
    /// What has become of it.
    pub state: PhotoState,
    /// When it was whole.
    pub stored_at: Micros,
}

/// A photo of which a device has sent a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its name in addresses; drawn.
    pub id: [u8; 16],
    /// Whose it is.
    pub device: DeviceId,
    /// What the whole will be called.
    pub sha256: PhotoHash,
    /// What it shows.
    pub kind: String,
    /// The length of the whole.
    pub bytes: u32,
    /// How much of it is here.
    pub received: u32,
    /// Since when.
    pub created_at: Micros,
}

fn media_column(media: Media) -> i16 {
    match media {
        Media::Jpeg => 0,
        Media::Png => 1,
        Media::Webp => 2,
    }
}

fn media_from(column: i16) -> Result<Media, StoreError> {
    match column {
        0 => Ok(Media::Jpeg),
        1 => Ok(Media::Png),
        2 => Ok(Media::Webp),
        other => Err(StoreError::Corrupt(format!("media {other} of a photo"))),
    }
}

fn state_column(state: PhotoState) -> i16 {
    match state {
        PhotoState::Kept => 0,
        PhotoState::Erasing => 1,
        PhotoState::Erased => 2,
    }
}

fn state_from(column: i16) -> Result<PhotoState, StoreError> {
    match column {
        0 => Ok(PhotoState::Kept),
        1 => Ok(PhotoState::Erasing),
        2 => Ok(PhotoState::Erased),
        other => Err(StoreError::Corrupt(format!("state {other} of a photo"))),
    }
}

/// A length as its column holds it; photos are far shorter than what that could not.
fn length_column(bytes: u32) -> i32 {
    i32::try_from(bytes).unwrap_or(i32::MAX)
}

/// A photo that is, or was, whole.
///
/// # Errors
/// The database's own.
pub fn find(conn: &mut Conn, tambon: TambonCode, sha256: &PhotoHash) -> Result<Option<Photo>, StoreError> {
    type Columns = (Vec<u8>, String, i16, i32, i16, i64);
    let query = photos::table
        .filter(photos::tambon_code.eq(tambon_column(tambon)))
        .filter(photos::sha256.eq(sha256.as_slice()))
        .select((
            photos::device_id,
            photos::kind,
            photos::media,
            photos::size,
            photos::state,
            photos::stored_at,
        ));
    let row: Option<Columns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(|(device, kind, media, size, state, stored_at)| {
        Ok(Photo {
            sha256: *sha256,
            device: DeviceId(bytes_from("a device id", &device)?),
            kind,
            media: media_from(media)?,
            bytes: size.unsigned_abs(),
            state: state_from(state)?,
            stored_at: Micros(stored_at),
        })
    })
    .transpose()
}

/// Notes that a photo is whole. One that is noted already stays as it is.
///
/// # Errors
/// The database's own.
pub fn keep(tx: &mut Tx<'_>, tambon: TambonCode, photo: &Photo) -> Result<(), StoreError> {
    let insert = diesel::insert_into(photos::table)
        .values((
            photos::tambon_code.eq(tambon_column(tambon)),
            photos::sha256.eq(photo.sha256.as_slice()),
            photos::device_id.eq(photo.device.0.as_slice()),
            photos::kind.eq(&photo.kind),
            photos::media.eq(media_column(photo.media)),
            photos::size.eq(length_column(photo.bytes)),
            photos::state.eq(state_column(photo.state)),
            photos::stored_at.eq(photo.stored_at.0),
        ))
        .on_conflict_do_nothing();
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Notes what becomes of a photo; nothing if there is none of this name.
///
/// # Errors
/// The database's own.
pub fn set_state(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    sha256: &PhotoHash,
    state: PhotoState,
) -> Result<(), StoreError> {
    let of = photos::table
        .filter(photos::tambon_code.eq(tambon_column(tambon)))
        .filter(photos::sha256.eq(sha256.as_slice()));
    let update = diesel::update(of).set(photos::state.eq(state_column(state)));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// Notes that a photo is of an erased household: its bytes are to be removed, an upload of it is too old from
/// now on, and one that was never here does not come.
///
/// # Errors
/// The database's own.
pub fn erase(tx: &mut Tx<'_>, tambon: TambonCode, sha256: &PhotoHash, now: Micros) -> Result<(), StoreError> {
    let insert = diesel::insert_into(photos::table)
        .values((
            photos::tambon_code.eq(tambon_column(tambon)),
            photos::sha256.eq(sha256.as_slice()),
            photos::device_id.eq([0_u8; 8].as_slice()),
            photos::kind.eq(""),
            photos::media.eq(media_column(Media::Jpeg)),
            photos::size.eq(0),
            photos::state.eq(state_column(PhotoState::Erasing)),
            photos::stored_at.eq(now.0),
        ))
        .on_conflict_do_nothing();
    each!(&mut **tx, |c| insert.execute(c))?;
    set_state(tx, tambon, sha256, PhotoState::Erasing)?;
    let of = photo_uploads::table
        .filter(photo_uploads::tambon_code.eq(tambon_column(tambon)))
        .filter(photo_uploads::sha256.eq(sha256.as_slice()));
    let update = diesel::update(of).set(photo_uploads::created_at.eq(0));
    each!(&mut **tx, |c| update.execute(c))?;
    Ok(())
}

/// Photos of this state: at most `count`.
///
/// # Errors
/// The database's own.
pub fn in_state(
    conn: &mut Conn,
    tambon: TambonCode,
    state: PhotoState,
    count: usize,
) -> Result<Vec<PhotoHash>, StoreError> {
    let query = photos::table
        .filter(photos::tambon_code.eq(tambon_column(tambon)))
        .filter(photos::state.eq(state_column(state)))
        .order(photos::sha256)
        .limit(limit(count))
        .select(photos::sha256);
    let rows: Vec<Vec<u8>> = each!(conn, |c| query.load(c))?;
    rows.iter().map(|sha256| bytes_from("a photo's name", sha256)).collect()
}

type UploadColumns = (Vec<u8>, Vec<u8>, Vec<u8>, String, i32, i32, i64);

const UPLOAD_COLUMNS: (
    photo_uploads::upload_id,
    photo_uploads::device_id,
    photo_uploads::sha256,
    photo_uploads::kind,
    photo_uploads::size,
    photo_uploads::received,
    photo_uploads::created_at,
) = (
    photo_uploads::upload_id,
    photo_uploads::device_id,
    photo_uploads::sha256,
    photo_uploads::kind,
    photo_uploads::size,
    photo_uploads::received,
    photo_uploads::created_at,
);

fn upload_from(
    (id, device, sha256, kind, size, received, created_at): UploadColumns,
) -> Result<Upload, StoreError> {
    Ok(Upload {
        id: bytes_from("an upload's id", &id)?,
        device: DeviceId(bytes_from("a device id", &device)?),
        sha256: bytes_from("a photo's name", &sha256)?,
        kind,
        bytes: size.unsigned_abs(),
        received: received.unsigned_abs(),
        created_at: Micros(created_at),
    })
}

/// An upload by its id.
///
/// # Errors
/// The database's own.
pub fn find_upload(conn: &mut Conn, tambon: TambonCode, id: &[u8; 16]) -> Result<Option<Upload>, StoreError> {
    let query = photo_uploads::table
        .filter(photo_uploads::tambon_code.eq(tambon_column(tambon)))
        .filter(photo_uploads::upload_id.eq(id.as_slice()))
        .select(UPLOAD_COLUMNS);
    let row: Option<UploadColumns> = each!(conn, |c| query.get_result(c).optional())?;
    row.map(upload_from).transpose()
}

/// The uploads of a device: at most `count`, the oldest first.
///
/// # Errors
/// The database's own.
pub fn uploads_of(
    conn: &mut Conn,
    tambon: TambonCode,
    device: DeviceId,
    count: usize,
) -> Result<Vec<Upload>, StoreError> {
    let query = photo_uploads::table
        .filter(photo_uploads::tambon_code.eq(tambon_column(tambon)))
        .filter(photo_uploads::device_id.eq(device.0.as_slice()))
        .order((photo_uploads::created_at, photo_uploads::upload_id))
        .limit(limit(count))
        .select(UPLOAD_COLUMNS);
    let rows: Vec<UploadColumns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(upload_from).collect()
}

/// The uploads that began before this time: at most `count`.
///
/// # Errors
/// The database's own.
pub fn uploads_before(
    conn: &mut Conn,
    tambon: TambonCode,
    before: Micros,
    count: usize,
) -> Result<Vec<Upload>, StoreError> {
    let query = photo_uploads::table
        .filter(photo_uploads::tambon_code.eq(tambon_column(tambon)))
        .filter(photo_uploads::created_at.lt(before.0))
        .order(photo_uploads::created_at)
        .limit(limit(count))
        .select(UPLOAD_COLUMNS);
    let rows: Vec<UploadColumns> = each!(conn, |c| query.load(c))?;
    rows.into_iter().map(upload_from).collect()
}

/// Begins an upload.
///
/// # Errors
/// The database's own.
pub fn begin_upload(tx: &mut Tx<'_>, tambon: TambonCode, upload: &Upload) -> Result<(), StoreError> {
    let insert = diesel::insert_into(photo_uploads::table).values((
        photo_uploads::tambon_code.eq(tambon_column(tambon)),
        photo_uploads::upload_id.eq(upload.id.as_slice()),
        photo_uploads::device_id.eq(upload.device.0.as_slice()),
        photo_uploads::sha256.eq(upload.sha256.as_slice()),
        photo_uploads::kind.eq(&upload.kind),
        photo_uploads::size.eq(length_column(upload.bytes)),
        photo_uploads::received.eq(length_column(upload.received)),
        photo_uploads::created_at.eq(upload.created_at.0),
    ));
    each!(&mut **tx, |c| insert.execute(c))?;
    Ok(())
}

/// Notes that an upload went on from `from` to `to`. False if it was not at `from` any more.
///
/// # Errors
/// The database's own.
pub fn advance_upload(
    tx: &mut Tx<'_>,
    tambon: TambonCode,
    id: &[u8; 16],
    from: u32,
    to: u32,
) -> Result<bool, StoreError> {
    let of = photo_uploads::table
        .filter(photo_uploads::tambon_code.eq(tambon_column(tambon)))
        .filter(photo_uploads::upload_id.eq(id.as_slice()))
        .filter(photo_uploads::received.eq(length_column(from)));
    let update = diesel::update(of).set(photo_uploads::received.eq(length_column(to)));
    Ok(each!(&mut **tx, |c| update.execute(c))? == 1)
}

/// Forgets an upload.
///
/// # Errors
/// The database's own.
pub fn forget_upload(tx: &mut Tx<'_>, tambon: TambonCode, id: &[u8; 16]) -> Result<(), StoreError> {
    let of = photo_uploads::table
        .filter(photo_uploads::tambon_code.eq(tambon_column(tambon)))
        .filter(photo_uploads::upload_id.eq(id.as_slice()));
    let delete = diesel::delete(of);
    each!(&mut **tx, |c| delete.execute(c))?;
    Ok(())
}
