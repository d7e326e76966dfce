//! The help texts, as they stand on a terminal.

use super::{output, scratch, text};

#[test]
fn help_says_what_there_is() {
    let help = |arguments: &[&str]| {
        let output = output(&scratch(), arguments);
        assert!(output.status.success());
        let help = text(&output.stdout);
        assert!(help.lines().all(|line| line.chars().count() <= 80), "{help}");
        help
    };
    insta::assert_snapshot!(help(&["--help"]), @r"
    Simulates a server and M clients, each with a critic and an actor, that solve a
    POMDP together by exchanging messages (DPTD, DPPG and DPAC of Zhang, Salgia, Chi
    2024), and measures what the messages cost.

    Usage: dpac <COMMAND>

    Commands:
      init         Write a configuration to begin with: every key with its default,
                   explained
      run          Run an algorithm and write a run directory
      plan         Predict communication, memory and samples without running
      theory       Compute constants, steps, sizes and bounds of the theorems,
                   without running
      sweep        Run a configuration with several values of its keys, and several
                   seeds
      tune         Choose step sizes by runs on held-out seeds, and write the
                   configuration that has them
      evaluate     Evaluate the saved policies of a run: each round, the last, the
                   mixture
      check        Check problem files and configurations, without running
      info         Describe a problem: sizes, sparsity, what can be reached,
                   rewards, bounds
      convert      Write a problem as a canonical .POMDP file, or as JSON
      solve        Compute the optimal value of a finite horizon, or bounds of it
      simulate     Play episodes of a policy: mean return, and trajectories
      replay       Run a recorded run again and compare every message
      trace        Look at recorded runs: what is in them, where two part, what is
                   left of a damaged one
      runs         List runs: how far each has come, what it found and what it sent
      compare      Compare two runs: in what they differ, what each found and what
                   it sent
      plot         Draw a figure of runs: what they have come to against what it has
                   cost, with bands over seeds
      report       Write a page about runs: what was asked, figures, values and
                   costs with intervals, and how to make it again
      export       Write results of runs as tables, or the history of a run for
                   Prometheus
      paper        Check the paper's claims on small problems, against exact values
      statistics   Estimate from runs with several seeds, with intervals that say
                   what they are
      problems     List the built-in problems with their parameters, or show one
      algorithms   List the algorithms, or say of one what it reads and sends
      schema       Print the JSON schema of configurations, which editors read
      completions  Print shell completions
      man          Print the manual page of the program, or write a page for every
                   command
      help         Print this message or the help of the given subcommand(s)

    Options:
      -h, --help
              Print help (see a summary with '-h')

      -V, --version
              Print version

    Examples:
      dpac run tiger
      dpac init my.toml --problem tiger
      dpac run my.toml --set federation.clients=4
      dpac plan configs/tiger.toml --set federation.clients=64
      dpac run my.POMDP --set problem.horizon=6 --seed 7
      dpac evaluate runs/tiger-dpac-1234abcd-s0
      dpac check my.POMDP
      dpac solve tiger

    Exit codes: 0 fine, 1 the run failed or differs, 2 usage or bad input, 3 done as
    far as a damaged file allows, 70 a mistake of dpac's own, 129, 130 or 143
    interrupted.
    ");
    insta::assert_snapshot!(help(&["run", "--help"]), @r"
    Run an algorithm and write a run directory

    Usage: dpac run [OPTIONS] [CONFIG]

    Arguments:
      [CONFIG]  A configuration (TOML); or a problem, with default settings: a file
                (.POMDP), or the name of a built-in one

    Options:
          --set <KEY=VALUE>
              Change one key, as in --set critic.rounds=8 or --set
              critic.features.kind=window (again for more)
          --unset <KEY>
              Take a key out of the file before --set, as in --unset problem.file
              (again for more)
          --seed <SEED>
              The seed, from which every random number comes
          --normalize
              Divide rows of a problem file by their sums, whatever these are
          --discount <DISCOUNT>
              The discount, from 0 to 1 [default: the problem's own]
          --threads <THREADS>
              Threads that compute [default: the cores]
          --out <DIR>
              The run directory [default:
              runs/<problem>-<algorithm>-<digest>-s<seed>]
          --force
              Replace an existing run directory, and an existing trace
          --resume [<DIR>]
              Go on with a run that was stopped or killed; it ends with the bits of
              one that was not. Behind CONFIG, without DIR: go on with its run, or
              start it. With --set actor.rounds=N, a run that is complete goes on to
              N rounds
      -q, --quiet
              Show neither progress nor the final screen
      -v, --verbose
              Show all counts, by kind of message, on the final screen
          --json
              Print the run's summary.json instead of the final screen
          --log <WHAT>
              Also write a line per barrier to barriers.jsonl [possible values:
              barriers]
          --placement <PLACEMENT>
              Whether one actor per thread owns many clients, or every role is an
              actor of its own (for small M) [default: shard] [possible values:
              shard, role]
          --wire <WHAT>
              Encode, decode and compare every message [possible values: check]
          --trace <FILE>
              Record the run's messages in a file, which `dpac replay` and `dpac
              trace` read
          --trace-level <LEVEL>
              What is recorded: a checkpoint per round, also every message, or also
              what messages carry [default: rounds] [possible values: rounds, order,
              full]
          --trace-clients <CLIENTS>
              Keep only these clients' replies at level full, as in 0,7,100-120
              [default: all]
          --verify
              Run a second time, on another number of threads, and compare what was
              recorded: the trace, else a checkpoint per round
          --metrics-listen <ADDR:PORT>
              Serve metrics for Prometheus while the run goes on, at ADDR:PORT, or
              at a PORT of this machine alone; 0 takes a free one
          --metrics-linger <SECONDS>
              Serve the final values for so many seconds more, or until they were
              scraped [default: 0]
          --metrics-push <URL>
              Push the final values to a Pushgateway, such as http://127.0.0.1:9091
      -h, --help
              Print help

    Examples:
      dpac run tiger
      dpac run configs/tiger.toml --seed 7 --out runs/seven
      dpac run my.POMDP --set problem.horizon=6 --set actor.target=advantage
      dpac run tiger --set critic.features.kind=belief --set critic.rounds=8
      dpac run configs/tiger.toml --unset problem.file --set problem.builtin=tiger3

    A table's keys have their names with dots between them; `dpac schema` has all,
    and `dpac init` writes a file with the usual ones.

    Results are a function of configuration, inputs and seed alone: threads and
    placement change none.
    ");
    insta::assert_snapshot!(help(&["plan", "--help"]), @r"
    Predict communication, memory and samples without running

    Usage: dpac plan [OPTIONS] <CONFIG>

    Arguments:
      <CONFIG>  A configuration (TOML); or a problem, with default settings: a file
                (.POMDP), or the name of a built-in one

    Options:
          --set <KEY=VALUE>        Change one key, as in --set critic.rounds=8 or
                                   --set critic.features.kind=window (again for
                                   more)
          --unset <KEY>            Take a key out of the file before --set, as in
                                   --unset problem.file (again for more)
          --seed <SEED>            The seed, from which every random number comes
          --normalize              Divide rows of a problem file by their sums,
                                   whatever these are
          --discount <DISCOUNT>    The discount, from 0 to 1 [default: the problem's
                                   own]
          --threads <THREADS>      Threads that would compute [default: the cores]
          --placement <PLACEMENT>  Where the roles would live: it changes the memory
                                   [default: shard] [possible values: shard, role]
          --trace-level <LEVEL>    How much a trace would record: it changes the
                                   memory [default: none is recorded] [possible
                                   values: rounds, order, full]
          --json                   Print the closed form and the memory as JSON
      -h, --help                   Print help

    Examples:
      dpac plan configs/tiger.toml
      dpac plan configs/tiger.toml --set federation.clients=1000 --json
    ");
    insta::assert_snapshot!(help(&["export", "--help"]), @r"
    Write results of runs as tables, or the history of a run for Prometheus

    Usage: dpac export [OPTIONS] <--csv|--openmetrics> <RUN_DIR>...

    Arguments:
      <RUN_DIR>...
              Directories that `dpac run` has made, or that hold such, at most three
              levels down

    Options:
          --csv
              As CSV: rounds.csv has a row for every round, runs.csv one for every
              run, and times.csv what depends on time and machine

          --openmetrics
              As OpenMetrics text with times: the metrics that a run tells while it
              goes on, at the end of every round

          --table <TABLE>
              One table only; without --out on standard output

              Possible values:
              - rounds: A row for every run and round
              - runs:   A row for every run
              - times:  A row for every run: its times and its machine

          --target <TARGET>
              Where each run first reaches a target, in columns of runs.csv: value,
              gap, share, bellman_error, drift_actor or drift_critic with >=, <=, >
              or < and a number (again for more)

          --out <PATH>
              The file, or for tables the directory, to write [default: standard
              output; tables: here]

          --force
              Replace existing files

          --start <UNIX_SECONDS>
              When the run began [default: as its directory says]

      -h, --help
              Print help (see a summary with '-h')

    Examples:
      dpac export --csv runs --out tables
      dpac export --csv runs/tiger-dpac-1234abcd-s0 --table rounds > rounds.csv
      dpac export --csv runs --target 'share>=0.95' --table runs
      dpac export --openmetrics runs/tiger-dpac-1234abcd-s0 --out run.om
      promtool tsdb create-blocks-from openmetrics run.om data
      prometheus --config.file=dashboards/prometheus/prometheus.yml \
          --storage.tsdb.path=data --storage.tsdb.retention.time=10y

    A row of rounds.csv is the state after so many rounds: the value of a policy,
    and what it had taken to come to it. Of OpenMetrics, rounds of one millisecond
    are one sample, the last; a run of several processes is told without the time
    between them.

    Exit codes: 0 all of it, 2 usage or damaged files, 3 without a last round that
    was cut short.
    ");
    insta::assert_snapshot!(help(&["runs", "--help"]), @r"
    List runs: how far each has come, what it found and what it sent

    Usage: dpac runs [OPTIONS] [DIR]

    Arguments:
      [DIR]  Where they are: at most three levels below [default: runs]

    Options:
          --json  Print JSON
          --csv   Print the table of runs that `dpac export --csv` writes
      -h, --help  Print help

    Examples:
      dpac runs
      dpac runs runs --csv > runs.csv
      dpac runs --json

    `last` is the value of the last policy that was evaluated, `share` how much of
    the way from the uniform policy to the optimum that is, `sent` bytes on the
    wire, and `when` the day on which the run began (UTC). Files are not held to
    their digests; `dpac export --csv` and `dpac compare` do that.

    Exit codes: 0 fine, 2 no runs, 3 without runs that are damaged.
    ");
    insta::assert_snapshot!(help(&["compare", "--help"]), @r"
    Compare two runs: in what they differ, what each found and what it sent

    Usage: dpac compare [OPTIONS] <A> <B>

    Arguments:
      <A>  A directory that `dpac run` has made
      <B>  Another

    Options:
          --json  Print JSON
      -h, --help  Print help

    Examples:
      dpac compare runs/tiger-dpac-1234abcd-s0 runs/tiger-dpac-1234abcd-s1

    What both have alike is listed as equal. A ratio is that of B to A.

    Exit codes: 0 if both can be read, however much they differ, 2 usage or damaged
    files.
    ");
    insta::assert_snapshot!(help(&["evaluate", "--help"]), @r"
    Evaluate the saved policies of a run: each round, the last, the mixture

    Usage: dpac evaluate [OPTIONS] <RUN_DIR>

    Arguments:
      <RUN_DIR>  A directory that `dpac run` has made

    Options:
          --every <EVERY>        List every n-th round only; the mixture is always
                                 over all [default: 1]
          --episodes <EPISODES>  Episodes where no exact evaluation is possible
                                 [default: 100000]
          --json                 Print JSON
      -h, --help                 Print help

    Example:
      dpac evaluate runs/tiger-dpac-1234abcd-s0 --every 16
    ");
    insta::assert_snapshot!(help(&["check", "--help"]), @r"
    Check problem files and configurations, without running

    Usage: dpac check [OPTIONS] <FILE>...

    Arguments:
      <FILE>...  Problem files (.POMDP), configurations (TOML), and names of
                 built-in problems

    Options:
          --json                  Print a list as JSON, with an object for each file
          --strict                Allow only the grammar of pomdp-solve, and take
                                  warnings for errors
          --reset <continue|end>  Whether a `reset` row of a problem file restarts
                                  the state, or ends the episode [default: continue]
          --normalize             Divide rows of a problem file by their sums,
                                  whatever these are
          --discount <DISCOUNT>   The discount, from 0 to 1 [default: the problem's
                                  own]
      -h, --help                  Print help

    Examples:
      dpac check maze.POMDP configs/tiger.toml
      dpac check tiger
      dpac check --strict --json *.POMDP

    Whether a file is a problem or a configuration, its content says. A
    configuration is checked with the problem that it names; what `reset` means is
    then its own key. Exit code 2 if a file has errors.
    ");
    insta::assert_snapshot!(help(&["info", "--help"]), @r"
    Describe a problem: sizes, sparsity, what can be reached, rewards, bounds

    Usage: dpac info [OPTIONS] <PROBLEM>

    Arguments:
      <PROBLEM>  A problem file (.POMDP), or the name of a built-in problem

    Options:
      -p, --parameter <NAME=VALUE>  Set a parameter of a built-in problem, as in -p
                                    accuracy=0.7 (again for more)
          --split <C>               Show each observation in C copies, equally
                                    likely
          --reset <continue|end>    Whether a `reset` row of a problem file restarts
                                    the state, or ends the episode [default:
                                    continue]
          --normalize               Divide rows of a problem file by their sums,
                                    whatever these are
          --discount <DISCOUNT>     The discount, from 0 to 1 [default: the
                                    problem's own]
          --horizon <H>             Horizon H of the bounds, and of the features
                                    [default: 4]
          --features <KIND:KEYS>    Features of a critic whose independence is
                                    examined at every step: a kind, with its keys
                                    behind a colon, as in window:1, belief:2,
                                    log-odds:2, belief-memory:1,span, history or
                                    problem
          --json                    Print JSON
      -h, --help                    Print help

    Examples:
      dpac info configs/problems/tiger.POMDP
      dpac info toggle --horizon 20
      dpac info tiger --features belief-memory:1

    The lower bound is the value of the best policy that takes one action
    throughout, the upper bound that of the best one that sees the state.
    ");
    insta::assert_snapshot!(help(&["convert", "--help"]), @r"
    Write a problem as a canonical .POMDP file, or as JSON

    Usage: dpac convert [OPTIONS] <PROBLEM>

    Arguments:
      <PROBLEM>  A problem file (.POMDP), or the name of a built-in problem

    Options:
      -p, --parameter <NAME=VALUE>  Set a parameter of a built-in problem, as in -p
                                    accuracy=0.7 (again for more)
          --split <C>               Show each observation in C copies, equally
                                    likely
          --reset <continue|end>    Whether a `reset` row of a problem file restarts
                                    the state, or ends the episode [default:
                                    continue]
          --normalize               Divide rows of a problem file by their sums,
                                    whatever these are
          --discount <DISCOUNT>     The discount, from 0 to 1 [default: the
                                    problem's own]
          --to <FORMAT>             The text format of pomdp-solve, or sparse tables
                                    [default: pomdp] [possible values: pomdp, json]
          --out <FILE>              Write to a file rather than to standard output
          --force                   Replace an existing file
      -h, --help                    Print help

    Examples:
      dpac convert maze.POMDP > canonical.POMDP
      dpac convert tiger3 --to json --out tiger3.json

    A canonical file reads back to the same tables, bit for bit. JSON has lists of
    nonzeros: transition [a, s, s', p], observation [a, s', o, p], reward [a, s,
    r(s, a)]; indices count from 0. Features that a problem brings along have rows
    [block, a, i, value], and the block of each observation.
    ");
    insta::assert_snapshot!(help(&["solve", "--help"]), @r"
    Compute the optimal value of a finite horizon, or bounds of it

    Usage: dpac solve [OPTIONS] <PROBLEM>

    Arguments:
      <PROBLEM>  A problem file (.POMDP), or the name of a built-in problem

    Options:
      -p, --parameter <NAME=VALUE>
              Set a parameter of a built-in problem, as in -p accuracy=0.7 (again
              for more)
          --split <C>
              Show each observation in C copies, equally likely
          --reset <continue|end>
              Whether a `reset` row of a problem file restarts the state, or ends
              the episode [default: continue]
          --normalize
              Divide rows of a problem file by their sums, whatever these are
          --discount <DISCOUNT>
              The discount, from 0 to 1 [default: the problem's own]
          --horizon <H>
              Horizon H: the number of steps [default: 4]
          --operations <OPERATIONS>
              Operations that bounds may take, where the value itself takes too many
              [default: 10000000000]
          --json
              Print JSON
      -h, --help
              Print help

    Examples:
      dpac solve tiger
      dpac solve tiger -p accuracy=0.7 --horizon 10
      dpac solve my.POMDP --horizon 6 --discount 1 --json

    The value is exact where the beliefs that can be reached are few, and known to
    the error that is printed where observations are real numbers and states two.
    Elsewhere the optimum lies between a lower bound, the value of a plan that was
    computed, and an upper one.
    ");
    insta::assert_snapshot!(help(&["simulate", "--help"]), @r"
    Play episodes of a policy: mean return, and trajectories

    Usage: dpac simulate [OPTIONS] --policy <POLICY> <PROBLEM>

    Arguments:
      <PROBLEM>  A problem file (.POMDP), or the name of a built-in problem

    Options:
      -p, --parameter <NAME=VALUE>  Set a parameter of a built-in problem, as in -p
                                    accuracy=0.7 (again for more)
          --split <C>               Show each observation in C copies, equally
                                    likely
          --reset <continue|end>    Whether a `reset` row of a problem file restarts
                                    the state, or ends the episode [default:
                                    continue]
          --normalize               Divide rows of a problem file by their sums,
                                    whatever these are
          --discount <DISCOUNT>     The discount, from 0 to 1 [default: the
                                    problem's own]
          --policy <POLICY>         uniform, constant:A (name or number of an
                                    action), or a directory that `dpac run` has made
          --horizon <HORIZON>       Number of steps [default: the saved policy's,
                                    else 4]
          --episodes <EPISODES>     Number of episodes [default: 10000]
          --seed <SEED>             The seed, from which every random number comes
                                    [default: 0]
          --trajectories <FILE>     Write every step to a file that ends in .csv or
                                    .jsonl
          --force                   Replace an existing file of trajectories
          --json                    Print JSON
      -h, --help                    Print help

    Examples:
      dpac simulate tiger --policy uniform --episodes 100000
      dpac simulate my.POMDP --policy constant:listen --horizon 6 --trajectories
      out.csv
      dpac simulate tiger --policy runs/tiger-dpac-1234abcd-s0

    Rewards are R(a, s, s', o) of what happened. Columns of trajectories: episode,
    step, state, action, observation, reward; the observation is what is seen after
    the action: a name, or a number, which is missing where nothing is seen. A
    problem that shows something before the first action has a line for it, without
    action and reward.
    ");
    insta::assert_snapshot!(help(&["completions", "--help"]), @r"
    Print shell completions

    Usage: dpac completions <SHELL>

    Arguments:
      <SHELL>  The shell [possible values: bash, elvish, fish, powershell, zsh]

    Options:
      -h, --help  Print help

    Example:
      dpac completions bash > /etc/bash_completion.d/dpac
    ");
}
