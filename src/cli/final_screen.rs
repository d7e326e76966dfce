//! What a person reads when a run has ended: what was solved, how well, at what cost, and what to do next.
//! Everything else is in the run directory, and on the long screen of `--verbose`.

use super::numbers::{bytes, grouped, share, time, value};
use super::progress::Reached;
use super::screen::{Planned, differing, listed, server_work, sizes_of_problem};
use crate::algorithm::Role;
use crate::experiment::{Status, Summary, Value};
use crate::theory::counts::{Shape, Totals};
use crate::theory::protocol::letter::{H, I, K, K_E, M, N, P, Q, R, R_E};
use crate::visible::{program, shown};
use std::fmt::Write;
use std::path::Path;

/// Writing into a string cannot fail, so its results are dropped here, once.
macro_rules! line {
    ($text:expr) => { $text.push('\n') };
    ($text:expr, $($arguments:tt)*) => { { let _ = writeln!($text, $($arguments)*); } };
}

/// Hexadecimal digits by which people tell two digests apart.
const DIGEST_SHOWN: usize = 12;

/// A run that has ended.
pub(super) struct Ended<'a> {
    pub(super) summary: &'a Summary,
    pub(super) planned: &'a Planned,
    pub(super) reached: Reached,
    pub(super) directory: &'a Path,
    /// What was run, where the command line changes nothing of it but the seed.
    pub(super) source: Option<&'a Path>,
}

impl Ended<'_> {
    pub(super) fn screen(&self) -> String {
        let Ended { summary, planned, directory, .. } = *self;
        let problem = &summary.problem;
        let mut text = String::new();
        line!(text);
        text += &title(summary, planned.shape.rounds(), self.reached);
        let sizes = sizes_of_problem(problem.states, problem.actions, problem.observations);
        let parts =
            [sizes, format!("H = {} steps", problem.horizon), format!("discount γ = {}", problem.discount)];
        text += &listed("problem", &parts);
        text += &differing(problem.clients);
        text += &listed("sizes", &in_words(&planned.shape));
        text += &self.value();
        // A fault leaves no ledger behind, so there is nothing to count or to compare.
        if summary.status != Status::Failed || !summary.closed_form_differences.is_empty() {
            text += &cost(summary, planned.shape.get(M));
            text += &self.checked();
        }
        line!(text, "  files    {}", shown(directory));
        for (number, command) in self.next().iter().enumerate() {
            line!(text, "  {:<8} {command}", if number == 0 { "next" } else { "" });
        }
        text
    }

    fn value(&self) -> String {
        let Ended { summary, planned, reached, .. } = *self;
        let Value { last, uniform, optimum, method, standard_error, .. } = &summary.value;
        let mut text = String::new();
        match (planned.role, last, reached.value) {
            (Role::Evaluates, Some(_), _) => {
                line!(text, "  value    {} of the policy that was evaluated, by {method}", value(*last));
            }
            (Role::Improves, Some(of_last), _) => {
                let error =
                    standard_error.map_or_else(String::new, |error| format!(" ± {}", value(Some(error))));
                let close = uniform.zip(*optimum).and_then(|(from, to)| way(from, *of_last, to));
                let of_last = format!("{}{error} (last policy)", value(*last));
                text += &listed("value", &std::iter::once(of_last).chain(close).collect::<Vec<_>>());
            }
            // A run that was stopped has no last policy; of the rounds that are over some were evaluated.
            (_, None, Some((round, seen, _))) => {
                let (seen, round) = (value(Some(seen)), grouped(round.into()));
                line!(text, "  value    {seen} in round {round}, the last that was evaluated");
            }
            (_, None, None) => line!(text, "  value    not available"),
        }
        if let Some(error) = summary.bellman_error.filter(|_| planned.role == Role::Evaluates) {
            line!(text, "  critic   Bellman error {error:.3e} against the exact Q, normalised rewards");
        }
        if planned.role == Role::Improves {
            let optimum = optimum.map_or_else(|| "not known".to_owned(), |optimum| value(Some(optimum)));
            let uniform = format!("uniform {}", value(*uniform));
            text += &listed("", &[uniform, format!("optimum {optimum}"), format!("by {method}")]);
        }
        text
    }

    /// Counts held against the formula, and the digest.
    fn checked(&self) -> String {
        let summary = self.summary;
        let digest = summary.digest.as_deref().map_or_else(String::new, |digest| {
            format!("; digest {}", &digest[..digest.len().min(DIGEST_SHOWN)])
        });
        let mut text = String::new();
        if summary.status == Status::Interrupted {
            line!(text, "  checked  nothing yet: counts are held against the formula at the end");
        } else if summary.closed_form_holds {
            line!(text, "  checked  counts equal the formula, to the unit{digest}");
        } else {
            line!(text, "  checked  counts are NOT those of the formula{digest}");
            for difference in &summary.closed_form_differences {
                line!(text, "           {difference}");
            }
        }
        text
    }

    /// Commands that go on from here; how a run that was stopped goes on is said below the screen.
    fn next(&self) -> Vec<String> {
        let Ended { summary, planned, directory, source, .. } = *self;
        if summary.status != Status::Complete {
            return Vec::new();
        }
        let program = program();
        let evaluate = planned.role == Role::Improves && summary.files.contains_key("policies.npy");
        let evaluate = evaluate.then(|| format!("{program} evaluate {}", quoted(directory)));
        let sweep = source.map(|source| format!("{program} sweep {} --seeds 0..9", quoted(source)));
        evaluate.into_iter().chain(sweep).collect()
    }
}

