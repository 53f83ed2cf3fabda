"""Everything Cockpit can tell a person has gone wrong.

    CockpitError
    ├── PlanError                 a plan cannot be used; carries every complaint
    ├── SettingsError             the operator's own settings cannot be used
    ├── UsageError                what stands on the command line leads to nothing
    ├── SecretError               a secret reference could not be resolved
    ├── ExpressionError           an expectation cannot be read or answered (a ValueError, so that models collect it)
    │   └── Blind                 the question could not have been answered: no sample to answer it from
    ├── JournalError
    │   ├── JournalBusy           another process holds what we need
    │   ├── JournalConflict       somebody appended before us; decide again
    │   ├── JournalDamaged        what stands in the file is not a journal
    │   └── JournalUnwritable     disk full, read-only, gone
    ├── SourceError               an outside system did not answer a question
    │   ├── Unreachable           no connection, or it broke
    │   ├── Refused               it answered no: rights, token, wrong environment
    │   │   ├── Missing           what was asked for is not there (any more)
    │   │   └── Declined          it is there and let us in, and says no to this one question
    │   ├── TimedOut              no answer before the deadline
    │   ├── Throttled             too many requests; carries `retry_after` seconds
    │   └── Garbled               it answered something that makes no sense
    ├── ActionUncertain           a mutation may or may not have happened: look before anything else
    ├── SimulatorError            the stand-in world could not start or has gone
    └── ReportError               the record could not be written

Each message is two short sentences for a person: what happened, what to do. Foreign
exceptions are translated once, in the adapter that met them, and stay as `__cause__`.
"""

from __future__ import annotations

CARET_WIDTH = 100
"""Characters of an expression shown around the place that is meant."""


class CockpitError(Exception):
    """What happened, and what to do about it."""

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class PlanError(CockpitError):
    """A plan that cannot be used; `complaints` are printable lines, all of them at once."""

    def __init__(self, what: str, complaints: tuple[str, ...] = (), remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.complaints = complaints


class SettingsError(CockpitError):
    """The operator's settings file cannot be used; `complaints` are printable lines, all of them at once."""

    def __init__(self, what: str, remedy: str = "", complaints: tuple[str, ...] = ()) -> None:
        super().__init__(what, remedy)
        self.complaints = complaints


class UsageError(CockpitError):
    """An argument of the command line that cannot be meant."""


class SecretError(CockpitError):
    """A secret reference that leads to nothing; never carries the secret."""


class ExpressionError(CockpitError, ValueError):
    """An expectation that cannot be read, or has no answer over a reading.

    `source` is the expression, `start` and `end` the offending span in it, both 0 when there is none.
    """

    def __init__(self, what: str, remedy: str = "", *, source: str = "", start: int = 0, end: int = 0) -> None:
        super().__init__(what, remedy)
        self.source = source
        self.start = start
        self.end = end

    def caret(self) -> str:
        """The expression with the offending span underlined, two lines of at most `CARET_WIDTH`, or nothing."""
        if not self.source:
            return ""
        first = max(0, self.start - CARET_WIDTH // 2)
        line = "".join(char if char.isprintable() else " " for char in self.source[first : first + CARET_WIDTH])
        marks = min(max(1, self.end - self.start), CARET_WIDTH - (self.start - first))
        return f"{line}\n{' ' * (self.start - first)}{'^' * marks}"


class Blind(ExpressionError):
    """The question could not have been answered: there is no sample, no history, nothing to see."""


class JournalError(CockpitError):
    """The record of a run cannot be read or written."""


class JournalBusy(JournalError):
    """Another process holds the journal."""


class JournalConflict(JournalError):
    """The journal has grown since it was read: read on, fold, decide again."""


class JournalDamaged(JournalError):
    """The file is no journal of ours, or is torn."""


class JournalUnwritable(JournalError):
    """The journal cannot take another event: disk full, read-only, gone."""


class SourceError(CockpitError):
    """An outside system did not answer a question; `word` is how a connection that fails so is told."""

    word = "down"


class Unreachable(SourceError):
    """No connection, or it broke underway."""


class Refused(SourceError):
    """The system answered no: rights, token, wrong environment, a statement we do not send."""

    word = "refuses"


class Missing(Refused):
    """What was asked for is not there, or not there any more."""

    word = "lacks something"


class Declined(Refused):
    """It is there and let us in, and says no to this one question: nothing is wrong with the connection."""


class TimedOut(SourceError):
    """No answer before the deadline."""

    word = "silent"


class Throttled(SourceError):
    """Too many requests; ask again after `retry_after` seconds of machine time."""

    word = "throttles"

    def __init__(self, what: str, remedy: str = "", *, retry_after: float = 60.0) -> None:
        super().__init__(what, remedy)
        self.retry_after = retry_after


class Garbled(SourceError):
    """The answer makes no sense: not JSON, a missing field, HTML in its place."""

    word = "garbled"


class ActionUncertain(CockpitError):
    """A mutation was sent and its answer lost: whether it happened is unknown until somebody looks."""


class SimulatorError(CockpitError):
    """The stand-in world could not start, or has gone."""


class ReportError(CockpitError):
    """The record could not be turned into a page."""
