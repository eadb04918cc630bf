//! What the tests share.

use std::collections::BTreeMap;
use std::sync::Arc;

use longmen_journal::{MemoryStorage, Storage};
use longmen_secret::{SecretError, SubjectKeys};

pub(crate) const KEK: [u8; 32] = [7; 32];
pub(crate) const NEW_KEK: [u8; 32] = [8; 32];
pub(crate) const ALICE: &str = "customer-7";
pub(crate) const BOB: &str = "customer-8";

pub(crate) type Image = BTreeMap<String, Vec<u8>>;

pub(crate) fn fresh() -> (MemoryStorage, SubjectKeys) {
    let disk = MemoryStorage::new();
    let keys = SubjectKeys::create_on(Arc::new(disk.clone()), &KEK).unwrap();
    (disk, keys)
}

pub(crate) fn opened(disk: &(impl Storage + Clone + 'static)) -> Result<SubjectKeys, SecretError> {
    SubjectKeys::open_on(Arc::new(disk.clone()), &KEK)
}

/// The paths of files in a folder.
pub(crate) fn paths(image: &Image, folder: &str) -> Vec<String> {
    image.keys().filter(|path| path.starts_with(folder)).cloned().collect()
}
