"""The constants and right-hand sides of the theorems again, with NumPy, by going through whole trajectories.

Written from the definitions of the paper, docs/layouts.md and docs/derivations.md: trajectories are enumerated with their
hidden states, expectations are sums over them, and matrices are dense."""

import math

import numpy as np
import recompute


class Constants:
    """Those of the log-linear policy at theta, which is the uniform one where it is not given."""

    def __init__(self, tables, reward_range, H, gamma, critic, actor, theta=None):
        self.problem = problem = recompute.Problem(tables)
        low, high = reward_range
        self.r = (problem.r - low) / (high - low)
        self.H, self.gamma = H, gamma
        self.q, self.phi = recompute.features(problem, H, critic, critic=True)
        length = H - 1 if critic["kind"] == "history" else critic["length"]
        self.largest = max(recompute.windows(problem, h, length) * problem.A for h in range(H))
        self.p, self.xi = recompute.features(problem, H, actor, critic=False)
        self.theta = np.zeros(self.p) if theta is None else np.array(theta)
        self.powers = gamma ** np.arange(H)
        self.Q = self.action_values()
        self.go_through_trajectories()

    def dense(self, row, length):
        vector = np.zeros(length)
        for i, x in row.items():
            vector[i] = x
        return vector

    def pi(self, z):
        belief = self.joint[z] / self.joint[z].sum()
        return recompute.softmax(
            [recompute.product(self.xi(z, belief, a), self.theta) for a in range(self.problem.A)]
        )

    def nodes(self):
        """(z, P(z, s) without policy) of all histories, later steps first."""
        layers = [[((o,), joint) for o, joint in self.problem.firsts()]]
        for _ in range(self.H - 1):
            actions = range(self.problem.A)
            layers.append(
                [
                    ((*z, (a, o)), longer)
                    for z, joint in layers[-1]
                    for a in actions
                    for o, longer in self.problem.after(joint, a)
                ]
            )
        return [node for layer in reversed(layers) for node in layer]

    def action_values(self):
        """Q(z, ·) of the policy and of π*, and what π* does, by backward induction."""
        Q, self.best, self.joint, V, best_V = {}, {}, {}, {}, {}
        for z, joint in self.nodes():
            self.joint[z] = joint
            q, best_q = np.zeros(self.problem.A), np.zeros(self.problem.A)
            for a in range(self.problem.A):
                q[a] = best_q[a] = joint @ self.r[a] / joint.sum()
                if len(z) < self.H:
                    for o, longer in self.problem.after(joint, a):
                        share = self.gamma * longer.sum() / joint.sum()
                        q[a] += share * V[*z, (a, o)]
                        best_q[a] += share * best_V[*z, (a, o)]
            Q[z], V[z], best_V[z] = q, self.pi(z) @ q, best_q.max()
            self.best[z] = int(np.argmax(best_q > best_q.max() - 1e-12))
        return Q

    def go_through_trajectories(self):
        A, H, problem = self.problem.A, self.H, self.problem
        probabilities, rewards, values, phis, xis, best = [], [], [], [], [], []
        waiting = []
        for o in range(problem.F):
            for s in range(problem.S):
                seen = 1.0 if problem.O_0 is None else problem.O_0[s, o]
                waiting.append(((o,), s, problem.start[s] * seen, [], [], [], [], 1.0))
        while waiting:
            z, s, p, r, v, f, x, star = waiting.pop()
            if p == 0.0:
                continue
            belief, pi = self.joint[z] / self.joint[z].sum(), self.pi(z)
            for a in range(A):
                here = (
                    [*r, self.r[a, s]], [*v, self.Q[z][a]], [*f, self.dense(self.phi(z, belief, a), self.q)],
                    [*x, self.dense(self.xi(z, belief, a), self.p)], star * (a == self.best[z]) / pi[a],
                )  # fmt: skip
                if len(z) == H:
                    for kept, new in zip((rewards, values, phis, xis, best), here, strict=True):
                        kept.append(new)
                    probabilities.append(p * pi[a])
                    continue
                for after in range(problem.S):
                    for o in range(problem.C):
                        moved = p * pi[a] * problem.T[a, s, after] * problem.O[a, after, o]
                        waiting.append(((*z, (a, o)), after, moved, *here))
        self.P = np.array(probabilities)
        assert abs(self.P.sum() - 1.0) < 1e-12
        self.rewards, self.values = np.array(rewards), np.array(values)
        self.phis, self.xis, self.followed = np.array(phis), np.array(xis), np.array(best)

    # The critic.

    def gram(self):
        return self.moment(self.phis, self.phis)

    def moment(self, left, right, gamma=1.0):
        """E Σ_h γ^h left_h right_h', times gamma."""
        weighted = left * (self.P[:, None] * self.powers * gamma)[:, :, None]
        return weighted.reshape(-1, left.shape[2]).T @ right.reshape(-1, right.shape[2])

    def definition_3(self, blocks):
        """λ_min of the sum of the blocks, where these are of one size."""
        first, S = 0, self.gram()
        sums = None
        for d in blocks:
            block = S[first : first + d, first : first + d]
            sums = block if sums is None else sums + block
            first += d
        return np.linalg.eigvalsh(sums)[0]

    def spectrum(self, matrix):
        values = np.linalg.eigvalsh(matrix)
        return values[values > 1e-12 * values[-1]]

    def nu_eff(self):
        S = self.gram()
        following = np.zeros_like(self.phis)
        following[:, :-1] = self.phis[:, 1:]
        C = self.moment(self.phis, following, self.gamma)
        values, vectors = np.linalg.eigh(S)
        basis = vectors[:, values > 1e-12 * values[-1]]
        A = S - C
        return np.linalg.eigvalsh(basis.T @ ((A + A.T) / 2.0) @ basis)[0]

    def semi_gradients(self, psi):
        """E ‖g‖, ‖E g‖, E ‖g - E g‖², and Var g_h by step."""
        estimate = self.phis @ psi
        future = np.zeros_like(estimate)
        future[:, :-1] = self.gamma * estimate[:, 1:]
        factors = -self.powers * (self.rewards + future - estimate)
        by_step = factors[:, :, None] * self.phis
        g = by_step.sum(axis=1)
        mean = self.P @ g
        means = np.einsum("n,nhi->hi", self.P, by_step)
        variances = np.einsum("n,nhi->h", self.P, (by_step - means[None]) ** 2)
        noise = self.P @ ((g - mean) ** 2).sum(axis=1)
        return self.P @ np.linalg.norm(g, axis=1), np.linalg.norm(mean), noise, variances

    def psi_star(self):
        """The shortest solution of the normal equations for Q."""
        b = np.einsum("n,h,nhi,nh->i", self.P, self.powers, self.phis, self.values)
        return np.linalg.pinv(self.gram(), rcond=1e-12, hermitian=True) @ b

    # The actor.

    def regression(self):
        G = self.moment(self.xis, self.xis)
        c = np.einsum("n,h,nhi,nh->i", self.P, self.powers, self.xis, self.values)
        spectrum = self.spectrum(G)
        omega = np.linalg.pinv(G, rcond=1e-12, hermitian=True) @ c
        loss = lambda w: float(self.P @ ((self.values - self.xis @ w) ** 2 @ self.powers))
        zero = np.zeros(self.p)
        return {
            "mu_f": 2.0 * spectrum[0], "l": 2.0 * spectrum[-1], "omega_norm": np.linalg.norm(omega),
            "eps_approx": loss(omega), "eps_stat": loss(zero) - loss(omega),
            "sigma_w2": self.regression_noise(zero), "sigma_w2_solution": self.regression_noise(omega),
        }  # fmt: skip

    def regression_noise(self, omega):
        factors = 2.0 * self.powers * (self.xis @ omega - self.values)
        gradients = np.einsum("nh,nhi->ni", factors, self.xis)
        return self.P @ ((gradients - self.P @ gradients) ** 2).sum(axis=1)

    # The problem.

    def kappa(self):
        """E^{π*} Π π*/π over trajectories: those of π* have Π 1/π times their probability under π."""
        return self.P @ self.followed**2

    def divergence(self):
        """The largest -ln π(a | z) of an action of π*, over the histories that π* comes to."""

        def after(z):
            a = self.best[z]
            longer = (
                [(*z, (a, o)) for o, _ in self.problem.after(self.joint[z], a)] if len(z) < self.H else []
            )
            return max([-math.log(self.pi(z)[a]), *map(after, longer)])

        return max(after((o,)) for o, _ in self.problem.firsts())


