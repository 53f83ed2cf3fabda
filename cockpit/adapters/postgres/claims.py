"""What a statement that is never planned needs of the role that sends it, read from its text.

EXPLAIN takes no TRUNCATE, CALL or ALTER. What those ask for is a right on what they name
(https://www.postgresql.org/docs/current/ddl-priv.html), and a right can be asked about. A statement of another form
has no claim here: of that nothing is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from cockpit.core.plan.statement import bare

Right = Literal["own", "truncate", "create", "execute"]


@dataclass(frozen=True, slots=True)
class Claim:
    """A right on everything that is named."""

    right: Right
    names: tuple[str, ...]
    """As they are written, a schema before its dot."""
    may_lack: bool = False
    """`if exists`: what is not there is passed over."""


_NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$]*)(?:\s*\.\s*(?:"(?:[^"]|"")+"|[A-Za-z_\u0080-\uffff][\w$]*))?'
_LIST = rf"(?P<names>{_NAME}(?:\s*\*)?(?:\s*,\s*(?:only\s+)?{_NAME}(?:\s*\*)?)*)"
_ONE = rf"(?P<names>{_NAME})"
_KINDS = r"(?:table|view|materialized\s+view|index|sequence|foreign\s+table)"
_LACKS = r"(?P<lacks>if\s+exists\s+)?"
_NOT_YET = r"(?:if\s+not\s+exists\s+)?"


def _form(right: Right, form: str) -> tuple[Right, re.Pattern[str]]:
    return right, re.compile(rf"[\s(;]*{form}", re.IGNORECASE)


_FORMS = (
    _form("truncate", rf"truncate\s+(?:table\s+)?(?:only\s+)?{_LIST}"),
    _form("own", rf"drop\s+{_KINDS}\s+{_LACKS}{_LIST}"),
    _form("own", rf"alter\s+{_KINDS}\s+{_LACKS}(?:only\s+)?{_ONE}"),
    _form(
        "own",
        rf"create\s+(?:unique\s+)?index\s+(?!concurrently\s)(?:{_NOT_YET}(?!on\s){_NAME}\s+)?on\s+(?:only\s+)?{_ONE}",
    ),
    _form("own", rf"comment\s+on\s+{_KINDS}\s+{_ONE}"),
    _form("create", rf"create\s+(?:unlogged\s+)?(?:table|sequence|type|view|function|procedure)\s+{_NOT_YET}{_ONE}"),
    _form("execute", rf"call\s+{_ONE}\s*\("),
)


def claim_of(sql: str) -> Claim | None:
    """The claim a statement makes; None where its form is none of those that are known."""
    text = bare(sql, keep_quoted=True)
    for right, form in _FORMS:
        if found := form.match(text):
            names = re.findall(_NAME, re.sub(r"\bonly\s+", "", found["names"], flags=re.IGNORECASE))
            return Claim(right, tuple(names), bool(found.groupdict().get("lacks")))
    return None
