"""Computes V, Q, Bellman errors and mixtures of runs again, with NumPy, written from docs/layouts.md alone:
recompute.py RUN_DIR PROBLEM.json [RUN_DIR PROBLEM.json ...], with what `dpac convert PROBLEM --to json` prints.

A number may differ from the one in summary.json by 1e-12 of its scale: of (r_hi - r_lo) Σ γ^h for values, of
(max |φ'ψ| + Σ γ^h)² for Bellman errors. Both sides add up the same thousands of products, of some 1e-16 each, in
another order, and `log` and `exp` of other libraries round otherwise."""

import json
import pathlib
import sys
import tomllib

import numpy as np

TOLERANCE = 1e-12


class Problem:
    """Tables, dense: T[a, s, s'], O[a, s', o], r[a, s], start[s], and O_0[s, o] or None."""

    def __init__(self, tables):
        sizes = [len(tables[key]) for key in ("states", "actions", "observations")]
        self.S, self.A, self.C = S, A, C = sizes
        self.actions, self.observations = tables["actions"], tables["observations"]
        self.start, self.T, self.O = np.zeros(S), np.zeros((A, S, S)), np.zeros((A, S, C))
        self.r, initial = np.zeros((A, S)), tables["initial_observation"]
        self.O_0 = None if initial is None else np.zeros((S, C))
        self.own = tables.get("features")
        for entries, table in [
            (tables["start"], self.start), (tables["transition"], self.T), (tables["observation"], self.O),
            (tables["reward"], self.r), (initial or [], self.O_0),
        ]:  # fmt: skip
            for *index, value in entries:
                table[tuple(index)] = value
        self.F = 1 if initial is None else C

    def firsts(self):
        """(o_0, P(o_0, s)) of the first observations that can be; o_0 is 0 where there is none."""
        joint = self.start[:, None] if self.O_0 is None else self.start[:, None] * self.O_0
        return [(o, joint[:, o]) for o in range(self.F) if joint[:, o].sum() > 0.0]

    def after(self, joint, a):
        """(o, P(z, a, o, s')) of the observations that can be after P(z, s) and a."""
        predicted = np.zeros(self.S)
        for s in range(self.S):
            predicted += joint[s] * self.T[a, s]
        return [(o, predicted * self.O[a, :, o]) for o in range(self.C) if predicted @ self.O[a, :, o] > 0.0]


def window(problem, z, L):
    """m_h of the history z = (o_0, (a_0, o_1), ...)."""
    h = len(z) - 1
    m = z[0] if h <= L else 0
    for a, o in z[max(len(z) - L, 1) :]:
        m = m * problem.A * problem.C + a * problem.C + o
    return m


def windows(problem, h, L):
    """n_h."""
    P = problem.A * problem.C
    return problem.F * P**h if h <= L else P**L


def one_hot(problem, H, L, tied=False):
    begins, stacked = [], 0
    for h in range(H):
        shares = tied and (h > L + 1 or (h == L + 1 and problem.F == 1))
        begins.append(begins[-1] if shares else stacked)
        stacked += 0 if shares else windows(problem, h, L) * problem.A
    return stacked, lambda z, b, a: {begins[len(z) - 1] + window(problem, z, L) * problem.A + a: 1.0}


def belief_functions(kind, degree, b):
    S = len(b)
    if kind == "belief" and degree == 1:
        return list(b)
    if kind == "belief":
        y = [(S * p - 1.0) / (S - 1.0) for p in b[:-1]]
        pairs = [y[s] * y[t] - (0.5 if s == t else 0.0) for s in range(S - 1) for t in range(s, S - 1)]
        return [1.0] + y + pairs
    f = [1.0]
    for p in b[:-1]:
        with np.errstate(divide="ignore", invalid="ignore"):
            x = np.clip(np.log(p / b[-1]) / 8.0, -1.0, 1.0) if p + b[-1] > 0.0 else 0.0
            t = (p - b[-1]) / (p + b[-1]) if p + b[-1] > 0.0 else 0.0
        x, t = (np.sign(t), t) if p == 0.0 or b[-1] == 0.0 else (x, t)
        T = {1: (x, t), 2: (2 * x**2 - 1, 2 * t**2 - 1), 3: (4 * x**3 - 3 * x, 4 * t**3 - 3 * t)}
        f += [value for k in range(1, degree + 1) for value in T[k]]
    return f


def bound(kind, degree, S):
    if kind == "log-odds":
        return 1.0 + 2.0 * degree * (S - 1.0)
    if degree == 1 or S == 1:
        return 1.0
    n = S - 1.0
    l = 1.0 + (n - 1.0) / n**2
    return 1.0 + l + n / 4.0 + (l**2 / 2.0 if S > 2 else 0.0)


