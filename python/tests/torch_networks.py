"""Networks in PyTorch, with nothing of dpac: derivatives by autograd, and policies of runs in torch.nn.

For an interpreter that has PyTorch 1.13 or later; test_networks.py starts it. Reads JSON, writes JSON:

    derivatives FILE    for cases as those of networks.json, what autograd finds
    policies FILE       for policies of runs, the probabilities at the end of each history
"""

import itertools
import json
import sys

import torch

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def inputs(case):
    """x_0, x_1, ..., shape (steps, I), as docs/layouts.md has them."""
    A, C, H = case["actions"], case["classes"], case["horizon"]
    pairs = case["window"] if case["kind"] == "mlp" else 1
    own = C if case["kind"] == "mlp" and case["first"] is not None else 0
    clock = {"fraction": 1, "one-hot": H, "none": 0}[case["clock"]]
    done = list(zip(case["taken"], case["seen"]))
    rows = torch.zeros(len(done) + 1, pairs * (A + C) + own + clock)
    for h, x in enumerate(rows):
        for place, (a, o) in enumerate(reversed(done[max(0, h - pairs) : h])):
            x[place * (A + C) + a] = x[place * (A + C) + A + o] = 1.0
        if own and h <= pairs:
            x[pairs * (A + C) + case["first"]] = 1.0
        if case["first"] is not None and case["kind"] != "mlp" and h == 0:
            x[A + case["first"]] = 1.0
        if case["clock"] == "fraction":
            x[-1] = 2.0 * h / (H - 1) - 1.0 if H > 1 else 0.0
        if case["clock"] == "one-hot":
            x[len(x) - H + h] = 1.0
    return rows


def views(shapes, theta):
    lengths = [int(torch.tensor(shape).prod()) for shape in shapes]
    return [part.view(shape) for part, shape in zip(torch.split(theta, lengths), shapes)]


def blocks(case, inputs, theta):
    """U, W, b, V, v, as views of theta; rows are what goes in."""
    n, A = case["hidden"], case["actions"]
    wide = 3 * n if case["kind"] == "gru" else n
    carried = {"indrnn": (n,), "gru": (n, wide)}[case["kind"]]
    return views([(inputs, wide), carried, (wide,), (n, A), (A,)], theta)


def layers(case, inputs, theta):
    """State dicts of the torch.nn.Linear of each layer of an MLP, that of the logits last."""
    hidden = case["hidden"] if isinstance(case["hidden"], list) else [case["hidden"]]
    sizes = [inputs, *hidden, case["actions"]]
    shapes = [shape for i, o in itertools.pairwise(sizes) for shape in ((i, o), (o,))]
    parts = views(shapes, theta)
    return [{"weight": W.T, "bias": b} for W, b in zip(parts[::2], parts[1::2])]


def logits(case, theta):
    """All logits along the history, shape (steps, A), by torch.gru_cell where it is a GRU."""
    x = inputs(case)
    if case["kind"] == "mlp":
        *hidden, last = layers(case, x.shape[1], theta)
        for layer in hidden:
            x = torch.tanh(torch.nn.functional.linear(x, **layer))
        return torch.nn.functional.linear(x, **last)
    U, W, b, V, v = blocks(case, x.shape[1], theta)
    s, all_logits = torch.zeros(1, case["hidden"]), []
    for row in x:
        if case["kind"] == "gru":
            s = torch.gru_cell(row[None], s, U.T, W.T, b, torch.zeros_like(b))
        else:
            s = torch.tanh(row[None] @ U + b + W * s)
        all_logits.append(s @ V + v)
    return torch.cat(all_logits)


def derivatives(case):
    """The logits f, J·omega and J'·c, by forward and by backward differentiation."""
    theta, omega, c = (torch.tensor(case[name]) for name in ("theta", "omega", "c"))
    f, along = torch.autograd.functional.jvp(lambda theta: logits(case, theta).flatten(), theta, omega)
    theta.requires_grad_()
    (back,) = torch.autograd.grad(logits(case, theta).flatten() @ c, theta)
    return {"f": f.tolist(), "along": along.tolist(), "back": back.tolist()}


def perceptron(case, inputs):
    """An MLP as PyTorch writes it, with the weights of a run."""
    modules = []
    for layer in layers(case, inputs, torch.tensor(case["theta"])):
        linear = torch.nn.Linear(*reversed(layer["weight"].shape))
        linear.load_state_dict(layer)
        modules += [linear, torch.nn.Tanh()]
    return torch.nn.Sequential(*modules[:-1])


def probabilities(policy):
    """π(. | z) at the end of each history, by torch.nn.GRU and torch.nn.Linear: of a GRU's policy or an MLP's."""
    found = []
    for history in policy["histories"]:
        case = policy | history
        x = inputs(case)
        if case["kind"] == "mlp":
            found.append(torch.softmax(perceptron(case, x.shape[1])(x[-1]), 0).tolist())
            continue
        U, W, b, V, v = blocks(case, x.shape[1], torch.tensor(policy["theta"]))
        gru, head = torch.nn.GRU(x.shape[1], case["hidden"]), torch.nn.Linear(case["hidden"], case["actions"])
        gru.load_state_dict(
            {"weight_ih_l0": U.T, "weight_hh_l0": W.T, "bias_ih_l0": b, "bias_hh_l0": torch.zeros_like(b)}
        )
        head.load_state_dict({"weight": V.T, "bias": v})
        states, _ = gru(x[:, None])
        found.append(torch.softmax(head(states[-1, 0]), 0).tolist())
    return found


def main(arguments):
    what, path = arguments
    with open(path) as file:
        given = json.load(file)
    answer = {"derivatives": derivatives, "policies": probabilities}[what]
    json.dump([answer(item) for item in given], sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1:])
