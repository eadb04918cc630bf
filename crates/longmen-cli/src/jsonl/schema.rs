//! The fields of a line, as `docs/jsonl.md` lists them.

use std::num::NonZeroU64;

use serde::Deserialize;

/// One line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line {
    pub(super) key: String,
    pub(super) open: Option<Open>,
    pub(super) transfer: Option<Transfer>,
    pub(super) post: Option<Post>,
    pub(super) hold: Option<Hold>,
    pub(super) capture: Option<CaptureHold>,
    pub(super) release: Option<ReleaseHold>,
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
pub(super) struct Hold {
    pub(super) debit: String,
    pub(super) credit: String,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) expires_after_s: Option<NonZeroU64>,
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
