"""What `policy_gradient.json` has of a policy's gradients and of what a Hessian does to a vector is what automatic
differentiation finds. The library's own tests hold its sums to the same file."""

import json
import pathlib

import autograd
import autograd.numpy as np
import numpy.testing
import pytest

# Sums of some dozen terms of size 1.
TOLERANCE = 1e-12

KNOWN = json.loads((pathlib.Path(__file__).parent / "policy_gradient.json").read_text())


def features(case):
    """ξ of every place and action, from its components that are not 0."""
    places, parameters = len(case["taken"]), len(case["theta"])
    xi = np.zeros((places, len(case["rows"]) // places, parameters))
    for number, row in enumerate(case["rows"]):
        for component, value in row:
            xi[number // xi.shape[1], number % xi.shape[1], component] += value
    return xi


def differentiated(case):
    """ln p of what was done, the gradient of Φ, and `scale (⟨∇ ln p, v⟩ ∇Φ + ∇²Φ v)`."""
    xi, taken, to_go = features(case), case["taken"], np.array(case["to_go"])
    theta, v = np.array(case["theta"]), np.array(case["v"])

    def ln_pi(theta):
        logits = np.dot(xi, theta)
        of_all = np.log(np.sum(np.exp(logits), axis=1))
        return np.array([logits[place, action] - of_all[place] for place, action in enumerate(taken)])

    def ln_p(theta):
        return np.sum(ln_pi(theta))

    def phi(theta):
        return np.sum(to_go * ln_pi(theta))

    gradient = autograd.grad(phi)(theta)
    along = np.dot(autograd.grad(ln_p)(theta), v)
    product = along * gradient + autograd.hessian_vector_product(phi)(theta, v)
    return {"ln_p": ln_p(theta), "gradient": gradient, "product": case["scale"] * product}


@pytest.mark.parametrize("case", KNOWN["cases"], ids=lambda case: case["name"])
def test_gradients_and_products_are_those_of_automatic_differentiation(case):
    for name, found in differentiated(case).items():
        numpy.testing.assert_allclose(found, case[name], rtol=0.0, atol=TOLERANCE, err_msg=name)


def test_a_product_that_is_wrong_is_found():
    """The file is not compared with itself: without the Hessian the numbers are others."""
    for case in KNOWN["cases"]:
        found = differentiated(case | {"v": [0.0] * len(case["v"])})
        assert np.max(np.abs(found["product"] - np.array(case["product"]))) > 1e-3
