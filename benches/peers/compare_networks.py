"""Times the regression of a network policy in PyTorch, in JAX and as dpac's bare loop in turns, after checking that they compute the same.

Prints one table, and writes the raw results as JSON. Before it counts, each script tries its variants (clients that take steps together, and how the
passes are written) once and keeps the fastest.
"""

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
BATCHES = [64, 256, 1024, 4096, 16_384]
# A second or so of each program; trials have less.
LOCAL_STEPS, OF_A_TRIAL = 1_000_000, 200_000
REPEATS = 3
# Of a check.
SAMPLED = 200_000
STANDARD_ERRORS, ROUNDING = 5.0, 1e-13


def run(command):
    done = subprocess.run([*map(str, command)], cwd=HERE, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return done.stdout


class Bare:
    name, variants = "dpac bare loop", [[]]

    def __init__(self, program):
        self.program, self.chosen, self.trials, self.rates = program, [], [], []

    def rates_of(self, _variant, amount, repeats):
        seconds = [float(run([self.program, "child", "networks", "time", round(amount)])) for _ in range(repeats)]
        return [amount / second for second in seconds]


class Script:
    def __init__(self, name, file, subject, threads, ways):
        self.name, self.file, self.subject = f"{name}, {threads} thread{'s' * (threads > 1)}", file, subject
        self.fixed = ["--threads", threads]
        self.variants = [[*way, "--clients", clients] for way in ways for clients in BATCHES]
        self.chosen, self.trials, self.rates = [], [], []

    def command(self, *more):
        return [sys.executable, self.file, "--subject", self.subject, *self.fixed, *more]

    def rates_of(self, variant, amount, repeats):
        steps = max(3, round(amount / variant[-1]))
        result = json.loads(run(self.command(*variant, "--steps", steps, "--repeats", repeats)))
        return [result["local_steps"] / seconds for seconds in result["seconds"]]


def choose(row, amount):
    for variant in row.variants:
        row.trials.append((variant, max(row.rates_of(variant, amount, 2))))
        print(f"    {' '.join(map(str, variant))}: {row.trials[-1][1] / 1e3:.1f}", flush=True)
    row.chosen = max(row.trials, key=lambda trial: trial[1])[0]


def worst(found, error, expected, error_of_expected):
    """How many standard errors the two means are apart where they are most."""
    return float(np.max(np.abs(found - expected) / np.hypot(error, error_of_expected)))


def check(bare, subject, scripts):
    """The known answer, and the mean of a first step over many clients beside that of the bare loop."""
    sampled = 5 * SAMPLED
    subject.write_text(run([bare.program, "child", "networks", "mean", sampled]))
    expected = np.array(json.loads(subject.read_text())["mean"])
    failures = []

    def verdict(name, fine, finding):
        print(f"  {'ok  ' if fine else 'FAIL'}  {name}: {finding}", flush=True)
        failures.extend([] if fine else [name])

    for name, command in scripts:
        found = json.loads(run([*command, "--check", "--clients", SAMPLED]))
        verdict(f"{name}, known answer", found["known"] <= ROUNDING, f"{found['known']:.1e}")
        mean, error = np.array(found["mean"]), np.array(found["error"])
        of_expected = error * np.sqrt(SAMPLED / sampled)
        apart = worst(mean, error, expected, of_expected)
        verdict(f"{name}, mean of a first step", apart <= STANDARD_ERRORS, f"{apart:.2f} standard errors at worst over {len(mean)} numbers")
        off = worst(1.02 * mean, error, expected, of_expected)
        verdict(f"{name}, steps 2 % too long would be noticed", off > STANDARD_ERRORS, f"{off:.1f} standard errors")
    if failures:
        sys.exit(f"{len(failures)} checks failed")


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("speed", type=Path, help="the benchmark speed, built")
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="little work, to see that everything runs")
    given = parser.parse_args()
    amount = LOCAL_STEPS // 20 if given.quick else LOCAL_STEPS
    trial = OF_A_TRIAL // 20 if given.quick else OF_A_TRIAL
    now = datetime.datetime.now().astimezone()
    versions = {"python": platform.python_version(), **{name: metadata.version(name) for name in ["numpy", "torch", "jax", "jaxlib"]}}
    cores = len(os.sched_getaffinity(0))
    commit = run(["git", "rev-parse", "--short", "HEAD"]).strip()
    print(f"{now.isoformat(timespec='seconds')}  {cpu_model()}, {cores} cores, commit {commit}  {versions}", flush=True)
    load = [os.getloadavg()]
    with tempfile.TemporaryDirectory() as directory:
        subject = Path(directory) / "subject.json"
        bare = Bare(given.speed.resolve())
        of_torch = [["--way", "hand"], ["--way", "func"]]
        rows = [bare]
        for threads in sorted({1, cores}):
            rows.append(Script("PyTorch", "torch_regression.py", subject, threads, of_torch))
            rows.append(Script("JAX", "jax_regression.py", subject, threads, [[]]))
        torch, jax = rows[1], rows[2]
        check(bare, subject, [(f"PyTorch {way[1]}", torch.command(*way)) for way in of_torch] + [("JAX", jax.command())])
        for row in rows:
            print(f"  choosing: {row.name}", flush=True)
            choose(row, trial)
        for turn in range(1 if given.quick else given.passes):
            print(f"  pass {turn + 1}", flush=True)
            for row in rows:
                row.rates += row.rates_of(row.chosen, amount, REPEATS)
    load.append(os.getloadavg())
    print(f"\n{'':24}{'median':>10}{'best':>10}{'dpac /':>9}   variant        (thousand local steps a second)")
    for row in rows:
        median = statistics.median(row.rates)
        variant = " ".join(map(str, row.chosen)).replace("--", "")
        ratio = statistics.median(bare.rates) / median
        print(f"  {row.name:22}{median / 1e3:>10.1f}{max(row.rates) / 1e3:>10.1f}{ratio:>9.2f}   {variant}")
    print(f"load average before {load[0][0]:.2f}, after {load[1][0]:.2f}", end="")
    print(": NOT a quiet machine" if load[0][0] > 0.3 else "")
    about = {
        "date": now.isoformat(timespec="seconds"),
        "machine": {"cpu": cpu_model(), "cores": cores, "system": platform.platform()},
        "versions": {**versions, "commit": commit},
        "work": "local steps of DPPG on Tiger, H = 4, GRU 8, advantages of a critic on histories, float64",
        "quick": given.quick,
        "amount": amount,
        "load_average": {"before": load[0], "after": load[1]},
        "rows": [{key: getattr(row, key) for key in ["name", "chosen", "rates", "trials"]} for row in rows],
    }
    results = HERE / "results" / f"networks-{now:%Y-%m-%d-%H%M%S}{'-quick' if given.quick else ''}.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(about, indent=1) + "\n")
    print(f"raw results: {results}")


if __name__ == "__main__":
    main()
