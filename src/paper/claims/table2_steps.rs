//! Table 2: graphs and numbers of agents on the map at the same steps.

use super::table2_numbers::held;
use super::table2_shared::{STRICT, SUCCEEDS, Shared, graph};
use super::table2_way::Steps;
use super::{Criterion, Judged, Lacking, Table, Verdict};

pub(super) fn judge(shared: &Shared<'_>) -> Result<Judged, Lacking> {
    let tracked = |graph, clients| shared.steps("yes", graph, clients);
    let (few, ring) = (tracked("ring", "4")?, tracked("ring", "8")?);
    let joined = tracked("complete", "8")?;
    let steps = ring.stepped.len();
    let most = Criterion::AtLeast((steps / 2 + 1) as f64);
    let later = |one: &Steps<'_>, than: &Steps<'_>| one.later_and_earlier(than, STRICT)[0] as f64;
    let verdicts = vec![
        Verdict::on(
            format!(
                "map, ring with tracking, common steps: of {steps}, those at which 8 agents keep a share of 0.99 later than 4"
            ),
            later(ring, few),
            most,
        ),
        Verdict::on(
            format!(
                "map, 8 agents with tracking, common steps: of {steps}, those at which a share of 0.99 is kept later on the ring than on the complete graph"
            ),
            later(ring, joined),
            most,
        ),
    ];
    let mut found = Vec::new();
    for (what, one, than) in [
        ("ring, 8 agents later than 4", ring, few),
        ("ring, 16 later than 8", tracked("ring", "16")?, ring),
        ("complete graph, 8 later than 4", joined, tracked("complete", "4")?),
        ("complete graph, 16 later than 8", tracked("complete", "16")?, joined),
        ("8 agents, ring later than four neighbours", ring, tracked("four-of-8.txt", "8")?),
        ("8 agents, four neighbours later than complete", tracked("four-of-8.txt", "8")?, joined),
        ("8 agents, ring later than complete", ring, joined),
        (
            "16 agents, ring later than four neighbours",
            tracked("ring", "16")?,
            tracked("four-of-16.txt", "16")?,
        ),
        (
            "16 agents, four neighbours later than complete",
            tracked("four-of-16.txt", "16")?,
            tracked("complete", "16")?,
        ),
        ("16 agents, ring later than complete", tracked("ring", "16")?, tracked("complete", "16")?),
    ] {
        found.push((what, [SUCCEEDS, STRICT].map(|mark| one.later_and_earlier(than, mark))));
    }
    Ok(Judged {
        verdicts,
        tables: vec![common(shared), findings(&found, steps)],
        curves: Vec::new(),
        notes: Vec::new(),
    })
}

/// Rounds at every step.
fn common(shared: &Shared<'_>) -> Table {
    let etas = shared.all()[0].stepped.iter().map(|stepped| format!("η = {}", stepped.eta));
    let headings = ["graph", "tracking", "agents"].map(str::to_owned).into_iter().chain(etas).collect();
    let caption = "Measured on the map of side 4 with exact values, every graph and number of agents at each of the same steps: the round from which on a share of 0.9 is kept, and of 0.99, within 64 \
                   rounds."
        .to_owned();
    let mut table = Table { caption, headings, rows: Vec::new() };
    for steps in shared.all() {
        let cell = |stepped: &super::table2_way::Stepped<'_>| {
            let way = &stepped.way;
            format!("{}, {}", held(way.kept(SUCCEEDS)), held(way.kept(STRICT)))
        };
        let named = [
            graph(steps.setting("federation.graph").unwrap_or_default()).to_owned(),
            steps.setting("algorithm.tracking").unwrap_or_default().to_owned(),
            Shared::clients(steps).to_owned(),
        ];
        table.row(named.into_iter().chain(steps.stepped.iter().map(cell)));
    }
    table
}

/// At how many steps each finding holds.
fn findings(found: &[(&str, [[usize; 2]; 2])], steps: usize) -> Table {
    let caption = format!(
        "The same with tracking: at how many of the {steps} common steps the first of two keeps a share later than the second, and at how many earlier. At the others both keep it from the same \
         round on, or neither does."
    );
    let headings = ["what is compared", "0.9: later", "0.9: earlier", "0.99: later", "0.99: earlier"];
    let mut table = Table::of(caption, headings);
    for (what, marks) in found {
        let numbers = marks.iter().flatten().map(ToString::to_string);
        table.row([(*what).to_owned()].into_iter().chain(numbers));
    }
    table
}
