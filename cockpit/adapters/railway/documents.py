"""The GraphQL documents in `operations/`, one operation a file, sent with the fragments they spread."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_OPERATION = re.compile(r"^(query|mutation|subscription) (\w+)", re.MULTILINE)
_SPREAD = re.compile(r"\.\.\.(\w+)")
_COMMENT = re.compile(r"^\s*#.*\n", re.MULTILINE)
_FRAGMENT = re.compile(r"^fragment (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Operation:
    """What is sent: the document, and the operation of it that is meant."""

    kind: str
    """query, mutation or subscription."""
    name: str
    document: str


def names() -> tuple[str, ...]:
    """Every operation there is, by file name."""
    stems = (path.name.removesuffix(".graphql") for path in _folder().iterdir() if path.name.endswith(".graphql"))
    return tuple(sorted(stem for stem in stems if not stem.endswith(".fragment")))


@cache
def operation(name: str) -> Operation:
    """The operation in `operations/NAME.graphql`, whole."""
    text = _text(f"{name}.graphql")
    found = _OPERATION.search(text)
    assert found, f"{name}.graphql holds no named operation"
    fragments = [_fragments()[fragment] for fragment in sorted(set(_SPREAD.findall(text)))]
    return Operation(found[1], found[2], "\n".join([text, *fragments]))


@cache
def _fragments() -> dict[str, str]:
    texts = [_text(path.name) for path in _folder().iterdir() if path.name.endswith(".fragment.graphql")]
    return {match[1]: text for text in texts if (match := _FRAGMENT.search(text))}


def _text(name: str) -> str:
    return _COMMENT.sub("", (_folder() / name).read_text("utf-8"))


def _folder() -> Traversable:
    return files("cockpit.adapters.railway") / "operations"
