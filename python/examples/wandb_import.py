"""Sends runs to Weights & Biases, a point per round: wandb_import.py PROJECT RUNS..."""

import sys

import dpac


def points(runs):
    """Name, configuration and rounds of each run, without what is missing."""
    about, rounds = dpac.runs(runs).set_index("run"), dpac.load(runs, keys=[])
    for run, table in rounds.groupby("run", sort=False):
        yield run, about.loc[run].dropna().to_dict(), [row.dropna().to_dict() for _, row in table.iterrows()]


if __name__ == "__main__":
    import wandb

    for name, config, records in points(sys.argv[2:]):
        with wandb.init(project=sys.argv[1], name=name, config=config) as run:
            [run.log(record, step=int(record["round"])) for record in records]
