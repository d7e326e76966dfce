"""The regression of a network policy in PyTorch, batched over clients; `network.py` says what it is.

Two ways of writing the passes: by hand, where all products with a client's own omega along a trajectory are three batched matrix products and
what goes back into it three more; and with `torch.func` (vmap of jvp and vjp). `--compiled` has `torch.compile` take the first.
"""

import json
import time

import numpy as np
import torch

import network
import tiger

F64 = torch.float64
H, A, I = network.HORIZON, network.ACTIONS, network.INPUTS
TENSOR = lambda values: torch.tensor(np.asarray(values), dtype=F64)


class Policy:
    """theta, and tables that follow from it."""

    def __init__(self, theta):
        self.units = network.units_of(theta)
        self.theta = TENSOR(theta)
        self.u, self.w, self.b, self.v, self.bias = network.blocks(self.theta, self.units)
        # b + U'x of every pair; the first step has none.
        pairs = self.u[:A].repeat_interleave(network.OBSERVATIONS, 0) + self.u[A:-1].repeat(A, 1)
        self.of_pair = [self.b + network.CLOCK[h] * self.u[-1] + pairs for h in range(H)]
        self.first = self.b + network.CLOCK[0] * self.u[-1]
        self.discounts = TENSOR(network.DISCOUNTS)


class Clients:
    """omega of all clients, by what it is multiplied with: rows of inputs and a constant, of the state, of the last layer."""

    def __init__(self, policy, clients):
        n = policy.units
        self.inner = torch.zeros(clients, I + 1, 3 * n, dtype=F64)
        self.state = torch.zeros(clients, n, 3 * n, dtype=F64)
        self.outer = torch.zeros(clients, n + 1, A, dtype=F64)
        # Inputs of each step with a constant 1, states before and after each step with a constant 1.
        self.x = torch.zeros(clients, H, I + 1, dtype=F64)
        self.x[:, :, I] = 1.0
        self.x[:, :, I - 1] = TENSOR(network.CLOCK)

    def set(self, omega, units):
        u, w, b, v, bias = network.blocks(omega, units)
        self.inner[:] = torch.cat([u, b[None]])
        self.state[:] = w
        self.outer[:] = torch.cat([v, bias[None]])

    def omega(self):
        """In the order of theta: (clients, d)."""
        inner, outer = self.inner, self.outer
        parts = [inner[:, :I], self.state, inner[:, I], outer[:, :-1], outer[:, -1]]
        return torch.cat([part.flatten(1) for part in parts], 1)


def step_of(policy, p, before):
    """r, z, q, g, s of one step."""
    n = policy.units
    u = before @ policy.w if before is not None else torch.zeros_like(p)
    rz = torch.sigmoid(p[:, : 2 * n] + u[:, : 2 * n])
    r, z, q = rz[:, :n], rz[:, n:], u[:, 2 * n :]
    g = torch.tanh(p[:, 2 * n :] + r * q)
    s = (1 - z) * g if before is None else torch.lerp(g, before, z)
    return r, z, q, g, s


def one_hot(index, width):
    return (index[:, None] == torch.arange(width)).to(F64)


def sample(policy, psi, x, uniform):
    """Trajectories of all clients: inputs go into x; the kept numbers, the actions and the targets of each step."""
    clients = uniform.shape[1]
    words = iter(uniform)
    state = (next(words) < 0.5).long()
    history = torch.zeros(clients, dtype=torch.long)
    kept, taken, targets, before = [], [], [], None
    for h in range(H):
        p = policy.of_pair[h][pair] if h else policy.first.expand(clients, -1)
        kept.append(step_of(policy, p, before))
        before = kept[h][-1]
        pi = torch.softmax(torch.addmm(policy.bias, before, policy.v), 1)
        action = (next(words)[:, None] >= pi.cumsum(1)[:, :-1]).sum(1)
        values = psi[h][history]
        targets.append(values.gather(1, action[:, None])[:, 0] - (pi * values).sum(1))
        taken.append(action)
        if h + 1 < H:
            listens = action == 0
            state = torch.where(listens, state, (next(words) < 0.5).long())
            right = torch.where(listens, network.HEARD_RIGHT, 0.5)
            heard = torch.where(next(words) < right, state, 1 - state)
            pair = action * network.OBSERVATIONS + heard
            history = history * network.PAIRS + pair
            x[:, h + 1, :A] = one_hot(action, A)
            x[:, h + 1, A : I - 1] = one_hot(heard, network.OBSERVATIONS)
    return kept, torch.stack(taken, 1), torch.stack(targets, 1)


