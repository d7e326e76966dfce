"""Loads dashboards into Grafana's own generated classes and writes them again: a key that is lost is one Grafana does not know.

Every kind of mistake has a twin: planted into a copy, it must be found.
"""

import copy
import json
import pathlib
import sys

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

DASHBOARDS = pathlib.Path(__file__).parent.parent / "grafana"


def lost(written, read, path=""):
    """Paths of what is in `written` and differs, or is missing, in `read`."""
    if isinstance(written, dict):
        if not isinstance(read, dict):
            return [path]
        return [
            place
            for key, value in written.items()
            for place in (lost(value, read[key], f"{path}.{key}") if key in read else [f"{path}.{key}"])
        ]
    if isinstance(written, list):
        if not isinstance(read, list) or len(written) != len(read):
            return [path]
        return [
            place
            for index, (value, other) in enumerate(zip(written, read))
            for place in lost(value, other, f"{path}[{index}]")
        ]
    return [] if written == read else [path]


def findings(dashboard):
    try:
        loaded = Dashboard.from_json(copy.deepcopy(dashboard))
        again = json.loads(JSONEncoder(sort_keys=True).encode(loaded))
    except (KeyError, TypeError, ValueError) as error:
        return [f"cannot be loaded: {error!r}"]
    return lost(dashboard, again)


def rename(thing, old, new):
    thing[new] = thing.pop(old)


def first(dashboard, kind):
    return next(panel for panel in dashboard["panels"] if panel["type"] == kind)


PLANTS = {
    "graphTooltipp": lambda d: rename(d, "graphTooltip", "graphTooltipp"),
    "descripton": lambda d: rename(first(d, "timeseries"), "description", "descripton"),
    "unti": lambda d: rename(first(d, "timeseries")["fieldConfig"]["defaults"], "unit", "unti"),
    "legendFromat": lambda d: rename(first(d, "timeseries")["targets"][0], "legendFormat", "legendFromat"),
    "lineWdith": lambda d: rename(
        first(d, "timeseries")["fieldConfig"]["defaults"]["custom"], "lineWidth", "lineWdith"
    ),
    "textMood": lambda d: rename(first(d, "stat")["options"], "textMode", "textMood"),
    "mappping": lambda d: rename(first(d, "xychart")["options"], "mapping", "mappping"),
    "includeAl": lambda d: rename(d["templating"]["list"][1], "includeAll", "includeAl"),
}


def main():
    register_default_plugins()
    failed = False
    files = sorted(DASHBOARDS.glob("*.json"))
    for file in files:
        for finding in findings(json.loads(file.read_text())):
            print(f"{file.name}: Grafana's classes do not know {finding}")
            failed = True
    with_all_kinds = json.loads((DASHBOARDS / "run-overview.json").read_text())
    for expected, plant in PLANTS.items():
        planted = copy.deepcopy(with_all_kinds)
        plant(planted)
        if not any(expected in finding for finding in findings(planted)):
            print(f"a planted mistake was not found: {expected}")
            failed = True
    if not files or failed:
        sys.exit(1)
    print(f"{len(files)} dashboards pass through Grafana's classes unchanged; {len(PLANTS)} planted mistakes are found")


main()
