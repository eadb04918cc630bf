//! What an open file and the claim do.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use longmen_journal::{Claim, ReadFile, WriteFile};

use super::SimDisk;
use super::fault::{Fault, OpKind};
use super::image::FileNo;

/// An open file; it stays the same file when its name changes.
pub(super) struct SimFileHandle {
    pub(super) disk: SimDisk,
    pub(super) no: FileNo,
    pub(super) path: String,
}

impl SimFileHandle {
    fn sync(&self, with_metadata: bool) -> io::Result<()> {
        self.disk.gate.pass();
        let mut shared = self.disk.lock();
        let lies = shared.lies;
        shared.run(OpKind::Sync, &self.path, (0, 0), |image, fault| {
            let file = image.file_mut(self.no)?;
            match fault {
                Some(fault) => {
                    file.fail_sync();
                    Err(fault.error())
                }
                None if lies => Ok(()),
                None => {
                    file.sync(with_metadata);
                    Ok(())
                }
            }
        })
    }
}

impl ReadFile for SimFileHandle {
    fn len(&self) -> io::Result<u64> {
        let shared = self.disk.lock();
        Ok(u64::try_from(shared.image.file(self.no)?.now.len()).unwrap_or(u64::MAX))
    }

    fn read_exact_at(&self, buf: &mut [u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        self.disk.lock().simple(OpKind::Read, &self.path, |image| {
            let file = image.file(self.no)?;
            let found =
                file.now.get(start..start.saturating_add(buf.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
            buf.copy_from_slice(found);
            Ok(())
        })
    }
}

impl WriteFile for SimFileHandle {
    fn write_all_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        let start = usize::try_from(offset).map_err(|_| io::ErrorKind::FileTooLarge)?;
        let len = u64::try_from(buf.len()).unwrap_or(u64::MAX);
        self.disk.lock().run(OpKind::Write, &self.path, (offset, len), |image, fault| {
            let file = image.file_mut(self.no)?;
            match fault {
                Some(fault) => {
                    if let Fault::ShortWrite(len) = fault {
                        file.write(&buf[..len.min(buf.len())], start);
                    }
                    Err(fault.error())
                }
                None => {
                    file.write(buf, start);
                    Ok(())
                }
            }
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.sync(false)
    }

    fn sync_all(&self) -> io::Result<()> {
        self.sync(true)
    }
}

pub(super) struct SimClaim(pub(super) Arc<AtomicBool>);

impl Claim for SimClaim {
    fn still_held(&self) -> io::Result<bool> {
        Ok(true)
    }
}

impl Drop for SimClaim {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}
