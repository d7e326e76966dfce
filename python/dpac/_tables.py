"""Runs as tables."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from ._directory import RunDirectory, Runs, find, flattened
from ._errors import Damaged

_ROUTES = ("up", "down", "peer")
_SIZES = ("messages", "floats", "payload_bytes", "wire_bytes")
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


def load(runs: Runs, keys: Iterable[str] | None = None, *, verify: bool = True) -> pd.DataFrame:
    """One row per run and round, each *after* what it names: row r has the policy after r rounds.

    In row r stand V(θ_r) and what had been sent when θ_r was there: in row 0 nothing, in the last row of a
    run that is complete V(θ_R) and everything. `bellman_error` and `drift_*` of row r are of what the round
    before it learned, so that row 0 has none. A run that has not ended has no last row. What is not
    known is missing (NA), and never 0.

    `runs` is a run directory, a directory of runs at any depth, a pattern such as "runs/*", or a list of these.
    `keys` are dotted keys of the configuration, each of which becomes a column; by default all whose values
    differ among the runs. With `verify`, files that are not what the runs wrote raise `Damaged`.

    Units: `value`, `standard_error`, `optimum` and `gap` (optimum − value) the problem's own; `bellman_error`
    of rewards normalised to [0, 1]; bytes bytes. Counts are cumulative, over all clients except where a name says
    `per_client`.
    """
    directories = [RunDirectory(path, verify=verify) for path in find(runs)]
    resolved = [flattened(directory.config) for directory in directories]
    chosen = _differing(resolved) if keys is None else list(keys)
    rows = []
    for directory, values in zip(directories, resolved):
        swept = {_column(key): _cell(values.get(key)) for key in chosen}
        named = {"run": str(directory.path), "seed": values.get("seed")}
        rows += [{**named, **swept, **row} for row in _rows(directory)]
    columns = ["run", "seed", *map(_column, chosen), "round", *_MEASURES, *_COUNTS]
    return _typed(pd.DataFrame(rows, columns=columns, dtype=object))


def runs(runs: Runs, *, verify: bool = True) -> pd.DataFrame:
    """One row per run: status, versions, digests, values, costs in all, and every key of its configuration.

    Keys are dotted (`federation.clients`); one that a run does not have is missing (NA). `runs` and units are as
    for `load`. `status` is "complete", "interrupted", "failed", or "unfinished" where there is no summary.
    """
    rows = [_run(RunDirectory(path, verify=verify)) for path in find(runs)]
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return _typed(pd.DataFrame(rows, columns=columns, dtype=object))


def _run(directory: RunDirectory) -> Record:
    summary = directory.summary
    row: dict[str, Any] = {"run": str(directory.path), "status": "unfinished"}
    if summary is not None:
        value = summary["value"]
        for key in ("status", "error", "program", "algorithm", "results_epoch", "config_digest", "digest"):
            row[key] = summary.get(key)
        row |= {f"value_{key}": value[key] for key in ("uniform", "last", "mixture")}
        row |= {key: value.get(key) for key in ("standard_error", "optimum", "optimum_error")}
        row["value_method"] = value["method"]
        row["gap"] = _difference(value["optimum"], value["last"])
        row["bellman_error"] = summary["bellman_error"]
        row |= _costs(_totals(summary), summary["sizes"]["clients"])
        for key in ("closed_form_holds", "wall_seconds", "env_steps_per_second", "threads", "placement"):
            row[key] = summary[key]
    keys = {_column(key): _cell(value) for key, value in flattened(directory.config).items()}
    return row | {key: value for key, value in keys.items() if key not in row}


def _rows(directory: RunDirectory) -> Iterator[Record]:
    summary = directory.summary
    clients = directory.config["federation"]["clients"]
    optimum = None if summary is None else summary["value"]["optimum"]
    lines = list(_lines(directory))
    if lines and summary is not None and summary["status"] == "complete":
        lines = _with_last(lines, summary)
    before: Record | None = None
    for line in lines:
        round = line["round"]
        follows = before is not None and before["round"] == round - 1
        learned: Record = before if follows else {}  # type: ignore[assignment]
        if line.get("before") is not None:
            costs: Record | None = line["before"]
        elif round == 0:
            costs = {}
        else:
            costs = before if follows else None
        drift = learned.get("drift") or {}
        yield {
            **({} if costs is None else _costs(costs, clients)),
            "round": round,
            "value": line["value"],
            "standard_error": line["standard_error"],
            "optimum": optimum,
            "gap": _difference(optimum, line["value"]),
            "bellman_error": learned.get("bellman_error"),
            "drift_critic": drift.get("critic"),
            "drift_actor": drift.get("actor"),
        }
        before = line


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
    last, totals = lines[-1], _totals(summary)
    clients = summary["sizes"]["clients"]
    if last.get("before") is not None and _costs(last["before"], clients) == _costs(totals, clients):
        return lines
    value = summary["value"]
    end = {"round": last["round"] + 1, "value": value["last"], "standard_error": value["standard_error"]}
    return [*lines, {**end, "before": totals}]


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
        "payload_bytes": 8 * (floats + integers),
        "wire_bytes": sum(kind["wire_bytes"] for kind in kinds),
    }
    return {size: in_all[size] - counted["up"][size] - counted["down"][size] for size in _SIZES}


def _difference(more: float | None, less: float | None) -> float | None:
    return None if more is None or less is None else more - less


def _differing(resolved: list[dict[str, Any]]) -> list[str]:
    """The keys whose values differ, but for the seed, which has its column already."""
    keys = dict.fromkeys(key for values in resolved for key in values if key != "seed")
    return [key for key in keys if len({repr(values.get(key)) for values in resolved}) > 1]


def _column(key: str) -> str:
    """The column of a key: the key, but where a result is called so."""
    return f"config.{key}" if key in {*_MEASURES, *_COUNTS, "run", "round"} else key


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, list) else value


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Whole numbers stay whole beside missing ones, and measures are floats also where all are missing."""
    for column in table.columns:
        present = table[column].dropna()
        if column in _COUNTS or column in ("round", "seed", "results_epoch", "threads"):
            table[column] = table[column].astype("Int64")
        elif column in (*_MEASURES, "value_uniform", "value_last", "value_mixture", "optimum_error"):
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
