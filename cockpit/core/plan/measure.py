"""Checks of what is measured: a metric as targets expose it, a PromQL query, Inngest's runs, Sentry's new issues."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cockpit.core.plan.fields import Condition, Since, Span
from cockpit.core.plan.names import Name
from cockpit.core.plan.question import Question

# https://prometheus.io/docs/concepts/data_model/#metric-names-and-labels; quoted UTF-8 names are left out.
MetricName = Annotated[str, Field(pattern=r"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
Label = Annotated[str, Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")]


class MeasureQuestion(Question):
    """What is asked of a system that measures or counts."""

    seen: Condition | None = None
    """The control, an expression over the same reading, such as `targets == 2`: beside those the source brings."""


class MetricCheck(MeasureQuestion):
    """One metric, as the targets of a Prometheus connection expose it, summed over what `by` does not name."""

    source: ClassVar[str] = "metric"
    asks_of: ClassVar[str] = "prometheus"

    metric: MetricName
    """The name of a sample, such as `http_requests_total`, or of a histogram's `_sum` and `_count`."""
    where: dict[Label, str] = Field(default_factory=dict)
    """Labels a series must have, with these values."""
    by: tuple[Label, ...] = ()
    """Labels that make the rows; without them there is one value."""
    increase: Span | None = None
    """A counter's growth over this window, as the cockpit sampled it itself; resets are added up."""
    rate: Span | None = None
    """The same by the second; either this or `increase`, and neither for a gauge."""
    absent: int | None = Field(default=None, strict=True)
    """What it counts as when the metric is there and no series fits `where`; else that is blind."""

    @property
    def window(self) -> Span | None:
        """The window it looks back over; None for a value of now."""
        return self.increase if self.increase is not None else self.rate


class QueryCheck(MeasureQuestion):
    """One PromQL query, answered by a Prometheus server over its HTTP API."""

    source: ClassVar[str] = "promql"
    asks_of: ClassVar[str] = "prometheus"

    promql: str = Field(min_length=1)
    """The query, evaluated at the server's present."""
    exists: str | None = Field(default=None, min_length=1)
    """A selector that must have series, the proof that the query could have found any: `up{job="api"}`."""
    absent: int | None = Field(default=None, strict=True)
    """What an empty answer counts as where `exists` holds; else that is blind."""


class RunsCheck(MeasureQuestion):
    """Inngest's functions: how their runs ended within a window, how many steps there are now, what an event began."""

    source: ClassVar[str] = "inngest"
    asks_of: ClassVar[str] = "inngest"

    inngest: Literal["runs", "steps", "event", "run"]
    """`runs` over a window, from the counters of the Prometheus export; `steps` running and scheduled now; by the REST
    API the runs of one `event`, or one `run`."""
    of: Name | None = None
    """The ask that is answered with the id of the event or run."""
    function: str | None = Field(default=None, min_length=1)
    """The function's id, with its app's before it, as the export writes it, of an event's runs as the API does; else
    all of them."""
    over: Span | None = None
    """The window of `runs`, as the cockpit sampled it itself."""

    @property
    def bound(self) -> tuple[str, ...]:
        return (self.of, *self.with_) if self.of is not None else self.with_

    @property
    def window(self) -> Span | None:
        """The window it looks back over; None for a value of now."""
        return self.over


class IssuesCheck(MeasureQuestion):
    """Sentry's issues that were first seen since a moment."""

    source: ClassVar[str] = "sentry"
    asks_of: ClassVar[str] = "sentry"

    issues: str
    """The query in Sentry's search syntax, such as `is:unresolved level:error`; may be empty."""
    project: str = Field(pattern=r"^[a-z0-9_-]+$")
    """The project's slug; that it exists is asked too."""
    since: Since
    """From when on an issue is new: an anchor, or a span before now."""
    environment: str | None = Field(default=None, min_length=1)
    """Sentry's environment; else all of them."""
