//! Velocity limits: how much, or how often, may move in a span of time.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use longmen_money::{Amount, Currency};
use serde::{Deserialize, Serialize};

use crate::calendar::month_of_day;
use crate::meta::check_texts;
use crate::text::NS_PER_DAY;
use crate::{AccountId, LimitId, Meta, MetaKey, Reason, Refusal, SetId, Value};

/// The most exempt pairs of one limit.
pub const EXEMPT_MAX: usize = 8;

/// A limit's number in its ledger: the count of limits that were set under other names before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LimitNo(pub u32);

/// How much, or how often, may move in a span of journal time.
///
/// What counts against an amount is what was posted within the window and what is held now; a hold that ends gives
/// back what it held, and a capture turns held into posted.
/// What counts against a number is each posting, move, reversal and hold within the window, once, when it is made.
/// Money that moves between two accounts of a set counts as going out of the one and into the other.
/// Imported entries never count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limit {
    /// Its name.
    pub id: LimitId,
    /// Whose moves it looks at.
    pub scope: Scope,
    /// In which currency; accounts of other currencies are not looked at.
    pub currency: Currency,
    /// In which direction.
    pub flow: Flow,
    /// How much or how often at the most.
    pub most: Most,
    /// Within what time.
    pub window: Window,
    /// A command whose metadata has one of these pairs is neither counted nor stopped.
    pub exempt: Vec<(MetaKey, Value)>,
}

/// Whose moves a limit looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// One account.
    Account(AccountId),
    /// Every account in a set, at whatever depth, such as all that one owner has.
    Set(SetId),
}

/// The direction that a limit looks at. "In" is the account's normal side, on which it grows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flow {
    /// All that comes in.
    In,
    /// All that goes out.
    Out,
    /// What comes in less what goes out.
    NetIn,
    /// What goes out less what comes in.
    NetOut,
}

impl Flow {
    /// Every flow, in the order of their codes in the journal.
    pub const ALL: [Self; 4] = [Self::In, Self::Out, Self::NetIn, Self::NetOut];

    /// The flow in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
            Self::NetIn => "net_in",
            Self::NetOut => "net_out",
        }
    }

    /// Whether it is incoming money that uses the limit up.
    pub(crate) fn is_in(self) -> bool {
        matches!(self, Self::In | Self::NetIn)
    }

    pub(crate) fn is_net(self) -> bool {
        matches!(self, Self::NetIn | Self::NetOut)
    }
}

/// The bound of a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Most {
    /// So much.
    Amount(Amount),
    /// So many commands.
    Count(u64),
}

/// The span of journal time that a limit looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// From when the limit was set, for ever.
    Lifetime,
    /// Fixed windows of one length, of which one begins at `from_ns`: days, weeks.
    Every {
        /// The length, in nanoseconds.
        length_ns: u64,
        /// A time at which a window begins, in nanoseconds since 1970-01-01T00:00:00Z.
        from_ns: u64,
    },
    /// Calendar months.
    Month {
        /// How far local time is ahead of UTC, in minutes; less than a day.
        utc_offset_min: i16,
    },
    /// Calendar years.
    Year {
        /// How far local time is ahead of UTC, in minutes; less than a day.
        utc_offset_min: i16,
    },
    /// The time just gone by, at every moment anew. Each move in it takes 24 bytes of memory.
    Last {
        /// The length, in nanoseconds.
        length_ns: u64,
    },
}

const MIN_PER_DAY: u16 = 1_440;
const NS_PER_MIN: i128 = 60_000_000_000;

impl Window {
    /// The number of the fixed window that a time lies in; sliding ones have none.
    fn index(self, time_ns: u64) -> i64 {
        match self {
            Self::Lifetime | Self::Last { .. } => 0,
            Self::Every { length_ns, from_ns } => {
                let since = i128::from(time_ns).saturating_sub(from_ns.into());
                narrow(since.checked_div_euclid(length_ns.into()).unwrap_or(0))
            }
            Self::Month { utc_offset_min } => month_of_day(local_day(time_ns, utc_offset_min)),
            Self::Year { utc_offset_min } => month_of_day(local_day(time_ns, utc_offset_min)).div_euclid(12),
        }
    }

