"""Runs DPTD and DPAC again, written from DETERMINISM.md alone, and compares every θ_r and the last ψ̂ bit by bit:
reexecute.py RUN_DIR PROBLEM.json [RUN_DIR PROBLEM.json ...], with what `dpac convert PROBLEM --to json` prints."""
import json, math, pathlib, struct, sys, tomllib
from functools import reduce
total = lambda numbers: reduce(lambda s, x: s + x, numbers, 0.0)  # The built-in sum rounds in its own way.
def mix(z):
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
    return (z := (z ^ z >> 27) * 0x94D049BB133111EB % 2**64) ^ z >> 31
def stream(*key):
    lane = lambda h: reduce(lambda h, i: mix(h ^ mix((key[i] + (i + 1) * 0x9E3779B97F4A7C15) % 2**64)), range(6), h)
    state = lane(0x243F6A8885A308D3) << 64 | lane(0x13198A2E03707344) | 1
    while True:
        state = state * 0x2360ED051FC65DA44385DF649FCCF645 % 2**128
        yield ((state >> 64 ^ state) % 2**64 * (2**64 + 1) >> (state >> 122)) % 2**64  # rotated right
def draw(row, words):  # from [..., outcome, probability], by an alias table
    q, o = [entry[-1] * len(row) for entry in row], list(range(len(row)))
    small, large = [i for i in o if q[i] < 1.0], [i for i in o if q[i] >= 1.0]
    while small and large:
        i, k = small.pop(), large[-1]
        o[i], q[k] = k, q[k] - (1.0 - q[i])
        small += [large.pop()] if q[k] < 1.0 else []
    b, f = divmod(next(words) * len(row), 2**64)
    drawn = row[b if f < min(int(q[b] * 2.0**64), 2**64 - 1) else o[b]]
    return (drawn if drawn[-1] > 0.0 else max(row, key=lambda entry: entry[-1]))[-2]
def exp(x):
    w = struct.unpack("<Q", struct.pack("<d", abs(x)))[0] >> 32
    k = 0 if w <= 0x3FD62E42 else -1 if w < 0x3FF0A2B2 else int(1.4426950408889634 * x - 0.5)
    y = (hi := x - k * 0.6931471803691238) - (lo := k * 1.9082149292705877e-10)
    p = 6.613756321437934e-05 + (t := y * y) * (-1.6533902205465252e-06 + t * 4.1381367970572385e-08)
    c = y - t * (0.16666666666666602 + t * (-0.0027777777777015593 + t * p))
    y = 1.0 + (y * c / (2.0 - c) - lo + hi)
    return 1.0 + x if w <= 0x3E300000 else math.ldexp(y, k) if x >= -745.1332191019411 else 0.0

