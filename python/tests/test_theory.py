"""What `dpac theory` says is what NumPy finds by going through trajectories, to 1e-9 of each number and better."""

import json
import math

import numpy as np
import pytest
import runs
from constants import (
    Constants,
    gamma_31,
    gamma_lemma_5,
    repaired_theorem_1,
    smallest_q,
    theorem_1,
)

TOLERANCE = 1e-9

RANDOM = {"states": 4, "actions": 2, "observations": 3, "seed": 11}
HISTORY = {"kind": "history"}
# Some steps share a block of it, and all.
WINDOW, BLIND = ({"kind": "window", "length": L, "tied": True} for L in (1, 0))
# Problem, its parameters, H, γ, features of the critic and of the actor.
CASES = {
    "toggle": ("toggle", {}, 2, 0.5, HISTORY, {"kind": "window", "length": 1}),
    "tiger3": ("tiger3", {}, 3, 0.95, HISTORY, {"kind": "belief", "degree": 1}),
    "random": ("random", RANDOM, 3, 0.9, HISTORY, {"kind": "belief", "degree": 1}),
    "tied": ("toggle", {}, 4, 0.9, WINDOW, {"kind": "window", "length": 0, "tied": True}),
    "shared": ("tiger", {}, 3, 0.95, BLIND, {"kind": "belief", "degree": 1}),
}  # fmt: skip
M, R, K, I, R_E, K_E, ALPHA = 3, 5, 40, 7, 9, 30, 1e-5


def toml(features):
    return "{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in features.items()) + " }"


@pytest.fixture(scope="module", params=CASES)
def case(request, tmp_path_factory):
    """The program's records by key, its whole report, and the constants that NumPy finds."""
    name, parameters, H, gamma, critic, actor = CASES[request.param]
    folder = tmp_path_factory.mktemp("theory")
    file = folder / "run.toml"
    given = f", parameters = {toml(parameters)}" if parameters else ""
    file.write_text(
        f'algorithm = "dpac"\nproblem = {{ builtin = "{name}", horizon = {H}, discount = {gamma}{given} }}\n'
        f"federation.clients = {M}\n"
        f"critic = {{ rounds = {R_E}, local_steps = {K_E}, alpha = {ALPHA}, features = {toml(critic)} }}\n"
        f"actor = {{ rounds = {R}, local_steps = {K}, sync_interval = {I}, features = {toml(actor)} }}\n"
    )
    report = json.loads(runs.dpac("theory", file, "--json"))
    words = [word for key, value in parameters.items() for word in ("-p", f"{key}={value}")]
    tables = json.loads(runs.dpac("convert", name, *words, "--to", "json"))
    described = json.loads(runs.dpac("info", name, *words, "--json"))
    reward = described["reward"]["declared_range"]
    found = Constants(tables, reward, H, gamma, critic, actor)
    records = {record["key"]: record for group in report["groups"] for record in group["quantities"]}
    return request.param, records, report, found


def number(records, key):
    value = records[key]["value"]
    assert value["kind"] in ("exact", "bound"), records[key]
    return value["number"]


def agree(found, expected, what, scale=None):
    scale = abs(expected) if scale is None else scale
    assert abs(found - expected) <= TOLERANCE * scale, (
        f"{what}: {found!r} by the program, {expected!r} by NumPy"
    )


def test_constants_of_features_are_those_of_dense_matrices(case):
    name, records, _, here = case
    spectrum = here.spectrum(here.gram())
    agree(number(records, "mu_phi"), spectrum[0], "mu_phi")
    agree(number(records, "lambda_phi"), spectrum[-1], "lambda_phi")
    agree(number(records, "nu"), spectrum[0] * (1.0 - here.gamma), "nu")
    agree(number(records, "nu_eff"), here.nu_eff(), "nu_eff")
    if name == "shared":
        agree(number(records, "mu_phi_printed"), here.definition_3([here.q]), "definition 3", spectrum[-1])
    else:
        # Histories are more at every step, and windows at first.
        assert records["mu_phi_printed"]["value"]["kind"] == "missing"
    c = 1.0 - math.sqrt(here.gamma) * math.cos(math.pi / (here.H + 1))
    agree(number(records, "monotone"), c, "c")


