"""Holds the numbers of statistics.json, which a test in Rust keeps to what the library says, against scipy:
against_scipy.py FILE. Resamples are drawn again from DETERMINISM.md, so that both see the same."""
import json, sys, math
from functools import reduce
import numpy as np
from scipy import integrate, optimize, stats

MASK = 2**64 - 1
COMPARED = 0

def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ z >> 27) * 0x94D049BB133111EB & MASK
    return z ^ z >> 31

def words(seed, stratum):
    """The stream of purpose 4, statistics, and phase 0, resamples."""
    key = (seed, 4, stratum, 0, 0, 0)
    step = lambda h, i: mix(h ^ mix(key[i] + (i + 1) * 0x9E3779B97F4A7C15 & MASK))
    lane = lambda start: reduce(step, range(6), start)
    state = lane(0x243F6A8885A308D3) << 64 | lane(0x13198A2E03707344) | 1
    while True:
        state = state * 0x2360ED051FC65DA44385DF649FCCF645 % 2**128
        word, turn = (state >> 64) ^ (state & MASK), state >> 122
        yield (word >> turn | word << (64 - turn)) & MASK

def resamples(strata, seed, count):
    """Each stratum draws as many as it has, from its values in ascending order."""
    streams = [words(seed, number) for number in range(len(strata))]
    strata = [sorted(values) for values in strata]
    draw = lambda values, stream: [values[next(stream) * len(values) >> 64] for _ in values]
    return [sum((draw(v, s) for v, s in zip(strata, streams)), []) for _ in range(count)]

def close(what, found, expected, tolerance=1e-10):
    global COMPARED
    COMPARED += 1
    if not abs(found - expected) <= tolerance * max(1.0, abs(expected)):
        sys.exit(f"{what}: dpac has {found!r}, scipy {expected!r}")

ESTIMATES = {
    "mean": lambda x: np.mean(x, axis=-1),
    "median": lambda x: np.median(x, axis=-1),
    "interquartile mean": lambda x: stats.trim_mean(x, 0.25, axis=-1),
}

def check_t(what, interval, values):
    law = stats.t(len(values) - 1, np.mean(values), stats.sem(values))
    for end, expected in zip((interval["low"], interval["high"]), law.interval(interval["level"])):
        close(f"{what}: t at {interval['level']}", end, expected)

def check_bootstrap(what, case, strata):
    drawn = np.array(resamples(strata, case["bootstrap_seed"], 2000))
    for interval in case["bootstrap"]:
        estimate = ESTIMATES[interval["of"].replace("_", " ")]
        ends = np.percentile(estimate(drawn), [2.5, 97.5])
        close(f"{what}: low of the {interval['of']}", interval["low"], ends[0])
        close(f"{what}: high of the {interval['of']}", interval["high"], ends[1])

def check_bootstrap_apart(what, case):
    """scipy's own resamples. Where q of all estimates lie below an end, the shares of B of them have the standard error
    √(q(1 - q)/B), and those of 2000 and of 20 000 differ by √(1/2000 + 1/20 000) √(q(1 - q)) = 0.0037. Of our end, scipy's
    share of estimates below may miss q by six of these, since there are dozens of ends; the seed of scipy is fixed. Estimates
    repeat, so the share below the end and the one up to it have q between them."""
    values = np.array(case["values"])
    for interval in case["bootstrap"]:
        estimate = ESTIMATES[interval["of"].replace("_", " ")]
        theirs = stats.bootstrap((values,), lambda x, axis: estimate(x), n_resamples=20_000, method="percentile", batch=2000, rng=1)
        found = theirs.bootstrap_distribution
        room = 6 * math.sqrt(0.025 * 0.975 * (1 / 2000 + 1 / 20_000))
        scale = 1e-9 * np.ptp(values)
        for end, q in ((interval["low"], 0.025), (interval["high"], 0.975)):
            below, upto = np.mean(found < end - scale), np.mean(found <= end + scale)
            close(f"{what}: scipy's own bootstrap of the {interval['of']}", max(below - q, q - upto, 0.0), 0.0, room)

def check_paired(case):
    seeds = sorted(case["first"].keys() & case["second"].keys())
    first, second = ([case[arm][seed] for seed in seeds] for arm in ("first", "second"))
    interval = stats.ttest_rel(first, second).confidence_interval(0.95)
    close("paired: low", case["t"]["low"], interval.low)
    close("paired: high", case["t"]["high"], interval.high)

def check_power_law(case):
    x = np.log([arm["x"] for arm in case["arms"]])
    slopes = []
    for seed, exponent in case["exponents"].items():
        slopes.append(stats.linregress(x, np.log([arm["values"][seed] for arm in case["arms"]])).slope)
        close(f"power law of seed {seed}", exponent, slopes[-1])
    close("exponent", case["exponent"], np.mean(slopes))
    close("its standard error", case["standard_error"], stats.sem(slopes))
    check_t("exponent", case["t"], slopes)

def check_times(case):
    every = case["censored_every"]
    reached = [t for i, t in enumerate(case["values"]) if i % every != every - 1]
    censored = [t for i, t in enumerate(case["values"]) if i % every == every - 1]
    waiting = stats.ecdf(stats.CensoredData(uncensored=reached, right=censored)).sf
    close("reached", case["reached"], len(reached))
    close("median time", case["median"], waiting.quantiles[waiting.probabilities <= 0.5][0])

def check_laws(laws):
    peaks = lambda f: lambda x: 0.7 * f(x, 1.5, 0.1) + 0.3 * f(x, -3.5, 0.5)
    scipys = {
        "normal": (stats.norm.pdf, stats.norm.cdf, 0.0),
        "lognormal": (lambda x: stats.lognorm.pdf(x, 1), lambda x: stats.lognorm.cdf(x, 1), math.exp(0.5)),
        "two peaks": (peaks(stats.norm.pdf), peaks(stats.norm.cdf), 0.0),
    }
    for case in laws:
        density, distribution, mean = scipys[case["law"]]
        q1, q2, q3 = (optimize.brentq(lambda x: distribution(x) - q, -10, 10, xtol=1e-14) for q in (0.25, 0.5, 0.75))
        points = [p for p in (-3.5, -2.5, 0.0, 1.0, 1.3, 1.5) if q1 < p < q3]
        middle = 2 * integrate.quad(lambda x: x * density(x), q1, q3, points=points or None, limit=200)[0]
        for name, expected in (("mean", mean), ("median", q2), ("interquartile mean", middle)):
            close(f"{name} of the {case['law']} law", case["truths"][name], expected, 1e-8)

cases = json.load(open(sys.argv[1]))
for number, case in enumerate(cases["samples"]):
    what = f"sample {number}"
    for name, estimate in ESTIMATES.items():
        close(f"{what}: {name}", case["estimates"][name], estimate(case["values"]))
    for interval in case["t"]:
        check_t(what, interval, case["values"])
    check_bootstrap(what, case, [case["values"]])
    check_bootstrap_apart(what, case)
strata = cases["strata"]
check_bootstrap("strata", strata, [strata["values"][name] for name in sorted(strata["values"])])
check_paired(cases["paired"])
check_power_law(cases["power_law"])
check_times(cases["times"])
check_laws(cases["laws"])
print(f"{COMPARED} numbers are scipy's")
