"""Times NumPy, JAX and dpac in turns, prints one table, and writes the raw results as JSON.

Before it counts, every script tries its variants (block, cores) once and keeps the fastest for each size.
"""

import argparse
import datetime
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

import tiger

HERE = Path(__file__).resolve().parent
LOCAL_STEPS = 10
CLIENTS = [100, 1000, 10_000, 100_000]
BLOCKS = [500, 1000, 5000]
MESSAGE_BLOCKS = [10, 25, 500]
MESSAGE_CLIENTS, DIMENSION = 1000, 1000
# About a second of each program.
STEPS, MESSAGES = 40_000_000, 1_000_000
STEPS_OF_A_TRIAL, MESSAGES_OF_A_TRIAL = 8_000_000, 200_000
REPEATS = 3

# psi has a component for each of 1000 actions, and a trajectory is one step, which moves one component.
ONE_HOT = """discount: 0.95
values: reward
states: 1
actions: 1000
observations: 1
start: uniform
T: *
uniform
O: *
uniform
""" + "".join(f"R: {action} : * : * : * {7 * action % 11 / 10}\n" for action in range(DIMENSION))

MESSAGES_ONE_HOT = """algorithm = "dptd"
[problem]
file = "one-hot.POMDP"
horizon = 1
[federation]
clients = {clients}
[critic]
rounds = {rounds}
local_steps = {local_steps}
features = {{ kind = "window", length = 0 }}
alpha = 0.1
eta = 1.0
[output]
evaluate_every = 0
keep_policies = "none"
"""

# The second step has, for each of 3 actions, 330 cosines of what was heard and a constant after each door; the first has a
# component for each action: 999.
MESSAGES_COSINES = """algorithm = "dptd"
[problem]
builtin = "gaussian-tiger"
horizon = 2
[federation]
clients = {clients}
[critic]
rounds = {rounds}
local_steps = {local_steps}
features = {{ kind = "fourier", length = 1, components = 330, scale = 1.0 }}
alpha = 0.001
eta = 1.0
[output]
evaluate_every = 0
keep_policies = "none"
"""


def cores():
    return len(os.sched_getaffinity(0))


def run_script(arguments):
    done = subprocess.run([sys.executable, *map(str, arguments)], cwd=HERE, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, arguments))} failed:\n{done.stderr}")
    return json.loads(done.stdout)


class Script:
    """A row of the table that one of our scripts fills, with the variants from which it chooses."""

    def __init__(self, name, work, clients, file, fixed, variants, per_round, counted):
        self.name, self.work, self.clients, self.counted = name, work, clients, counted
        self.file, self.fixed, self.per_round = file, fixed, per_round
        self.variants, self.chosen, self.trials, self.rates = variants, variants[0], [], []

    def rates_of(self, variant, amount, repeats):
        rounds = max(3, round(amount / self.per_round))
        sizes = ["--clients", self.clients, "--rounds", rounds, "--repeats", repeats, "--local-steps", LOCAL_STEPS]
        result = run_script([self.file, *sizes, *self.fixed, *variant])
        return [result[self.counted] / seconds for seconds in result["seconds"]]

    def choose(self, amount):
        self.trials = [(variant, max(self.rates_of(variant, amount, 2))) for variant in self.variants]
        self.chosen = max(self.trials, key=lambda trial: trial[1])[0]

    def measure(self, amount):
        self.rates += self.rates_of(self.chosen, amount, REPEATS)


class Dpac:
    """A row that runs of `dpac` fill. Its own clock counts the run; process start and files come on top (`process_seconds`)."""

    def __init__(self, name, work, clients, program, directory, configuration, per_round, counted):
        self.name, self.work, self.clients, self.counted = name, work, clients, counted
        self.program, self.directory, self.configuration, self.per_round = program, directory, configuration, per_round
        self.chosen, self.trials, self.rates, self.whole_rates = [f"{cores()} threads"], [], [], []

    def run(self, amount):
        rounds = max(3, round(amount / self.per_round))
        file, out = self.directory / "measured.toml", self.directory / "measured"
        file.write_text(self.configuration(rounds))
        command = [self.program, "run", file, "--out", out, "--force", "--quiet", "--seed", "1"]
        began = datetime.datetime.now()
        subprocess.run(command, check=True)
        whole = (datetime.datetime.now() - began).total_seconds()
        summary = json.loads((out / "summary.json").read_text())
        if self.counted == "messages":
            links = summary["communication"]
            done = links["up"]["messages"] + links["down"]["messages"]
        else:
            done = summary["env_steps_per_client"] * self.clients
        return done / summary["wall_seconds"], done / whole

    def choose(self, amount):
        self.run(amount)

    def measure(self, amount):
        for _ in range(REPEATS):
            rate, whole = self.run(amount)
            self.rates.append(rate)
            self.whole_rates.append(whole)


def step_rows(dpac, directory, sizes):
    tiger.write_policy(directory / "policy.json")
    rows = []
    for clients in sizes:
        per_round = clients * LOCAL_STEPS * tiger.HORIZON
        configuration = lambda rounds, clients=clients: tiger.configuration(clients, LOCAL_STEPS, rounds)
        rows.append(Dpac("dpac", "steps", clients, dpac, directory, configuration, per_round, "environment_steps"))
        for program, parallel in [("numpy", "--processes"), ("jax", "--devices")]:
            variants = []
            for count in sorted({1, cores()}):
                share = clients // count
                blocks = sorted({min(block, share) for block in BLOCKS} | {share})
                variants += [["--block", block, parallel, count] for block in blocks if share % block == 0]
            for dtype in ["float64", "float32"]:
                rows.append(
                    Script(
                        f"{program} {dtype}", "steps", clients, f"{program}_dptd.py", ["--dtype", dtype], variants,
                        per_round, "environment_steps",
                    )
                )
    return rows


