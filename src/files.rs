//! The one way in for files that others may have made, and the way out for small ones of our own: regular files only,
//! opened without waiting for anybody, read no further than they can be meant to be long, readable by their owner alone.
//! Knows nothing of what stands in them.

use std::fs::{File, FileType, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, OpenOptionsExt};
use std::path::Path;

/// The longest plan, in bytes: one of 100,000 components has about 20 MiB.
pub const PLAN: u64 = 64 << 20;
/// The longest scenario, configuration or theme, in bytes.
pub const SETTINGS: u64 = 1 << 20;
/// The longest lease, key or secret, in bytes.
pub const NOTE: u64 = 64 << 10;
/// The longest mark of a watcher, in bytes: it holds a count.
pub const MARK: u64 = 64;

/// Never waits for the other end of a pipe or a modem, and lets no terminal become ours.
const AT_ONCE: i32 = (rustix::fs::OFlags::NONBLOCK.bits() | rustix::fs::OFlags::NOCTTY.bits()) as i32;
const NO_LINK: i32 = rustix::fs::OFlags::NOFOLLOW.bits() as i32;

/// Opens the regular file at `path` to be read.
///
/// # Errors
/// What the disk says; [`ErrorKind::InvalidInput`] for a pipe, a device, a socket or a folder, in words.
pub fn open(path: &Path) -> io::Result<File> {
    // Looked at before it is opened: opening a device may do something already.
    regular(std::fs::metadata(path)?.file_type())?;
    opened(OpenOptions::new().read(true).custom_flags(AT_ONCE), path)
}

/// The bytes of the regular file at `path`, which may be `most` long.
///
/// # Errors
/// As [`open`]; [`ErrorKind::FileTooLarge`] when it is longer.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    bounded(open(path)?, most)
}

/// The text of the regular file at `path`, which may be `most` bytes long.
///
/// # Errors
/// As [`read`]; [`ErrorKind::InvalidData`] when it is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    let bytes = read(path, most)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        io::Error::new(ErrorKind::InvalidData, format!("byte {at} is not UTF-8: save it again as a text in UTF-8"))
    })
}

/// As [`read`], where `path` itself must be the file: a link leads anywhere.
///
/// # Errors
/// As [`read`].
pub fn read_here(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    regular(std::fs::symlink_metadata(path)?.file_type())?;
    bounded(opened(OpenOptions::new().read(true).custom_flags(AT_ONCE | NO_LINK), path)?, most)
}

/// Opens the regular file at `path` to be read and written, and makes it when it is not there.
///
/// # Errors
/// As [`open`].
pub fn read_and_write(path: &Path) -> io::Result<File> {
    may_be_made(path)?;
    opened(
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(AT_ONCE),
        path,
    )
}

/// The same of a file in a folder of our own: no link is followed.
///
/// # Errors
/// As [`open`].
pub fn read_and_write_here(path: &Path) -> io::Result<File> {
    may_be_made(path)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(AT_ONCE | NO_LINK);
    opened(&options, path)
}

/// Opens the regular file at `path`, in a folder of our own, to be read: no link is followed.
///
/// # Errors
/// As [`open`].
pub fn open_here(path: &Path) -> io::Result<File> {
    opened(OpenOptions::new().read(true).custom_flags(AT_ONCE | NO_LINK), path)
}

/// Opens the regular file at `path` to be appended to, and makes it when it is not there.
///
/// # Errors
/// As [`open`].
pub fn append(path: &Path) -> io::Result<File> {
    may_be_made(path)?;
    opened(OpenOptions::new().append(true).create(true).mode(0o600).custom_flags(AT_ONCE), path)
}

/// Writes `bytes` to the file at `path`, made when it is not there; a link there is not followed.
///
/// # Errors
/// As [`open`].
pub fn write_here(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let flags = AT_ONCE | NO_LINK;
    let mut options = OpenOptions::new();
    // Truncated once it is known to be a file of its own.
    options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags);
    let mut file = opened(&options, path)?;
    file.set_len(0)?;
    file.write_all(bytes)
}

/// Puts a file of `bytes` in the place of the one at `path`, in one move: whoever reads meanwhile reads the old one, and of two
/// who do so at once the last has it whole.
///
/// # Errors
/// What the disk says.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}", std::process::id()));
    let new = path.with_file_name(name);
    // What a process of the same number left there is nobody's.
    let _ = std::fs::remove_file(&new);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).custom_flags(AT_ONCE | NO_LINK);
    let written = options.open(&new).and_then(|mut file| file.write_all(bytes));
    let moved = written.and_then(|()| std::fs::rename(&new, path));
    if moved.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    moved
}

/// As [`replace`], and on the disk before it is there: what is kept for long must not be lost with the power.
///
/// # Errors
/// What the disk says.
pub fn keep(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace(path, bytes)?;
    open(path)?.sync_all()?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(folder)?.sync_all()
}

