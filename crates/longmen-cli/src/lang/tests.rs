//! Shows that nothing is missing in Chinese, and that what is there is Chinese.

use std::collections::BTreeSet;

use longmen::wallet::{ProductEvent, Role};
use longmen::{Obstacle, Phase, Reason, Thing};
use serde_json::json;

use super::events::{ENGLISH_EVENTS, EVENTS};
use super::words::{FIELDS, OBSTACLES, PHASES, ROLES, THINGS, WORDS};
use super::{Lang, found, of_environment, refusal};

/// Names, codes and numbers that are the same in both languages.
const SAME: &[&str] = &["UUID", "ASCII", "Luhn", "UTC"];

/// The Latin words of a text.
fn latin(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.filter(|word| !SAME.contains(word)).collect()
}

/// The names that serde would have accepted in the place of one that it does not know.
fn accepted(value: serde_json::Value) -> Vec<String> {
    let said = serde_json::from_value::<ProductEvent>(value).unwrap_err().to_string();
    let (_, expected) = said.split_once("expected ").expect("it says what it expected");
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_refusal_has_a_cause_and_a_remedy_in_chinese() {
    let named: Vec<&str> = refusal::REFUSALS.iter().map(|(name, ..)| *name).collect();
    let wanted: Vec<&str> = Reason::ALL.iter().map(|reason| reason.name()).collect();
    assert_eq!(named, wanted);
    for (name, cause, remedy) in refusal::REFUSALS {
        assert!(cause.ends_with('。') && remedy.ends_with('。'), "{name} is no sentence");
        assert!(latin(cause).is_empty() && latin(remedy).is_empty(), "{name}: {cause} {remedy}");
    }
}

#[test]
fn every_role_thing_phase_and_obstacle_has_a_word() {
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
    let things: Vec<&str> = Thing::ALL.iter().map(|thing| thing.as_str()).collect();
    let phases: Vec<&str> = Phase::ALL.iter().map(|phase| phase.as_str()).collect();
    let obstacles: Vec<&str> = Obstacle::ALL.iter().map(|one| one.as_str()).collect();
    for (table, wanted) in [(ROLES, roles), (THINGS, things), (PHASES, phases), (OBSTACLES, obstacles)] {
        let named: Vec<&str> = table.iter().map(|(en, _)| *en).collect();
        assert_eq!(named, wanted);
    }
}

#[test]
fn every_event_of_every_product_has_a_word() {
    let mut wanted = BTreeSet::new();
    for room in accepted(json!({ "nothing": {} })) {
        let events = accepted(json!({ room.as_str(): { "nothing": {} } }));
        wanted.extend(events.into_iter().map(|event| format!("{room} {event}")));
    }
    assert!(wanted.len() > 60, "{wanted:?}");
    let missing: Vec<&String> = wanted.iter().filter(|event| found(EVENTS, event).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for (event, _) in EVENTS.iter().chain(ENGLISH_EVENTS) {
        assert!(wanted.contains(*event) || *event == "owner unfrozen", "{event} is no event");
    }
}

#[test]
fn chinese_words_are_chinese_and_no_word_is_given_twice() {
    for table in [THINGS, PHASES, OBSTACLES, ROLES, EVENTS, WORDS, FIELDS] {
        let mut seen = BTreeSet::new();
        for (en, zh) in table {
            assert!(latin(zh).is_empty(), "{en}: {zh}");
            assert!(seen.insert(en), "{en} is there twice");
        }
    }
}

#[test]
fn the_environment_chooses_as_posix_has_it() {
    let of = |set: &[(&str, &str)]| {
        of_environment(|name| set.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned()))
    };
    assert_eq!(of(&[]), Lang::En);
    assert_eq!(of(&[("LANG", "zh_CN.UTF-8")]), Lang::Zh);
    assert_eq!(of(&[("LC_ALL", "C"), ("LANG", "zh_CN.UTF-8")]), Lang::En);
    assert_eq!(of(&[("LC_ALL", ""), ("LC_MESSAGES", "zh_TW"), ("LANG", "de_DE")]), Lang::Zh);
}
