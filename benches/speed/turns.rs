//! Timing of many pieces of work in turns, for curves.

use crate::measure::seconds;
use dpac::pomdp::Generator;
use rand::Rng;

/// What is timed, as often as it is called.
pub(crate) type Work<'a> = Box<dyn Fn() + 'a>;

/// A timing is made of as many calls as take this long, at least.
const SECONDS_MIN: f64 = 0.1;

/// Seconds of one call of each work: the least over so many turns. In each turn all works are timed once, in
/// an order that is shuffled anew (from a fixed stream), so that no point of a curve has a better time of the
/// day than the others. The least, because whatever else the machine does only ever adds.
pub(crate) fn least(works: &[Work<'_>], turns: usize) -> Vec<f64> {
    let calls: Vec<u32> = works.iter().map(calls).collect();
    let mut rng = Generator::new(0x2545_f491_4f6c_dd1d_9e37_79b9_7f4a_7c15);
    let mut order: Vec<usize> = (0..works.len()).collect();
    let mut least = vec![f64::INFINITY; works.len()];
    for _ in 0..turns {
        for end in (1..order.len()).rev() {
            order.swap(end, (rng.next_u64() % (end as u64 + 1)) as usize);
        }
        for &i in &order {
            let took = seconds(|| (0..calls[i]).for_each(|_| works[i]())) / f64::from(calls[i]);
            least[i] = least[i].min(took);
        }
    }
    least
}

/// How many calls make one timing. The first call is cold, so it decides only where one is enough.
fn calls(work: &Work<'_>) -> u32 {
    if seconds(work) >= 2.0 * SECONDS_MIN {
        return 1;
    }
    (SECONDS_MIN / seconds(work)).ceil().clamp(1.0, 1e6) as u32
}
