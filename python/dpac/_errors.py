"""What can go wrong. All of it is a `DpacError`."""


class DpacError(Exception):
    """Something that this package cannot do or cannot read, and what to do about it."""


class NotARun(DpacError):
    """No run directory is where one was looked for."""


class Damaged(DpacError):
    """A file is not what the run wrote: its digest differs from the one in `summary.json` or `digests.json`."""


class NotSupported(DpacError):
    """A number that cannot be computed from what is given."""


class BadHistory(DpacError):
    """A history, an action or an observation that the problem does not have."""
