//! Features of readings against whole histories, written out.

use super::reading_functions::Basis;
use super::*;
use crate::pomdp::builtin;
use crate::pomdp::{Definition, GaussianModel, Reading};
use rand::Rng;
use rand_pcg::Pcg64Mcg;

fn tiger() -> GaussianModel {
    match builtin::definition("gaussian-tiger") {
        Some(Definition::Gaussian(model)) => model,
        _ => unreachable!("gaussian-tiger has readings"),
    }
}

const LISTEN: usize = 0;

/// Pairs (action, reading) as the tiger shows them: only listening gives a number.
fn random_pairs(h: usize, rng: &mut Pcg64Mcg) -> Vec<(usize, Reading)> {
    let mut pair = || {
        let action = (rng.next_u64() % 3) as usize;
        let reading = (rng.next_u64() % 1000) as f64 / 100.0 - 5.0;
        (action, (action == LISTEN).then_some(reading))
    };
    (0..h).map(|_| pair()).collect()
}

fn row(map: &ReadingMap, pairs: &[(usize, Reading)], action: usize) -> Vec<(u32, f64)> {
    let (mut memory, mut row) = (map.memory(), SparseRow::default());
    // A memory is used for one episode after another.
    map.start(&mut memory, &None);
    for h in 0..map.horizon() - 1 {
        map.advance(&mut memory, h, LISTEN, &Some(0.1));
    }
    map.start(&mut memory, &None);
    for (h, (a, o)) in pairs.iter().enumerate() {
        map.advance(&mut memory, h, *a, o);
    }
    map.row(&memory, pairs.len(), action, &mut row);
    row.entries().to_vec()
}

fn values(entries: &[(u32, f64)]) -> Vec<f64> {
    entries.iter().map(|&(_, value)| value).collect()
}

fn assert_near(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{found:?} {expected:?}");
    for (x, y) in found.iter().zip(expected) {
        assert!((x - y).abs() < 1e-14, "{found:?} differs from {expected:?}");
    }
}

const QUADRATIC: ReadingFunctions = ReadingFunctions::Polynomials { degree: 2 };
const COSINES: ReadingFunctions = ReadingFunctions::Fourier { components: 7, scale: 1.5, seed: 3 };

/// Means are ±1 and the deviation is 1, so readings from -4 to 4 count as they are.
#[test]
fn polynomials_are_products_of_legendre_polynomials_of_the_readings_heard() {
    let map = ReadingMap::for_actor(&tiger(), 5, 3, QUADRATIC).expect("a small map");
    let second = |x: f64| (3.0 * x * x - 1.0) / 2.0;
    let (x, y) = (0.25, -0.5);
    let heard = |o: f64| (LISTEN, Some(o));
    assert_near(&values(&row(&map, &[], 1)), &[1.0]);
    assert_near(&values(&row(&map, &[(1, None)], 1)), &[1.0]);
    assert_near(&values(&row(&map, &[heard(4.0 * x)], 1)), &[1.0, x, second(x)]);
    // The newest comes first; a silent action in between changes the block, not the functions.
    let both = [1.0, x, second(x), y, x * y, second(y)];
    assert_near(&values(&row(&map, &[heard(4.0 * y), heard(4.0 * x)], 2)), &both);
    assert_near(&values(&row(&map, &[heard(4.0 * y), (2, None), heard(4.0 * x)], 0)), &both);
    assert_near(&values(&row(&map, &[heard(7.0)], 1)), &[1.0, 1.0, 1.0]);
}

#[test]
fn random_features_are_cosines_of_the_readings_heard() {
    let map = ReadingMap::for_actor(&tiger(), 5, 2, COSINES).expect("a small map");
    let Some(Basis::Fourier { frequencies, phases, .. }) = Basis::new(COSINES, 2).expect("a positive scale")
    else {
        unreachable!("few cosines")
    };
    let amplitude = libm::sqrt(2.0 / 7.0);
    let expected = |newest: f64, before: f64| -> Vec<f64> {
        (0..7)
            .map(|j| {
                let angle = phases[j] + frequencies[2 * j] * newest + frequencies[2 * j + 1] * before;
                amplitude * libm::cos(angle)
            })
            .collect()
    };
    let pairs = [(LISTEN, Some(0.3)), (LISTEN, Some(-1.2))];
    assert_near(&values(&row(&map, &pairs, 0)), &expected(-1.2, 0.3));
    assert_near(&values(&row(&map, &[(LISTEN, Some(0.3)), (1, None)], 0)), &expected(0.0, 0.3));
    assert_near(&values(&row(&map, &[(2, None), (1, None)], 0)), &[1.0]);
}

/// Inner products approximate the kernel: with D = 4096 their error is about 1/√D = 0.016, and five of those
/// are allowed.
#[test]
fn inner_products_of_random_features_are_about_the_gaussian_kernel() {
    let functions = ReadingFunctions::Fourier { components: 4096, scale: 1.5, seed: 11 };
    let map = ReadingMap::for_actor(&tiger(), 3, 2, functions).expect("a small map");
    let of = |x: f64, y: f64| values(&row(&map, &[(LISTEN, Some(x)), (LISTEN, Some(y))], 0));
    for (x, y) in [((0.0, 0.0), (0.0, 0.0)), ((0.3, -1.0), (0.5, 0.2)), ((2.0, 1.0), (-1.0, 1.5))] {
        let product: f64 = of(x.0, x.1).iter().zip(of(y.0, y.1)).map(|(a, b)| a * b).sum();
        let distance = (x.0 - y.0) * (x.0 - y.0) + (x.1 - y.1) * (x.1 - y.1);
        let kernel = libm::exp(-distance / (2.0 * 1.5 * 1.5));
        assert!((product - kernel).abs() < 5.0 / 64.0, "{product} {kernel}");
    }
}

