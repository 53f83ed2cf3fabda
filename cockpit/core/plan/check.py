"""Checks: the questions a plan puts to outside systems, one table a check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Discriminator, Field, Tag

from cockpit.core.plan.fields import Condition, Since, UrlPath
from cockpit.core.plan.measure import IssuesCheck, MetricCheck, QueryCheck, RunsCheck
from cockpit.core.plan.program import FileCheck, GitCheck, MachineQuestion, ShellCheck
from cockpit.core.plan.question import Question

__all__ = [
    "CHECKS", "CHECK_KINDS", "Check", "FileCheck", "GitCheck", "HttpCheck", "IssuesCheck", "LogCheck",
    "MachineQuestion", "MetricCheck", "PostgresCheck", "QueryCheck", "Question", "RailwayCheck", "RunsCheck",
    "ShellCheck",
]  # fmt: skip


class PostgresCheck(Question):
    """Statements with bound parameters, in one transaction that is never kept; the last one's rows are the reading."""

    source: ClassVar[str] = "postgres"
    asks_of: ClassVar[str] = "postgres"

    sql: Annotated[str, Field(min_length=1)] | Annotated[tuple[str, ...], Field(min_length=1)]
    """The statement, or a list of those that belong together, the question last; parameters are `$1`, `$2`, ..."""
    with_: tuple[str, ...] = Field(default=(), alias="with")
    """What `$1`, `$2`, ... stand for: names of asks, or `time of ANCHOR`."""
    mutates: bool = Field(default=False, strict=True)
    """It writes, and is always rolled back; asked by a key and confirmed, never by a monitor."""

    @property
    def is_trial(self) -> bool:
        """Whether asking it writes, in a transaction that is always rolled back: a person's key starts it."""
        return self.mutates

    @property
    def statements(self) -> tuple[str, ...]:
        """What is sent, one by one."""
        return (self.sql,) if isinstance(self.sql, str) else self.sql


class HttpCheck(Question):
    """One GET."""

    source: ClassVar[str] = "http"
    asks_of: ClassVar[str] = "http"

    get: UrlPath
    """The path asked for, with its query."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Sent with this request, beside those of the connection."""
    seen: Condition | None = None
    """The control, an expression over the same reading: this is the endpoint meant, not a cache or another host."""
    serves: Condition | None = None
    """Where the answer names the version that gave it: an expression for a deployment id, commit or image digest.

    Such a check is asked every few seconds while a rollout is under way, and the screen says who answers.
    """


class LogCheck(Question):
    """Lines of a service's log: a pattern counted, or patterns met in order."""

    source: ClassVar[str] = "logs"
    asks_of: ClassVar[str] = "railway"

    logs: str = Field(min_length=1)
    """The service."""
    from_: Literal["old", "new", "any"] = Field(default="any", alias="from")
    """Whose lines: the deployment being replaced, the one replacing it, or any."""
    since: Since
    """Where the window begins: an anchor, or a span before now."""
    ordered: tuple[str, ...] = ()
    """Patterns that must be met one after the other in one instance's lines; either this or `match`."""
    match: str | None = None
    """The pattern whose lines are counted; either this or `ordered`."""
    seen: Condition | None = None
    """The control, an expression over the same reading: there were lines to look through."""


class RailwayCheck(Question):
    """What Railway says of a service."""

    source: ClassVar[str] = "railway"
    asks_of: ClassVar[str] = "railway"

    ask: Literal[
        "variables",
        "shared variables",
        "running variables",
        "drift",
        "settings",
        "deployment",
        "deployments",
        "instances",
        "metrics",
        "usage",
    ]
    """`variables` are the configured ones of a service, `shared variables` those of the environment that every
    service may refer to, `running variables` those the live deployment was built with; `drift` is how what is
    configured differs from these, by name."""
    service: str | None = Field(default=None, min_length=1)
    """The service asked about, by name or id; `shared variables` are no service's."""
    seen: Condition | None = None
    """The control, an expression over the same reading."""


CHECKS: Mapping[str, type[Question]] = {
    "sql": PostgresCheck, "get": HttpCheck, "logs": LogCheck, "ask": RailwayCheck, "metric": MetricCheck,
    "promql": QueryCheck, "inngest": RunsCheck, "issues": IssuesCheck, "run": ShellCheck, "git": GitCheck,
    "file": FileCheck,
}  # fmt: skip
"""The exactly-one-of keys of a check, and what each one makes of it."""

CHECK_KINDS = {key: model.source for key, model in CHECKS.items()}
"""Those keys, and the source each one asks."""


def _kind_of_check(value: Any) -> str | None:
    if isinstance(value, Question):
        return value.source
    keys = value if isinstance(value, dict) else ()
    return next((source for key, source in CHECK_KINDS.items() if key in keys), None)


Check = Annotated[
    Annotated[PostgresCheck, Tag("postgres")]
    | Annotated[HttpCheck, Tag("http")]
    | Annotated[LogCheck, Tag("logs")]
    | Annotated[RailwayCheck, Tag("railway")]
    | Annotated[MetricCheck, Tag("metric")]
    | Annotated[QueryCheck, Tag("promql")]
    | Annotated[RunsCheck, Tag("inngest")]
    | Annotated[IssuesCheck, Tag("sentry")]
    | Annotated[ShellCheck, Tag("shell")]
    | Annotated[GitCheck, Tag("git")]
    | Annotated[FileCheck, Tag("file")],
    Discriminator(
        _kind_of_check,
        custom_error_type="check_kind",
        custom_error_message=f"A check asks exactly one thing. Give it {', '.join([*CHECKS][:-1])} or {[*CHECKS][-1]}.",
    ),
]
"""A question, told apart by its one key of `CHECKS`."""
