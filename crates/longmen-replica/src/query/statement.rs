//! Statements: the lines of one account in a period, between its opening and its closing balance.

use longmen_core::{Account, AccountId, Balance, Effect};
use longmen_money::Sum;
use serde::Serialize;

use super::cursor::{Paging, Place};
use super::period::Period;
use crate::chunk::Read;
use crate::projection::Projection;
use crate::{Error, Line, View};

/// One page looks at so many lines at the most, whether they are shown or not.
pub(super) const LOOKED_AT_MAX: usize = 1 << 16;

/// In which order lines are shown.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub enum Order {
    /// As they were journaled.
    #[default]
    OldestFirst,
    /// The last one first.
    NewestFirst,
}

/// What a statement is asked for.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StatementQuestion {
    /// The account.
    pub account: AccountId,
    /// The period, which is one of journal time however it is named.
    pub period: Period,
    /// In which order.
    pub order: Order,
    /// Whether only lines of the posted layer are shown, as on a bank's statement.
    pub posted_only: bool,
    /// Which part of it.
    #[serde(skip)]
    pub paging: Paging,
}

impl StatementQuestion {
    /// The first page of all that ever happened on an account, the oldest line first.
    #[must_use]
    pub fn of(account: AccountId) -> Self {
        Self {
            account,
            period: Period::default(),
            order: Order::default(),
            posted_only: false,
            paging: Paging::default(),
        }
    }
}

/// A page of a statement.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Statement {
    /// The account.
    pub account: AccountId,
    /// The position of the first entry that may have a line in it: the opening balance is right before it.
    pub from: u64,
    /// The position behind the last entry that may have a line in it: the closing balance is right before that.
    pub until: u64,
    /// What the account held before the period.
    pub opening: Balance,
    /// What it held after the whole period, not only after these lines.
    pub closing: Balance,
    /// The lines of this page, each with the balance after it.
    pub lines: Vec<Line>,
    /// The cursor of the next page, if there may be one.
    pub next: Option<String>,
}

impl View<'_> {
    /// A page of an account's statement.
    ///
    /// The posted lines of the whole period lead from the posted opening balance to the posted closing balance; lines of
    /// holds change what is held. One page looks at 65 536 lines at the most, so that one of posted lines only may be
    /// short, or even empty, and still have a next one.
    ///
    /// # Errors
    ///
    /// [`Error::Unknown`], [`Error::Future`], [`Error::Question`] or [`Error::Cursor`] where the question has no answer.
    pub fn statement(&self, question: &StatementQuestion) -> Result<Statement, Error> {
        let size = question.paging.checked_size()?;
        let (no, account) = self.account(&question.account)?;
        let range = self.range(&question.period)?;
        let place = self.line_place("statement", question, &question.paging)?;
        let opening = self.counters_before(no, range.start)?;
        let closing = self.counters_before(no, range.end)?;

        let mut wanted = range.clone();
        match (question.order, place) {
            (Order::OldestFirst, Some(place)) => wanted.start = wanted.start.max(place.position),
            (Order::NewestFirst, Some(place)) => {
                wanted.end = wanted.end.min(place.position.saturating_add(1));
            }
            (_, None) => {}
        }
        let is_new = |own: (u64, u16)| match (question.order, place) {
            (_, None) => true,
            (Order::OldestFirst, Some(place)) => own > (place.position, place.index),
            (Order::NewestFirst, Some(place)) => own < (place.position, place.index),
        };
        let (mut lines, mut looked_at, mut last, mut more) = (Vec::new(), 0, place, false);
        self.projection(|now| {
            let mut show = |read: &Read| {
                let own = (read.record.position, read.index);
                if !is_new(own) {
                    return true;
                }
                let is_shown = !question.posted_only || read.record.posting.effect == Effect::Post;
                if looked_at == LOOKED_AT_MAX || is_shown && lines.len() == size {
                    more = true;
                    return false;
                }
                looked_at += 1;
                last = Some(Place { position: own.0, account: 0, index: own.1 });
                lines.extend(is_shown.then(|| line(now, &account, read)));
                true
            };
            let counters = now.counters(no);
            match question.order {
                Order::OldestFirst => now.history.forwards(no, wanted, counters, &mut show),
                Order::NewestFirst => now.history.backwards(no, wanted, counters, &mut show),
            }
        })?;
        let next = last.filter(|_| more).map(|place| self.cursor("statement", question, place));
        Ok(Statement {
            account: question.account,
            from: range.start,
            until: range.end,
            opening: account.balance_with(opening),
            closing: account.balance_with(closing),
            lines,
            next,
        })
    }
}

/// A line as it is shown.
pub(super) fn line(now: &Projection, account: &Account, read: &Read) -> Line {
    let Read { record, index, counters } = read;
    let other = record.other.and_then(|no| now.state.books().account_at(no)).map(|own| *own.id());
    Line {
        account: *account.id(),
        position: record.position,
        index: *index,
        time_ns: record.time_ns,
        effective: record.day(),
        kind: record.kind,
        product: record.product,
        side: record.posting.side,
        effect: record.posting.effect,
        amount: Sum::new(record.posting.amount, account.currency()),
        other,
        balance: account.balance_with(*counters),
    }
}