def gamma_31(K, nu):
    return math.e * (1.0 - (1.0 + K * nu) * math.exp(-nu * K)) / nu**2


def gamma_lemma_5(K, nu):
    return math.e / nu**2 * (1.0 - (1.0 + nu) * math.exp(-nu * K))


def theorem_1(nu, q, noise, G, M, R, K):
    T = R * K
    return [
        q / R**3,
        min(1.0 / (nu * T) ** 2, 1.0 / R**2) * G**2 / nu**2,
        min(1.0 / (nu**2 * K * T**2), 1.0 / (T * R)) * noise / nu**2,
        noise / (nu**2 * M * T),
    ]


def repaired_theorem_1(gamma, nu, u_0, noise, G, M, R, K):
    """The sums of docs/derivations.md, term by term: over rounds, and not in closed form."""
    a, rate = 12.0, 1.0 - gamma
    n = 64.0 * a / (nu * rate) + np.arange(R)
    weights = (n**2).sum()
    begins = 2.0 / rate * (nu / a) * n[0] ** 2 * (n[0] - a / 4.0) * u_0 / weights
    each = 2.0 / rate * (a / nu) * n.sum() / weights
    drift = 17.0 * math.e / 32.0
    terms = [
        begins,
        each * drift * 2.0 * G**2 / R,
        each * drift * noise / (R * K),
        each * 2.0 * noise / (M * K),
    ]
    return terms, [2.0 * terms[i] for i in (0, 2, 3)]


def smallest_q(L, mu, M):
    c = L / mu * math.sqrt(192.0 * (M + 1.0) / M)
    low, high = 0.0, c + 3.0
    for _ in range(200):
        q = (low + high) / 2.0
        low, high = (low, q) if q * math.exp(-2.0 / q) >= c else (q, high)
    return high
