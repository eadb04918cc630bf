//! Books differ when any one of their parts does, and a snapshot keeps every part.

use longmen_core::{Books, EffectiveDate, Parts, Refusal, Subject};
use longmen_money::Amount;

use crate::dsl::world_after;

/// Books with something in every part.
fn parts() -> Parts {
    let world = world_after(
        "
        open bank CNY asset unlimited
        open alice CNY liability none code 2010 about owner=7
        at 864000000000000
        xfer k1 bank alice 5.00 CNY happened 5
        reverse v1 k1
        hold h1 alice bank 0 CNY for 9
        set s1 family
        join j1 family alice
        limit l1 daily alice CNY out amount 5.00 last 10
        seal t1 3
        erase e1 peter
        ",
    );
    world.books.parts()
}

#[test]
fn books_are_their_parts() {
    let parts = parts();
    let books = Books::restore(parts.clone());
    assert_eq!((books.sets(), books.limits()), (&parts.sets[..], &parts.limits[..]));
    assert_eq!((books.holds(), books.accounts().len()), (&parts.holds[..], parts.accounts.len()));
    assert_eq!(books.parts(), parts);
}

/// What a change is of, and the change.
type Change<'a> = (&'a str, &'a dyn Fn(&mut Parts));

#[test]
fn books_that_differ_in_one_part_differ() -> Result<(), Refusal> {
    let erased = Subject::new("paul")?;
    let changes: &[Change<'_>] = &[
        ("a counter", &|parts| parts.accounts[1].0.counters[3] += 1),
        ("a version", &|parts| parts.accounts[1].0.version += 1),
        ("an access", &|parts| parts.accounts[1].0.access.hidden = true),
        ("an account", &|parts| drop(parts.accounts.remove(0))),
        ("its details", &|parts| parts.accounts[1].1.code = None),
        ("a hold", &|parts| parts.holds[0].captured = Amount::MAX),
        ("a set", &|parts| parts.sets[0].members.clear()),
        ("a limit", &|parts| parts.limits[0].usage.sum += 1),
        ("what was counted", &|parts| parts.limits[0].usage.recent.push_back((1, 1))),
        ("a reversal", &|parts| parts.reversals[0].1 += 1),
        ("the seal", &|parts| parts.sealed_through = EffectiveDate::from_days(4)),
        ("no seal", &|parts| parts.sealed_through = None),
        ("the import", &|parts| parts.imported_ns = Some(6)),
        ("the erased", &|parts| parts.erased.push(erased)),
    ];
    let books = Books::restore(parts());
    for (what, change) in changes {
        let mut other = parts();
        change(&mut other);
        assert_ne!(Books::restore(other), books, "{what}");
    }
    Ok(())
}