#[test]
fn frequencies_and_phases_are_those_they_always_were() {
    let Some(Basis::Fourier { frequencies, phases, .. }) = Basis::new(COSINES, 2).expect("a positive scale")
    else {
        unreachable!("few cosines")
    };
    let bits = [frequencies[0], frequencies[13], phases[0], phases[6]].map(f64::to_bits);
    // Checked once against a program of a few lines in another language.
    assert_eq!(
        bits,
        [0xbff1_f117_e0c8_f4ba, 0x3fe9_94a2_b374_8928, 0x4012_1d71_5e45_2465, 0x400f_356e_54a6_7bff],
        "{bits:#x?}"
    );
}

#[test]
fn windows_forget_and_nothing_else_is_lost() {
    let mut rng = Pcg64Mcg::new(6);
    for functions in [QUADRATIC, COSINES] {
        for length in 0..4 {
            let map = ReadingMap::for_critic(&tiger(), 5, length, functions).expect("a small map");
            for _ in 0..200 {
                let h = (rng.next_u64() % 5) as usize;
                let pairs = random_pairs(h, &mut rng);
                let kept = h.min(length);
                let mut others = random_pairs(h, &mut rng);
                others[h - kept..].copy_from_slice(&pairs[h - kept..]);
                assert_eq!(row(&map, &pairs, 2), row(&map, &others, 2), "{pairs:?} {others:?}");
                // A reading in the window counts.
                if let Some(at) = pairs[h - kept..].iter().position(|(a, _)| *a == LISTEN) {
                    others[h - kept + at].1 = Some(0.123_456);
                    assert_ne!(row(&map, &pairs, 2), row(&map, &others, 2));
                }
            }
        }
    }
}

#[test]
fn blocks_of_action_sequences_fill_the_stacked_vector() {
    let map = ReadingMap::for_critic(&tiger(), 4, 2, QUADRATIC).expect("a small map");
    // h = 0: 1. h = 1: one reading (3 functions) or silence (1) twice. h >= 2: 6, four times 3, four times 1.
    let dimensions: Vec<usize> = (0..4).map(|h| map.dimension(h)).collect();
    assert_eq!(dimensions, [3, 3 * 5, 3 * 22, 3 * 22]);
    assert_eq!(map.stacked(), dimensions.iter().sum::<usize>());
    let mut times = vec![0; map.stacked()];
    let mut rng = Pcg64Mcg::new(7);
    for h in 0..4 {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..2000 {
            let pairs = random_pairs(h, &mut rng);
            let actions: Vec<usize> = pairs[h - h.min(2)..].iter().map(|&(a, _)| a).collect();
            for a in 0..3 {
                if seen.insert((actions.clone(), a)) {
                    for (i, _) in row(&map, &pairs, a) {
                        times[i as usize] += 1;
                    }
                }
            }
        }
    }
    assert!(times.iter().all(|&n| n == 1), "{times:?}");
}

#[test]
fn norms_of_functions_of_readings_stay_below_their_bounds_and_critics_below_one() {
    let mut rng = Pcg64Mcg::new(8);
    for functions in [QUADRATIC, COSINES, ReadingFunctions::Polynomials { degree: 5 }] {
        let critic = ReadingMap::for_critic(&tiger(), 4, 3, functions).expect("a small map");
        let actor = ReadingMap::for_actor(&tiger(), 4, 3, functions).expect("a small map");
        for _ in 0..500 {
            let h = (rng.next_u64() % 4) as usize;
            let pairs = random_pairs(h, &mut rng);
            let norm = |map| values(&row(map, &pairs, 0)).iter().map(|x| x * x).sum::<f64>();
            assert!(norm(&critic) <= 1.0 + 1e-12 && norm(&actor) <= actor.norm_squared_bound() + 1e-12);
        }
        assert!((critic.norm_squared_bound() - 1.0).abs() < 1e-15);
    }
    // All readings at the end of their range attain the bound of polynomials: 10 functions of three readings.
    let actor = ReadingMap::for_actor(&tiger(), 4, 3, QUADRATIC).expect("a small map");
    let loud = values(&row(&actor, &[(LISTEN, Some(4.0)); 3], 0));
    assert_near(&loud, &[1.0; 10]);
    assert!((actor.norm_squared_bound() - 10.0).abs() < 1e-15);
}

#[test]
fn what_does_not_fit_is_an_error() {
    let many = ReadingFunctions::Polynomials { degree: 16 };
    assert!(matches!(
        ReadingMap::for_critic(&tiger(), 12, 11, many),
        Err(ReadingMapError::Functions { length: 11, .. })
    ));
    assert!(matches!(ReadingMap::for_critic(&tiger(), 40, 39, QUADRATIC), Err(ReadingMapError::Window(_))));
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let functions = ReadingFunctions::Fourier { components: 2, scale, seed: 0 };
        assert!(matches!(ReadingMap::for_actor(&tiger(), 3, 1, functions), Err(ReadingMapError::Scale(_))));
    }
}
