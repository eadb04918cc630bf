//! Questions at a position of the past with the answers that are right, to be asked of any replica at any later time.

use longmen::replica::{Error, Paging, Replica, View, Want};
use longmen::{AccountId, Stamp};
use longmen_sim::Random;

use super::judge::Judge;
use super::{edges, lines, sums};

/// Questions at one position.
pub(crate) struct Probe {
    pub(crate) at: Stamp,
    /// A time at which this entry is the last one.
    time_ns: u64,
    asks: Vec<Ask>,
}

/// A question that knows its answer; it gives how many things were compared.
pub(crate) type Ask = Box<dyn Fn(&View<'_>) -> Result<u64, Error>>;

impl Probe {
    /// Questions at the edges, and so many of every other kind, at the judge's position.
    pub(crate) fn draw(judge: &Judge, random: &mut Random, times: usize) -> Self {
        let mut asks = vec![nobody()];
        asks.extend(edges::draw(judge, random));
        for _ in 0..times {
            asks.extend(lines::draw(judge, random));
            asks.extend(sums::draw(judge, random));
        }
        Self { at: judge.at(), time_ns: judge.at().time_ns, asks }
    }

    /// Asks all of it; gives how many things were compared.
    pub(crate) fn ask(&self, replica: &Replica) -> u64 {
        let all = |view: &View<'_>| self.asks.iter().map(|ask| ask(view)).sum::<Result<u64, Error>>();
        [Want::Exactly(self.at.position), Want::AtTime(self.time_ns)]
            .into_iter()
            .map(|want| {
                let answer = replica.read(want, all);
                let answer = answer.unwrap_or_else(|error| panic!("{want:?}: {error}"));
                assert_eq!(answer.at, self.at);
                answer.value
            })
            .sum()
    }
}

/// What is not there yet, or never will be, is unknown.
fn nobody() -> Ask {
    let nobody = AccountId::new("nobody-at-all").unwrap();
    Box::new(move |view| {
        assert!(matches!(view.balance(&nobody), Err(Error::Unknown { .. })), "{nobody}");
        Ok(1)
    })
}

/// Every page of an answer, one after the other, of random sizes.
pub(crate) fn pages<T>(
    size: usize,
    mut page: impl FnMut(&Paging) -> Result<(Vec<T>, Option<String>), Error>,
) -> Result<Vec<T>, Error> {
    let (mut all, mut paging) = (Vec::new(), Paging::first(size));
    loop {
        let (found, next) = page(&paging)?;
        assert!(found.len() <= size);
        all.extend(found);
        let Some(next) = next else { return Ok(all) };
        paging = paging.after(&next);
    }
}

/// Sizes of pages, the odd ones with them.
pub(crate) fn size(random: &mut Random) -> usize {
    *random.of(&[100, 1, 2, 7, 33, 1_000]).unwrap()
}
