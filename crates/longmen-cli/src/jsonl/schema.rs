//! The fields of a line, as `docs/jsonl.md` lists them.

use std::num::NonZeroU64;

use serde::Deserialize;

use super::value::{Pairs, Time};

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) open: Option<Open>,
    pub(super) change: Option<Change>,
    pub(super) transfer: Option<Transfer>,
    pub(super) post: Option<Post>,
    #[serde(rename = "move")]
    pub(super) move_up_to: Option<MoveUpTo>,
    pub(super) reverse: Option<Reverse>,
    pub(super) hold: Option<Hold>,
    pub(super) increment: Option<IncrementHold>,
    pub(super) capture: Option<CaptureHold>,
    pub(super) release: Option<ReleaseHold>,
    pub(super) open_set: Option<OpenSet>,
    pub(super) join: Option<InSet>,
    pub(super) leave: Option<InSet>,
    pub(super) limit: Option<SetLimit>,
    pub(super) drop_limit: Option<DropLimit>,
    pub(super) seal: Option<Seal>,
    pub(super) erase: Option<Erase>,
    pub(super) product: Option<serde_json::Value>,
    #[serde(default)]
    pub(super) linked: bool,
    #[serde(default)]
    pub(super) force: bool,
    #[serde(default, rename = "if")]
    pub(super) conditions: Vec<Must>,
    pub(super) meta: Option<Pairs>,
    pub(super) happened: Option<Time>,
    pub(super) secret: Option<Sealed>,
    pub(super) memo: Option<String>,
    pub(super) effective: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Open {
    pub(super) account: String,
    pub(super) currency: String,
    pub(super) class: ClassName,
    pub(super) overdraft: Option<String>,
    #[serde(default)]
    pub(super) hidden: bool,
    pub(super) code: Option<String>,
    pub(super) meta: Option<Pairs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ClassName {
    Asset,
    Liability,
    Equity,
    Income,
    Expense,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    pub(super) account: String,
    pub(super) overdraft: Option<String>,
    pub(super) currency: Option<String>,
    pub(super) freeze: Option<Vec<SideName>>,
    pub(super) hidden: Option<bool>,
    #[serde(default)]
    pub(super) close: bool,
    #[serde(default)]
    pub(super) reopen: bool,
    pub(super) details: Option<NewDetails>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum SideName {
    Debit,
    Credit,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewDetails {
    pub(super) code: Option<String>,
    pub(super) meta: Option<Pairs>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Transfer {
    pub(super) debit: String,
    pub(super) credit: String,
    pub(super) amount: String,
    pub(super) currency: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Post {
    pub(super) legs: Vec<PostLeg>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PostLeg {
    pub(super) debit: Option<String>,
    pub(super) credit: Option<String>,
    pub(super) amount: String,
    pub(super) currency: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoveUpTo {
    pub(super) debit: MoveSide,
    pub(super) credit: MoveSide,
    pub(super) at_most: String,
    pub(super) at_least: Option<String>,
    pub(super) currency: String,
}

/// A side of a move; a bare name is an account without a bound.
pub(super) enum MoveSide {
    Any(String),
    Bounded(BoundedSide),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum BoundedSide {
    UpTo(String),
    InOrder(Vec<String>),
    InProportion(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reverse {
    pub(super) original: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Hold {
    pub(super) debit: String,
    pub(super) credit: String,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) expires_after_s: Option<NonZeroU64>,
    #[serde(default)]
    pub(super) closes: Vec<SideName>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IncrementHold {
    pub(super) hold: String,
    pub(super) by: Option<String>,
    pub(super) total: Option<String>,
    pub(super) currency: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CaptureHold {
    pub(super) hold: String,
    pub(super) amount: String,
    pub(super) currency: String,
    #[serde(default, rename = "final")]
    pub(super) is_final: bool,
    #[serde(default)]
    pub(super) to: Vec<CapturePortion>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CapturePortion {
    pub(super) credit: String,
    pub(super) amount: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReleaseHold {
    pub(super) hold: String,
    pub(super) amount: Option<String>,
    pub(super) currency: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OpenSet {
    pub(super) set: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct InSet {
    pub(super) set: String,
    pub(super) account: Option<String>,
    pub(super) member_set: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SetLimit {
    pub(super) limit: String,
    pub(super) account: Option<String>,
    pub(super) set: Option<String>,
    pub(super) currency: String,
    pub(super) flow: FlowName,
    pub(super) amount: Option<String>,
    pub(super) count: Option<u64>,
    pub(super) window: Span,
    #[serde(default)]
    pub(super) exempt: Vec<Pairs>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FlowName {
    In,
    Out,
    NetIn,
    NetOut,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Span {
    Lifetime,
    Every(Every),
    Month(LocalTime),
    Year(LocalTime),
    Last(Last),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Every {
    pub(super) seconds: u64,
    pub(super) from: Time,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LocalTime {
    pub(super) utc_offset: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Last {
    pub(super) seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DropLimit {
    pub(super) limit: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seal {
    pub(super) through: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Erase {
    pub(super) subject: String,
}

/// One condition.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Must {
    pub(super) account: String,
    pub(super) currency: Option<String>,
    pub(super) available: Option<Compared<String>>,
    pub(super) posted: Option<Compared<String>>,
    pub(super) held: Option<Compared<String>>,
    pub(super) version: Option<Compared<u64>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Compared<T> {
    AtLeast(T),
    AtMost(T),
    Equal(T),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sealed {
    pub(super) subject: String,
    pub(super) hex: String,
}
