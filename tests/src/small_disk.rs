//! A disk of a few megabytes that can be filled.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A file system in memory, of a folder's own. It is gone with this.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// A disk of so many megabytes. Only root can mount one.
    pub fn of_megabytes(megabytes: usize) -> Self {
        let folder = tempfile::Builder::new().prefix("upsert-disk-").tempdir().expect("a folder can be made");
        let size = format!("size={megabytes}m,mode=0777");
        mount(&["-t", "tmpfs", "-o", &size, "tmpfs"], folder.path());
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Takes so many megabytes, until the file is removed.
    pub fn take_megabytes(&self, megabytes: usize) -> PathBuf {
        let file = self.path().join("taken");
        std::fs::write(&file, vec![b'x'; megabytes << 20]).expect("the disk is not full yet");
        file
    }

    /// From now on nothing can be written to it.
    pub fn becomes_read_only(&self) {
        mount(&["-o", "remount,ro"], self.path());
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily, because a server may still have files open there.
        drop(Command::new("umount").arg("--lazy").arg(self.path()).status());
    }
}

fn mount(arguments: &[&str], at: &Path) {
    let mounted = Command::new("mount").args(arguments).arg(at).status();
    assert!(
        mounted.is_ok_and(|status| status.success()),
        "the test of a full disk mounts a small one, which only root may do: run it as root, or leave it out by name \
         (`cargo test -- --skip disk --skip read_only`)"
    );
}