def spanned(problem, H, place, functions, rounding):
    """By step, then by place(z): the components that are kept."""
    kept, beliefs = [], {}
    for o, joint in problem.firsts():
        beliefs.setdefault(place((o,)), []).append(((o,), joint / joint.sum()))
    for h in range(H):
        kept.append({})
        following = {}
        # In the order of places; within one in the order in which its beliefs were found.
        for m, found in sorted(beliefs.items()):
            chosen, core = eliminate(np.array([functions(b) for _, b in found]), rounding)
            kept[h][m] = chosen
            for z, b in (found[i] for i in core):
                for a in range(problem.A):
                    for o, joint in problem.after(b, a):
                        longer = (*z, (a, o))
                        following.setdefault(place(longer), []).append((longer, joint / joint.sum()))
        beliefs = following
    return kept


def eliminate(rows, rounding):
    zero = np.maximum(1e-9 * np.abs(rows).max(axis=0), rounding)
    pivots = []
    while True:
        left = np.where(np.abs(rows) > zero, np.abs(rows), 0.0)
        for c, r in pivots:
            left[r], left[:, c] = 0.0, 0.0
        if left.max() == 0.0:
            pivots.sort()
            return [c for c, _ in pivots], [r for _, r in pivots]
        r, c = np.unravel_index(left.argmax(), left.shape)
        pivots.append((int(c), int(r)))
        rows[r] = rows[r] / rows[r, c]
        for other in range(len(rows)):
            if other != r and rows[other, c] != 0.0:
                rows[other] = rows[other] - rows[other, c] * rows[r]
                rows[other, c] = 0.0


def features(problem, H, config, critic):
    """The length of the stacked vector, and the row of (z, b(z), a) as {component: value}."""
    kind, L = config["kind"], config.get("length", 0)
    if kind in ("history", "window"):
        return one_hot(problem, H, H - 1 if kind == "history" else L, config.get("tied", False))
    if kind == "problem":
        return own(problem, H)
    if kind == "reservoir":
        return reservoir(problem, H, config["width"], config.get("seed", 0), critic)
    degree, memory = config.get("degree", 1), kind == "belief-memory"
    scale = 1.0 / np.sqrt(bound(kind, degree, problem.S)) if critic and not memory else 1.0
    blind = problem.F == 1 and (critic or memory)
    functions = list if memory else lambda b: belief_functions(kind, degree, b)
    place = (lambda z: window(problem, z, L)) if memory else lambda z: 0
    everything = list(range(len(functions(problem.start))))
    kept = [dict.fromkeys(range(windows(problem, h, L) if memory else 1), everything) for h in range(H)]
    if config.get("span", False):
        found = spanned(problem, H, place, functions, 0.0 if memory else 1e-12)
        kept = [{m: found[h].get(m, []) for m in kept[h]} for h in range(H)]
    begins, stacked = [], 0
    for h in range(H):
        begins.append({})
        for m, components in sorted(kept[h].items()):
            width = 1 if h == 0 and blind else len(components)
            begins[h][m] = (stacked, width)
            stacked += width * problem.A

    def row(z, b, a):
        h, m = len(z) - 1, place(z)
        first, width = begins[h][m]
        if h == 0 and blind:
            return {first + a: 1.0}
        f = functions(b)
        return {first + a * width + k: scale * f[c] for k, c in enumerate(kept[h][m])}

    return stacked, row


def drawn(seed, row):
    """The words of a row of the table of reservoirs, as DETERMINISM.md has them."""
    all_ones, state = 2**64 - 1, 0

    def mix(z):
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & all_ones
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & all_ones
        return z ^ (z >> 31)

    for lane in (0x452821E638D01377, 0xBE5466CF34E90C6C):
        for word in (int(seed), 17, row):
            lane = mix(lane ^ mix((word + 0x9E3779B97F4A7C15) & all_ones))
        state = state << 64 | lane
    state |= 1
    while True:
        state = state * 0x2360ED051FC65DA44385DF649FCCF645 % 2**128
        x, turn = (state >> 64) ^ (state & all_ones), state >> 122
        yield (x >> turn | x << (64 - turn)) & all_ones


def reservoir(problem, H, d, seed, critic):
    d, A, w, U = int(d), problem.A, [], []
    for i in range(d):
        words = drawn(seed, i)
        unit = lambda more: ((next(words) >> 11) + more) / 2**53
        w.append(0.9 * (2.0 * unit(1) - 1.0))
        U.append([np.sqrt(-2.0 * np.log(unit(1))) * np.cos(2.0 * np.pi * unit(0)) for _ in range(problem.C + A)])
    w, U, blind = np.array(w), np.array(U).T, problem.F == 1
    widths = [1 if h == 0 and blind else 1 + d for h in range(H)]

    def row(z, b, a):
        h = len(z) - 1
        first = sum(widths[:h]) * A + a * widths[h]
        if h == 0 and blind:
            return {first: 1.0}
        x = np.zeros(d) if blind else np.tanh(U[z[0]])
        for action, seen in z[1:]:
            x = np.tanh(w * x + U[seen] + U[problem.C + action])
        scale = 1.0 / np.sqrt(1.0 + d) if critic else 1.0
        return {first + i: scale * value for i, value in enumerate([1.0, *x])}

    return sum(widths) * A, row


