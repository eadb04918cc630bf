//! The language in which the command speaks: English, or Simplified Chinese.
//!
//! Names, keys, codes and the words of JSON are the same in both; only what a person reads is translated.

mod events;
mod refusal;
mod words;

use std::sync::OnceLock;

use longmen::wallet::Role;
use longmen::{Obstacle, Phase, Reason, Thing};

/// A language.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Lang {
    /// English
    En,
    /// Simplified Chinese, 简体中文
    Zh,
}

/// Chosen once, before anything is said.
static LANG: OnceLock<Lang> = OnceLock::new();

/// Chooses the language: the one that was asked for, or else that of the environment.
pub(crate) fn choose(asked: Option<Lang>) {
    let lang = asked.unwrap_or_else(|| of_environment(|name| std::env::var(name).ok()));
    // Whoever chooses twice has chosen the first time.
    let _ = LANG.set(lang);
}

/// As POSIX has it: the first of the three that says anything decides.
fn of_environment(value: impl Fn(&str) -> Option<String>) -> Lang {
    let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
    let said = names.into_iter().filter_map(value).find(|value| !value.is_empty());
    if said.is_some_and(|value| value.starts_with("zh")) { Lang::Zh } else { Lang::En }
}

/// Whether Chinese is spoken.
pub(crate) fn is_zh() -> bool {
    LANG.get() == Some(&Lang::Zh)
}

/// One of two texts, by the language.
pub(crate) fn pick<'a>(en: &'a str, zh: &'a str) -> &'a str {
    if is_zh() { zh } else { en }
}

fn found(table: &[(&'static str, &'static str)], text: &str) -> Option<&'static str> {
    table.iter().find(|(en, _)| *en == text).map(|(_, zh)| *zh)
}

fn translated<'a>(table: &[(&'static str, &'static str)], text: &'a str) -> &'a str {
    found(table, text).filter(|_| is_zh()).unwrap_or(text)
}

/// A heading of a page or of a column, or a word that stands alone.
pub(crate) fn word(text: &str) -> &str {
    translated(words::WORDS, text)
}

/// The name of a field of an event.
pub(crate) fn field(name: &str) -> String {
    match found(words::FIELDS, name).filter(|_| is_zh()) {
        Some(zh) => zh.to_owned(),
        None => name.replace("top_up", "top-up").replace('_', " "),
    }
}

/// What an account is for.
pub(crate) fn role(role: Role) -> &'static str {
    translated(words::ROLES, role.word())
}

/// What a thing is.
pub(crate) fn thing(thing: Thing) -> &'static str {
    translated(words::THINGS, thing.as_str())
}

/// Where a thing stands.
pub(crate) fn phase(phase: Phase) -> &'static str {
    translated(words::PHASES, phase.as_str())
}

/// The same, of its name in JSON.
pub(crate) fn phase_named(name: &str) -> String {
    let phase =
        Phase::ALL.iter().find(|phase| phase.as_str().replace([' ', '-'], "_") == name.replace('-', "_"));
    phase.map_or_else(|| name.replace('_', " "), |one| self::phase(*one).to_owned())
}

/// What stands in the way of closing an owner.
pub(crate) fn obstacle(obstacle: Obstacle) -> &'static str {
    translated(words::OBSTACLES, obstacle.as_str())
}

/// What happened to a product, of the names of its room and its event: `withdrawal` and `sent`.
pub(crate) fn event(room: &str, event: &str) -> String {
    let name = format!("{room} {event}");
    match found(events::EVENTS, &name).filter(|_| is_zh()) {
        Some(zh) => zh.to_owned(),
        None => events::ENGLISH_EVENTS
            .iter()
            .find(|(key, _)| *key == name)
            .map_or_else(|| name.replace("top_up", "top-up").replace('_', " "), |(_, en)| (*en).to_owned()),
    }
}

/// Why something was refused.
pub(crate) fn cause(reason: Reason) -> &'static str {
    refusal(reason).map_or_else(|| reason.cause(), |(cause, _)| cause)
}

/// What to do about it.
pub(crate) fn remedy(reason: Reason) -> &'static str {
    refusal(reason).map_or_else(|| reason.remedy(), |(_, remedy)| remedy)
}

fn refusal(reason: Reason) -> Option<(&'static str, &'static str)> {
    let of = refusal::REFUSALS.iter().find(|(name, ..)| *name == reason.name());
    of.map(|(_, cause, remedy)| (*cause, *remedy)).filter(|_| is_zh())
}

/// A list of words: with commas, or in Chinese with 、.
pub(crate) fn list(words: &[&str]) -> String {
    words.join(pick(", ", "、"))
}

#[cfg(test)]
mod tests;
