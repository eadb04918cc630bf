//! Tables over secrets and erased subjects; the language is described in `dsl`.

use crate::dsl::check;

#[test]
fn a_secret_has_1_to_1024_bytes() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        xfer k1 bank alice 1.00 CNY secret peter 0    -> secret_length
        xfer k1 bank alice 1.00 CNY secret peter 1025 -> secret_length
        xfer k1 bank alice 1.00 CNY secret <empty> 1  -> name_empty
        xfer k1 bank alice 1.00 CNY secret peter 1
        xfer k2 bank alice 1.00 CNY secret peter 1024
        xfer k2 bank alice 1.00 CNY secret peter 1023 -> key_reused
        xfer k2 bank alice 1.00 CNY secret paul 1024  -> key_reused
        ",
    );
}

#[test]
fn nothing_is_taken_for_an_erased_subject() {
    check(
        "
        open bank CNY asset unlimited
        open alice CNY liability none
        erased peter                                  -> no
        xfer k1 bank alice 1.00 CNY secret peter 1
        erase e1 peter secret peter 1
        erased peter                                  -> yes
        erased paul                                   -> no
        xfer k1 bank alice 1.00 CNY secret peter 1    -> replay 2
        xfer k2 bank alice 1.00 CNY secret peter 1    -> subject_erased
        xfer k3 bank alice 1.00 CNY secret peter 1 forced -> subject_erased
        open bob CNY liability none secret peter 1    -> subject_erased
        erase e2 peter                                -> subject_erased
        erase e3 paul secret peter 1                  -> subject_erased
        erased paul                                   -> no
        xfer k4 bank alice 1.00 CNY secret paul 1
        xfer k5 bank alice 1.00 CNY
        erase e4 paul
        ",
    );
}
