"""Runs as tables."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from ._directory import RunDirectory, Runs, find, flattened
from ._errors import Damaged

_ROUTES = ("up", "down", "peer")
_SIZES = ("messages", "floats", "integers", "payload_bytes", "wire_bytes")
_SAMPLES = ("trajectories", "env_steps")
_COUNTS = [
    *(f"{size}_{route}" for size in _SIZES for route in _ROUTES),
    *_SIZES,
    "barriers",
    "broadcasts",
    *(f"{sample}_per_client" for sample in _SAMPLES),
    *_SAMPLES,
]
_MEASURES = ["value", "standard_error", "optimum", "gap", "bellman_error", "drift_critic", "drift_actor"]

Record = Mapping[str, Any]


def load(runs: Runs, keys: str | Iterable[str] | None = None, *, verify: bool = True) -> pd.DataFrame:
    """One row per run and round, each *after* what it names: row r has the policy after r rounds.

    In row r stand V(θ_r) and what had been sent when θ_r was there: in row 0 nothing, in the last row of a
    run that is complete V(θ_R) and everything. `bellman_error` and `drift_*` of row r are of what the round
    before it learned, so that row 0 has none. A run that has not ended has no last row. What is not
    known is missing (NA), and never 0. `run` is the path of the run's directory.

    `runs` is a run directory, a directory of runs at any depth, a pattern such as "runs/*", or a list of these.
    `keys` are dotted keys of the configuration, each of which becomes a column; by default all whose values
    differ among the runs. With `verify`, files that are not what the runs wrote raise `Damaged`.

    Units: `value`, `standard_error`, `optimum` and `gap` (optimum − value) the problem's own; `bellman_error`
    of rewards normalised to [0, 1]; bytes bytes. Counts are cumulative, over all clients except where a name says
    `per_client`.
    """
    directories = [RunDirectory(path, verify=verify) for path in find(runs)]
    resolved = [flattened(directory.config) for directory in directories]
    chosen = _differing(resolved) if keys is None else [keys] if isinstance(keys, str) else list(keys)
    rows = []
    for directory, values in zip(directories, resolved):
        swept = {_column(key): _cell(values.get(key)) for key in chosen}
        named = {"run": str(directory.path), **swept, "seed": values.get("seed")}
        rows += [{**named, **row} for row in _rows(directory)]
    columns = ["run", *map(_column, chosen), "seed", "round", *_MEASURES, *_COUNTS]
    return _typed(pd.DataFrame(rows, columns=columns, dtype=object))


def runs(runs: Runs, *, verify: bool = True) -> pd.DataFrame:
    """One row per run: status, every key of its configuration, values, costs in all, digests and versions.

    Keys are dotted (`federation.clients`); one that a run does not have is missing (NA). `runs` and units are as
    for `load`. `status` is "complete", "interrupted", "failed", or "unfinished" where there is no summary. `value` is
    that of the last policy, and `share` how much of the way from `uniform` to `optimum` it is.
    """
    rows = [_run(RunDirectory(path, verify=verify)) for path in find(runs)]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return _typed(pd.DataFrame(rows, columns=columns, dtype=object))


def _run(directory: RunDirectory) -> Record:
    summary: Record = directory.summary or {}
    value, keys = summary.get("value", {}), flattened(directory.config)
    row = {
        "run": str(directory.path),
        "status": summary.get("status", "unfinished"),
        "error": summary.get("error"),
        "algorithm": keys.get("algorithm", keys.get("algorithm.kind")),
        "problem": summary.get("problem", {}).get("name"),
    }
    told = ("seed", "algorithm", "algorithm.kind")
    row |= {_column(key): _cell(given) for key, given in keys.items() if key not in told}
    row["seed"] = keys.get("seed")
    row |= {name: value.get(key) for name, key in _VALUES.items()}
    row["gap"] = _difference(row["optimum"], row["value"])
    row["share"] = _share(row["uniform"], row["value"], row["optimum"])
    row["bellman_error"] = summary.get("bellman_error")
    if summary:
        row |= _costs(_totals(summary), summary["sizes"]["clients"])
    return row | {key: summary.get(key) for key in _ABOUT}


#: Columns of runs, and what `summary.json` calls them.
_VALUES = {
    "uniform": "uniform",
    "value": "last",
    "standard_error": "standard_error",
    "mixture": "mixture",
    "optimum": "optimum",
}

#: Of these the last are of a time and a machine.
_ABOUT = (
    *("closed_form_holds", "digest", "config_digest", "results_epoch", "program"),
    *("wall_seconds", "env_steps_per_second", "threads", "placement", "began_unix_seconds"),
)


def _rows(directory: RunDirectory) -> Iterator[Record]:
    summary = directory.summary
    clients = directory.config["federation"]["clients"]
    optimum = None if summary is None else summary["value"]["optimum"]
    lines = list(_lines(directory))
    if lines and summary is not None and summary["status"] == "complete":
        lines = _with_last(lines, summary)
    last: Record | None = None
    for line in lines:
        round = _round(line)
        before = line.get("before")
        if before is None:
            # An older line has what had been done when its round was over.
            follows = last is not None and _round(last) == round - 1
            before = {} if round == 0 else last if follows else None
        learned: Record = before or {}
        drift = learned.get("drift") or {}
        yield {
            **({} if before is None else _costs(before, clients)),
            "round": round,
            "value": line["value"],
            "standard_error": line["standard_error"],
            "optimum": optimum,
            "gap": _difference(optimum, line["value"]),
            "bellman_error": learned.get("bellman_error"),
            "drift_critic": drift.get("critic"),
            "drift_actor": drift.get("actor"),
        }
        last = line


def _round(line: Record) -> int:
    """After how many rounds a line's policy is: the last line has no round of its own."""
    return int(line["policy"] if "policy" in line else line["round"])


