use longmen_core::Reason;
use longmen_wallet::{CreditTerms, Fee, PaymentTerms, Terms, TermsCommand, TopUpTerms, WithdrawalTerms};

use crate::teller::{DAY, Teller, read, sum};

fn set(from_ns: Option<u64>, is: Terms) -> TermsCommand {
    TermsCommand::Set { terms: read("new"), from_ns, is }
}

#[test]
fn versions_of_terms_come_one_after_the_other_and_are_of_one_kind() {
    let mut teller = Teller::small_world();
    let later = teller.now + DAY;
    let terms = || Terms::TopUp(TopUpTerms::default());
    teller.done(set(None, terms()));
    teller.done(set(Some(later), terms()));
    teller.refused_for(Reason::TermsNotLater, set(Some(later), terms()));
    let other = || Terms::Withdrawal(WithdrawalTerms::default());
    teller.refused_for(Reason::WrongKind, set(Some(later + 1), other()));
    let own = teller.state.products().terms.get(read("new")).unwrap();
    assert_eq!((own.versions.len(), own.in_force(later - 1), own.in_force(later)), (2, Some(0), Some(1)));
    assert_eq!(own.in_force(0), None);
    teller.replay();
}

#[test]
fn terms_that_contradict_themselves_are_refused() {
    let mut teller = Teller::small_world();
    let dear = Fee { rate_ppm: 1_000_001, ..Fee::NONE };
    let bounds = |least, most| {
        let (minimum, maximum) = (Some(sum(least)), Some(sum(most)));
        Terms::TopUp(TopUpTerms { minimum, maximum, ..TopUpTerms::default() })
    };
    for is in [
        bounds("2.00 CNY", "1.00 CNY"),
        bounds("1.00 USD", "2.00 CNY"),
        Terms::Withdrawal(WithdrawalTerms { fee: dear, ..WithdrawalTerms::default() }),
        Terms::Payment(PaymentTerms { surcharge_tax_ppm: 1_000_001, ..PaymentTerms::default() }),
        Terms::Payment(PaymentTerms { surcharges: vec![(read("visa"), dear)], ..PaymentTerms::default() }),
        Terms::Credit(CreditTerms::default()),
        Terms::Credit(CreditTerms { parts: vec![3, 0], ..CreditTerms::default() }),
        Terms::Credit(CreditTerms { parts: vec![3], subsidy_ppm: 1_000_001, ..CreditTerms::default() }),
    ] {
        teller.refused_for(Reason::TermsMalformed, set(None, is));
    }
    teller.done(set(None, bounds("1.00 CNY", "1.00 CNY")));
    teller.replay();
}