def test_constants_of_the_noise_are_sums_over_trajectories(case):
    name, records, _, here = case
    norm, mean, noise, variances = here.semi_gradients(np.zeros(here.q))
    agree(number(records, "g"), norm, "G")
    agree(number(records, "g_r"), mean, "G_r")
    agree(number(records, "h_sigma_g2"), noise, "H sigma_g^2")
    agree(number(records, "sigma_g2"), variances.max(), "sigma_g^2")
    if name in ("tied", "shared"):
        assert records["g_ball"]["value"]["kind"] == "missing"
        return
    agree(number(records, "g_ball"), norm + math.sqrt(2.0 * (1.0 + here.gamma**2) * here.q), "G on the ball")
    psi = here.psi_star()
    norm, mean, noise, _ = here.semi_gradients(psi)
    # At the parameters of the exact Q the mean is 0, which is what makes them a solution.
    assert mean < 1e-12
    agree(number(records, "g_solution"), norm, "G at psi*")
    agree(number(records, "h_sigma_g2_solution"), noise, "H sigma_g^2 at psi*")
    agree(number(records, "psi_norm2"), psi @ psi, "|psi*|^2")
    assert number(records, "bellman_error") < 1e-20


def test_constants_of_the_actor_are_those_of_its_least_squares(case):
    _, records, _, here = case
    found = here.regression()
    scale = found["eps_approx"] + found["eps_stat"]
    for key, expected in found.items():
        # Some of these are 0, and by another path some 1e-32.
        scales = {"eps_approx": scale, "sigma_w2_solution": found["sigma_w2"]}
        agree(number(records, key), expected, key, scales.get(key))
    # W is a bound of what it bounds.
    assert found["omega_norm"] <= number(records, "w")


def test_coverage_is_that_of_the_trajectories_of_an_optimal_policy(case):
    _, records, _, here = case
    agree(number(records, "kappa"), here.kappa(), "kappa_0")
    agree(number(records, "d"), math.log(here.problem.A), "D")
    agree(number(records, "d"), here.divergence(), "D")


def test_constants_of_a_policy_that_is_no_more_uniform(tmp_path):
    """One that a run has left, evaluated by DPTD: critic, actor and coverage again."""
    problem = 'problem = { builtin = "tiger3", horizon = 3, discount = 0.95 }\n'
    first, second = tmp_path / "first.toml", tmp_path / "second.toml"
    first.write_text(
        f'algorithm = "dpac"\n{problem}federation.clients = 2\ncritic = {{ rounds = 2, local_steps = 20 }}\n'
        'actor = { rounds = 3, local_steps = 30, sync_interval = 30, eta = 0.3, features = { kind = "window", length = 1 } }\n'
    )
    runs.dpac("run", first, "--out", tmp_path / "run", "--quiet")
    second.write_text(f'algorithm = "dptd"\n{problem}policy = "{tmp_path / "run" / "policy.json"}"\n')
    report = json.loads(runs.dpac("theory", second, "--json"))
    assert report["policy"] == "the policy that is evaluated"
    records = {record["key"]: record for group in report["groups"] for record in group["quantities"]}
    saved = json.loads((tmp_path / "run" / "policy.json").read_bytes())
    assert len(set(saved["theta"])) > 3
    tables = json.loads(runs.dpac("convert", "tiger3", "--to", "json"))
    reward = json.loads(runs.dpac("info", "tiger3", "--json"))["reward"]["declared_range"]
    here = Constants(tables, reward, 3, 0.95, HISTORY, saved["features"], saved["theta"])
    norm, mean, noise, variances = here.semi_gradients(np.zeros(here.q))
    of = here.regression()
    expected = {
        "mu_phi": here.spectrum(here.gram())[0], "nu_eff": here.nu_eff(), "g": norm, "g_r": mean,
        "h_sigma_g2": noise, "sigma_g2": variances.max(), "kappa": here.kappa(), "d": here.divergence(),
        "psi_norm2": here.psi_star() @ here.psi_star(), **of,
    }  # fmt: skip
    for key, value in expected.items():
        agree(number(records, key), value, key)