def own(problem, H):
    d, block, phi = problem.own["dimension"], problem.own["block"], {}
    for b, a, i, value in problem.own["rows"]:
        phi.setdefault((b, a), {})[i] = value
    d_0 = problem.A if problem.O_0 is None else d

    def row(z, b, a):
        if len(z) == 1 and problem.O_0 is None:
            return {a: 1.0}
        begins = d_0 + (len(z) - 2) * d if len(z) > 1 else 0
        seen = z[-1][1] if len(z) > 1 else z[0]
        return {begins + i: value for i, value in phi.get((block[seen], a), {}).items()}

    return d_0 + (H - 1) * d, row


def product(row, vector):
    return sum(value * vector[i] for i, value in row.items())


def softmax(logits):
    e = np.exp(np.array(logits) - max(logits))
    return e / e.sum()


class Run:
    """What a run directory says, and the numbers that follow from it."""

    def __init__(self, directory, problem):
        directory = pathlib.Path(directory)
        self.summary = json.loads((directory / "summary.json").read_bytes())
        self.config = config = tomllib.loads((directory / "config.toml").read_text())
        self.H, self.gamma = config["problem"]["horizon"], config["problem"]["discount"]
        self.problem = problem = Problem(json.loads(pathlib.Path(problem).read_bytes()))
        self.lo, self.hi = self.summary["reward_range"]
        self.r = (problem.r - self.lo) / (self.hi - self.lo)
        policy = json.loads((directory / "policy.json").read_bytes())
        d_theta, self.xi = features(problem, self.H, policy["features"], critic=False)
        d_psi, self.phi = features(problem, self.H, config["critic"]["features"], critic=True)
        self.last, self.psi = np.array(policy["theta"]), np.load(directory / "critic.npy")[0]
        kept = directory / "policies.npy"
        self.policies = np.load(kept) if kept.exists() else np.empty((0, d_theta))
        assert (len(self.last), len(self.psi)) == (d_theta, d_psi), "the lengths of the page"

    def histories(self, z, joint, theta, visit):
        """Normalised Ṽ of what follows z, whose P(z, s) without policy is `joint`; `visit`(z, b, π, Q̃) for all z."""
        b = joint / joint.sum()
        pi = softmax([product(self.xi(z, b, a), theta) for a in range(self.problem.A)])
        q = np.zeros(self.problem.A)
        for a in range(self.problem.A):
            q[a] = b @ self.r[a]
            if len(z) < self.H:
                for o, longer in self.problem.after(joint, a):
                    probability = longer.sum() / joint.sum()
                    q[a] += self.gamma * probability * self.histories((*z, (a, o)), longer, theta, visit)
        visit(z, b, pi, q)
        return pi @ q

    def value(self, theta, visit=lambda *_: None):
        """V in the problem's own units."""
        firsts = self.problem.firsts()
        normalised = sum(joint.sum() * self.histories((o,), joint, theta, visit) for o, joint in firsts)
        return (self.hi - self.lo) * normalised + self.lo * self.returns()

    def returns(self):
        return sum(self.gamma**h for h in range(self.H))

    def bellman_error(self):
        """That of the last critic, for the policy that the last round used, and the scale of its squares."""
        theta = self.policies[-1] if len(self.policies) else self.last
        nodes = {}
        self.value(theta, lambda z, b, pi, q: nodes.update({z: (b, pi, q)}))
        error, largest = 0.0, 0.0
        for o, joint in self.problem.firsts():
            waiting = [((o,), joint, 1.0)]
            while waiting:
                z, joint, chosen = waiting.pop()
                b, pi, q = nodes[z]
                for a in range(self.problem.A):
                    estimate = product(self.phi(z, b, a), self.psi)
                    weight = self.gamma ** (len(z) - 1) * chosen * pi[a] * joint.sum()
                    error += 0.5 * weight * (q[a] - estimate) ** 2
                    largest = max(largest, abs(estimate))
                    if len(z) < self.H:
                        after = self.problem.after(joint, a)
                        waiting += [((*z, (a, o)), longer, chosen * pi[a]) for o, longer in after]
        return error, (largest + self.returns()) ** 2

    def compared(self):
        """(what, here, in summary.json, scale) of every number that the run has."""
        value, scale = self.summary["value"], (self.hi - self.lo) * self.returns()
        yield "uniform", self.value(np.zeros_like(self.last)), value["uniform"], scale
        yield "last", self.value(self.last), value["last"], scale
        error, squares = self.bellman_error()
        yield "bellman_error", error, self.summary["bellman_error"], squares
        if len(self.policies):
            mixture = np.mean([self.value(theta) for theta in self.policies])
            yield "mixture", mixture, value["mixture"], scale


def main(arguments):
    for directory, problem in zip(arguments[::2], arguments[1::2], strict=True):
        for what, here, there, scale in Run(directory, problem).compared():
            if there is None or not abs(here - there) <= TOLERANCE * scale:
                sys.exit(f"{directory}: {what} is {here!r} by the page, and {there!r} in summary.json")
            print(f"{directory}: {what} = {here:.9g}, {abs(here - there) / scale:.1e} of its scale apart")


if __name__ == "__main__":
    main(sys.argv[1:])