def by_hand(policy, omega, x, kept, taken, targets, zeta):
    """A local step of every client, in place; the sizes of the batch are those of its tensors."""
    inner, state, outer = omega
    n, w, v = policy.units, policy.w, policy.v
    states = torch.stack([s for *_, s in kept], 1)
    ones = torch.ones_like(states[:, :, :1])
    after = torch.cat([states, ones], 2)
    before = states[:, :-1]
    # Products with omega along the whole trajectory: its tangent pass has only the carry left to do.
    dp = torch.bmm(x, inner)
    du = torch.bmm(before, state)
    df = torch.bmm(after, outer)
    ds, tangents = None, []
    for h, (r, z, q, g, _) in enumerate(kept):
        p = dp[:, h]
        if h == 0:
            dg = (1 - g * g) * p[:, 2 * n :]
            ds = (1 - z) * dg - z * (1 - z) * p[:, n : 2 * n] * g
        else:
            u = torch.addmm(du[:, h - 1], ds, w)
            d = p[:, : 2 * n] + u[:, : 2 * n]
            dr, dz = r * (1 - r) * d[:, :n], z * (1 - z) * d[:, n:]
            dg = (1 - g * g) * (p[:, 2 * n :] + dr * q + r * u[:, 2 * n :])
            ds = (1 - z) * dg + z * ds + dz * (states[:, h - 1] - g)
        tangents.append(ds)
    df = df + torch.stack(tangents, 1) @ v
    products = df.gather(2, taken[:, :, None])[:, :, 0]
    coefficients = (-2 * zeta) * policy.discounts * (products - targets)
    c = (taken[:, :, None] == torch.arange(A)) * coefficients[:, :, None]
    vc = c @ v.T
    l, inputs, carried = None, [None] * H, [None] * (H - 1)
    for h in reversed(range(H)):
        r, z, q, g, _ = kept[h]
        l = vc[:, h] if l is None else l + vc[:, h]
        e_g = l * (1 - z) * (1 - g * g)
        last = states[:, h - 1] if h else 0.0
        e_z = l * (last - g) * z * (1 - z)
        e_r = e_g * q * r * (1 - r)
        inputs[h] = torch.cat([e_r, e_z, e_g], 1)
        if h:
            carried[h - 1] = torch.cat([e_r, e_z, e_g * r], 1)
            l = torch.addmm(l * z, carried[h - 1], w.T)
    inner.baddbmm_(x.transpose(1, 2), torch.stack(inputs, 1))
    state.baddbmm_(before.transpose(1, 2), torch.stack(carried, 1))
    outer.baddbmm_(after.transpose(1, 2), c)


def logits(theta, x, units):
    """Of one trajectory."""
    u, w, b, v, bias = network.blocks(theta, units)
    s, out = torch.zeros(units, dtype=F64), []
    for h in range(H):
        p, q = b + x[h] @ u, s @ w
        r, z = torch.sigmoid(p[: 2 * units] + q[: 2 * units]).split(units)
        g = torch.tanh(p[2 * units :] + r * q[2 * units :])
        s = (1 - z) * g + z * s
        out.append(bias + s @ v)
    return torch.stack(out)


