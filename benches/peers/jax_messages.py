"""Broadcast, trivial local steps, mean, in JAX: how many messages a second pass between a server and M clients.

A local step is x <- x + a (t_m - x) on d floats, with a number t_m of the client. With `--fused` the compiler may take all
local steps of a float at once, in registers: then no reply of a client ever exists in memory, only their mean.
"""

import argparse
import json
import os
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--dimension", type=int, default=1000)
    parser.add_argument("--local-steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--block", type=int, default=1000, help="clients of a device that take their steps together")
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--fused", action="store_true")
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64")
    return parser.parse_args()


if __name__ == "__main__":
    # The number of devices is fixed when JAX is imported.
    GIVEN = arguments()
    os.environ["XLA_FLAGS"] = f"--xla_force_host_platform_device_count={GIVEN.devices} " + os.environ.get("XLA_FLAGS", "")

import jax
import jax.numpy as jnp
from jax.sharding import AxisType, PartitionSpec

from numpy_messages import RATE, targets

jax.config.update("jax_enable_x64", True)


def compiled(clients, dimension, local_steps, rounds, block, devices, fused, dtype):
    """A function of x and the clients' targets, which runs all rounds and returns x."""
    block = min(block, clients // devices)
    if clients % (devices * block) != 0:
        raise SystemExit(f"{clients} clients do not divide into blocks of {block} on {devices} devices")

    def one_round(x, mine):
        def one_block(total, pull):
            step = lambda _, replies: (1 - RATE) * replies + pull
            replies = jnp.broadcast_to(x, (block, dimension))
            replies = jax.lax.fori_loop(0, local_steps, step, replies, unroll=local_steps if fused else 1)
            return total + replies.sum(axis=0), None

        total, _ = jax.lax.scan(one_block, jnp.zeros_like(x), mine)
        return jax.lax.psum(total, "clients") / clients

    def run(x, targets):
        mine = (RATE * targets).reshape(-1, block, 1)
        return jax.lax.fori_loop(0, rounds, lambda _, x: one_round(x, mine), x)

    mesh = jax.make_mesh((devices,), ("clients",), axis_types=(AxisType.Auto,))
    everywhere, split = PartitionSpec(), PartitionSpec("clients")
    return jax.jit(
        jax.shard_map(run, mesh=mesh, in_specs=(everywhere, split), out_specs=everywhere, check_vma=False)
    )


def main(given):
    run = compiled(
        given.clients, given.dimension, given.local_steps, given.rounds, given.block, given.devices, given.fused, given.dtype
    )
    x, pulls = jnp.zeros(given.dimension, given.dtype), jnp.asarray(targets(given.clients, given.dtype))
    taken = []
    for _ in range(given.repeats + 1):
        began = time.perf_counter()
        run(x, pulls).block_until_ready()
        taken.append(time.perf_counter() - began)
    # The first run compiles.
    print(json.dumps({"messages": 2 * given.clients * given.rounds, "seconds": taken[1:], "compile_seconds": taken[0]}))


if __name__ == "__main__":
    main(GIVEN)
