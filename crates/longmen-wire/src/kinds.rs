//! The kinds of entries.

use longmen_core::Event;

/// The journal's entry kinds that carry an [`longmen_core::Entry`], both ends included; lower kinds are the journal's
/// own.
pub const KINDS: core::ops::RangeInclusive<u16> = ACCOUNT_OPENED..=COMPOUND;

pub(crate) const ACCOUNT_OPENED: u16 = 16;
pub(crate) const POSTED: u16 = 17;
pub(crate) const HOLD_PLACED: u16 = 18;
pub(crate) const HOLD_CAPTURED: u16 = 19;
pub(crate) const HOLD_RELEASED: u16 = 20;
pub(crate) const HOLD_EXPIRED: u16 = 21;
pub(crate) const REFUSED: u16 = 22;
pub(crate) const ACCOUNT_CHANGED: u16 = 23;
pub(crate) const MOVED: u16 = 24;
pub(crate) const REVERSED: u16 = 25;
pub(crate) const HOLD_INCREMENTED: u16 = 26;
pub(crate) const SET_OPENED: u16 = 27;
pub(crate) const JOINED: u16 = 28;
pub(crate) const LEFT: u16 = 29;
pub(crate) const LIMIT_SET: u16 = 30;
pub(crate) const LIMIT_DROPPED: u16 = 31;
pub(crate) const PERIOD_SEALED: u16 = 32;
pub(crate) const SUBJECT_ERASED: u16 = 33;
pub(crate) const COMPOUND: u16 = 34;

/// Stands for no leg.
pub(crate) const NO_LEG: u8 = u8::MAX;

/// The kind under which the journal keeps an entry.
#[must_use]
pub fn kind_of(event: &Event) -> u16 {
    match event {
        Event::AccountOpened(_) => ACCOUNT_OPENED,
        Event::AccountChanged { .. } => ACCOUNT_CHANGED,
        Event::Posted => POSTED,
        Event::Moved { .. } => MOVED,
        Event::Reversed { .. } => REVERSED,
        Event::HoldPlaced(_) => HOLD_PLACED,
        Event::HoldIncremented { .. } => HOLD_INCREMENTED,
        Event::HoldCaptured { .. } => HOLD_CAPTURED,
        Event::HoldReleased { .. } => HOLD_RELEASED,
        Event::HoldExpired { .. } => HOLD_EXPIRED,
        Event::SetOpened(_) => SET_OPENED,
        Event::Joined { .. } => JOINED,
        Event::Left { .. } => LEFT,
        Event::LimitSet(_) => LIMIT_SET,
        Event::LimitDropped { .. } => LIMIT_DROPPED,
        Event::PeriodSealed { .. } => PERIOD_SEALED,
        Event::SubjectErased(_) => SUBJECT_ERASED,
        Event::Compound(_) => COMPOUND,
        Event::Refused { .. } => REFUSED,
    }
}
