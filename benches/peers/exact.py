"""The exact mean of psi after any number of local steps, by recursion: no sampling.

A local step is psi <- psi - D (A psi - b) with random A and b of a fresh trajectory that does not depend on psi, so means
obey the same line with the means of A and b. Averaging over clients changes no mean: after r rounds of K local steps the
mean of the server's psi is that of one client after r K local steps.
"""

import numpy as np

import tiger


def occupancy():
    """For each step h: P(s, slot, a) and P(slot_h, a_h, slot_h+1, a_h+1), both by the recursion over steps."""
    slots, actions = tiger.SLOTS[-1], tiger.ACTIONS
    pi = tiger.policy()
    here = np.zeros((tiger.STATES, slots))
    here[:, 0] = tiger.START
    singles, pairs = [], []
    for h in range(tiger.HORIZON):
        single = np.einsum("sm,ma->sma", here, pi[h])
        singles.append(single)
        if h + 1 < tiger.HORIZON:
            # P(s_h, slot_h, a_h, s_h+1, o_h+1); the next slot is (a, o).
            joint = np.einsum("sma,ast,ato->smato", single, tiger.TRANSITION, tiger.OBSERVATION)
            after = np.zeros((slots, actions, slots))
            for a in range(actions):
                for o in range(tiger.OBSERVATIONS):
                    after[:, a, a * tiger.OBSERVATIONS + o] = joint[:, :, a, :, o].sum(axis=(0, 2))
            pairs.append(np.einsum("man,nb->manb", after, pi[h + 1]))
            here = np.einsum("smato->tao", joint).reshape(tiger.STATES, slots)
    return singles, pairs


def mean_of_a_step(coefficients=tiger.COEFFICIENTS):
    """Matrix and vector of mean psi <- matrix psi + vector."""
    matrix, vector = np.eye(tiger.COMPONENTS), np.zeros(tiger.COMPONENTS)
    singles, pairs = occupancy()
    for h in range(tiger.HORIZON):
        size = tiger.SLOTS[h] * tiger.ACTIONS
        block = slice(tiger.OFFSETS[h], tiger.OFFSETS[h] + size)
        visits = singles[h].sum(axis=0).ravel()[:size]
        matrix[block, block] -= coefficients[h] * np.diag(visits)
        # einsum over states: r[a, s] P(s, slot, a).
        vector[block] = coefficients[h] * np.einsum("as,sma->ma", tiger.NORMALISED_REWARD, singles[h]).ravel()[:size]
        if h + 1 < tiger.HORIZON:
            later = tiger.SLOTS[h + 1] * tiger.ACTIONS
            after = slice(tiger.OFFSETS[h + 1], tiger.OFFSETS[h + 1] + later)
            joint = pairs[h].reshape(tiger.SLOTS[-1] * tiger.ACTIONS, -1)[:size, :later]
            matrix[block, after] += coefficients[h] * tiger.DISCOUNT * joint
    return matrix, vector


def mean_history(rounds, local_steps, coefficients=tiger.COEFFICIENTS):
    """E psi after each round, one per row."""
    matrix, vector = mean_of_a_step(coefficients)
    psi, history = np.zeros(tiger.COMPONENTS), []
    for _ in range(rounds):
        for _ in range(local_steps):
            psi = matrix @ psi + vector
        history.append(psi)
    return np.array(history)


def weighted_output(history):
    """psi-hat of DPTD: rounds s > R_0 = floor(R / 2), counted from 1, with weights (s + 2)^2. Rounds are the last axis but one."""
    rounds = history.shape[-2]
    s = np.arange(rounds // 2 + 1, rounds + 1)
    return np.average(history[..., s - 1, :], axis=-2, weights=(s + 2.0) ** 2)
