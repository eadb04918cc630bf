//! Tables over compound entries: several steps that become one entry, all of them or none.

use longmen_core::{AccountNo, Event, HoldNo};

use crate::dsl::{check, world_after};

#[track_caller]
fn check_with_alice(rows: &str) {
    check(&format!(
        "
        open bank CNY asset unlimited
        product open-alice | open alice CNY liability none managed
        open bob CNY liability none
        {rows}"
    ));
}

#[test]
fn all_steps_are_carried_out_or_none() {
    check_with_alice(
        "
        product p1 | xfer - bank alice 5.00 CNY | xfer - alice bob 2.00 CNY
        wrote         -> post D bank 5.00, post C alice 5.00, post D alice 2.00, post C bob 2.00
        balance alice -> posted 3.00 held 0.00 available 3.00
        version alice -> 3
        version bob   -> 3
        product p2 | xfer - bank alice 5.00 CNY | xfer - bob bank 2.01 CNY -> insufficient_funds short 0.01
        product p3 | open carol CNY liability none | xfer - bank ghost 1.00 CNY -> account_not_found
        product p4 | set - all | join - all alice | join - all ghost -> account_not_found
        product p5 | hold - alice bob 1.00 CNY for 5 | change - bob close -> account_not_empty posted holds
        balance alice -> posted 3.00 held 0.00 available 3.00
        access carol  -> none
        next          -> none
        total set:all -> none
        ",
    );
}

#[test]
fn each_step_sees_the_effects_of_those_before_it() {
    check_with_alice(
        "
        product p1 | open carol CNY liability none managed | xfer - bank carol 1.00 CNY | xfer - carol bob 0.40 CNY
        balance carol -> posted 0.60 held 0.00 available 0.60
        product p2 | set - all | join - all carol | limit - daily set:all CNY out amount 0.10 lifetime
        product p3 | xfer - carol bank 0.05 CNY | xfer - carol bank 0.05 CNY
        product p4 | change - bob freeze credit | xfer - bank bob 1.00 CNY -> account_frozen
        product p5 | change - bob freeze credit | xfer - bank bob 1.00 CNY forced
        balance bob   -> posted 1.40 held 0.00 available 1.40
        product p6 | xfer - bob bank 1.40 CNY | change - bob close
        access bob    -> closed credit_frozen
        product p7 | change - bob reopen | change - bob close | change - bob reopen
        access bob    -> open credit_frozen
        ",
    );
}

#[test]
fn the_one_hold_of_a_compound_entry_is_named_by_its_key() {
    check_with_alice(
        "
        product p1 | xfer - bank alice 9.00 CNY | hold - alice bob 4.00 CNY for 60
        life p1       -> open
        next          -> 60
        product p2 | capture - p1 1.00 | increment - p1 by 0.50 | capture - p1 1.00 to bank 1.00
        state p1      -> open captured 2.00 released 0.00 remaining 2.50
        product p3 | hold - alice bob 1.00 CNY | capture - p3 0.40 | release - p3
        state p3      -> released captured 0.40 released 0.60 remaining 0.00
        product p4 | release - p1 | hold - alice bob 6.60 CNY
        balance alice -> posted 6.60 held 6.60 available 0.00
        product p5 | release - p4 | capture - p4 1.00 -> hold_released
        state p4      -> open captured 0.00 released 0.00 remaining 6.60
        product p6 | release - p4 6.00 | capture - p4 1.00 -> exceeds_hold short 0.40
        product p7 | release - p4 | capture - p4 1.00 forced
        state p4      -> released captured 0.00 released 6.60 remaining 0.00 forced 1.00
        ",
    );
}

#[test]
fn force_is_each_step_s_own() {
    check_with_alice(
        "
        product p1 | xfer - alice bank 1.00 CNY forced | xfer - bob bank 1.00 CNY -> insufficient_funds short 1.00
        product p2 | xfer - alice bank 1.00 CNY | xfer - bob bank 1.00 CNY forced -> insufficient_funds short 1.00
        product p3 | xfer - alice bank 1.00 CNY forced | xfer - bank bob 1.00 CNY
        balance alice -> posted -1.00 held 0.00 available -1.00
        product p4 | xfer - alice bank 1.00 CNY -> insufficient_funds short 2.00
        product p5 | xfer - alice bank 1.00 CNY forced
        product p6 | release - ghost forced -> not_forcible
        ",
    );
}

#[test]
fn conditions_are_asked_once_all_is_done() {
    check_with_alice(
        "
        product p1 if available alice equal 3.00 | xfer - bank alice 5.00 CNY | xfer - alice bob 2.00 CNY
        product p2 if available alice at_least 3.00 | xfer - alice bob 1.00 CNY -> condition_failed condition 0
        product p3 if posted bob equal 3.00 if held alice equal 2.00 | xfer - alice bob 1.00 CNY | hold - alice bob 1.00 CNY -> condition_failed condition 1
        product p4 if posted bob equal 3.00 if held alice equal 1.00 | xfer - alice bob 1.00 CNY | hold - alice bob 1.00 CNY
        product p5 if version bob equal 4 | xfer - bank bob 1.00 CNY | xfer - bank bob 1.00 CNY
        product p6 if version bob equal 4 | xfer - bank bob 1.00 CNY -> condition_failed condition 0
        product p7 if posted carol equal 1.00 | open carol CNY liability none | xfer - bank carol 1.00 CNY -> condition_failed condition 0 # it was not there before
        product p8 if posted bob equal 99.00 | xfer - alice bob 99.00 CNY -> insufficient_funds short 98.00 # the steps come first
        ",
    );
}