    fn is_sound(self) -> bool {
        match self {
            Self::Lifetime => true,
            // In windows of 2 ns every time of 64 bits has a number of 64 bits.
            Self::Every { length_ns, .. } => length_ns > 1,
            Self::Last { length_ns } => length_ns > 0,
            Self::Month { utc_offset_min } | Self::Year { utc_offset_min } => {
                utc_offset_min.unsigned_abs() < MIN_PER_DAY
            }
        }
    }
}

fn local_day(time_ns: u64, utc_offset_min: i16) -> i64 {
    let offset_ns = i128::from(utc_offset_min).saturating_mul(NS_PER_MIN);
    narrow(i128::from(time_ns).saturating_add(offset_ns).div_euclid(NS_PER_DAY.into()))
}

/// Days and window numbers of a 64-bit time fit in 64 bits.
fn narrow(number: i128) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Limit {
    /// Checks what can be known without the books.
    pub(crate) fn check(&self) -> Result<(), Refusal> {
        check_texts(self.exempt.iter().map(|(_, value)| value))?;
        let counts_net = self.flow.is_net() && matches!(self.most, Most::Count(_));
        if !self.window.is_sound() || counts_net || self.exempt.len() > EXEMPT_MAX {
            return Err(Reason::LimitMalformed.into());
        }
        Ok(())
    }

    /// Whether a command with this metadata is neither counted nor stopped.
    pub(crate) fn exempts(&self, meta: Option<&Meta>) -> bool {
        meta.is_some_and(|meta| self.exempt.iter().any(|(key, value)| meta.has(key, value)))
    }

    /// Whether what was counted for the other limit counts for this one.
    pub(crate) fn continues(&self, other: &Self) -> bool {
        let same_measure = matches!(
            (self.most, other.most),
            (Most::Amount(_), Most::Amount(_)) | (Most::Count(_), Most::Count(_))
        );
        same_measure
            && (self.scope, self.currency, self.flow, self.window)
                == (other.scope, other.currency, other.flow, other.window)
    }
}

/// A limit that was set, and what has been counted for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitState {
    /// The limit as it was last set.
    pub limit: Limit,
    /// Whether it was not dropped.
    pub is_in_force: bool,
    /// What was counted so far.
    pub usage: Usage,
}

/// What was counted for a limit: minor units, or commands.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    /// The number of the fixed window that `sum` is of.
    pub window: i64,
    /// The sum of that window, or of all of `recent`.
    pub sum: i128,
    /// For a sliding window, every change with its time, oldest first.
    pub recent: VecDeque<(u64, i128)>,
}

/// What a count changed, so that it can be taken back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Counted {
    window: i64,
    sum: i128,
    dropped: Vec<(u64, i128)>,
    is_kept: bool,
}

impl Usage {
    /// What counts at `now_ns`.
    #[must_use]
    pub fn at(&self, window: Window, now_ns: u64) -> i128 {
        match window {
            Window::Last { length_ns } => {
                let gone = self.recent.iter().take_while(|(time_ns, _)| is_over(*time_ns, length_ns, now_ns));
                gone.fold(self.sum, |sum, (_, change)| sum.saturating_sub(*change))
            }
            _ if self.window == window.index(now_ns) => self.sum,
            _ => 0,
        }
    }

    /// Counts a change, and forgets what no later time can ask for.
    pub(crate) fn count(&mut self, window: Window, time_ns: u64, change: i128) -> Counted {
        let index = window.index(time_ns);
        let mut counted = Counted { window: self.window, sum: self.sum, dropped: Vec::new(), is_kept: false };
        if self.window != index {
            self.window = index;
            self.sum = 0;
        }
        if let Window::Last { length_ns } = window {
            while let Some((then_ns, old)) = self.recent.front().copied()
                && is_over(then_ns, length_ns, time_ns)
            {
                self.recent.pop_front();
                self.sum = self.sum.saturating_sub(old);
                counted.dropped.push((then_ns, old));
            }
            self.recent.push_back((time_ns, change));
            counted.is_kept = true;
        }
        self.sum = self.sum.saturating_add(change);
        counted
    }

