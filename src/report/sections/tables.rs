//! The tables of a page.

use super::figures::every_seed;
use super::parts::{label, small, table};
use crate::report::costs::{ArmCosts, sum};
use crate::report::ends::both_ends;
use crate::report::html::Html;
use crate::report::numbers::{bytes, grouped, listed, part, real};
use crate::report::values::{Difference, Estimated, Values};
use crate::report::{Report, TargetTable};
use crate::statistics::Interval;

fn interval(interval: Option<&Interval>) -> Html {
    match interval {
        Some(interval) => {
            let (low, high) = both_ends(interval);
            Html::text(&format!("{low} to {high}"))
        }
        None => Html::text("one seed"),
    }
}

pub(in crate::report) fn values(report: &Report) -> Html {
    let tables = report
        .values
        .iter()
        .map(|values| Html::all([values_table(report, values), differences(report, values)]));
    Html::all([every_seed(report)].into_iter().chain(tables))
}

fn values_table(report: &Report, values: &Values) -> Html {
    let row = |(arm, of): (usize, &Estimated)| {
        let seeds = match of.incomplete {
            0 => of.by_seed.len().to_string(),
            more => format!("{} (+ {more} not complete)", of.by_seed.len()),
        };
        let mut row = vec![label(report, arm), Html::text(&seeds)];
        match (&of.found, &of.why_none) {
            (Some(found), _) => row.extend([
                Html::text(&real(found.median)),
                interval(found.median_interval.as_ref()),
                Html::text(&real(found.mean)),
                interval(found.mean_interval.as_ref()),
                Html::text(&real(found.lowest)),
                Html::text(&real(found.highest)),
            ]),
            (None, why) => {
                row.push(Html::text(why.as_deref().unwrap_or("not known")));
                row.extend((0..5).map(|_| Html::default()));
            }
        }
        row
    };
    let head = [
        "arm",
        "seeds",
        "median",
        "95 % bootstrap of the median",
        "mean",
        "95 % t interval of the mean",
        "lowest seed",
        "highest seed",
    ];
    let caption = format!("{} at the end of the runs", capital(values.name));
    table(&caption, &head, values.arms.iter().enumerate().map(row).collect())
}

fn differences(report: &Report, values: &Values) -> Html {
    if values.differences.is_empty() {
        return Html::default();
    }
    let row = |difference: &Difference| {
        let mut row = vec![label(report, difference.arm)];
        match (&difference.found, &difference.why_none) {
            (Some((mean, t, median, resampled)), _) => row.extend([
                Html::text(&t.seeds.to_string()),
                Html::text(&real(*median)),
                interval(Some(resampled)),
                Html::text(&real(*mean)),
                interval(Some(t)),
            ]),
            (None, why) => {
                row.push(Html::text(why.as_deref().unwrap_or("not known")));
                row.extend((0..4).map(|_| Html::default()));
            }
        }
        row
    };
    let caption = format!(
        "{} of each arm less that of {}, under the same seed",
        capital(values.name),
        report.arms[0].label
    );
    let head = [
        "arm",
        "seeds",
        "median difference",
        "95 % bootstrap of the median",
        "mean difference",
        "95 % t interval of the mean",
    ];
    table(&caption, &head, values.differences.iter().map(row).collect())
}

pub(in crate::report) fn targets(report: &Report) -> Html {
    Html::all(report.targets.iter().map(|target| targets_table(report, target)))
}

