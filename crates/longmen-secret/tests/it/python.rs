//! A second reader, in Python, written from the document alone.

use std::path::Path;
use std::process::Command;

use longmen_secret::SubjectKeys;

use crate::common::{ALICE, KEK};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs the Python reader; `None` where there is no Python with blake3.
fn python(dir: &Path, context: &[u8], sealed: &[u8]) -> Option<Result<String, String>> {
    let python = std::env::var_os("LONGMEN_PYTHON").unwrap_or_else(|| "python3".into());
    let usable = Command::new(&python).args(["-c", "import blake3"]).output();
    if !usable.is_ok_and(|output| output.status.success()) {
        let required = std::env::var_os("LONGMEN_REQUIRE_PYTHON").is_some();
        assert!(!required, "{} cannot import blake3, and this run must not skip", python.display());
        println!("skipped: no python3 with the package blake3 (LONGMEN_PYTHON names another one)");
        return None;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/format/open_secret.py");
    let hexes = [hex(&KEK), hex(context), hex(sealed)];
    let output = Command::new(python).arg(script).arg(dir).arg(ALICE).args(hexes).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap().trim().to_owned();
    Some(if output.status.success() { Ok(said) } else { Err(said) })
}

#[test]
fn the_python_reader_opens_what_was_sealed_and_refuses_what_was_changed() {
    let dir = tempfile::tempdir().unwrap();
    let keys = SubjectKeys::create(dir.path(), &[1; 32]).unwrap();
    for len in [0, 1, 31, 32, 200, 927] {
        let plaintext: Vec<u8> = (0..=255).cycle().take(len).collect();
        let sealed = keys.seal(ALICE, b"pay-1", &plaintext).unwrap();
        keys.rewrap(&KEK).unwrap();
        let Some(said) = python(dir.path(), b"pay-1", &sealed) else { return };
        assert_eq!(said, Ok(hex(&plaintext)));
    }
    let sealed = keys.seal(ALICE, b"pay-1", b"a street").unwrap();
    for at in [0, 32, 40, 64, 96] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        let said = python(dir.path(), b"pay-1", &changed).unwrap().unwrap_err();
        assert!(said.starts_with("refused: "), "{said}");
    }
    assert!(python(dir.path(), b"pay-2", &sealed).unwrap().is_err());
    keys.erase(ALICE).unwrap();
    assert_eq!(python(dir.path(), b"pay-1", &sealed).unwrap(), Err("refused: erased".to_owned()));
}