    /// Takes the last count back.
    pub(crate) fn uncount(&mut self, counted: Counted) {
        self.window = counted.window;
        self.sum = counted.sum;
        if counted.is_kept {
            self.recent.pop_back();
        }
        for old in counted.dropped.into_iter().rev() {
            self.recent.push_front(old);
        }
    }
}

/// Whether what happened at `time_ns` lies outside the span that ends at `now_ns`.
fn is_over(time_ns: u64, length_ns: u64, now_ns: u64) -> bool {
    now_ns.saturating_sub(time_ns) >= length_ns
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec;

    #[test]
    fn times_lie_in_their_windows() {
        let every = |length_ns, from_ns| Window::Every { length_ns, from_ns };
        let month = |utc_offset_min| Window::Month { utc_offset_min };
        let year = |utc_offset_min| Window::Year { utc_offset_min };
        let december_1969 = 1969 * 12 + 11;
        let cases = [
            (Window::Lifetime, 0, 0),
            (Window::Lifetime, u64::MAX, 0),
            (Window::Last { length_ns: 5 }, u64::MAX, 0),
            (every(100, 20), 0, -1),
            (every(100, 20), 19, -1),
            (every(100, 20), 20, 0),
            (every(100, 20), 119, 0),
            (every(100, 20), 120, 1),
            (every(100, 220), 19, -3),
            (every(u64::MAX, u64::MAX), 0, -1),
            (every(2, 0), u64::MAX, i64::MAX),
            (every(2, u64::MAX), 0, i64::MIN),
            (month(0), 0, december_1969 + 1),
            (month(-1), 59_999_999_999, december_1969),
            (month(-1), 60_000_000_000, december_1969 + 1),
            (month(1), NS_PER_DAY * 31 - 60_000_000_001, december_1969 + 1),
            (month(1), NS_PER_DAY * 31 - 60_000_000_000, december_1969 + 2),
            (year(0), 0, 1970),
            (year(-1), 0, 1969),
            (year(0), u64::MAX, 2554),
        ];
        for (window, time_ns, index) in cases {
            assert_eq!(window.index(time_ns), index, "{window:?} at {time_ns}");
        }
    }

    #[test]
    fn a_count_can_be_taken_back() {
        let last = Window::Last { length_ns: 10 };
        let fixed = Window::Every { length_ns: 10, from_ns: 0 };
        for window in [last, fixed, Window::Lifetime] {
            let mut usage = Usage::default();
            for (time_ns, change) in [(1, 5), (2, 7), (3, -2)] {
                usage.count(window, time_ns, change);
            }
            for (time_ns, now) in [(3, 13), (11, 8), (12, 1), (13, 3), (30, 3)] {
                let before = usage.clone();
                let counted = usage.count(window, time_ns, 3);
                if window == last {
                    assert_eq!(usage.at(window, time_ns), now, "at {time_ns}");
                }
                usage.uncount(counted);
                assert_eq!(usage, before, "{window:?} at {time_ns}");
            }
        }
    }

    #[test]
    fn what_is_outside_a_sliding_window_is_neither_counted_nor_kept() {
        let window = Window::Last { length_ns: 10 };
        let mut usage = Usage::default();
        usage.count(window, 1, 5);
        usage.count(window, 2, 7);
        assert_eq!([10, 11, 12].map(|now_ns| usage.at(window, now_ns)), [12, 7, 0]);
        assert_eq!(usage.at(window, 0), 12, "an earlier time forgets nothing");
        usage.count(window, 11, 1);
        assert_eq!(usage.recent, vec![(2, 7), (11, 1)]);
        assert_eq!(usage.sum, 8);
    }
}
