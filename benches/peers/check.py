"""Do the three programs compute the same thing? Exit code 1 and a list if not.

Every program evaluates the same policy in many independent runs. The mean over runs of each component of psi-hat must lie within
5 standard errors, from the spread of the runs, of its exact mean, which a recursion gives (`exact.py`); and so must that of the
frequencies of Tiger's tables. The chance that one of the 129 components of a right program fails is about 3e-4 with 128 runs.
Seeds are fixed, so a program that passes passes again.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import jax
import numpy as np

import exact
import jax_dptd
import numpy_dptd
import tiger

CLIENTS, LOCAL_STEPS, ROUNDS, RUNS = 60, 10, 20, 128
STANDARD_ERRORS = 5.0
# What rounding may add, on numbers up to 4: far more than it does.
ROUNDING = {"float64": 1e-12, "float32": 1e-5}

FAILURES = []


def verdict(name, fine, finding):
    print(f"  {'ok  ' if fine else 'FAIL'}  {name}: {finding}", flush=True)
    if not fine:
        FAILURES.append(name)


def compare(name, runs, expected, rounding):
    """Runs, one per row, against their exact mean."""
    error = runs.std(axis=0, ddof=1) / np.sqrt(len(runs))
    gap = np.abs(runs.mean(axis=0) - expected)
    worst = np.max((gap - rounding) / np.maximum(error, 1e-300))
    finding = f"{worst:.2f} standard errors at worst over {len(expected)} numbers (largest gap {gap.max():.1e})"
    verdict(name, bool(worst <= STANDARD_ERRORS), finding)


def numpy_runs(dtype, alpha):
    coefficients = tiger.COEFFICIENTS / tiger.ALPHA * alpha
    # Blocks of 25 leave a smaller last block.
    return [
        numpy_dptd.evaluate(CLIENTS, LOCAL_STEPS, ROUNDS, 25, np.dtype(dtype).type, seed, coefficients) for seed in range(RUNS)
    ]


def jax_runs(dtype, alpha, generator):
    coefficients = tiger.COEFFICIENTS / tiger.ALPHA * alpha
    run = jax_dptd.Society(CLIENTS, LOCAL_STEPS, ROUNDS, 20, 1, dtype, coefficients).compiled()
    return [np.asarray(run(jax.random.key(seed, impl=generator))) for seed in range(RUNS)]


def dpac_runs(dpac, directory, alpha):
    tiger.write_policy(directory / "policy.json")
    (directory / "check.toml").write_text(tiger.configuration(CLIENTS, LOCAL_STEPS, ROUNDS, alpha))
    outputs = []
    for seed in range(RUNS):
        out = directory / "run"
        command = [dpac, "run", "check.toml", "--seed", str(seed), "--out", out, "--force", "--quiet"]
        subprocess.run(command, cwd=directory, check=True)
        outputs.append(np.load(out / "critic.npy")[0])
        if seed == 0:
            summary = json.loads((out / "summary.json").read_text())
            steps = summary["env_steps_per_client"]
            expected = tiger.HORIZON * LOCAL_STEPS * ROUNDS
            verdict("dpac, environment steps of a client", steps == expected, f"{steps}, expected {expected}")
    return np.array(outputs)


def frequencies():
    """One-step frequencies of NumPy's environment, from the arrays that its trajectories leave behind."""
    block = numpy_dptd.Block(1000, np.float64)
    rng = np.random.Generator(np.random.SFC64(7))
    sums, trajectories = [], 400
    for _ in range(trajectories):
        block.trajectories(rng)
        visits = np.zeros(tiger.COMPONENTS)
        rewards = np.zeros(tiger.HORIZON)
        for h in range(tiger.HORIZON):
            visits += np.bincount(block.component[h], minlength=tiger.COMPONENTS)
            rewards[h] = block.rewards[h].mean()
        sums.append(np.concatenate([visits / block.clients, rewards]))
    singles, _ = exact.occupancy()
    visits = [single.sum(axis=0).ravel()[: tiger.SLOTS[h] * tiger.ACTIONS] for h, single in enumerate(singles)]
    rewards = [np.einsum("as,sma->", tiger.NORMALISED_REWARD, single) for single in singles]
    compare("NumPy's environment: P(slot, a) and E r at every step", np.array(sums), np.concatenate([*visits, rewards]), 1e-12)


def kernels():
    """Transition and observation rows of NumPy's environment, drawn one by one, against the tables."""
    block = numpy_dptd.Block(200_000, np.float64)
    rng = np.random.Generator(np.random.SFC64(8))
    for name, tables, table in [("T", block.move, tiger.TRANSITION), ("O", block.see, tiger.OBSERVATION)]:
        worst = 0.0
        for row, probabilities in enumerate(table.reshape(-1, table.shape[-1])):
            out = np.empty(block.clients, np.intp)
            block.count(tables, np.full(block.clients, row), rng.random(block.clients), out)
            found = np.bincount(out, minlength=len(probabilities)) / block.clients
            error = np.sqrt(probabilities * (1 - probabilities) / block.clients)
            worst = max(worst, np.max(np.abs(found - probabilities) / np.maximum(error, 1e-12)))
        verdict(f"NumPy's rows of {name}", worst <= STANDARD_ERRORS, f"{worst:.2f} standard errors at worst")


def main():
    dpac = Path(sys.argv[1]).resolve()
    print(f"check: M = {CLIENTS}, K = {LOCAL_STEPS}, R = {ROUNDS}, {RUNS} runs each, against exact means")
    kernels()
    frequencies()
    for alpha in [tiger.ALPHA, 0.3]:
        expected = exact.weighted_output(exact.mean_history(ROUNDS, LOCAL_STEPS, tiger.COEFFICIENTS / tiger.ALPHA * alpha))
        for dtype in ["float64", "float32"]:
            runs = exact.weighted_output(np.array(numpy_runs(dtype, alpha), float))
            compare(f"NumPy, {dtype}, alpha = {alpha}", runs, expected, ROUNDING[dtype])
            for generator in ["rbg", "threefry2x32"]:
                runs = exact.weighted_output(np.array(jax_runs(dtype, alpha, generator), float))
                compare(f"JAX, {dtype}, {generator}, alpha = {alpha}", runs, expected, ROUNDING[dtype])
        with tempfile.TemporaryDirectory() as directory:
            compare(f"dpac, alpha = {alpha}", dpac_runs(dpac, Path(directory), alpha), expected, ROUNDING["float64"])
    # The checks above must be able to fail: a policy or a discount that is slightly wrong is noticed.
    history = exact.mean_history(ROUNDS, LOCAL_STEPS, tiger.COEFFICIENTS * np.linspace(1, 1.05, tiger.HORIZON))
    runs = exact.weighted_output(np.array(numpy_runs("float64", tiger.ALPHA), float))
    error = runs.std(axis=0, ddof=1) / np.sqrt(RUNS)
    worst = np.max(np.abs(runs.mean(axis=0) - exact.weighted_output(history)) / error)
    verdict("step sizes wrong by up to 5 % would be noticed", worst > STANDARD_ERRORS, f"{worst:.1f} standard errors")
    if FAILURES:
        sys.exit(f"{len(FAILURES)} checks failed")


if __name__ == "__main__":
    main()
