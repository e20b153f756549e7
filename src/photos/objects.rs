//! Where photos lie: a folder, or a bucket of an object store that speaks S3.
//!
//! | object | what it is |
//! |---|---|
//! | `650117/ab/abcd…` | a whole photo, by its SHA-256 |
//! | `uploads/650117/<id>/00004096` | the first 4096 bytes of one that is on its way |
//!
//! No object is ever written twice with other bytes, so that nothing needs a lock.

use std::fmt;
use std::fs::DirBuilder;
use std::future::Future;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use futures_util::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{Error as ObjectError, ObjectStore, ObjectStoreExt};
use sync_protocol::ids::TambonCode;
use tokio::runtime::Runtime;

use super::error::PhotoError;
use crate::store::DatabaseUrl;
use crate::store::photos::PhotoHash;

/// Where photos are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In a folder of this machine.
    Folder(PathBuf),
    /// In a bucket, below a prefix: `s3://bucket/prefix`. Who may write there, and at which address, is told
    /// by the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT` …).
    Bucket(String),
}

impl Place {
    /// Reads a folder's path or `s3://bucket/prefix`.
    ///
    /// # Errors
    /// [`PhotoError::Place`] for another scheme.
    pub fn parse(text: &str) -> Result<Self, PhotoError> {
        let wrong = |reason: &str| PhotoError::Place { place: text.to_owned(), reason: reason.to_owned() };
        match text.split_once("://") {
            None if text.is_empty() => Err(wrong("it is empty")),
            None => Ok(Self::Folder(PathBuf::from(text))),
            Some(("s3", bucket)) if !bucket.is_empty() && !bucket.starts_with('/') => {
                Ok(Self::Bucket(text.to_owned()))
            }
            Some(("s3", _)) => Err(wrong("the bucket is missing")),
            Some(_) => Err(wrong("it is neither a folder nor s3://BUCKET/PREFIX")),
        }
    }

    /// The folder that belongs to a database: beside its file, or in the working folder.
    #[must_use]
    pub fn beside(database: &DatabaseUrl) -> Self {
        let file = match database {
            DatabaseUrl::Sqlite(file) => file.clone(),
            DatabaseUrl::Postgres(_) => PathBuf::from("samruat"),
        };
        let mut name = file.file_stem().unwrap_or_default().to_owned();
        name.push("-photos");
        Self::Folder(file.with_file_name(name))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::Bucket(bucket) => bucket.fmt(f),
        }
    }
}