fn title(summary: &Summary, rounds: u64, reached: Reached) -> String {
    let status = match summary.status {
        Status::Complete => "complete in",
        Status::Interrupted => "interrupted after",
        Status::Failed => "FAILED after",
    };
    let came_to = match summary.status {
        Status::Interrupted if reached.rounds > 0 => {
            format!(", {} of {} rounds", grouped(reached.rounds), grouped(rounds))
        }
        _ => String::new(),
    };
    let (name, algorithm, seed) = (&summary.problem.name, &summary.algorithm, summary.seed);
    let time = time(summary.wall_seconds);
    format!("{name} · {algorithm} · seed {seed} · {status} {time}{came_to}\n")
}

/// The sizes that were chosen, with the letter that the paper has for each.
fn in_words(shape: &Shape) -> Vec<String> {
    let letters = shape.protocol.letters();
    let words = [
        (M, "", " clients"),
        (R, "", " rounds"),
        (K, "", " local steps"),
        (I, "a barrier every ", ""),
        (R_E, "", " critic rounds"),
        (K_E, "", " critic steps"),
    ];
    let known =
        words.iter().filter(|(letter, ..)| letters.contains(letter)).map(|(letter, before, after)| {
            format!("{before}{} = {}{after}", letter.symbol, grouped(shape.get(*letter)))
        });
    let is_own =
        |letter: &_| ![N, P, Q, H].contains(letter) && !words.iter().any(|(known, ..)| known == letter);
    let own = letters.iter().filter(|letter| is_own(*letter));
    let own = own.map(|letter| format!("{} = {}", letter.symbol, grouped(shape.get(*letter))));
    known.chain(own).collect()
}

/// How far a value has come on the way from where a run starts to the optimum; `None` where the two are one.
fn way(uniform: f64, last: f64, optimum: f64) -> Option<String> {
    let whole = optimum - uniform;
    if whole <= 1e-9 * (optimum.abs() + uniform.abs()) {
        return None;
    }
    if last < uniform {
        return Some("worse than uniform".to_owned());
    }
    let on_the_way = ((last - uniform) / whole).min(1.0);
    Some(format!("{} of the way from uniform to optimal", share(on_the_way, 1)))
}

/// What was sent and sampled, by all clients and by each.
fn cost(summary: &Summary, clients: u64) -> String {
    let counts = &summary.communication;
    let sum = |of: fn(&Totals) -> u64| of(&counts.up) + of(&counts.down) + of(&counts.peer);
    let (messages, wire_bytes) = (sum(|totals| totals.messages), sum(|totals| totals.wire_bytes));
    let clients = clients.max(1);
    let even = messages.is_multiple_of(clients) && wire_bytes.is_multiple_of(clients);
    let about = if even { "" } else { "about " };
    let (all, each) = (bytes(wire_bytes), bytes(wire_bytes / clients));
    let trajectories = grouped(summary.trajectories_per_client);
    let mut text = String::new();
    line!(text, "  cost     {} messages, {all} on the wire in all", grouped(messages));
    let messages = grouped(messages / clients);
    let trajectories = format!("{each} and {trajectories} trajectories per client");
    text += &listed("", &[format!("{about}{messages} messages"), trajectories]);
    text += &server_work(&summary.server_work);
    text
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = shown(path).to_string();
    let plain = |sign: char| sign.is_alphanumeric() || "_-./".contains(sign);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_optimum_is_all_of_the_way() {
        let way = |last| way(-10.0, last, 10.0).expect("a way");
        assert_eq!(way(10.0), "100.0 % of the way from uniform to optimal");
        assert_eq!(way(9.9999), "99.9 % of the way from uniform to optimal");
        assert_eq!(way(-10.0), "0.0 % of the way from uniform to optimal");
        assert_eq!(way(-10.5), "worse than uniform");
        assert_eq!(super::way(1.0, 1.0, 1.0), None);
    }

    #[test]
    fn paths_are_what_a_shell_takes() {
        assert_eq!(quoted(Path::new("runs/a-b_1.0")), "runs/a-b_1.0");
        assert_eq!(quoted(Path::new("my runs/it's")), "'my runs/it'\\''s'");
    }
}
