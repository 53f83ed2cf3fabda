"""Checks: the questions a plan puts to outside systems, one table a check."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from cockpit.core.fields import Condition, Model, RelationText, Since, Span, UrlPath
from cockpit.core.names import Name


class Question(Model):
    """What every check has in common."""

    on: Name
    """The connection that is asked."""
    title: str | None = None
    """The words it is shown by; else its name."""
    pass_: Condition | None = Field(default=None, alias="pass")
    """The expectation over the reading; without it the verdict is *observed*."""
    seen: str | None = None
    """The control, the proof that the check is not blind: SQL for postgres, else an expression."""
    fresh: Span = timedelta(minutes=5)
    """An older reading does not count at a gate."""
    deadline: Span = timedelta(seconds=10)
    """Machine time one asking may take."""
    compare: RelationText | dict[str, RelationText] | None = None
    """How a later reading relates to the baseline: one relation, or one by row key or column, `other` for the rest."""
    rows_by: str | None = None
    """The column whose value names a row."""
    missing: int | str | None = None
    """What a row that is on one side only counts as."""
    mask: tuple[str, ...] = ()
    """Columns kept as keyed hashes: they still compare, and tell nothing."""

    @property
    def source(self) -> str:
        """The kind of question: postgres, http, logs or railway."""
        raise NotImplementedError


class PostgresCheck(Question):
    """One read-only statement with bound parameters."""

    sql: str = Field(min_length=1)
    """The statement; parameters are `$1`, `$2`, ..."""
    with_: tuple[str, ...] = Field(default=(), alias="with")
    """What `$1`, `$2`, ... stand for: names of asks, or `time of ANCHOR`."""

    @property
    def source(self) -> str:
        return "postgres"


class HttpCheck(Question):
    """One GET."""

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

    @property
    def source(self) -> str:
        return "http"


class LogCheck(Question):
    """Lines of a service's log: a pattern counted, or patterns met in order."""

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

    @property
    def source(self) -> str:
        return "logs"


class RailwayCheck(Question):
    """What Railway says of a service."""

    ask: Literal[
        "variables", "running variables", "drift", "settings", "deployment", "deployments", "instances", "metrics",
        "usage",
    ]
    """`variables` are the configured ones, `running variables` those the live deployment was built with; `drift`
    is how they differ, by name."""
    service: str = Field(min_length=1)
    """The service asked about."""
    seen: Condition | None = None
    """The control, an expression over the same reading."""

    @property
    def source(self) -> str:
        return "railway"


CHECK_KINDS = {"sql": "postgres", "get": "http", "logs": "logs", "ask": "railway"}
"""The exactly-one-of keys of a check, and the source each one asks."""


def _kind_of_check(value: Any) -> str | None:
    if isinstance(value, Question):
        return value.source
    keys = value if isinstance(value, dict) else ()
    return next((source for key, source in CHECK_KINDS.items() if key in keys), None)


Check = Annotated[
    Annotated[PostgresCheck, Tag("postgres")]
    | Annotated[HttpCheck, Tag("http")]
    | Annotated[LogCheck, Tag("logs")]
    | Annotated[RailwayCheck, Tag("railway")],
    Discriminator(
        _kind_of_check,
        custom_error_type="check_kind",
        custom_error_message="A check asks exactly one thing. Give it sql, get, logs or ask.",
    ),
]
"""A question, told apart by its one key of `CHECK_KINDS`."""