def _lines(directory: RunDirectory) -> Iterator[Record]:
    text = directory.read("rounds.jsonl").decode()
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines, start=1):
        if directory.summary is None and number == len(lines) and not line.endswith("\n"):
            return  # The run is writing it.
        try:
            yield json.loads(line)
        except ValueError as error:
            raise Damaged(
                f"line {number} of {directory.path / 'rounds.jsonl'} is no JSON: {error}"
            ) from error


def _with_last(lines: list[Record], summary: Record) -> list[Record]:
    """With a line for the last policy, where the run has not written one: before it stands all there was."""
    last, value = lines[-1], summary["value"]
    if "round" not in last:
        return lines
    learned = {key: last.get(key) for key in ("bellman_error", "drift")}
    end = {"policy": _round(last) + 1, "value": value["last"], "standard_error": value["standard_error"]}
    return [*lines, {**end, "before": {**_totals(summary), **learned}}]


def _totals(summary: Record) -> Record:
    samples = {f"{sample}_per_client": summary[f"{sample}_per_client"] for sample in _SAMPLES}
    return {**summary["communication"], **samples}


def _costs(counted: Record, clients: int) -> Record:
    """The columns of counts; all are 0 of an empty record."""
    routes = {route: counted.get(route) for route in _ROUTES}
    if routes["peer"] is None and "wire" in counted.get("ledger", {}):
        routes["peer"] = _peer(counted)
    of_routes = {
        f"{size}_{route}": (routes[route] or {}).get(size, 0) for size in _SIZES for route in _ROUTES
    }
    in_all = {size: sum(of_routes[f"{size}_{route}"] for route in _ROUTES) for size in _SIZES}
    samples = {f"{sample}_per_client": counted.get(f"{sample}_per_client", 0) for sample in _SAMPLES}
    return {
        **of_routes,
        **in_all,
        "barriers": counted.get("barriers", counted.get("aggregations", 0)),
        "broadcasts": counted.get("broadcasts", 0),
        **samples,
        **{sample: samples[f"{sample}_per_client"] * clients for sample in _SAMPLES},
    }


def _peer(counted: Record) -> Record:
    """What went from client to client: what the ledger has on the wire, less what went up and down."""
    kinds = counted["ledger"]["wire"].values()
    floats = sum(sum(kind["floats"].values()) for kind in kinds)
    integers = sum(sum(kind.get("integers", {}).values()) for kind in kinds)
    in_all = {
        "messages": sum(kind["messages"] for kind in kinds),
        "floats": floats,
        "integers": integers,
        "payload_bytes": 8 * (floats + integers),
        "wire_bytes": sum(kind["wire_bytes"] for kind in kinds),
    }
    sent = (counted["up"], counted["down"])
    return {size: in_all[size] - sum(route.get(size, 0) for route in sent) for size in _SIZES}


def _difference(more: float | None, less: float | None) -> float | None:
    return None if more is None or less is None else more - less


def _share(uniform: float | None, value: float | None, optimum: float | None) -> float | None:
    """How much of the way from the uniform policy to the optimum a value is."""
    if uniform is None or value is None or optimum is None or optimum == uniform:
        return None
    return (value - uniform) / (optimum - uniform)


def _differing(resolved: list[dict[str, Any]]) -> list[str]:
    """The keys whose values differ, but for the seed, which has its column already."""
    keys = dict.fromkeys(key for values in resolved for key in values if key != "seed")
    return [key for key in keys if len({repr(values.get(key)) for values in resolved}) > 1]


def _column(key: str) -> str:
    """The column of a key: the key, but where a result is called so."""
    return f"config.{key}" if key in _RESULTS else key


#: Names of columns that no key may take.
_RESULTS = {*_MEASURES, *_COUNTS, *_VALUES, *_ABOUT, "run", "round", "status", "error", "problem", "share"}


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers stay whole beside missing ones, and measures are floats also where all are missing."""
    for column in table.columns:
        present = table[column].dropna()
        if column in _COUNTS or column in ("round", "seed", "results_epoch", "threads"):
            table[column] = table[column].astype("Int64")
        elif column in (*_MEASURES, *_VALUES, "share"):
            table[column] = table[column].astype("float64")
        elif len(present) and all(type(value) is int for value in present):
            table[column] = table[column].astype("Int64")
        elif len(present) and all(type(value) in (int, float) for value in present):
            table[column] = table[column].astype("float64")
        elif len(present) and all(type(value) is bool for value in present):
            table[column] = table[column].astype("boolean")
        else:
            table[column] = table[column].infer_objects()
    return table