impl FromStr for Place {
    type Err = PhotoError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// The photos of a hub.
pub struct Photos {
    objects: Arc<dyn ObjectStore>,
    /// Object stores are asked on a thread of their own; whoever asks waits.
    runtime: Option<Runtime>,
}

impl Photos {
    /// The photos of this place. A folder that is not there is made, for its owner alone.
    ///
    /// # Errors
    /// [`PhotoError::Place`].
    pub fn open(place: &Place) -> Result<Self, PhotoError> {
        let failed = |error: &dyn fmt::Display| PhotoError::Place {
            place: place.to_string(),
            reason: error.to_string(),
        };
        let objects: Arc<dyn ObjectStore> = match place {
            Place::Folder(folder) => {
                let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
                made.map_err(|error| failed(&error))?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(|error| failed(&error))?;
                Arc::new(store.with_fsync(true).with_automatic_cleanup(true))
            }
            Place::Bucket(url) => {
                let store =
                    AmazonS3Builder::from_env().with_url(url).build().map_err(|error| failed(&error))?;
                let prefix = url.splitn(4, '/').nth(3).unwrap_or_default();
                Arc::new(PrefixStore::new(store, prefix))
            }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("samruat-photos")
            .enable_all()
            .build()
            .map_err(|error| failed(&error))?;
        Ok(Self { objects, runtime: Some(runtime) })
    }

    /// Keeps a whole photo; it is durable when this returns.
    pub(super) fn keep(
        &self,
        tambon: TambonCode,
        sha256: &PhotoHash,
        bytes: Vec<u8>,
    ) -> Result<(), PhotoError> {
        self.write(&photo(tambon, sha256), bytes)
    }

    /// The bytes of a photo; `None` if they are not there.
    ///
    /// # Errors
    /// [`PhotoError::Objects`].
    pub fn fetch(&self, tambon: TambonCode, sha256: &PhotoHash) -> Result<Option<Vec<u8>>, PhotoError> {
        self.read(&photo(tambon, sha256))
    }

    /// Whether the bytes of a photo are there.
    pub(super) fn holds(
        &self,
        tambon: TambonCode,
        sha256: &PhotoHash,
        bytes: u32,
    ) -> Result<bool, PhotoError> {
        match self.wait(self.objects.head(&photo(tambon, sha256))) {
            Ok(found) => Ok(found.size == u64::from(bytes)),
            Err(ObjectError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes the bytes of a photo, if they are there.
    pub(super) fn remove(&self, tambon: TambonCode, sha256: &PhotoHash) -> Result<(), PhotoError> {
        self.delete(&photo(tambon, sha256))
    }

    /// Keeps the first bytes of a photo that is on its way.
    pub(super) fn keep_part(
        &self,
        tambon: TambonCode,
        id: &[u8; 16],
        bytes: Vec<u8>,
    ) -> Result<(), PhotoError> {
        self.write(&part(tambon, id, bytes.len()), bytes)
    }

    /// The first `received` bytes of a photo that is on its way; `None` if they are not there.
    pub(super) fn part(
        &self,
        tambon: TambonCode,
        id: &[u8; 16],
        received: u32,
    ) -> Result<Option<Vec<u8>>, PhotoError> {
        if received == 0 { Ok(Some(Vec::new())) } else { self.read(&part(tambon, id, received as usize)) }
    }

    /// Removes all but the first `but` bytes of a photo that is on its way.
    pub(super) fn remove_parts(
        &self,
        tambon: TambonCode,
        id: &[u8; 16],
        but: Option<u32>,
    ) -> Result<(), PhotoError> {
        let kept = but.map(|received| part(tambon, id, received as usize));
        let found = self.objects.list(Some(&parts(tambon, id)));
        let found: Vec<Path> = self.wait(found.map_ok(|found| found.location).try_collect())?;
        found.iter().filter(|path| Some(*path) != kept.as_ref()).try_for_each(|path| self.delete(path))
    }

    fn write(&self, path: &Path, bytes: Vec<u8>) -> Result<(), PhotoError> {
        self.wait(self.objects.put(path, bytes.into()))?;
        Ok(())
    }

    fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, PhotoError> {
        let read = async { self.objects.get(path).await?.bytes().await };
        match self.wait(read) {
            Ok(bytes) => Ok(Some(bytes.to_vec())),
            Err(ObjectError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn delete(&self, path: &Path) -> Result<(), PhotoError> {
        match self.wait(self.objects.delete(path)) {
            Ok(()) | Err(ObjectError::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn wait<T>(&self, ask: impl Future<Output = Result<T, ObjectError>>) -> Result<T, ObjectError> {
        match &self.runtime {
            Some(runtime) => runtime.block_on(ask),
            None => Err(ObjectError::NotImplemented {
                operation: "anything".to_owned(),
                implementer: "photos that were let go".to_owned(),
            }),
        }
    }
}

impl Drop for Photos {
    /// Does not wait: the last one who holds the photos may be a thread that must not.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn photo(tambon: TambonCode, sha256: &PhotoHash) -> Path {
    let name = HEXLOWER.encode(sha256);
    Path::from_iter([tambon.to_string(), name[..2].to_owned(), name])
}

fn parts(tambon: TambonCode, id: &[u8; 16]) -> Path {
    Path::from_iter(["uploads".to_owned(), tambon.to_string(), HEXLOWER.encode(id)])
}

fn part(tambon: TambonCode, id: &[u8; 16], length: usize) -> Path {
    parts(tambon, id).join(format!("{length:08}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_place_is_a_folder_or_a_bucket() {
        assert_eq!(Place::parse("/srv/photos").unwrap(), Place::Folder("/srv/photos".into()));
        assert_eq!(Place::parse("s3://bucket/a/b").unwrap(), Place::Bucket("s3://bucket/a/b".to_owned()));
        for wrong in ["", "s3://", "s3:///a", "gs://bucket", "https://bucket"] {
            assert!(Place::parse(wrong).is_err(), "{wrong}");
        }
        let beside = |url: &str| Place::beside(&DatabaseUrl::parse(url).unwrap()).to_string();
        assert_eq!(beside("sqlite:/srv/hub.sqlite"), "/srv/hub-photos");
        assert_eq!(beside("sqlite:samruat.sqlite"), "samruat-photos");
        assert_eq!(beside("postgres://samruat@db/samruat"), "samruat-photos");
    }
}
