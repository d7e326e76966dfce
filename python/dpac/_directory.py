"""Run directories: where they are, and their files, held to the digests that the run wrote."""

import glob
import json
import os
import tomllib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

from ._blake3 import blake3
from ._errors import Damaged, DpacError, NotARun

#: What `runs`, `load` and others take: a run directory, a directory of runs, a pattern, or a list of these.
Runs = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]


class RunDirectory:
    """A directory that `dpac run` has written.

    A file is read whole and held to its digest. A run that has not ended has no digests yet.
    """

    def __init__(self, path: str | os.PathLike[str], *, verify: bool = True) -> None:
        self.path = Path(path)
        self._verify = verify
        if not is_run(self.path):
            raise NotARun(f"{self.path} is no run directory: it has no config.toml and rounds.jsonl")

    def __repr__(self) -> str:
        return f"RunDirectory({str(self.path)!r})"

    @cached_property
    def config(self) -> dict[str, Any]:
        """`config.toml`: every key of the run, with every number as it was resolved."""
        return tomllib.loads(self.read("config.toml").decode())

    @cached_property
    def summary(self) -> dict[str, Any] | None:
        """`summary.json`, or None where the run has not ended."""
        return json.loads(self.read("summary.json")) if self.has("summary.json") else None

    def has(self, name: str) -> bool:
        """Whether there is a file of this name."""
        return (self.path / name).is_file()

    def read(self, name: str) -> bytes:
        """The content of the file `name`; `Damaged` where it is not what the run wrote."""
        try:
            content = (self.path / name).read_bytes()
        except OSError as error:
            raise DpacError(f"cannot read {self.path / name}: {error.strerror}") from error
        expected = self._digests.get(name) if self._verify else None
        if expected is not None and blake3(content) != expected:
            raise Damaged(f"{self.path / name} is not what the run wrote: its digest differs")
        return content

    @cached_property
    def _digests(self) -> dict[str, str]:
        digests: dict[str, str] = {}
        for name in ("digests.json", "summary.json"):
            if self.has(name):
                digests |= json.loads((self.path / name).read_bytes()).get("files", {})
        return digests


def is_run(path: Path) -> bool:
    """Whether `path` is a run directory."""
    return (path / "config.toml").is_file() and (path / "rounds.jsonl").is_file()


def find(runs: Runs) -> list[Path]:
    """The run directories among and below `runs`, each once, in the order of their names.

    `NotARun` where there is none.
    """
    given = [runs] if isinstance(runs, (str, os.PathLike)) else list(runs)
    found: dict[Path, None] = {}
    for one in given:
        text = os.fspath(one)
        places = [text] if os.path.exists(text) else sorted(glob.glob(text))
        below = [run for place in places for run in _below(Path(place))]
        if not below:
            raise NotARun(f"no run directory is at or below {text}")
        found |= dict.fromkeys(below)
    if not found:
        raise NotARun("no run directory was named")
    return list(found)


def _below(path: Path) -> list[Path]:
    if is_run(path):
        return [path]
    if not path.is_dir() or path.name.startswith("."):
        return []
    return [run for child in sorted(path.iterdir()) if child.is_dir() for run in _below(child)]


def flattened(table: dict[str, Any], before: str = "") -> dict[str, Any]:
    """The keys of nested tables, dotted: `{"critic": {"eta": 1.0}}` gives `{"critic.eta": 1.0}`."""
    flat: dict[str, Any] = {}
    for key, value in table.items():
        flat |= flattened(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: value}
    return flat
