//! The exact bytes of a small journal for fixed inputs. Whoever changes one of these changes the format: the document,
//! the Python reader and every journal in the field change with it.

use std::path::{Path, PathBuf};
use std::process::Command;

use longmen_journal::hash::digest;
use longmen_journal::{Appender, Entropy, KeyRun, MemoryStorage, MetaRun, RunRow, Runs, Snapshot};

use crate::common::{
    Image, append, config, config_seeded, inspected, last_segment, lived_clean, lived_unclean,
};

/// The digest of each file of [`lived_clean`].
const GOLDEN: &[(&str, &str)] = &[
    ("LOCK", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"),
    ("MANIFEST.a", "51137b42d3a9e48bfa792a7d52c22d8b80eb6b626ca40e069724a6c334d58973"),
    ("MANIFEST.b", "73084e652a5bba32dc3be4485ac66fcd992ad504ecf53afee7c1039d4ee70b68"),
    (
        "quarantine/0000000000000001-00002000.torn",
        "46127ac3798337c81a341606d69fe81464c929ab57c1db58dfd448cd0438d47d",
    ),
    ("seg/0000000000000000-00000001.jrn", "1c8c50857a711a3825ef0100775d370ef3212aaad870f1b31137d0a995749dbe"),
    ("seg/0000000000000001-00000001.jrn", "59337e9a18b6783215ea96c728567d25eb089b5bfe262c0fa0a7ec95320ae09d"),
    ("seg/0000000000000002-00000002.jrn", "d1e9a678f0b5bc44e896227f042cb4588a4c1defb690bd80e3a3ecf5fc34390a"),
];

/// The digest of the format document.
const DOCUMENT: &str = "3ba4f257bc948176bf1405394a90d592e007f14732cdc8277299ebd70e36c5eb";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/format")
}

#[test]
fn the_bytes_of_a_journal_are_those_of_the_format() {
    let image = lived_clean().snapshot();
    let found: Vec<_> =
        image.iter().map(|(path, bytes)| (path.as_str(), digest(bytes).to_string())).collect();
    let found: Vec<_> = found.iter().map(|(path, digest)| (*path, digest.as_str())).collect();
    assert_eq!(found, GOLDEN);
}

#[test]
fn the_document_changes_together_with_this_number() {
    let text = std::fs::read(docs().join("journal-v1.md")).unwrap();
    assert_eq!(
        digest(&text).to_string(),
        DOCUMENT,
        "read the document against the code, then change this number"
    );
}

#[test]
fn the_worked_example_of_the_document_is_what_the_code_writes() {
    let storage = MemoryStorage::new();
    let mut config = config();
    config.entropy = Entropy::Seeded(1);
    let mut appender = Appender::create(std::sync::Arc::new(storage.clone()), config, 1_000).unwrap();
    append(&mut appender, 1, 5);
    appender.close(9_000).unwrap();
    let image = storage.snapshot();
    let segment = &image[&last_segment(&image)];
    let text = std::fs::read_to_string(docs().join("journal-v1.md")).unwrap();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for (what, start, len) in [
        ("ledger id", 16, 16),
        ("salt", 64, 16),
        ("batch header", 8192, 128),
        ("entry body", 8320, 48),
        ("entry hash", 8368, 32),
        ("entry hash before it", 4096 + 128 + 64, 32),
        ("batch digest", 12288 - 32, 32),
    ] {
        let value = hex(&segment[start..start + len]);
        assert!(
            text.replace(['\n', ' ', '`'], "").contains(&value),
            "the document lacks the {what}: {value}"
        );
    }
}

fn write_out(image: &Image, root: &Path) {
    for dir in ["seg", "snap", "quarantine"] {
        std::fs::create_dir_all(root.join(dir)).unwrap();
    }
    for (path, bytes) in image {
        std::fs::write(root.join(path), bytes).unwrap();
    }
}

/// Runs the Python reader; `None` where there is no Python with blake3.
fn python(image: &Image) -> Option<(bool, String)> {
    let python = std::env::var_os("LONGMEN_PYTHON").unwrap_or_else(|| "python3".into());
    let usable = Command::new(&python).args(["-c", "import blake3"]).output();
    if !usable.is_ok_and(|output| output.status.success()) {
        let required = std::env::var_os("LONGMEN_REQUIRE_PYTHON").is_some();
        assert!(!required, "{} cannot import blake3, and this run must not skip", python.display());
        println!("skipped: no python3 with the package blake3 (LONGMEN_PYTHON names another one)");
        return None;
    }
    let dir = tempfile::tempdir().unwrap();
    write_out(image, dir.path());
    let output = Command::new(python).arg(docs().join("verify_journal.py")).arg(dir.path()).output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    Some((output.status.success(), String::from_utf8(output.stdout).unwrap()))
}

#[test]
fn the_python_reader_agrees_on_sound_journals() {
    let other = MemoryStorage::new();
    let mut appender = Appender::create(std::sync::Arc::new(other.clone()), config_seeded(3), 1).unwrap();
    for round in 1..40 {
        append(&mut appender, 1 + round % 5, 300);
    }
    drop(appender);
    for storage in [lived_clean(), lived_unclean(), other] {
        let Some((sound, said)) = python(&storage.snapshot()) else { return };
        let seen = inspected(&storage);
        assert!(sound, "{said}");
        assert!(said.contains(&format!("entries  {}\n", seen.entries)), "{said}");
        assert!(said.contains(&format!("head     {}\n", seen.head.unwrap().hash)), "{said}");
        assert!(said.contains(&format!("segments {}\n", seen.segments)), "{said}");
    }
}

#[test]
fn the_python_reader_finds_damage_in_every_sector() {
    let image = lived_clean().snapshot();
    for (path, bytes) in &image {
        for at in (0..bytes.len()).step_by(4096).chain((0..bytes.len()).step_by(4096 * 5 + 811)) {
            let mut damaged = image.clone();
            damaged.get_mut(path).unwrap()[at] ^= 4;
            let Some((sound, said)) = python(&damaged) else { return };
            assert!(!sound, "{path} byte {at}: {said}");
        }
    }
}

#[test]
fn the_python_reader_looks_at_snapshots() {
    let storage = lived_clean();
    let seen = inspected(&storage);
    let ledger_id = longmen_journal::Journal::open(std::sync::Arc::new(storage.clone())).unwrap().ledger_id();
    let mut rows = [(9, 2), (4, 3), (9, 1)].map(|(hash, position)| RunRow { hash, position });
    let runs = Runs {
        keys: vec![KeyRun::write(&storage, ledger_id, 1, 4, &mut rows).unwrap()],
        meta: vec![MetaRun::write(&storage, ledger_id, 1, 4, &mut rows[1..]).unwrap()],
    };
    Snapshot::write(&storage, ledger_id, seen.head.unwrap(), &runs, b"the books").unwrap();
    let image = storage.snapshot();
    let Some((sound, said)) = python(&image) else { return };
    assert!(sound, "{said}");
    let paths: Vec<&String> = image.keys().filter(|path| path.starts_with("snap/")).collect();
    assert_eq!(paths.len(), 3);
    for path in paths {
        for at in (0..image[path].len()).step_by(7) {
            let mut damaged = image.clone();
            damaged.get_mut(path).unwrap()[at] ^= 4;
            let (sound, said) = python(&damaged).unwrap();
            assert!(!sound && said.contains(path.as_str()), "byte {at}: {said}");
        }
    }
}
