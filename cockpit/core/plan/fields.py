"""The values a plan file is made of: spans, conditions, relations, addresses, references to secrets.

Each reads one value and says in two sentences what is wrong with it. What is read once is
never read again: spans become `timedelta`, everything else stays the text it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer

from cockpit.core.anchor import Anchor
from cockpit.core.expression import Expression
from cockpit.core.reading.comparison import Relation
from cockpit.core.span import parse_span, show_span


def text_by(parse: Callable[[str], Any]) -> BeforeValidator:
    """A text that `parse` can read; `parse` raises ValueError."""

    def check(value: Any) -> Any:
        if isinstance(value, str):
            parse(value)
        return value

    return BeforeValidator(check)


def _span(value: Any) -> Any:
    if isinstance(value, str):
        return parse_span(value)
    if isinstance(value, timedelta):
        return value
    raise ValueError('A length of time is a text with a unit. Write it as "90s", "5m", "4h" or "7d".')


Span = Annotated[
    timedelta,
    BeforeValidator(_span, json_schema_input_type=str),
    PlainSerializer(show_span, return_type=str),
    Field(json_schema_extra={"examples": ["90s", "5m", "4h", "7d"]}),
]
"""`90s 5m 4h 7d`."""

Condition = Annotated[str, text_by(Expression.parse)]
"""An expectation in the expression language, kept as its source."""

RelationText = Annotated[str, text_by(Relation.parse)]
"""How a later value relates to the baseline, kept as written."""


def _since(text: str) -> None:
    try:
        parse_span(text)
    except ValueError:
        try:
            Anchor.parse(text)
        except ValueError:
            raise ValueError(
                f"'{text}' is neither a length of time nor a moment. Write 15m, gate, an action's name, or T1 of it."
            ) from None


Since = Annotated[str, text_by(_since)]
"""`15m` before now, or an anchor."""


def _path(text: str) -> None:
    if not text.startswith("/") or text.startswith("//"):
        raise ValueError("This is no path. Begin with one '/'; the host is the connection's.")


UrlPath = Annotated[str, text_by(_path)]
"""The path of a request, with its query."""


def _mount_path(text: str) -> None:
    parts = text.split("/")
    if parts[0] or len(parts) < 2 or any(part in ("", ".", "..") for part in parts[1:]):
        raise ValueError("This is no folder to mount a volume on. Write it whole, such as /data.")


MountPath = Annotated[str, text_by(_mount_path)]
"""A folder in the container, from its root and not the root itself."""


def _address(text: str) -> None:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("This is no web address. Write it as https://host.")
    if parts.username or parts.password:
        raise ValueError("An address holds no user and no password. Put them into a header of the connection.")


def _base_address(text: str) -> None:
    _address(text)
    if urlsplit(text).query or urlsplit(text).fragment:
        raise ValueError("A base address ends with its path. Move the rest to the check's 'get'.")


def _safe_address(text: str) -> None:
    _base_address(text)
    if urlsplit(text).scheme != "https" and not _is_here(urlsplit(text).hostname or ""):
        raise ValueError("A token does not travel in the clear. Write https://; plain http is for this machine only.")


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


WebAddress = Annotated[str, text_by(_address)]
BaseAddress = Annotated[str, text_by(_base_address)]
SafeAddress = Annotated[str, text_by(_safe_address)]


class Model(BaseModel):
    """A table of the plan file: frozen, closed against unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, use_attribute_docstrings=True)


class SecretCommand(Model):
    """A command whose first output line is the secret."""

    command: tuple[str, ...] = Field(min_length=1)
    """The command and its arguments, run only on connect, never by `lint` or `report`."""


SecretRef = str | SecretCommand
"""`env:NAME`, `file:PATH`, or a command. A literal secret is refused by `planfile`."""

_REFERENCE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*|file:.+", re.DOTALL)


def is_reference(value: object) -> bool:
    """Whether a value names where a secret lies, and is no plain text (such as a header that is no secret)."""
    return not isinstance(value, str) or _REFERENCE.fullmatch(value) is not None
