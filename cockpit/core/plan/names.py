"""Names and ids: what may be called what, and how titles become ids."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import StringConstraints

NAME = r"^[a-z][a-z0-9_]*$"
"""How a name is written."""

Name = Annotated[str, StringConstraints(pattern=NAME)]
"""A defined name in a plan, as in `[checks.by_status]`."""

_OTHER = re.compile(r"[^a-z0-9]+")


def slug(title: str) -> str:
    """The id of a phase, tick or role: lower case, every run of other characters one hyphen."""
    return _OTHER.sub("-", title.lower()).strip("-")
