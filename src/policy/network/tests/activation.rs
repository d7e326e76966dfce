//! The functions of units against numbers computed apart, and against `libm`.

use super::super::activation::{sigmoid, tanh};

/// Bits of both by a program in Python of the formulas of the module, whose arithmetic is the same.
#[test]
fn functions_of_units_have_known_bits() {
    const KNOWN: [(f64, u64, u64); 14] = [
        (0.0, 0x3fe0_0000_0000_0000, 0x0000_0000_0000_0000),
        (-0.0, 0x3fe0_0000_0000_0000, 0x0000_0000_0000_0000),
        (1e-09, 0x3fe0_0000_0022_5c18, 0x3e11_2e0b_f805_51c9),
        (0.1, 0x3fe0_cca1_2729_afb8, 0x3fb9_83d7_795f_413d),
        (-0.3, 0x3fdb_3c55_7437_2aeb, 0xbfd2_a4dd_a7d9_14fa),
        (0.346_573_590_279_972_64, 0x3fe2_bec3_3301_8867, 0x3fd5_5555_5555_5555),
        (0.75, 0x3fe5_bbd4_f7a3_23ec, 0x3fe4_5323_e552_f227),
        (1.0, 0x3fe7_64d4_f5d5_a2bc, 0x3fe8_5efa_b514_f395),
        (-2.5, 0x3fb3_6b71_1253_4847, 0xbfef_9258_260a_71c1),
        (7.0, 0x3fef_f889_631d_483c, 0x3fef_fffc_8327_50f3),
        (-19.0, 0x3e38_1056_fce9_4616, 0xbff0_0000_0000_0000),
        (40.0, 0x3ff0_0000_0000_0000, 0x3ff0_0000_0000_0000),
        (-700.0, 0x01b7_4536_7bea_cec7, 0xbff0_0000_0000_0000),
        (1000.0, 0x3ff0_0000_0000_0000, 0x3ff0_0000_0000_0000),
    ];
    for (y, of_sigmoid, of_tanh) in KNOWN {
        assert_eq!(sigmoid(y).to_bits(), of_sigmoid, "sigmoid({y})");
        assert_eq!(tanh(y).to_bits(), of_tanh, "tanh({y})");
    }
}

/// To what the functions promise, and once more as much for what `libm` and its quotient err.
#[test]
fn functions_of_units_are_those_of_libm_to_the_last_digits() {
    for i in -90_000..=90_000 {
        // Up to where exp(-y) overflows nowhere, and in steps that meet no integer of y / ln 2.
        let y = f64::from(i) / 131.0;
        let known = 1.0 / (1.0 + libm::exp(-y));
        assert!((sigmoid(y) - known).abs() <= 1e-15 * known, "sigmoid({y}): {} or {known}", sigmoid(y));
        let known = libm::tanh(y);
        assert!((tanh(y) - known).abs() <= 8e-16, "tanh({y}): {} or {known}", tanh(y));
    }
}

#[test]
fn what_is_no_number_stays_none() {
    assert!(sigmoid(f64::NAN).is_nan() && tanh(f64::NAN).is_nan());
    let limits = [f64::INFINITY, f64::NEG_INFINITY];
    assert_eq!(limits.map(|y| tanh(y).to_bits()), [1.0_f64, -1.0].map(f64::to_bits));
    assert!(limits.map(sigmoid).iter().all(|s| (0.0..=1.0).contains(s)), "shares of the state");
}