def test_sizes_and_drift_are_their_formulas(case):
    _, records, _, here = case
    nu = here.spectrum(here.gram())[0] * (1.0 - here.gamma)
    norm, mean, noise, _ = here.semi_gradients(np.zeros(here.q))
    T = R_E * K_E
    e = math.e
    expected = {
        "alpha_max": nu / (16 * T),
        "iota_0": 1 / nu,
        "eta_0": 1 / (nu * nu / (16 * T) * K_E),
        "r_0_printed": 640 / nu**2,
        "r_0": 768 / (nu * (1 - here.gamma)),
        "k_first": T ** (2 / 3) / M ** (1 / 3),
        "k_second_printed": math.sqrt(2 / e * noise / norm * T / M),
        "k_third_printed": T / M,
        "k_second": math.sqrt(2 / e * noise * T / (norm**2 * M)),
        "k_third": 2 / e * T / M,
        "enough": norm**2 / (nu**2 * noise),
        "gamma_lemma_5": gamma_lemma_5(K_E, nu),
        "drift_law": ALPHA**2 * (mean**2 * (K_E - 1) * (2 * K_E - 1) / 6 + noise * (K_E - 1) / 2),
        "k": math.sqrt(R * K / M),
        "i": (R * K) ** (1 / 3) / M ** (2 / 3),
    }
    for key, value in expected.items():
        agree(number(records, key), value, key)
    # The plain formula loses digits here.
    assert abs(number(records, "gamma_31") / gamma_31(K_E, nu) - 1.0) < 1e-6
    minimum = min(expected["k_first"], expected["k_second"], expected["k_third"])
    agree(number(records, "k_minimum"), minimum, "K")
    gamma = e * min(K_E**2 / 2, 2 * K_E / (ALPHA * nu) if ALPHA <= nu / 8 else math.inf)
    agree(number(records, "gamma_repaired"), gamma, "repaired Gamma")
    agree(number(records, "drift_repaired"), gamma * (noise / K_E + 2 * mean**2) * ALPHA**2, "repaired drift")