def rerun(config, problem, r_lo, r_hi):
    H, gamma, M = config["problem"]["horizon"], config["problem"]["discount"], config["federation"]["clients"]
    critic, actor = config["critic"], config.get("actor", {"rounds": 0, "features": {"kind": "window", "length": 0}})
    A, C, first = len(problem["actions"]), len(problem["observations"]), problem["initial_observation"]
    row = lambda table, *key: [entry for entry in problem[table] if entry[:-2] == list(key)]
    def window(kind, length=H - 1, tied=False):  # z: [o_0, then a·C + o of each pair]
        P, F, last = A * C, C if first else 1, length + (bool(first) and C > 1) if tied else H - 1
        n = [F * P**h if h <= length else P**length for h in range(min(last + 1, H))]
        m = lambda z: reduce(lambda m, pair: m * P + pair, z[(len(z) > length + 1) * (len(z) - length):], 0)
        return lambda z, a: (sum(n[:-1][:len(z) - 1]) + m(z)) * A + a, [0.0] * sum(n) * A
    (phi, zero), (xi, theta) = window(**critic["features"]), window(**actor["features"])
    power = [reduce(lambda power, _: power * gamma, range(h), 1.0) for h in range(H)]
    def trajectory(words):
        s = draw(row("start"), words)
        z = [draw(row("initial_observation", s), words) if first else 0]
        for h in range(H):
            f = [theta[xi(z, a)] for a in range(A)]
            e = [exp(y - max(f)) for y in f]
            pi = [y / total(e) for y in e]
            a = draw(list(enumerate(pi)), words)
            yield h, z, a, pi, (sum(r for *at, r in problem["reward"] if at == [a, s]) - r_lo) / (r_hi - r_lo)
            if h < H - 1:
                s = draw(row("transition", a, s), words)
                z = z + [a * C + draw(row("observation", a, s), words)]
    def td(psi, alpha, words):
        steps = [(phi(z, a), r) for _, z, a, _, r in trajectory(words)]
        v = [psi[i] for i, _ in steps] + [0.0]
        return [(i, alpha * power[h] * (r + gamma * v[h + 1] - v[h])) for h, (i, r) in enumerate(steps)]
    def regression(omega, zeta, words):
        for h, z, a, pi, _ in trajectory(words):
            q = [psi[phi(z, b)] for b in range(A)]
            y = q[a] - {"q": 0.0, "advantage": total(p * q for p, q in zip(pi, q))}[actor["target"]]
            yield xi(z, a), -(2.0 * zeta * power[h] * (omega[xi(z, a)] - y))
    def mean(base, local_step, sizes, *place):
        b, blocks = min(max(-(-M // 64), 1), 256), {}
        for m in range(M):
            reply, words = list(base), stream(config["seed"], 1, m, *place)
            for i, change in (it for size in sizes for it in list(local_step(reply, size, words))):
                reply[i] += change
            blocks[m // b] = [s + (x - old) for s, x, old in zip(blocks.get(m // b, [0.0] * len(base)), reply, base)]
        return [old + total(sums) / M for old, *sums in zip(base, *blocks.values())]
    def evaluate(psi, key):
        for r in range(critic["rounds"]):
            replies = mean(psi[r], td, [critic["alpha"]] * critic["local_steps"], *key(r))
            psi.append([(1.0 - critic["eta"]) * old + critic["eta"] * new for old, new in zip(psi[r], replies)])
        w = [(s + 2.0) * (s + 2.0) for s in range(critic["average_from"] + 1, critic["rounds"] + 1)]
        return [total(w * x for w, x in zip(w, column)) / total(w) for column in zip(*psi[-len(w):])]
    psi = zero if "actor" in config else evaluate([zero], lambda r: (r, 0, 0))
    for r in range(actor["rounds"]):
        yield f"theta_{r}", theta
        psi, omega = evaluate([psi if critic["init"] == "warm" else zero], lambda s: (r, 0, s)), [0.0] * len(theta)
        for k in range(0, actor["local_steps"], actor["sync_interval"]):
            zetas = [actor["zeta"]] * min(actor["sync_interval"], actor["local_steps"] - k)
            omega = mean(omega, regression, zetas, r, 1, k // actor["sync_interval"])
        theta = [old + actor["eta"] * change for old, change in zip(theta, omega)]
    yield from [(f"theta_{r + 1}", theta), ("psi", psi)] if "actor" in config else [("psi", psi)]

for directory, problem in zip(*[map(pathlib.Path, sys.argv[1:])] * 2):
    read = lambda name: (directory / name).read_bytes()
    matrix = lambda name: [x for x, in struct.iter_unpack("<d", read(name)[128:])]
    config, r_range = tomllib.loads(read("config.toml").decode()), json.loads(read("summary.json"))["reward_range"]
    thetas = matrix("policies.npy") + json.loads(read("policy.json"))["theta"] if "actor" in config else []
    again = rerun(config, json.loads(problem.read_bytes()), *r_range)
    again = [(f"{name}[{i}]", x) for name, vector in again for i, x in enumerate(vector)]
    for (name, x), y in zip(again, thetas + matrix("critic.npy"), strict=True):
        x.hex() == y.hex() or sys.exit(f"{directory}: {name} is {y.hex()}, run again it is {x.hex()}")
    print(f"{directory}: {len(again)} numbers are the same")
