//! How a photo comes: offered by its hash, sent from where it broke off, checked when it is whole.

use sha2::{Digest, Sha256};
use sync_protocol::ids::{DeviceId, TambonCode};

use super::error::PhotoError;
use super::media::media_of;
use super::objects::Photos;
use crate::clock::Micros;
use crate::store::Database;
use crate::store::devices::Device;
use crate::store::photos::{self, Photo, PhotoHash, PhotoState, Upload};

/// Bytes of a photo. The app sends 200 kB; a signature has a few.
pub const PHOTO_BYTES_MAX: u32 = 512 * 1024;
/// Days for which an unfinished upload is kept.
pub const UPLOAD_DAYS: i64 = 7;
/// Unfinished uploads of one device. The app has one at a time, and goes on with those that it left.
const UPLOADS_MAX: usize = 200;
/// What is old is put away so many at a time, by whoever comes next.
const SWEPT_AT_ONCE: usize = 20;

/// What a device says of a photo that it wants to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The SHA-256 of its bytes.
    pub sha256: PhotoHash,
    /// Its length.
    pub bytes: u32,
    /// What it shows.
    pub kind: String,
}

impl Photos {
    /// Takes a device's offer: gives the upload to go on with, begun anew under `id` unless the device has
    /// begun it already. Where the hub has the photo, the upload is at its end, and there is nothing to send.
    ///
    /// # Errors
    /// [`PhotoError::TooLarge`], [`PhotoError::Erased`], [`PhotoError::TooManyUploads`], the database's and
    /// the object store's own.
    pub fn offer(
        &self,
        database: &Database,
        device: &Device,
        offer: &Offer,
        id: [u8; 16],
        now: Micros,
    ) -> Result<Upload, PhotoError> {
        if offer.bytes > PHOTO_BYTES_MAX {
            return Err(PhotoError::TooLarge { limit_bytes: PHOTO_BYTES_MAX });
        }
        let tambon = device.tambon;
        self.sweep(database, tambon, now)?;
        let upload = Upload {
            id,
            device: device.id,
            sha256: offer.sha256,
            kind: offer.kind.clone(),
            bytes: offer.bytes,
            received: 0,
            created_at: now,
        };
        match database.read(|conn| photos::find(conn, tambon, &offer.sha256))? {
            Some(Photo { state: PhotoState::Kept, bytes, .. })
                if self.holds(tambon, &offer.sha256, bytes)? =>
            {
                return Ok(Upload { received: offer.bytes, ..upload });
            }
            Some(Photo { state: PhotoState::Erasing | PhotoState::Erased, .. }) => {
                return Err(PhotoError::Erased);
            }
            None if self.adopt(database, tambon, &offer.sha256, now)?.is_some() => {
                return Ok(Upload { received: offer.bytes, ..upload });
            }
            _ => {}
        }
        let begun = database.read(|conn| photos::uploads_of(conn, tambon, device.id, UPLOADS_MAX))?;
        let is_this = |begun: &&Upload| begun.sha256 == offer.sha256 && begun.bytes == offer.bytes;
        if let Some(begun) = begun.iter().find(is_this) {
            return Ok(begun.clone());
        }
        if begun.len() >= UPLOADS_MAX {
            return Err(PhotoError::TooManyUploads(begun.len()));
        }
        let begin = upload.clone();
        database.write(move |tx| photos::begin_upload(tx, tambon, &begin))?;
        Ok(upload)
    }

    /// An upload of this device.
    ///
    /// # Errors
    /// [`PhotoError::UnknownUpload`] also for another device's, and for one that is too old; the database's
    /// own.
    pub fn upload(
        &self,
        database: &Database,
        device: &Device,
        id: &[u8; 16],
        now: Micros,
    ) -> Result<Upload, PhotoError> {
        let found = database.read(|conn| photos::find_upload(conn, device.tambon, id))?;
        let oldest = oldest(now);
        found
            .filter(|upload| upload.device == device.id && upload.created_at >= oldest)
            .ok_or(PhotoError::UnknownUpload)
    }

    /// Takes the next bytes of an upload; gives how much is here now. When it is whole, the photo is checked
    /// and kept, and the upload is over.
    ///
    /// # Errors
    /// [`PhotoError::UnknownUpload`], [`PhotoError::WrongOffset`], [`PhotoError::TooLarge`] for more than was
    /// announced; [`PhotoError::Mismatch`] and [`PhotoError::NotAPhoto`] forget the upload; the database's
    /// and the object store's own.
    pub fn append(
        &self,
        database: &Database,
        device: &Device,
        id: &[u8; 16],
        offset: u32,
        bytes: &[u8],
        now: Micros,
    ) -> Result<u32, PhotoError> {
        let upload = self.upload(database, device, id, now)?;
        let (tambon, received) = (device.tambon, upload.received);
        if received != offset {
            return Err(PhotoError::WrongOffset { received });
        }
        let announced = upload.bytes as usize;
        // Without its bytes the row stands for nothing: the folder is of another day than the database.
        let Some(mut whole) = self.part(tambon, id, received)? else {
            self.forget(database, tambon, &upload)?;
            return Err(PhotoError::UnknownUpload);
        };
        if bytes.len() > announced - whole.len().min(announced) {
            return Err(PhotoError::TooLarge { limit_bytes: upload.bytes });
        }
        whole.extend_from_slice(bytes);
        if whole.len() == announced {
            self.finish(database, tambon, &upload, whole, now)?;
            return Ok(upload.bytes);
        }
        let reached = u32::try_from(whole.len()).unwrap_or(u32::MAX);
        if bytes.is_empty() {
            return Ok(reached);
        }
        self.keep_part(tambon, id, whole)?;
        let name = *id;
        if !database.write(move |tx| photos::advance_upload(tx, tambon, &name, received, reached))? {
            // Another request of the same device was quicker.
            let received = self.upload(database, device, id, now)?.received;
            return Err(PhotoError::WrongOffset { received });
        }
        self.remove_parts(tambon, id, Some(reached))?;
        Ok(reached)
    }

