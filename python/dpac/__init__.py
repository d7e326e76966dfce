"""Reads what `dpac run` writes: tables of runs, policies and critics.

import dpac
rounds = dpac.load("runs/*")
dpac.policy("runs/a").probabilities(["listen", "tiger-left"])
dpac.critic("runs/a").q(["listen", "tiger-left"], "open-right")
dpac.recorded("runs/a").psi
"""

from ._errors import BadHistory, Damaged, DpacError, NotARun, NotSupported
from ._network import Network
from ._policy import Critic, History, Mixture, Policy, SavedPolicy, critic, policy
from ._record import Recorded, recorded
from ._tables import load, runs

__version__ = "0.1.0"

__all__ = [
    "BadHistory",
    "Critic",
    "Damaged",
    "DpacError",
    "History",
    "Mixture",
    "Network",
    "NotARun",
    "NotSupported",
    "Policy",
    "Recorded",
    "SavedPolicy",
    "critic",
    "load",
    "policy",
    "recorded",
    "runs",
]
