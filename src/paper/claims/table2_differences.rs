//! Table 2: which differences between clients make barriers earn their cost.

use super::table2_numbers::with_error;
use super::{Judged, Lacking, Measured, MeasuredArm, Table, short};
use crate::results::Run;
use crate::statistics::{Level, Paired};

/// None is the control: there every barrier only makes more steps of the policy out of the same samples, or
/// keeps local steps together that would not part.
const KINDS: [&str; 5] = ["none", "rewards", "transitions", "sensors", "parts"];

/// A method, the sweep of its runs, and what tells one barrier from eight.
struct Method {
    name: &'static str,
    sweep: &'static str,
    key: &'static str,
    one: &'static str,
    eight: &'static str,
}

const METHODS: [Method; 3] = [
    Method { name: "dpac", sweep: "table2-differences", key: "critic.rounds", one: "1", eight: "8" },
    Method {
        name: "dppg, exact critic",
        sweep: "table2-differences-dppg",
        key: "actor.sync_interval",
        one: "64",
        eight: "8",
    },
    Method {
        name: "fed-svrpg-m",
        sweep: "table2-differences-svrpg",
        key: "actor.local_steps",
        one: "64",
        eight: "8",
    },
];

impl Method {
    fn arm<'a>(
        &self,
        measured: &'a Measured,
        kind: &str,
        barriers: &str,
    ) -> Result<MeasuredArm<'a>, Lacking> {
        let swept = measured.sweep(self.sweep);
        let strength = |of: &str| if of == kind { "1.0" } else { "0.0" };
        let is = |arm: &MeasuredArm<'_>| {
            let differs = KINDS[1..].iter().all(|of| {
                let key = format!("problem.clients.{of}");
                arm.setting(&key) == Some(strength(of))
            });
            differs && arm.setting(self.key) == Some(barriers)
        };
        let missing =
            || Lacking::Arm { sweep: self.sweep, settings: format!("{kind}, {}={barriers}", self.key) };
        swept.arms().find(is).ok_or_else(missing)
    }
}

pub(super) fn judge(measured: &Measured) -> Result<Judged, Lacking> {
    let caption = "Measured on the map of side 4 with four clients that are alike, or differ in one thing at strength 1: one barrier for so many local steps and eight, at equal environment steps and \
                   each with its tuned step; value of the last policy, a mean over clients, and differences under equal seeds, of the last policy and of the mixture of all rounds' policies. A phase of \
                   dpac and dppg has these barriers, and the policy's step comes at its end; fed-svrpg-m moves the policy at every local step and every barrier. Eight barriers earn their cost where the \
                   whole interval of the last policy lies above 0.";
    let headings = [
        "method",
        "what differs",
        "η, one and eight",
        "one barrier",
        "eight",
        "eight less one",
        "mixture: eight less one",
        "bytes, eight by one",
        "earn their cost",
    ];
    let mut table = Table::of(caption, headings);
    let mut notes = Vec::new();
    for method in &METHODS {
        let mut earn = Vec::new();
        for kind in KINDS {
            let (one, eight) =
                (method.arm(measured, kind, method.one)?, method.arm(measured, kind, method.eight)?);
            let paired = |what, of: fn(&Run) -> Option<f64>| -> Result<(f64, String), Lacking> {
                let paired = Paired::of(&eight.by_seed(what, of)?, &one.by_seed(what, of)?)?;
                let interval = paired.t_interval(Level::default());
                let [mean, low, high] = [paired.sample().mean(), interval.low, interval.high].map(short);
                Ok((interval.low, format!("{mean} ({low} to {high}, 95 % t interval)")))
            };
            let (low, last) = paired("value", Run::value)?;
            let (_, mixture) = paired("value of the mixture", Run::mixture)?;
            let earns = low > 0.0;
            if earns {
                earn.push(kind);
            }
            let first = |arm: &MeasuredArm<'_>| arm.runs().first().map_or(0, |run| run.totals().wire_bytes());
            let eta = |arm: &MeasuredArm<'_>| {
                arm.runs().first().and_then(|run| run.key("actor.eta")).unwrap_or_default().to_owned()
            };
            table.row([
                method.name.to_owned(),
                kind.to_owned(),
                format!("{}, {}", eta(&one), eta(&eight)),
                with_error(&one.sample("value", Run::value)?)?,
                with_error(&eight.sample("value", Run::value)?)?,
                last,
                mixture,
                short(first(&eight) as f64 / first(&one) as f64),
                if earns { "yes" } else { "no" }.to_owned(),
            ]);
        }
        notes.push(said(method, &earn));
    }
    Ok(Judged { verdicts: Vec::new(), tables: vec![table], curves: Vec::new(), notes })
}

/// Which kinds earn it, and whether clients that are alike do.
fn said(method: &Method, earn: &[&str]) -> String {
    let list = |kinds: Vec<&str>| if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") };
    let of =
        |earns: bool| list(KINDS[1..].iter().copied().filter(|kind| earn.contains(kind) == earns).collect());
    let alike = if earn.contains(&"none") {
        "They do so too where clients are alike, so that it is not their difference that pays."
    } else {
        "Where clients are alike they do not."
    };
    format!(
        "Differences between clients for which eight barriers earn their cost with {} on the map: {}; for which they do not: {}. {alike}",
        method.name,
        of(true),
        of(false)
    )
}