def message_rows(dpac, directory):
    (directory / "one-hot.POMDP").write_text(ONE_HOT)
    clients, per_round = MESSAGE_CLIENTS, 2 * MESSAGE_CLIENTS
    rows = []
    for name, text in [("dpac one-hot", MESSAGES_ONE_HOT), ("dpac cosines", MESSAGES_COSINES)]:
        fill = lambda rounds, text=text: text.format(clients=clients, rounds=rounds, local_steps=LOCAL_STEPS)
        rows.append(Dpac(name, "messages", clients, dpac, directory, fill, per_round, "messages"))
    counts = sorted({1, cores()})
    for name, file, parallel, more in [
        ("numpy float64", "numpy_messages.py", "--threads", []),
        ("jax float64", "jax_messages.py", "--devices", []),
        ("jax float64 fused", "jax_messages.py", "--devices", ["--fused"]),
    ]:
        fitting = [(count, block) for count, block in itertools.product(counts, MESSAGE_BLOCKS) if clients // count % block == 0]
        variants = [["--block", block, parallel, count] for count, block in fitting]
        fixed = ["--dimension", DIMENSION, *more]
        rows.append(Script(name, "messages", clients, file, fixed, variants, per_round, "messages"))
    return rows


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def table(rows, load):
    print(f"\n{'':22}{'M':>8}{'median':>10}{'best':>10}{'dpac /':>9}   variant        (millions a second)")
    for work, title in [("steps", f"environment steps: DPTD on Tiger, H = {tiger.HORIZON}, K = {LOCAL_STEPS}"),
                        ("messages", f"messages of {DIMENSION} floats (up and down), K = {LOCAL_STEPS}")]:
        print(title)
        mine = [row for row in rows if row.work == work]
        for row in mine:
            ours = next(other for other in mine if other.name.startswith("dpac") and other.clients == row.clients)
            ratio = statistics.median(ours.rates) / statistics.median(row.rates)
            median, best = statistics.median(row.rates) / 1e6, max(row.rates) / 1e6
            variant = " ".join(map(str, row.chosen)).replace("--", "")
            print(f"  {row.name:20}{row.clients:>8}{median:>10.2f}{best:>10.2f}{ratio:>9.2f}   {variant}")
    steps = [row for row in rows if row.work == "steps"]
    at_thousand = next(row for row in steps if row.name == "dpac" and row.clients == 1000)
    print("dpac at M = 1000 over each program at its own best M (medians)")
    for name in sorted({row.name for row in steps} - {"dpac"}):
        best = max((row for row in steps if row.name == name), key=lambda row: statistics.median(row.rates))
        print(f"  {name:20}{best.clients:>8}{statistics.median(at_thousand.rates) / statistics.median(best.rates):>9.2f}")
    print(f"load average before {load[0][0]:.2f}, after {load[1][0]:.2f}", end="")
    print(": NOT a quiet machine" if load[0][0] > 0.3 else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("dpac", type=Path)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="M = 1000 only, little work: to see that everything runs")
    given = parser.parse_args()
    dpac = given.dpac.resolve()
    scale = 0.1 if given.quick else 1.0
    amount = {"steps": STEPS * scale, "messages": MESSAGES * scale}
    trial = {"steps": STEPS_OF_A_TRIAL * scale, "messages": MESSAGES_OF_A_TRIAL * scale}
    now = datetime.datetime.now().astimezone()
    about = {
        "date": now.isoformat(timespec="seconds"),
        "machine": {"cpu": cpu_model(), "cores": cores(), "system": platform.platform()},
        "versions": {
            "dpac": subprocess.run([dpac, "--version"], capture_output=True, text=True, check=True).stdout.strip(),
            "python": platform.python_version(),
            **{package: metadata.version(package) for package in ["numpy", "jax", "jaxlib"]},
        },
        "quick": given.quick,
        "amounts": amount,
    }
    print(f"{about['date']}  {about['machine']['cpu']}, {cores()} cores  {about['versions']}", flush=True)
    load = [os.getloadavg()]
    with tempfile.TemporaryDirectory() as directory:
        directory = Path(directory)
        rows = step_rows(dpac, directory, [1000] if given.quick else CLIENTS) + message_rows(dpac, directory)
        for row in rows:
            print(f"  choosing: {row.name}, M = {row.clients}", flush=True)
            row.choose(trial[row.work])
        for turn in range(1 if given.quick else given.passes):
            print(f"  pass {turn + 1}", flush=True)
            for row in rows:
                row.measure(amount[row.work])
    load.append(os.getloadavg())
    table(rows, load)
    keep = ["name", "work", "clients", "counted", "chosen", "rates", "trials"]
    about["load_average"] = {"before": load[0], "after": load[1]}
    about["rows"] = [
        {key: getattr(row, key) for key in keep} | {"process_rates": getattr(row, "whole_rates", None)} for row in rows
    ]
    results = HERE / "results" / f"{now:%Y-%m-%d-%H%M%S}{'-quick' if given.quick else ''}.json"
    results.parent.mkdir(exist_ok=True)
    results.write_text(json.dumps(about, indent=1) + "\n")
    print(f"raw results: {results}")


if __name__ == "__main__":
    main()