/// Makes the folder at `path`, for its owner alone, and those above it.
///
/// # Errors
/// What the disk says.
pub fn make_folder(path: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

fn bounded(file: File, most: u64) -> io::Result<Vec<u8>> {
    let too_long = || io::Error::new(ErrorKind::FileTooLarge, format!("it is longer than {}", in_words(most)));
    if file.metadata()?.len() > most {
        return Err(too_long());
    }
    // What it says of its length need not be true: it may grow, and what the system makes up has none.
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most { Err(too_long()) } else { Ok(bytes) }
}

fn opened(options: &OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.open(path).map_err(|error| match rustix::io::Errno::from_io_error(&error) {
        // A pipe that nobody reads, opened to be written to.
        Some(rustix::io::Errno::NXIO) => not_a_file("a pipe or a device"),
        Some(rustix::io::Errno::LOOP) => not_a_file("a link"),
        _ => error,
    })?;
    regular(file.metadata()?.file_type())?;
    Ok(file)
}

/// Nothing yet, or a regular file.
fn may_be_made(path: &Path) -> io::Result<()> {
    match std::fs::metadata(path) {
        Ok(there) => regular(there.file_type()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn regular(found: FileType) -> io::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    Err(not_a_file(match found {
        found if found.is_dir() => "a folder",
        found if found.is_fifo() => "a pipe",
        found if found.is_socket() => "a socket",
        found if found.is_symlink() => "a link",
        _ => "a device",
    }))
}

fn not_a_file(what: &str) -> io::Error {
    let help = match what {
        "a pipe" => ": save what it gives to a file first",
        _ => "",
    };
    io::Error::new(ErrorKind::InvalidInput, format!("it is {what}, not a file{help}"))
}

fn in_words(bytes: u64) -> String {
    match bytes {
        bytes if bytes >= 1 << 20 => format!("{} MiB", bytes >> 20),
        bytes if bytes >= 1 << 10 => format!("{} KiB", bytes >> 10),
        bytes => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::os::unix::net::UnixListener;
    use std::path::PathBuf;
    use std::time::{Duration, Instant};

    /// A folder with one of each that is no file, and how each is called.
    fn traps() -> (tempfile::TempDir, Vec<(PathBuf, &'static str)>) {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        let made = std::process::Command::new("mkfifo").arg(at("pipe")).status().expect("mkfifo runs");
        assert!(made.success());
        drop(UnixListener::bind(at("socket")).expect("a socket"));
        symlink("/dev/zero", at("link")).expect("a link");
        let traps = vec![
            (at("pipe"), "a pipe"),
            (at("socket"), "a socket"),
            (at("link"), "a device"),
            (PathBuf::from("/dev/zero"), "a device"),
            (folder.path().to_owned(), "a folder"),
        ];
        (folder, traps)
    }

    #[test]
    fn what_is_no_file_is_refused_at_once_and_called_what_it_is() {
        let (_folder, traps) = traps();
        let ways: [fn(&Path) -> io::Result<()>; 5] = [
            |path| open(path).map(drop),
            |path| read(path, NOTE).map(drop),
            |path| read_text(path, NOTE).map(drop),
            |path| append(path).map(drop),
            |path| read_and_write(path).map(drop),
        ];
        for (path, word) in traps {
            for way in ways {
                let began = Instant::now();
                let error = way(&path).expect_err("it is no file");
                assert!(error.to_string().contains(word), "{}: {error}", path.display());
                assert!(began.elapsed() < Duration::from_secs(1), "{}", path.display());
            }
            assert!(write_here(&path, b"x").is_err() && read_here(&path, MARK).is_err(), "{}", path.display());
        }
    }

    #[test]
    fn a_file_is_read_as_far_as_it_may_be_long() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        std::fs::write(&path, "0123456789").expect("it is written");
        assert_eq!(read(&path, 10).expect("it is as long as it may be"), b"0123456789");
        let error = read(&path, 9).expect_err("it is longer");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::FileTooLarge, "it is longer than 9 bytes"));
        // A sparse file of a terabyte is no longer to be refused than one of a kilobyte.
        File::options().write(true).open(&path).and_then(|file| file.set_len(1 << 40)).expect("it grows");
        let began = Instant::now();
        assert_eq!(read(&path, SETTINGS).expect_err("it is longer").to_string(), "it is longer than 1 MiB");
        assert!(began.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn a_link_is_followed_to_what_a_person_named_and_not_to_what_was_left_beside() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        std::fs::write(&file, "kept").expect("it is written");
        symlink(&file, &link).expect("a link");
        assert_eq!(read(&link, MARK).expect("it leads to a file"), b"kept");
        assert!(read_here(&link, MARK).is_err());
        assert!(write_here(&link, b"lost").is_err());
        assert_eq!(std::fs::read(&file).expect("it is there"), b"kept");
    }

    #[test]
    fn what_is_made_is_its_owners_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        append(&at("log")).expect("it is made");
        read_and_write(&at("lease")).expect("it is made");
        write_here(&at("mark"), b"long").and_then(|()| write_here(&at("mark"), b"x")).expect("it is made");
        make_folder(&at("runs/deep")).expect("it is made");
        for (name, mode) in [("log", 0o600), ("lease", 0o600), ("mark", 0o600), ("runs", 0o700), ("runs/deep", 0o700)] {
            let found = std::fs::metadata(at(name)).expect("it is there").permissions().mode() & 0o777;
            assert_eq!(found, mode, "{name}");
        }
        assert_eq!(std::fs::read(at("mark")).expect("it is there"), b"x");
    }

    #[test]
    fn noise_is_told_with_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("noise");
        std::fs::write(&path, b"abc\xff\xfe").expect("it is written");
        let error = read_text(&path, NOTE).expect_err("it is no text");
        assert!(error.to_string().starts_with("byte 4 is not UTF-8"), "{error}");
    }
}
