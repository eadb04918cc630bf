//! `docs/refusals.md` is printed from the list of reasons.

use std::fs;
use std::path::Path;

use longmen_core::Reason;

fn printed() -> String {
    let mut text = "\
# Refusals

A refusal is an answer, not an error: the command was understood and was not carried out, and nothing was posted.
Where several reasons hold at once, the one with the lowest code is given.
A refusal names the leg, portion or condition at fault, counted from 0, and by how much a limit would be passed, where that applies; a velocity limit by its name, what stands in the way of a closing, and the command of a group that made it fall.

A refusal that is journaled depends on the state of the books: it is kept under the command's key, and a retry with that key gets the same refusal for ever.
Any other is wrong in itself, reuses a key or fell with its group: nothing is kept, and a corrected command may use the same key.

This file is printed from the code; `LONGMEN_BLESS=1 cargo test -p longmen-core` writes it anew.

| code | name | cause | remedy | journaled |
|---|---|---|---|---|
"
    .to_owned();
    for reason in Reason::ALL {
        let (code, name, journaled) =
            (reason.code(), reason.name(), if reason.is_journaled() { "yes" } else { "no" });
        text += &format!(
            "| {code} | `{name}` | {} | {} | {journaled} |\n",
            cell(reason.cause()),
            cell(reason.remedy())
        );
    }
    text
}

fn cell(sentence: &str) -> String {
    sentence.replace('|', "\\|")
}

#[test]
fn the_list_of_refusals_is_the_code_s() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/refusals.md");
    if std::env::var_os("LONGMEN_BLESS").is_some() {
        fs::write(&path, printed()).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(printed().lines()).position(|(kept, printed)| kept != printed);
    assert!(
        kept == printed(),
        "docs/refusals.md differs from the code from line {}: run `LONGMEN_BLESS=1 cargo test -p longmen-core`",
        differs.map_or_else(|| kept.lines().count() + 1, |at| at + 1),
    );
}