    fn finish(
        &self,
        database: &Database,
        tambon: TambonCode,
        upload: &Upload,
        bytes: Vec<u8>,
        now: Micros,
    ) -> Result<(), PhotoError> {
        let hash: PhotoHash = Sha256::digest(&bytes).into();
        let checked = if hash == upload.sha256 {
            media_of(&bytes).ok_or(PhotoError::NotAPhoto)
        } else {
            Err(PhotoError::Mismatch)
        };
        let media = match checked {
            Ok(media) => media,
            Err(error) => {
                self.forget(database, tambon, upload)?;
                return Err(error);
            }
        };
        self.keep(tambon, &hash, bytes)?;
        let photo = Photo {
            sha256: hash,
            device: upload.device,
            kind: upload.kind.clone(),
            media,
            bytes: upload.bytes,
            state: PhotoState::Kept,
            stored_at: now,
        };
        let id = upload.id;
        let state = database.write(move |tx| {
            photos::keep(tx, tambon, &photo)?;
            photos::forget_upload(tx, tambon, &id)?;
            Ok::<_, PhotoError>(photos::find(tx, tambon, &photo.sha256)?.map(|photo| photo.state))
        })?;
        self.remove_parts(tambon, &id, None)?;
        // It was erased while it was on its way.
        if state != Some(PhotoState::Kept) {
            self.remove(tambon, &hash)?;
            return Err(PhotoError::Erased);
        }
        Ok(())
    }

    /// A photo that may be shown, with its bytes; `None` if there is none of this name.
    ///
    /// # Errors
    /// The database's and the object store's own.
    pub fn find(
        &self,
        database: &Database,
        tambon: TambonCode,
        sha256: &PhotoHash,
        now: Micros,
    ) -> Result<Option<(Photo, Vec<u8>)>, PhotoError> {
        let found = database.read(|conn| photos::find(conn, tambon, sha256))?;
        match found {
            Some(photo) if photo.state == PhotoState::Kept => {
                Ok(self.fetch(tambon, sha256)?.map(|bytes| (photo, bytes)))
            }
            Some(_) => Ok(None),
            None => self.adopt(database, tambon, sha256, now),
        }
    }

    /// Notes a photo whose bytes are there and which the database does not know: it was restored from a backup
    /// that is older.
    fn adopt(
        &self,
        database: &Database,
        tambon: TambonCode,
        sha256: &PhotoHash,
        now: Micros,
    ) -> Result<Option<(Photo, Vec<u8>)>, PhotoError> {
        let Some(bytes) = self.fetch(tambon, sha256)? else { return Ok(None) };
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= PHOTO_BYTES_MAX);
        let is_it = PhotoHash::from(Sha256::digest(&bytes)) == *sha256;
        let (Some(media), Some(length), true) = (media_of(&bytes), length, is_it) else { return Ok(None) };
        let photo = Photo {
            sha256: *sha256,
            device: DeviceId([0; 8]),
            kind: String::new(),
            media,
            bytes: length,
            state: PhotoState::Kept,
            stored_at: now,
        };
        let noted = photo.clone();
        database.write(move |tx| photos::keep(tx, tambon, &noted))?;
        Ok(Some((photo, bytes)))
    }

    /// Removes what is of no use any more: bytes of erased photos, uploads that nobody finished. A little at
    /// a time.
    ///
    /// # Errors
    /// The database's and the object store's own.
    pub fn sweep(&self, database: &Database, tambon: TambonCode, now: Micros) -> Result<(), PhotoError> {
        let (erasing, old) = database.read(|conn| {
            let erasing = photos::in_state(conn, tambon, PhotoState::Erasing, SWEPT_AT_ONCE)?;
            Ok::<_, PhotoError>((erasing, photos::uploads_before(conn, tambon, oldest(now), SWEPT_AT_ONCE)?))
        })?;
        for sha256 in erasing {
            self.remove(tambon, &sha256)?;
            database.write(move |tx| photos::set_state(tx, tambon, &sha256, PhotoState::Erased))?;
        }
        old.iter().try_for_each(|upload| self.forget(database, tambon, upload))
    }

    /// Removes the bytes of every photo of a tambon that was erased.
    ///
    /// # Errors
    /// The database's and the object store's own; then some are left, for the next time.
    pub fn remove_erased(
        &self,
        database: &Database,
        tambon: TambonCode,
        now: Micros,
    ) -> Result<(), PhotoError> {
        loop {
            self.sweep(database, tambon, now)?;
            let left = database.read(|conn| photos::in_state(conn, tambon, PhotoState::Erasing, 1))?;
            let old = database.read(|conn| photos::uploads_before(conn, tambon, oldest(now), 1))?;
            if left.is_empty() && old.is_empty() {
                return Ok(());
            }
        }
    }

    fn forget(&self, database: &Database, tambon: TambonCode, upload: &Upload) -> Result<(), PhotoError> {
        let id = upload.id;
        self.remove_parts(tambon, &id, None)?;
        Ok(database.write(move |tx| photos::forget_upload(tx, tambon, &id))?)
    }
}

/// Uploads from before this are too old.
fn oldest(now: Micros) -> Micros {
    now.plus_seconds(-UPLOAD_DAYS * 24 * 60 * 60)
}
