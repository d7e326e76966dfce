//! What is wrong with one key of a file, where, and what to write instead.

use super::only_error;

/// One test per malformed configuration: its text, then line and column (0:0 for the text as a whole), the
/// message, and a part of the help. The text stands behind `[problem] builtin = "tiger"`, line 1, unless it
/// brings a problem along.
macro_rules! malformed {
    ($($name:ident: $text:expr, $line:literal : $column:literal, $message:expr, $help:expr;)*) => {
        $(#[test] fn $name() { check_malformed($text, ($line, $column), $message, $help); })*
    };
}

fn check_malformed(text: &str, at: (usize, usize), message: &str, help: &str) {
    let text = if text.contains("problem") {
        text.to_owned()
    } else {
        format!("problem.builtin = \"tiger\"\n{text}")
    };
    let (source, line, column, found, found_help) = only_error(&text, &[]);
    assert_eq!(source, "run.toml");
    assert_eq!((line, column), at, "{found}");
    assert_eq!(found, message);
    assert!(found_help.contains(help), "{found_help:?} lacks {help:?}");
}

malformed! {
    unclosed_section_is_no_toml:
        "[critic\n", 2:8, "not TOML: unclosed table, expected `]`", "";
    missing_value_is_no_toml:
        "seed =\n", 2:7, "not TOML: string values must be quoted, expected literal string", "";
    key_that_stands_twice_is_found_at_its_second_place:
        "seed = 1\nseed = 2\n", 3:1, "not TOML: duplicate key", "";
    section_that_stands_twice_is_found_at_its_second_place:
        "[critic]\nrounds = 1\n[critic]\n", 4:2, "not TOML: duplicate key", "";
    unknown_key_at_the_top_has_the_nearest_key:
        "sead = 1\n", 2:1, "unknown key `sead`", "did you mean `seed`?";
    unknown_key_in_a_section_has_the_nearest_key_of_the_section:
        "[critic]\nlocal_step = 3\n", 3:1, "unknown key `local_step` in [critic]", "did you mean `local_steps`?";
    key_with_hyphens_has_the_key_with_underscores:
        "[actor]\nsync-interval = 3\n", 3:1, "unknown key `sync-interval` in [actor]", "`sync_interval`";
    key_of_a_section_at_the_top_is_sent_to_its_sections:
        "local_steps = 3\n", 2:1, "unknown key `local_steps`", "`local_steps` belongs in [critic] or [actor]";
    key_of_the_top_in_a_section_is_sent_to_the_top:
        "[output]\nalgorithm = \"dpac\"\n", 3:1, "unknown key `algorithm` in [output]", "first lines";
    key_that_is_near_nothing_has_the_list_of_keys:
        "[federation]\nbandwidth = 3\n", 3:1, "unknown key `bandwidth` in [federation]",
        "expected `clients`, `lean` or `graph`";
    streams_is_no_key:
        "streams = \"by-trajectory\"\n", 2:1, "unknown key `streams`", "expected `algorithm`";
    output_directory_is_no_key:
        "[output]\ndir = \"runs\"\n", 3:1, "unknown key `dir` in [output]", "`evaluate_every`, `keep_policies`, `log_every` or `record`";
    unknown_section_has_the_nearest_section:
        "[critics]\nrounds = 1\n", 2:2, "unknown key `critics`", "did you mean `critic`?";
    section_that_is_a_number_has_its_keys:
        "output = 3\n", 2:10, "`output` is an integer, not a table", "`evaluate_every`, `keep_policies`, `log_every` or `record`";
    word_that_nobody_records_has_the_nearest_one:
        "[output]\nrecord = [\"psi\", \"drfit\"]\n", 3:18, "`output.record` cannot be \"drfit\"", "did you mean \"drift\"?";
    word_that_is_recorded_twice_stands_where_it_stands_again:
        "[output]\nrecord = [\"psi\", \"psi\"]\n", 3:18, "`output.record` has \"psi\" twice", "leave one of them out";
    word_that_is_recorded_stands_in_a_list:
        "[output]\nrecord = \"psi\"\n", 3:10, "`output.record` is a string, not a list of words", "a list, in brackets, of \"psi\"";
    policy_step_falls_with_rounds_alone:
        "actor.eta = { scale = 2, cap = 1 }\n", 2:26, "unknown key `cap` in [actor.eta]", "expected `scale`";
    policy_step_over_a_root_is_above_zero:
        "actor.eta.scale = 0\n", 2:19, "`actor.eta.scale` is out of range: 0", "expected a number above 0";
    string_in_place_of_an_integer:
        "[actor]\nrounds = \"many\"\n", 3:10, "`actor.rounds` is a string, not an integer",
        "expected an integer from 1 to 1000000000";
    float_in_place_of_an_integer:
        "seed = 1.0\n", 2:8, "`seed` is a floating-point number, not an integer", "0 to 18446744073709551615";
    string_in_place_of_a_boolean:
        "federation.lean = \"yes\"\n", 2:19, "`federation.lean` is a string, not a boolean", "`true` or `false`";
    array_in_place_of_a_step_size:
        "critic.alpha = [0.1]\n", 2:16, "`critic.alpha` is an array, not a number or \"auto\"",
        "a number above 0 or \"auto\"";
    date_in_place_of_an_algorithm:
        "algorithm = 2024-10-01\n", 2:13, "`algorithm` is a date or time, not a string", "\"dptd\"";
    columns_count_characters_not_bytes:
        "problem = { file = \"ψψ.POMDP\", horizon = 0 }", 1:42, "`problem.horizon` is out of range: 0", "1 to 10000";
    unknown_algorithm_has_the_nearest:
        "algorithm = \"dpca\"\n", 2:13, "`algorithm` cannot be \"dpca\"",
        "did you mean \"dpac\"? Expected \"dpac\", \"dppg\", ";
    algorithm_in_capitals_has_the_name_in_small_letters:
        "algorithm = \"DPTD\"\n", 2:13, "`algorithm` cannot be \"DPTD\"", "did you mean \"dptd\"?";
    unknown_schedule_has_the_list:
        "schedule = \"cosine\"\n", 2:12, "`schedule` cannot be \"cosine\"", "expected \"practical\" or \"theory\"";
    unknown_target_has_the_list:
        "actor.target = \"v\"\n", 2:16, "`actor.target` cannot be \"v\"", "\"q\", \"advantage\" or \"compatible\"";
    unknown_init_has_the_list:
        "critic.init = \"random\"\n", 2:15, "`critic.init` cannot be \"random\"", "\"warm\" or \"zero\"";
    unknown_keep_policies_has_the_list:
        "output.keep_policies = \"some\"\n", 2:24, "`output.keep_policies` cannot be \"some\"",
        "\"all\", \"last\" or \"none\"";
    unknown_kind_of_features_has_the_nearest:
        "critic.features.kind = \"windows\"\n", 2:24, "`critic.features.kind` cannot be \"windows\"",
        "did you mean \"window\"?";
    features_without_a_kind:
        "critic.features = { length = 2 }\n", 2:19, "missing key `critic.features.kind`", "\"belief-memory\"";
    features_as_a_word:
        "critic.features = \"history\"\n", 2:19, "`critic.features` is a string, not a table", "a table with `kind`";
    kind_that_is_no_word:
        "critic.features.kind = 1\n", 2:24, "`critic.features.kind` is an integer, not a string", "\"window\"";
    length_of_whole_histories:
        "actor.features = { kind = \"history\", length = 2 }\n", 2:38,
        "`actor.features.length` does not apply to the kind \"history\"", "\"window\", \"belief-memory\", \"polynomial\" or \"fourier\"";
    degree_of_a_window:
        "actor.features = { kind = \"window\", length = 2, degree = 2 }\n", 2:49,
        "`actor.features.degree` does not apply to the kind \"window\"", "a key of the kind \"belief\"";
    tied_beliefs:
        "actor.features = { kind = \"belief-memory\", length = 2, tied = true }\n", 2:56,
        "`actor.features.tied` does not apply to the kind \"belief-memory\"", "a key of the kind \"window\"";
    unknown_key_of_features:
        "critic.features = { kind = \"window\", length = 2, breadth = 1 }\n", 2:50,
        "unknown key `breadth` in [critic.features]", "`kind`, `length` or `tied`";
    window_without_length:
        "[critic.features]\nkind = \"window\"\n", 3:8, "missing key `critic.features.length`", "from 0 to 10000";
    window_longer_than_any_history:
        "critic.features = { kind = \"window\", length = 10001 }\n", 2:47,
        "`critic.features.length` is out of range: 10001", "from 0 to 10000";
    third_degree:
        "critic.features = { kind = \"belief\", degree = 3 }\n", 2:47,
        "`critic.features.degree` is out of range: 3", "from 1 to 2";
    fourth_degree_of_log_odds:
        "critic.features = { kind = \"log-odds\", degree = 4 }\n", 2:49,
        "`critic.features.degree` is out of range: 4", "from 1 to 3";
    span_of_log_odds:
        "critic.features = { kind = \"log-odds\", span = true }\n", 2:40,
        "`critic.features.span` does not apply to the kind \"log-odds\"", "\"belief\" or \"belief-memory\"";
    polynomial_without_degree:
        "critic.features = { kind = \"polynomial\", length = 2 }\n", 2:28,
        "missing key `critic.features.degree`", "from 1 to 16";
    scale_that_is_none:
        "critic.features = { kind = \"fourier\", length = 1, components = 8, scale = 0 }\n", 2:75,
        "`critic.features.scale` is out of range: 0", "a number above 0";
    no_horizon:
        "problem = { builtin = \"tiger\", horizon = 0 }", 1:42, "`problem.horizon` is out of range: 0", "1 to 10000";
    horizon_above_its_limit:
        "problem = { builtin = \"tiger\", horizon = 10_001 }", 1:42,
        "`problem.horizon` is out of range: 10_001", "1 to 10000";
    discount_above_one:
        "problem = { builtin = \"tiger\", discount = 95 }", 1:43, "`problem.discount` is out of range: 95", "0 to 1";
    discount_below_zero:
        "problem = { builtin = \"tiger\", discount = -0.5 }", 1:43,
        "`problem.discount` is out of range: -0.5", "0 to 1";
    no_clients:
        "federation.clients = 0\n", 2:22, "`federation.clients` is out of range: 0", "1 to 1000000";
    negative_seed:
        "seed = -1\n", 2:8, "`seed` is out of range: -1", "from 0";
    seed_beyond_64_bits:
        "seed = 18446744073709551616\n", 2:8, "`seed` is out of range: 18446744073709551616", "18446744073709551615";
    integer_beyond_128_bits:
        "seed = -999999999999999999999999999999999999999999\n", 2:8,
        "`seed` is out of range: -999999999999999999999999999999999999999999", "from 0";
    no_trajectories:
        "trajectories = 0\n", 2:16, "`trajectories` is out of range: 0", "1 to 1000000000000";
    rounds_beyond_32_bits:
        "actor.rounds = 0x1_0000_0000\n", 2:16, "`actor.rounds` is out of range: 0x1_0000_0000", "1 to 1000000000";
    no_local_steps:
        "critic.local_steps = 0\n", 2:22, "`critic.local_steps` is out of range: 0", "1 to 1000000000";
    no_sync_interval:
        "actor.sync_interval = 0\n", 2:23, "`actor.sync_interval` is out of range: 0", "1 to 1000000000";
    step_size_that_is_no_number:
        "critic.alpha = nan\n", 2:16, "`critic.alpha` is not finite: nan", "a number above 0 or \"auto\"";
    infinite_step_size:
        "actor.zeta = +inf\n", 2:14, "`actor.zeta` is not finite: +inf", "a number above 0 or \"auto\"";
    step_size_beyond_the_largest_number:
        "actor.eta = 1e999\n", 2:13, "`actor.eta` is not finite: 1e999", "a number above 0 or \"auto\"";
    step_size_zero:
        "actor.zeta = 0\n", 2:14, "`actor.zeta` is out of range: 0", "a number above 0 or \"auto\"";
    step_size_negative_zero:
        "critic.eta = -0.0\n", 2:14, "`critic.eta` is out of range: -0.0", "a number above 0 or \"auto\"";
    negative_step_size:
        "critic.eta = -0.3\n", 2:14, "`critic.eta` is out of range: -0.3", "a number above 0 or \"auto\"";
    step_size_beyond_64_bits:
        "critic.eta = 18446744073709551616\n", 2:14, "`critic.eta` is out of range: 18446744073709551616",
        "a number above 0 or \"auto\"";
    step_size_as_another_word:
        "critic.alpha = \"fast\"\n", 2:16, "`critic.alpha` cannot be \"fast\"", "a number above 0 or \"auto\"";
    average_from_beyond_the_last_round:
        "critic.rounds = 4\ncritic.average_from = 4\n", 3:23, "`critic.average_from` is out of range: 4",
        "less than `critic.rounds`, 4";
    no_problem:
        "# problem\n", 0:0, "missing key `problem`", "add a section [problem]";
    problem_without_a_source:
        "[problem]\nhorizon = 3\n", 1:2, "missing key `problem.file`", "\"tiger\", \"tiger3\" or \"toggle\"";
    problem_with_two_sources:
        "[problem]\nfile = \"a.POMDP\"\nbuiltin = \"tiger\"\n", 3:1,
        "`problem.builtin` and `problem.file` exclude each other", "`problem.file` is given at run.toml:2:1";
    file_without_a_name:
        "problem.file = \"\"", 1:16, "`problem.file` is empty", "Path of a .POMDP file";
    builtin_without_a_name:
        "problem.builtin = \"\"", 1:19, "`problem.builtin` is empty", "Name of a built-in problem";
    unknown_builtin_has_the_nearest:
        "problem.builtin = \"tigre\"", 1:19, "`problem.builtin` cannot be \"tigre\"", "did you mean \"tiger\"?";
    parameter_that_the_problem_does_not_have:
        "problem = { builtin = \"tiger\", parameters = { acuracy = 0.7 } }", 1:47,
        "unknown key `acuracy` in [problem.parameters]", "did you mean `accuracy`?";
    parameter_of_a_problem_without_any:
        "[problem]\nbuiltin = \"light-maze\"\nparameters.n = 1\n", 3:12,
        "unknown key `n` in [problem.parameters]", "the problem \"light-maze\" has no parameters";
    parameter_out_of_range:
        "problem = { builtin = \"tiger\", parameters = { accuracy = 85 } }", 1:58,
        "`problem.parameters.accuracy` is out of range: 85",
        "a number from 0.5 to 1: probability of hearing the tiger where it is";
    parameter_that_is_no_number:
        "problem = { builtin = \"tiger\", parameters = { accuracy = \"high\" } }", 1:58,
        "`problem.parameters.accuracy` is a string, not a number", "a number";
    parameters_that_are_no_table:
        "problem = { builtin = \"tiger\", parameters = 0.7 }", 1:45,
        "`problem.parameters` is a floating-point number, not a table", "a table of numbers";
    reset_of_a_built_in_problem:
        "[problem]\nbuiltin = \"toggle\"\nreset = \"end\"\n", 3:1,
        "`problem.reset` and `problem.builtin` exclude each other", "only a problem file has `reset` rows";
    normalizing_a_built_in_problem:
        "[problem]\nbuiltin = \"toggle\"\nnormalize = true\n", 3:1,
        "`problem.normalize` and `problem.builtin` exclude each other", "only a problem file has rows to normalize";
    unknown_meaning_of_reset:
        "[problem]\nfile = \"a.POMDP\"\nreset = \"stop\"\n", 3:9,
        "`problem.reset` cannot be \"stop\"", "expected \"continue\" or \"end\"";
    parameters_of_a_file:
        "[problem]\nfile = \"a.POMDP\"\nparameters = { n = 3 }\n", 3:1,
        "`problem.parameters` and `problem.file` exclude each other", "only a built-in problem has parameters";
    trajectories_with_the_rounds_of_the_actor:
        "trajectories = 4096\n[actor]\nrounds = 3\n", 4:1, "`actor.rounds` and `trajectories` exclude each other",
        "`trajectories` is given at run.toml:2:1";
    trajectories_with_the_sync_interval_of_dppg:
        "algorithm = \"dppg\"\ntrajectories = 4096\nactor.sync_interval = 3\n", 4:7,
        "`actor.sync_interval` and `trajectories` exclude each other", "run.toml:3:1";
    trajectories_with_the_local_steps_of_dptd:
        "algorithm = \"dptd\"\ntrajectories = 4096\ncritic.local_steps = 3\n", 4:8,
        "`critic.local_steps` and `trajectories` exclude each other", "run.toml:3:1";
    policy_of_dpac:
        "policy = \"uniform\"\n", 2:1, "`policy` has no meaning for the algorithm \"dpac\"", "a key of \"dptd\"";
    policy_without_a_name:
        "algorithm = \"dptd\"\npolicy = \"\"\n", 3:10, "`policy` is empty", "\"uniform\"";
    actor_of_dptd:
        "algorithm = \"dptd\"\n[actor]\nzeta = 0.5\n", 3:2, "`actor` has no meaning for the algorithm \"dptd\"",
        "remove the actor's keys";
}
