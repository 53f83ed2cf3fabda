"""Railway's JSON as our values.

What is missing or of another type than the schema says becomes Garbled, with the name of what was
read; unknown statuses, levels and keys pass through.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from cockpit.adapters.railway.stamps import instant, perhaps
from cockpit.core.rollout.deployment import Deployment, Instance, PlatformLine, Step
from cockpit.core.text.logline import LogLine
from cockpit.core.text.logrecord import as_text, record
from cockpit.errors import CockpitError, Garbled

_LEVELS = {
    "debug": "debug", "trace": "debug", "info": "info", "notice": "info", "warn": "warn", "warning": "warn",
    "error": "error", "err": "error", "fatal": "error", "critical": "error", "panic": "error",
}  # fmt: skip
_LEVEL_KEYS = ("level", "lvl", "severity")
_PLATFORM = re.compile(
    r"(Starting|Stopping) Container|Mounting volume on: /|Railway rate limit of \d+ logs/sec reached for replica"
)
_DROPPED = re.compile(r"Railway rate limit of \d+ logs/sec reached.*Messages dropped: (\d+)")


@contextmanager
def understood(what: str) -> Iterator[None]:
    """Trouble with the shape of an answer as Garbled."""
    try:
        yield
    except CockpitError:
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Garbled(f"Railway's answer about {what} lacks what we need.", "Its API may have changed.") from error


def deployment(node: Mapping[str, Any]) -> Deployment:
    """One `DeploymentFacts`. Raises Garbled."""
    with understood("a deployment"):
        meta = node.get("meta")
        meta = meta if isinstance(meta, Mapping) else {}
        return Deployment(
            id=node["id"],
            status=node["status"],
            status_at=perhaps(node["statusUpdatedAt"]),
            created_at=instant(node["createdAt"]),
            stopped=node["deploymentStopped"],
            can_rollback=node["canRollback"],
            image=_text(meta.get("image")),
            digest=_text(meta.get("imageDigest")),
            commit=_text(meta.get("commitHash")),
            creator=(node.get("creator") or {}).get("name"),
            instances=tuple(Instance(id=one["id"], status=one["status"]) for one in node["instances"]),
        )


def manifest(node: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The `deploy` part of the manifest a deployment runs under; empty where none is shown."""
    found: Any = node or {}
    for key in ("meta", "serviceManifest", "deploy"):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def step(node: Mapping[str, Any]) -> Step:
    """One `StepFacts`. Raises Garbled."""
    with understood("a step"):
        return Step(
            name=node["step"],
            started=instant(node["createdAt"]),
            completed=perhaps(node["completedAt"]),
            error=(node.get("payload") or {}).get("error"),
        )


def log_line(node: Mapping[str, Any], services: Mapping[str, str]) -> LogLine:
    """One `LogFacts`; `services` turns ids into names. Its caller says what was `understood`, once for all lines."""
    tags = node.get("tags") or {}
    service = tags.get("serviceId") or ""
    text, stamp = node["message"], node["timestamp"]
    return LogLine(
        at=instant(stamp),
        stamp=stamp,
        text=text,
        level="platform" if _PLATFORM.match(text) else _level(node, text),
        service=services.get(service, service),
        deployment=tags.get("deploymentId") or "",
        instance=tags.get("deploymentInstanceId") or "",
        attributes=_attributes(node),
    )


def platform_line(line: LogLine) -> PlatformLine | None:
    """The same as a witness of a rollout, where the platform wrote it."""
    if line.level != "platform":
        return None
    return PlatformLine(at=line.at, deployment=line.deployment, text=line.text)


def dropped(line: LogLine) -> int:
    """How many lines the platform says it has thrown away here."""
    match = _DROPPED.match(line.text)
    return int(match[1]) if match else 0


def variables(found: object) -> dict[str, str]:
    """A map of variables; what has no value (sealed ones) reads as nothing and is left out."""
    with understood("variables"):
        if not isinstance(found, Mapping):
            raise TypeError(found)
        return {str(name): str(value) for name, value in found.items() if value is not None}


def nodes(connection: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The nodes of a Relay connection. Raises Garbled."""
    with understood("a list"):
        return [edge["node"] for edge in connection["edges"]]


def _attributes(node: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """All but the level, which has a place of its own."""
    said = node.get("attributes") or ()
    return tuple((one["key"], as_text(_unquoted(one["value"]))) for one in said if one["key"] not in _LEVEL_KEYS)


def _level(node: Mapping[str, Any], text: str) -> str:
    """What a JSON line says of itself counts before what the platform took its output for."""
    held = record(text) if text.startswith("{") else None
    said = {one["key"]: one["value"] for one in node.get("attributes") or ()}
    words: list[object] = [held.level] if held else []
    words += [_unquoted(said[key]) for key in _LEVEL_KEYS if key in said]
    for word in [*words, node.get("severity")]:
        if isinstance(word, str) and word.lower() in _LEVELS:
            return _LEVELS[word.lower()]
    return "info"


def _unquoted(value: str) -> object:
    """Attribute values are JSON in a string: the word info comes with quotes of its own."""
    if value[:1] == value[-1:] == '"' and "\\" not in value:
        return value[1:-1]
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