/// The books cannot say which leg of which step it is, and the caller of a product named none of them.
#[test]
fn no_leg_is_told() {
    check_with_alice(
        "
        product p1 | xfer - alice bank 1.00 CNY -> insufficient_funds short 1.00
        product p2 | xfer - bank bank 1.00 CNY -> same_account
        product p3 | xfer - bank ghost 1.00 CNY -> account_not_found
        product p4 | xfer - bank alice 0 CNY -> amount_zero
        product p5 | xfer - bank bob 1.00 CNY | hold - alice bob 1.00 CNY -> insufficient_funds short 1.00
        ",
    );
}

#[test]
fn a_velocity_limit_counts_each_part() {
    check_with_alice(
        "
        product p0 | xfer - bank alice 50.00 CNY
        limit l1 often alice CNY out count 3 lifetime
        limit l2 much alice CNY out amount 9.00 last 100
        product p1 | xfer - alice bob 1.00 CNY | xfer - alice bank 1.00 CNY
        used often    -> 2
        used much     -> 2.00
        product p2 | xfer - alice bob 1.00 CNY | xfer - alice bank 1.00 CNY -> limit_exceeded by often
        used often    -> 2
        product p3 | xfer - alice bob 8.00 CNY -> limit_exceeded short 1.00 by much
        product p4 | hold - alice bob 5.00 CNY | capture - p4 5.00 final
        used often    -> 3
        used much     -> 7.00
        product p5 | drop - often | xfer - alice bob 2.00 CNY
        product p6 | xfer - alice bob 1.00 CNY -> limit_exceeded short 1.00 by much
        product p7 | xfer - alice bob 1.00 CNY forced
        used much     -> 10.00
        product p8 meta kind=salary | limit - pay bob CNY in amount 1.00 lifetime exempt kind=salary | xfer - bank bob 2.00 CNY
        used pay      -> 0.00
        ",
    );
}

/// A limit that a step has set is gone when a later step passes it, so the refusal cannot name it.
#[test]
fn a_limit_that_fell_with_its_entry_is_not_named() {
    check_with_alice(
        "
        limit l1 first bob CNY in amount 5.00 lifetime
        product p1 | limit - new bob CNY in amount 1.00 lifetime | xfer - bank bob 2.00 CNY -> limit_exceeded short 1.00
        product p2 | limit - first bob CNY in amount 1.00 lifetime | xfer - bank bob 2.00 CNY -> limit_exceeded short 1.00 by first
        product p3 | limit - new bob CNY in amount 2.00 lifetime | xfer - bank bob 2.00 CNY
        used new      -> 2.00
        ",
    );
}

#[test]
fn days_and_subjects_are_asked_of_the_whole() {
    check_with_alice(
        "
        at 864000000000000
        seal t1 3
        erase e1 peter
        product p1 on 3 | xfer - bank alice 1.00 CNY | xfer - bank bob 1.00 CNY -> period_sealed
        product p2 on 4 | xfer - bank alice 1.00 CNY | xfer - bank bob 1.00 CNY
        product p3 secret peter 9 | xfer - bank alice 1.00 CNY -> subject_erased
        product p4 secret paul 9 | xfer - bank alice 1.00 CNY
        product p5 on 3 -> period_sealed
        product p6 secret peter 9 -> subject_erased
        product p7 on 4
        product p8 | hold - bank bob 1.00 CNY | hold - bank bob 1.00 CNY -> key_reused
        ",
    );
}

/// What becomes of an entry of two parts that was changed on its way.
#[track_caller]
fn check_damaged(damage: impl Fn(&mut longmen_core::Entry), want: &str) {
    let world = world_after(
        "
        open bank CNY asset unlimited
        product open-alice | open alice CNY liability none managed
        product p1 | xfer - bank alice 5.00 CNY | hold - alice bank 2.00 CNY
        ",
    );
    let mut entry = world.entries[2].clone();
    let mut before = world_after(
        "
        open bank CNY asset unlimited
        product open-alice | open alice CNY liability none managed
        ",
    );
    damage(&mut entry);
    let error = before.books.apply(2, 0, &entry).unwrap_err();
    assert_eq!((error.position, error.what), (2, want));
}

#[test]
fn a_damaged_entry_is_a_misfit() {
    let with_parts = |change: fn(&mut Vec<longmen_core::Part>)| {
        move |entry: &mut longmen_core::Entry| match &mut entry.event {
            Event::Compound(parts) => change(parts),
            _ => unreachable!("it is compound"),
        }
    };
    let uncovered = "its parts do not name each of its postings once";
    check_damaged(with_parts(|parts| parts[1].postings = 1), uncovered);
    check_damaged(with_parts(|parts| parts.truncate(1)), uncovered);
    check_damaged(with_parts(Vec::clear), uncovered);
    check_damaged(
        |entry| entry.postings.truncate(3),
        "a hold's postings are not a debit and a credit of its amount on the held layer",
    );
    check_damaged(|entry| entry.postings.push(entry.postings[0]), uncovered);
    check_damaged(
        with_parts(|parts| {
            parts[0].postings = 1;
            parts[1].postings = 3;
        }),
        "a hold's postings are not a debit and a credit of its amount on the held layer",
    );
    check_damaged(
        with_parts(|parts| parts[0].event = Event::Compound(Vec::new())),
        "there are parts within a part",
    );
    check_damaged(
        with_parts(|parts| parts[0].event = Event::HoldExpired { hold: HoldNo(7) }),
        "it names a hold that was never placed",
    );
    check_damaged(
        |entry| entry.postings[0].account = AccountNo(9),
        "a posting names an account that is not open",
    );
    check_damaged(|entry| entry.key = None, "a hold has no key");
}
