//! The result line of a command; its fields are documented in `docs/jsonl.md`.

use longmen::{Detail, Ledger, Obstacle, Obstacles, Outcome as Decided, Reason, Receipt, Refusal};
use serde::Serialize;

use super::group::Asked;
use crate::jsonl::Invalid;
use crate::lang;

/// What is printed for a line.
#[derive(Serialize, Default)]
pub(super) struct ResultLine<'a> {
    line: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_ns: Option<u64>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    replayed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    moved: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leg: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    short_by_minor: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    obstacles: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thing: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    culprit_line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// The result of a line that is no command.
pub(super) fn invalid(line: u64, invalid: &Invalid) -> ResultLine<'_> {
    ResultLine {
        line,
        key: invalid.key.as_deref(),
        outcome: "invalid",
        code: invalid.code,
        reason: Some(invalid.reason),
        field: invalid.field.as_deref(),
        message: Some(invalid.message.clone()),
        ..ResultLine::default()
    }
}

/// The result of one of the commands of a group, or of one that stood alone.
pub(super) fn decided<'a>(
    asked: &'a Asked,
    receipt: &Receipt,
    group: &[Asked],
    ledger: &Ledger,
) -> ResultLine<'a> {
    let mut result = ResultLine {
        line: asked.line,
        key: Some(&asked.key),
        outcome: "done",
        replayed: receipt.replayed,
        ..ResultLine::default()
    };
    if let Some(stamp) = receipt.stamp {
        result.position = Some(stamp.position);
        result.hash = Some(stamp.hash.to_string());
        result.time_ns = Some(stamp.time_ns);
    }
    if let (Some(moved), Some(currency)) = (receipt.moved, asked.currency) {
        result.moved = Some(moved.to_money(currency).plain());
    }
    if let Decided::Refused(refusal) = receipt.outcome {
        result.refuse(&refusal, group, ledger);
    }
    result
}

impl ResultLine<'_> {
    fn refuse(&mut self, refusal: &Refusal, group: &[Asked], ledger: &Ledger) {
        let reason = refusal.reason;
        self.outcome = "refused";
        self.code = Some(reason.code());
        self.reason = Some(reason.name());
        if reason == Reason::ConditionFailed {
            self.condition = refusal.leg;
        } else {
            self.leg = refusal.leg;
        }
        self.short_by_minor = Some(refusal.short_by.minor()).filter(|minor| *minor > 0);
        self.message = Some(format!("{} {}", lang::cause(reason), lang::remedy(reason)));
        match refusal.detail {
            Detail::None => {}
            Detail::Limit(no) => {
                // The limit was set before this refusal was journaled, so that it is published too.
                self.limit = ledger.view().limit_id(no).map(ToString::to_string);
            }
            Detail::Obstacles(Obstacles { posted, holds }) => {
                let named = [(posted, "posted"), (holds, "holds")];
                self.obstacles = named.into_iter().filter(|(is, _)| *is).map(|(_, name)| name).collect();
            }
            Detail::Thing(thing) => self.thing = Some(thing.as_str()),
            Detail::Phase(thing, phase) => {
                (self.thing, self.phase) = (Some(thing.as_str()), Some(phase.as_str()));
            }
            Detail::Open(things) => {
                let open = Obstacle::ALL.iter().filter(|one| things.has(**one));
                self.obstacles = open.map(|one| one.as_str()).collect();
            }
            Detail::Culprit(at) => {
                let culprit = usize::try_from(at).ok().and_then(|at| group.get(at));
                self.culprit_line = culprit.map(|culprit| culprit.line);
            }
        }
    }
}