def by_func(policy, omega, x, taken, targets, zeta):
    """The same from (clients, d): omega after the step."""
    n = policy.units

    def one(omega, x, taken, targets):
        of_theta = lambda theta: logits(theta, x, n)
        _, df = torch.func.jvp(of_theta, (policy.theta,), (omega,))
        chosen = taken[:, None] == torch.arange(A)
        c = chosen * (-2 * zeta * policy.discounts * ((df * chosen).sum(1) - targets))[:, None]
        _, pull = torch.func.vjp(of_theta, policy.theta)
        return omega + pull(c)[0]

    return torch.func.vmap(one)(omega, x, taken, targets)


class Society:
    def __init__(self, theta, psi, clients, way):
        self.policy, self.way, self.count = Policy(theta), way, clients
        psi = TENSOR(psi)
        ends = [*network.HISTORIES, len(psi)]
        self.psi = [psi[a:b].reshape(-1, A) for a, b in zip(ends, ends[1:])]
        self.clients = Clients(self.policy, clients)
        self.long = torch.zeros(clients, len(theta), dtype=F64)
        self.step = by_hand
        if way == "compiled":
            self.whole = torch.compile(self.both, dynamic=False)
        else:
            self.whole = self.both

    def both(self, omega, x, uniform, zeta):
        kept, taken, targets = sample(self.policy, self.psi, x, uniform)
        by_hand(self.policy, omega, x, kept, taken, targets, zeta)

    def steps(self, count, zeta):
        x = self.clients.x
        omega = (self.clients.inner, self.clients.state, self.clients.outer)
        for _ in range(count):
            uniform = torch.rand(3 * H - 1, self.count, dtype=F64)
            if self.way == "func":
                _, taken, targets = sample(self.policy, self.psi, x, uniform)
                self.long = by_func(self.policy, self.long, x[:, :, :I], taken, targets, zeta)
            else:
                self.whole(omega, x, uniform, zeta)

    def omega(self):
        return self.long if self.way == "func" else self.clients.omega()


def known(way):
    """The error of the known answer."""
    answer = network.Known
    policy = Policy(answer.theta)
    clients = Clients(policy, 1)
    taken, targets = torch.tensor([answer.taken]), TENSOR([answer.targets])
    for h, (a, o) in enumerate(zip(answer.taken, answer.seen)):
        clients.x[0, h + 1, a] = clients.x[0, h + 1, A + o] = 1.0
    if way == "func":
        return answer.error(by_func(policy, TENSOR(answer.omega)[None], clients.x[:, :, :I], taken, targets, answer.zeta)[0].numpy())
    clients.set(TENSOR(answer.omega), policy.units)
    kept, before = [], None
    for h in range(H):
        kept.append(step_of(policy, clients.x[:, h] @ torch.cat([policy.u, policy.b[None]]), before))
        before = kept[h][-1]
    by_hand(policy, (clients.inner, clients.state, clients.outer), clients.x, kept, taken, targets, answer.zeta)
    return answer.error(clients.omega()[0].numpy())


@torch.no_grad()
def main():
    given = network.arguments(__doc__.split("\n")[0], ("--way", "hand", ["hand", "func", "compiled"]))
    torch.set_num_threads(given.threads)
    torch.manual_seed(1)
    society = Society(given.theta, given.psi, given.clients, given.way)
    if given.check:
        society.steps(1, network.ZETA)
        omega = society.omega().numpy() / network.ZETA
        error = omega.std(axis=0) / np.sqrt(given.clients)
        print(json.dumps({"known": known(given.way), "mean": omega.mean(axis=0).tolist(), "error": error.tolist()}))
        return
    society.steps(max(3, given.steps // 10), network.ZETA)
    seconds = []
    for _ in range(given.repeats):
        began = time.perf_counter()
        society.steps(given.steps, network.ZETA)
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"local_steps": given.clients * given.steps, "seconds": seconds}))


if __name__ == "__main__":
    main()