def test_right_hand_sides_are_their_sums(case):
    name, records, report, here = case
    bounds = {bound["key"]: bound["right_side"] for bound in report["bounds"]}
    terms = {key: [term["value"] for term in side["terms"]] for key, side in bounds.items()}
    nu = here.spectrum(here.gram())[0] * (1.0 - here.gamma)
    norm, mean, noise, variances = here.semi_gradients(np.zeros(here.q))
    expected = {"theorem_1_printed": theorem_1(nu, here.q, noise, norm, M, R_E, K_E)}
    steps = math.e * min(K_E, 2 / (ALPHA * nu) if ALPHA <= nu / 8 else math.inf) * ALPHA**2
    expected |= {
        "displacement_law": [ALPHA**2 * K_E * noise, ALPHA**2 * K_E**2 * mean**2],
        "displacement_repaired": [steps * noise, steps * (1 + K_E) * mean**2],
    }
    psi = here.psi_star()
    if name not in ("tied", "shared"):
        with_g, without = repaired_theorem_1(here.gamma, nu, psi @ psi, noise, norm, M, R_E, K_E)
        expected |= {"theorem_1_repaired": with_g, "theorem_1_without_g": without}
    of = here.regression()
    noise = max(of["sigma_w2"], of["sigma_w2_solution"])
    kappa, H, W = here.kappa(), here.H, number(records, "w")
    agree(W, math.sqrt(here.p) * here.powers.sum(), "W")
    beta = number(records, "beta")
    first = H * W * math.sqrt(beta * math.log(here.problem.A) / R)
    second = math.sqrt(kappa * H * of["l"] * noise / (M * K)) / of["mu_f"]
    third = math.sqrt(kappa * H * of["eps_approx"])
    largest = here.largest
    evaluation = math.sqrt(kappa * H**2 * (largest + variances.max()) / (M * R_E * K_E)) / nu
    expected |= {"theorem_2": [first, second, third], "theorem_3": [first, second, evaluation, third]}
    for key, values in expected.items():
        for i, value in enumerate(values):
            # The root of what is 0 up to rounding is far from 0.
            agree(terms[key][i], value, f"{key}, term {i}", value if value > 1e-10 else 1.0)
        agree(bounds[key]["sum"], sum(values), f"sum of {key}")
    start, inner = (H * W) ** 2 * beta * math.log(here.problem.A), kappa * H * of["l"] / of["mu_f"] ** 2
    outer = kappa * H**2 * (largest + variances.max()) / nu**2
    agree(number(records, "n_improve_printed"), start**2 + inner**2 * noise, "N of Corollary 2, printed")
    agree(number(records, "n_improve"), start**2 + (inner * noise) ** 2, "N of Corollary 2")
    agree(
        number(records, "n_total_printed"),
        (start + inner * variances.max() + outer) ** 2,
        "N of Corollary 3, printed",
    )
    agree(number(records, "n_total"), (start + inner * noise + outer) ** 2, "N of Corollary 3")
    of_critic = here.semi_gradients(np.zeros(here.q))[2]
    agree(number(records, "n_eval"), of_critic / nu**2 + here.q, "N of Corollary 1")
    q = smallest_q(of["l"], of["mu_f"], M)
    agree(number(records, "q"), q, "q")
    a = q * I + 4
    agree(number(records, "zeta_0"), 4 / (of["mu_f"] * a), "zeta_0")
    lemma = (
        a**3 * of["eps_stat"] / (K + a) ** 3
        + 4 * of["l"] * noise / (of["mu_f"] ** 2 * M * (K + a))
        + 256 * of["l"] ** 2 * noise * K * (I - 1) / (of["mu_f"] ** 3 * M * (K + a) ** 3)
    )
    agree(number(records, "lemma_11"), lemma, "Lemma 11")


def test_regressions_that_are_run_end_below_lemma_11_on_average(tmp_path):
    """20 seeds of one round of DPPG by Theorem 2's steps: θ_1 = η ω, and the loss of ω is a sum over trajectories."""
    text = (
        'algorithm = "dppg"\nschedule = "theory"\nproblem = { builtin = "toggle", horizon = 2, discount = 0.5 }\n'
        'federation.clients = 3\ncritic.features.kind = "history"\n'
        'actor = { rounds = 1, local_steps = 2000, sync_interval = 4, features = { kind = "history" } }\n'
    )
    file = tmp_path / "run.toml"
    file.write_text(text)
    report = json.loads(runs.dpac("theory", file, "--json"))
    records = {record["key"]: record for group in report["groups"] for record in group["quantities"]}
    tables = json.loads(runs.dpac("convert", "toggle", "--to", "json"))
    reward = json.loads(runs.dpac("info", "toggle", "--json"))["reward"]["declared_range"]
    here = Constants(tables, reward, 2, 0.5, HISTORY, HISTORY)
    least = here.regression()["eps_approx"]
    errors = []
    for seed in range(20):
        runs.dpac("run", file, "--seed", seed, "--out", tmp_path / f"{seed}", "--quiet")
        theta = np.array(json.loads((tmp_path / f"{seed}" / "policy.json").read_bytes())["theta"])
        omega = theta / number(records, "eta")
        errors.append(here.P @ ((here.values - here.xis @ omega) ** 2 @ here.powers) - least)
    bound = number(records, "lemma_11")
    assert np.mean(errors) + 4.0 * np.std(errors) / math.sqrt(20) <= bound
    # The regression has moved: it begins at ε_stat(0).
    assert np.mean(errors) < 0.8 * number(records, "eps_stat")