fn targets_table(report: &Report, target: &TargetTable) -> Html {
    let until = |interval: Option<&Interval>, shown: &dyn Fn(f64) -> String| match interval {
        None => Html::text("one seed"),
        Some(interval) if interval.low.is_infinite() => Html::text("not reached by half"),
        Some(interval) if interval.high.is_infinite() => {
            Html::text(&format!("{} or more", shown(interval.low)))
        }
        Some(interval) => Html::text(&format!("{} to {}", shown(interval.low), shown(interval.high))),
    };
    let whole = |number: f64| grouped(number as u64);
    let rows = target.arms.iter().enumerate().map(|(arm, taken)| {
        let median = |median: Option<f64>, shown: &dyn Fn(f64) -> String| {
            Html::text(&median.map_or_else(|| "not reached by half".to_owned(), shown))
        };
        vec![
            label(report, arm),
            Html::text(&format!("{} of {}", taken.reached, taken.seeds)),
            median(taken.wire_bytes.median, &bytes),
            until(taken.wire_bytes.interval.as_ref(), &bytes),
            median(taken.trajectories.median, &whole),
            until(taken.trajectories.interval.as_ref(), &whole),
        ]
    });
    let head = [
        "arm",
        "reached by",
        "bytes on the wire, median",
        "95 % bootstrap",
        "trajectories, median",
        "95 % bootstrap",
    ];
    let caption = format!("What it takes to come to {}", target.target);
    Html::all([
        table(&caption, &head, rows.collect()),
        small(
            "Seeds that do not come there are not left out: they count as longer than they were watched (medians by \
             Kaplan and Meier).",
        ),
    ])
}

pub(in crate::report) fn costs(report: &Report) -> Html {
    let has_peers = report.costs.iter().any(|costs| costs.all.messages[2] > 0);
    let mut head = vec!["arm", "clients", "rounds"];
    let mut ways = vec![
        (0, "messages to the server", "bytes to the server"),
        (1, "messages to clients", "bytes to clients"),
    ];
    if has_peers {
        ways.push((2, "messages between clients", "bytes between clients"));
    }
    head.extend(ways.iter().map(|(_, messages, _)| *messages));
    head.extend(["numbers sent", "payload"]);
    head.extend(ways.iter().map(|(_, _, bytes)| *bytes));
    head.extend(["bytes on the wire", "trajectories", "environment steps"]);
    let row = |(arm, costs): (usize, &ArmCosts), of: u64| {
        let count = |number: u64| Html::text(&part(number, of));
        let size = |number: u64| Html::text(&bytes(number as f64 / of as f64));
        let known = |number: Option<u64>| number.map_or_else(|| Html::text("not known"), count);
        let clients = costs.clients.map_or_else(|| "not known".to_owned(), grouped);
        let mut row = vec![label(report, arm), Html::text(&clients), Html::text(&grouped(costs.rounds))];
        row.extend(ways.iter().map(|(way, _, _)| count(costs.all.messages[*way])));
        row.extend([count(sum(&costs.all.floats)), size(sum(&costs.all.payload_bytes))]);
        row.extend(ways.iter().map(|(way, _, _)| size(costs.all.wire_bytes[*way])));
        row.push(size(sum(&costs.all.wire_bytes)));
        row.extend([known(costs.all.trajectories), known(costs.all.env_steps)]);
        row
    };
    let all = report.costs.iter().enumerate().map(|costs| row(costs, 1)).collect();
    let each = report
        .costs
        .iter()
        .enumerate()
        .map(|costs| row(costs, costs.1.clients.unwrap_or(1).max(1)))
        .collect();
    let mut parts = vec![
        table("One run, all clients together", &head, all),
        table("One run, a client's part", &head, each),
        small(
            "A message is one payload over one link. Numbers are parameters of eight bytes each; the payload is these and \
             integers; bytes on the wire are those of the encoded frames.",
        ),
    ];
    let differ: Vec<&str> = report
        .costs
        .iter()
        .zip(&report.arms)
        .filter(|(costs, _)| !costs.same_for_all_seeds)
        .map(|(_, arm)| arm.label.as_str())
        .collect();
    parts.push(small(&if differ.is_empty() {
        "Within an arm every run has the same costs.".to_owned()
    } else {
        format!(
            "Runs do not all have the same costs in {}: here stand those of the first complete one.",
            listed(&differ)
        )
    }));
    Html::all(parts)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
