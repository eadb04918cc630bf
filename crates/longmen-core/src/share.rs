//! Sharing an amount among accounts, to the last unit.

use alloc::vec::Vec;

use crate::Share;

/// Rooms are compared as far as this: proportions of more than 10^35 minor units are beyond any ledger, and their sum
/// over 254 accounts stays below 2^126.
const ROOM_MAX: u128 = 1 << 118;

/// Shares `amount`, which is at most the sum of `rooms`; the shares sum to it, and none is more than its room.
pub(crate) fn share(amount: u64, rooms: &[u128], how: Share) -> Vec<u64> {
    match how {
        Share::InOrder => in_order(amount, rooms),
        Share::InProportion => in_proportion(amount, rooms),
    }
}

fn in_order(amount: u64, rooms: &[u128]) -> Vec<u64> {
    let mut left = amount;
    let take = |room: &u128| {
        let part = u64::try_from(*room).unwrap_or(u64::MAX).min(left);
        left = left.saturating_sub(part);
        part
    };
    rooms.iter().map(take).collect()
}

fn in_proportion(amount: u64, rooms: &[u128]) -> Vec<u64> {
    let rooms: Vec<u128> = rooms.iter().map(|room| (*room).min(ROOM_MAX)).collect();
    let total = rooms.iter().fold(0_u128, |sum, room| sum.saturating_add(*room));
    let quotas: Vec<(u64, u128)> = rooms.iter().map(|room| quota(amount, *room, total)).collect();
    let mut shares: Vec<u64> = quotas.iter().map(|(whole, _)| *whole).collect();
    let left = shares.iter().fold(amount, |left, part| left.saturating_sub(*part));
    let mut by_remainder: Vec<usize> = (0..quotas.len()).collect();
    // The sort is stable, so that of equal remainders the earlier account's comes first.
    by_remainder.sort_by_key(|at| core::cmp::Reverse(quotas.get(*at).map(|(_, remainder)| *remainder)));
    let units = usize::try_from(left).unwrap_or(usize::MAX);
    for at in by_remainder.into_iter().take(units) {
        if let Some(part) = shares.get_mut(at) {
            *part = part.saturating_add(1);
        }
    }
    shares
}

/// `amount * room / total`, whole and remainder, a bit of the amount at a time because the product can pass 128 bits.
/// `room <= total < 2^126`, so nothing here overflows and the whole is at most `amount`.
fn quota(amount: u64, room: u128, total: u128) -> (u64, u128) {
    let (mut whole, mut remainder) = (0_u64, 0_u128);
    for bit in (0..u64::BITS).rev() {
        whole = whole.wrapping_shl(1);
        remainder = remainder.wrapping_shl(1);
        if amount.wrapping_shr(bit) & 1 == 1 {
            remainder = remainder.saturating_add(room);
        }
        // At most twice: the remainder was below the total, and the room is at most the total.
        while remainder >= total && total > 0 {
            remainder = remainder.saturating_sub(total);
            whole = whole.saturating_add(1);
        }
    }
    (whole, remainder)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An amount, the rooms, and the shares in order and in proportion.
    type Case = (u64, &'static [u128], &'static [u64], &'static [u64]);

    #[test]
    fn shares_sum_to_the_amount_and_stay_within_their_rooms() {
        let cases: &[Case] = &[
            (0, &[5, 5], &[0, 0], &[0, 0]),
            (100, &[100, 100, 100], &[100, 0, 0], &[34, 33, 33]),
            (101, &[100, 100, 100], &[100, 1, 0], &[34, 34, 33]),
            (5, &[1, 2, 3], &[1, 2, 2], &[1, 2, 2]),
            (1, &[1, 2, 3], &[1, 0, 0], &[0, 0, 1]),
            (6, &[1, 2, 3], &[1, 2, 3], &[1, 2, 3]),
            (7, &[0, 10, 0, 10], &[0, 7, 0, 0], &[0, 4, 0, 3]),
            (10, &[u128::MAX, u128::MAX], &[10, 0], &[5, 5]),
            (0, &[0, 0], &[0, 0], &[0, 0]),
            (9, &[ROOM_MAX / 2, ROOM_MAX], &[9, 0], &[3, 6]),
            (10, &[ROOM_MAX, ROOM_MAX << 1], &[10, 0], &[5, 5]),
            (u64::MAX, &[1 << 64, 1 << 64], &[u64::MAX, 0], &[1 << 63, (1 << 63) - 1]),
            (20, &[10, 20, 30], &[10, 10, 0], &[3, 7, 10]),
            (
                999_999_999_999_999_999,
                &[1 << 125, 1 << 125, 1],
                &[999_999_999_999_999_999, 0, 0],
                &[500_000_000_000_000_000, 499_999_999_999_999_999, 0],
            ),
        ];
        for (amount, rooms, ordered, proportional) in cases {
            assert_eq!(share(*amount, rooms, Share::InOrder), *ordered, "{amount} in order of {rooms:?}");
            let shares = share(*amount, rooms, Share::InProportion);
            assert_eq!(shares, *proportional, "{amount} in proportion to {rooms:?}");
        }
    }
}
