//! `docs/refusals.md` is printed from the list of reasons.

use std::fs;
use std::path::Path;

use longmen_core::{
    ActionKind, Detail, Digest, LimitNo, Obstacle, Obstacles, OpenThings, Phase, Reason, Refusal, Thing,
};
use longmen_money::Amount;

fn printed() -> String {
    let mut text = "\
# Refusals

A refusal is an answer, not an error: the command was understood and was not carried out, and nothing was posted.
Where several reasons hold at once, the one with the lowest code is given.
A refusal names the leg, portion or condition at fault, counted from 0, and by how much a limit would be passed, where that applies; a velocity limit by its name, what stands in the way of a closing, and the command of a group that made it fall.

A refusal that is journaled depends on the state of the books: it is kept under the command's key, and a retry with that key gets the same refusal for ever.
Any other is wrong in itself, reuses a key or fell with its group: nothing is kept, and a corrected command may use the same key.

This file is printed from the code; `LONGMEN_BLESS=1 cargo test -p longmen-core` writes it anew.

| code | name | cause | remedy | journaled |
|---|---|---|---|---|
"
    .to_owned();
    for reason in Reason::ALL {
        let (code, name, journaled) =
            (reason.code(), reason.name(), if reason.is_journaled() { "yes" } else { "no" });
        text += &format!(
            "| {code} | `{name}` | {} | {} | {journaled} |\n",
            cell(reason.cause()),
            cell(reason.remedy())
        );
    }
    text
}

fn cell(sentence: &str) -> String {
    sentence.replace('|', "\\|")
}

#[test]
fn the_list_of_refusals_is_the_code_s() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/refusals.md");
    if std::env::var_os("LONGMEN_BLESS").is_some() {
        fs::write(&path, printed()).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let differs = kept.lines().zip(printed().lines()).position(|(kept, printed)| kept != printed);
    assert!(
        kept == printed(),
        "docs/refusals.md differs from the code from line {}: run `LONGMEN_BLESS=1 cargo test -p longmen-core`",
        differs.map_or_else(|| kept.lines().count() + 1, |at| at + 1),
    );
}

#[test]
fn a_refusal_says_what_is_at_fault_and_what_to_do() {
    let new = Refusal::new;
    let obstacles = |posted, holds| {
        let detail = Detail::Obstacles(Obstacles { posted, holds });
        new(Reason::AccountNotEmpty).about(detail)
    };
    let open = OpenThings::NONE.and(Obstacle::Plans, true).and(Obstacle::Holds, true);
    let cases: &[(Refusal, &str, &str)] = &[
        (new(Reason::AccountExists), "account_exists: ", ""),
        (new(Reason::AmountZero).at_leg(2), "amount_zero: leg 2: ", ""),
        (new(Reason::ConditionFailed).at_leg(0), "condition_failed: condition 0: ", ""),
        (new(Reason::ConditionFailed).at_leg(256), "condition_failed: ", ""),
        (
            new(Reason::InsufficientFunds).at_leg(1).short_by(Amount::MAX),
            "insufficient_funds: leg 1: ",
            " It is 999999999999999999 minor units short.",
        ),
        (new(Reason::LimitExceeded).about(Detail::Limit(LimitNo(3))), "limit_exceeded: ", " It is limit 3."),
        (obstacles(true, true), "account_not_empty: ", " It has a balance and open holds."),
        (obstacles(true, false), "account_not_empty: ", " It has a balance."),
        (obstacles(false, true), "account_not_empty: ", " It has open holds."),
        (longmen_core::fell_with(7), "group_fell: ", " It is command 7 of the group."),
        (
            new(Reason::ThingNotFound).about(Detail::Thing(Thing::GiftCard)),
            "thing_not_found: ",
            " It is about: gift card.",
        ),
        (
            new(Reason::StateForbids).about(Detail::Phase(Thing::TopUp, Phase::ReceivedLate)),
            "state_forbids: ",
            " The top-up is received late.",
        ),
        (
            new(Reason::OwnerNotEmpty).about(Detail::Open(open)),
            "owner_not_empty: ",
            " Open: holds, instalment plans.",
        ),
    ];
    for (refusal, head, detail) in cases {
        let (cause, remedy) = (refusal.reason.cause(), refusal.reason.remedy());
        assert_eq!(refusal.to_string(), format!("{head}{cause}{detail} {remedy}"));
    }
}

#[test]
fn reasons_have_sentences_and_numbers_have_reasons() {
    for reason in Reason::ALL {
        assert!(reason.cause().ends_with('.'), "{reason:?}");
        assert!(reason.remedy().len() > 10, "{reason:?}");
    }
    assert_eq!([0, 100, 104, 352].map(Reason::from_code), [None; 4]);
    assert_eq!(
        [101, 203, 301, 343, 401].map(|code| Reason::from_code(code).is_some_and(Reason::is_journaled)),
        [false, false, true, true, true]
    );
}

#[test]
fn obstacles_are_a_set_and_bits_stand_for_them() {
    for obstacle in Obstacle::ALL {
        let alone = OpenThings::NONE.and(*obstacle, true);
        assert!(alone.has(*obstacle) && alone.bits().count_ones() == 1, "{obstacle}");
        assert_eq!(alone.and(*obstacle, true).without(*obstacle), OpenThings::NONE);
        assert_eq!(OpenThings::NONE.and(*obstacle, false), OpenThings::NONE);
        assert_eq!(OpenThings::from_bits(alone.bits()), Some(alone));
    }
    let all = (1 << Obstacle::ALL.len()) - 1;
    assert_eq!(OpenThings::from_bits(all).map(OpenThings::bits), Some(all));
    assert_eq!([all + 1, u32::MAX].map(OpenThings::from_bits), [None; 2]);
}

#[test]
fn actions_have_names() {
    let names: Vec<_> = ActionKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(
        names.join(" "),
        "open change post move reverse hold increment capture release open_set join leave limit drop_limit \
         seal erase product"
    );
}

#[test]
fn a_digest_prints_as_hexadecimal_digits() {
    assert_eq!(format!("{:?}", Digest([0xa0; 16])), "a0".repeat(16));
}
