//! Errors as a user sees them.

use super::{MINIMAL, load};
use dpac::diagnose::{Style, of_configuration, render};

fn drawn(text: &str, settings: &[&str]) -> String {
    let errors = load(text, settings).expect_err("the configuration is malformed");
    render(&of_configuration(&errors), Style { color: false, width: 80 })
}

#[test]
fn misspelt_key_is_underlined_between_its_neighbours() {
    insta::assert_snapshot!(drawn("problem.builtin = \"tiger\"\n\n[critic]\nrounds = 4\nlocal_step = 64  # K_e\nalpha = 0.3\n", &[]), @r#"
     × unknown key `local_step` in [critic]
      ╭─[run.toml:5:1]
    4 │ rounds = 4
    5 │ local_step = 64  # K_e
      · ──────────
    6 │ alpha = 0.3
      ╰────
     help: did you mean `local_steps`?
    "#);
}

#[test]
fn missing_key_is_shown_at_the_kind_that_asks_for_it() {
    insta::assert_snapshot!(drawn(&format!("{MINIMAL}[actor]\nfeatures = {{ kind = \"window\" }}\n"), &[]), @r#"
     × missing key `actor.features.length`
      ╭─[run.toml:3:21]
    2 │ [actor]
    3 │ features = { kind = "window" }
      ·                     ────────
      ╰────
     help: an integer from 0 to 10000: Number of pairs L; with H - 1 of them the
           window is the whole history
    "#);
}

#[test]
fn conflict_of_a_file_with_a_setting_names_both_places() {
    insta::assert_snapshot!(drawn(&format!("{MINIMAL}[actor]\nrounds = 128\n"), &["trajectories=65536"]), @r#"
     × `actor.rounds` and `trajectories` exclude each other
      ╭─[run.toml:3:1]
    2 │ [actor]
    3 │ rounds = 128
      · ──────
      ╰────
     help: a budget of trajectories decides all sizes; `trajectories` is given at
           --set:1:1: --unset actor.rounds takes this one out for this run
    "#);
}

#[test]
fn errors_of_file_and_settings_are_drawn_one_after_another() {
    insta::assert_snapshot!(drawn("schedule = \"teory\"\n[critic]\nalpha = -0.3\n", &["actor.rounds=many"]), @r#"
     × run.toml: missing key `problem`
     help: add a section [problem]. The problem: either `file` or `builtin`

     × `schedule` cannot be "teory"
      ╭─[run.toml:1:12]
    1 │ schedule = "teory"
      ·            ───────
    2 │ [critic]
      ╰────
     help: did you mean "theory"? Expected "practical" or "theory"

     × `critic.alpha` is out of range: -0.3
      ╭─[run.toml:3:9]
    2 │ [critic]
    3 │ alpha = -0.3
      ·         ────
      ╰────
     help: expected a number above 0 or "auto", or a table of `scale`, `offset`
           or `cap`

     × `actor.rounds` is a string, not an integer
      ╭─[--set:1:14]
    1 │ actor.rounds=many
      ·              ────
      ╰────
     help: expected an integer from 1 to 1000000000
    "#);
}

#[test]
fn end_of_an_unclosed_text_is_marked() {
    insta::assert_snapshot!(drawn("problem.builtin = \"tiger", &[]), @r#"
     × not TOML: invalid basic string, expected `"`
      ╭─[run.toml:1:25]
    1 │ problem.builtin = "tiger
      ·                         ▲
      ╰────
    "#);
}
