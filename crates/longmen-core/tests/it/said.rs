//! What is said with a command is what its entry keeps, and what has a name prints it.

use std::num::NonZeroU64;

use longmen_core::{Class, Entry, Extras, Memo, Meta, MetaKey, Refusal, Secret, Subject, Value};

use crate::dsl::world_after;

const WORLD: &str = "
    open bank CNY asset unlimited
    open alice CNY liability none
    at 9
    ";

/// The entry of a transfer of which this is said.
fn said(words: &str) -> Entry {
    world_after(&format!("{WORLD}\nxfer k1 bank alice 1.00 CNY {words}")).entries.pop().unwrap()
}

#[test]
fn an_entry_keeps_what_was_said_and_nothing_for_nothing() -> Result<(), Refusal> {
    let meta = Meta::new([(MetaKey::new("a")?, Value::Bool(true))])?;
    let secret = Secret::new(Subject::new("peter")?, &[7, 7])?;
    let happened_ns = NonZeroU64::new(5);
    let cases = [
        ("", None),
        ("meta", None),
        ("meta a=yes", Some(Extras { meta, ..Extras::default() })),
        ("happened 5", Some(Extras { happened_ns, ..Extras::default() })),
        ("secret peter 2", Some(Extras { secret: Some(secret), ..Extras::default() })),
    ];
    for (words, extras) in cases {
        let entry = said(words);
        assert_eq!(entry.meta().is_none_or(Meta::is_empty), !words.contains('='), "{words}");
        assert_eq!(entry.extras.map(|extras| *extras), extras, "{words}");
    }
    assert_eq!(said("memo thanks").memo, Memo::new("thanks")?);
    Ok(())
}

#[test]
fn what_was_put_in_is_read_again() -> Result<(), Refusal> {
    assert!(Meta::default().is_empty() && Extras::default().is_empty() && Memo::EMPTY.is_empty());
    assert!(!Memo::new("thanks")?.is_empty());
    let secret = Secret::new(Subject::new("peter")?, &[3, 1, 2])?;
    assert_eq!((secret.subject().as_str(), secret.bytes()), ("peter", &[3, 1, 2][..]));
    Ok(())
}

#[test]
fn a_class_prints_its_name() {
    let printed = Class::ALL.map(|class| format!("{class:>9}")).join(",");
    assert_eq!(printed, "    asset,liability,   equity,   income,  expense");
}
