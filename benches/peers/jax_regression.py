"""The regression of a network policy in JAX; `network.py` says what it is.

A client's local step is written as for one, with `jax.jvp` and `jax.vjp`; `vmap` goes over clients, `lax.scan` over local steps, and the whole is one
compiled program, which computes what the passes share once.
"""

import json
import os
import sys
import time

# The number of threads is fixed when JAX is imported.
THREADS = int(sys.argv[sys.argv.index("--threads") + 1]) if "--threads" in sys.argv else 1
if THREADS == 1:
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1 " + os.environ.get("XLA_FLAGS", "")

import jax
import jax.numpy as jnp
import numpy as np

import network

jax.config.update("jax_enable_x64", True)

H, A, I = network.HORIZON, network.ACTIONS, network.INPUTS


def step_of(blocks, x, s):
    """The state after one step, and the logits."""
    u, w, b, v, bias = blocks
    n = s.shape[0]
    p, q = b + x @ u, s @ w
    rz = jax.nn.sigmoid(p[: 2 * n] + q[: 2 * n])
    r, z = rz[:n], rz[n:]
    g = jnp.tanh(p[2 * n :] + r * q[2 * n :])
    s = (1 - z) * g + z * s
    return s, bias + s @ v


def logits(theta, x, units):
    blocks, s, out = network.blocks(theta, units), jnp.zeros(units), []
    for h in range(H):
        s, f = step_of(blocks, x[h], s)
        out.append(f)
    return jnp.stack(out)


def sample(theta, psi, uniform, units):
    """A trajectory: inputs, actions and targets."""
    blocks, s = network.blocks(theta, units), jnp.zeros(units)
    words = iter(uniform)
    state = (next(words) < 0.5).astype(jnp.int32)
    x = jnp.zeros(I).at[I - 1].set(network.CLOCK[0])
    history, inputs, taken, targets = jnp.int32(0), [], [], []
    for h in range(H):
        s, f = step_of(blocks, x, s)
        pi = jax.nn.softmax(f)
        action = (next(words) >= jnp.cumsum(pi)[:-1]).sum().astype(jnp.int32)
        values = jax.lax.dynamic_slice(psi, (network.HISTORIES[h] + history * A,), (A,))
        inputs.append(x)
        taken.append(action)
        targets.append(values[action] - pi @ values)
        if h + 1 < H:
            listens = action == 0
            state = jnp.where(listens, state, (next(words) < 0.5).astype(jnp.int32))
            right = jnp.where(listens, network.HEARD_RIGHT, 0.5)
            heard = jnp.where(next(words) < right, state, 1 - state)
            history = history * network.PAIRS + action * network.OBSERVATIONS + heard
            clock = jnp.full(1, network.CLOCK[h + 1])
            x = jnp.concatenate([jax.nn.one_hot(action, A), jax.nn.one_hot(heard, network.OBSERVATIONS), clock])
    return jnp.stack(inputs), jnp.stack(taken), jnp.stack(targets)


def regress(theta, omega, x, taken, targets, zeta, units):
    """A local step."""
    of_theta = lambda theta: logits(theta, x, units)
    _, df = jax.jvp(of_theta, (theta,), (omega,))
    one = jax.nn.one_hot(taken, A)
    c = one * (-2 * zeta * network.DISCOUNTS * ((df * one).sum(1) - targets))[:, None]
    _, pull = jax.vjp(of_theta, theta)
    return omega + pull(c)[0]


def run(theta, psi, omega, key, steps, zeta):
    units, clients = network.units_of(theta), omega.shape[0]

    def one(theta, psi, omega, uniform):
        x, taken, targets = sample(theta, psi, uniform, units)
        return regress(theta, omega, x, taken, targets, zeta, units)

    def step(omega, key):
        uniform = jax.random.uniform(key, (clients, 3 * H - 1), jnp.float64)
        return jax.vmap(one, (None, None, 0, 0))(theta, psi, omega, uniform), None

    return jax.lax.scan(step, omega, jax.random.split(key, steps))[0]


def known():
    """The error of the known answer."""
    answer = network.Known
    x = np.zeros((H, I))
    x[:, I - 1] = network.CLOCK
    for h, (a, o) in enumerate(zip(answer.taken, answer.seen)):
        x[h + 1, a] = x[h + 1, A + o] = 1.0
    step = jax.jit(regress, static_argnums=6)
    return answer.error(np.asarray(step(answer.theta, answer.omega, x, np.array(answer.taken), np.array(answer.targets), answer.zeta, answer.units)))


def main():
    given = network.arguments(__doc__.split("\n")[0])
    jitted = jax.jit(run, static_argnums=4)
    key, theta, psi = jax.random.key(1, impl="rbg"), jnp.asarray(given.theta), jnp.asarray(given.psi)
    omega = jnp.zeros((given.clients, len(theta)))
    if given.check:
        omega = np.asarray(jitted(theta, psi, omega, key, 1, network.ZETA)) / network.ZETA
        error = omega.std(axis=0) / np.sqrt(given.clients)
        print(json.dumps({"known": known(), "mean": omega.mean(axis=0).tolist(), "error": error.tolist()}))
        return
    jitted(theta, psi, omega, key, given.steps, network.ZETA).block_until_ready()
    seconds = []
    for _ in range(given.repeats):
        began = time.perf_counter()
        jitted(theta, psi, omega, key, given.steps, network.ZETA).block_until_ready()
        seconds.append(time.perf_counter() - began)
    print(json.dumps({"local_steps": given.clients * given.steps, "seconds": seconds}))


if __name__ == "__main__":
    main()
