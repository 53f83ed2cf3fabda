"""The plan file: TOML to `core.plan.Plan`, every complaint at once.

Three passes over one text: TOML with the line of every key, then single values, then
references; a secret written into the plan is refused before anything quotes it. What is
wrong comes as printable lines, sorted by their place:

    plan.toml:42: checks.stuck.sql: What is wrong. What to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cockpit.core.complaint import Complaint, KeyPath
from cockpit.core.lint.advice import advice
from cockpit.core.plan import Plan
from cockpit.errors import PlanError
from cockpit.planfile.reading import base_environment, environment_complaints, merged, plan_of, unknown_environment
from cockpit.planfile.schema import schema
from cockpit.planfile.secrets import secret_lines, secrets
from cockpit.planfile.toml import Document, Found, parse, read

__all__ = ["Findings", "lines", "lint", "load", "loads", "schema"]


class Findings(NamedTuple):
    """What `lint` says, as printable lines."""

    complaints: tuple[str, ...]
    """These stop a run."""
    advice: tuple[str, ...]
    """These stop nothing; there is none while there are complaints."""


def load(path: Path, *, environment: str | None = None) -> Plan:
    """The plan in a file, for one environment; None is the base. Raises PlanError with every complaint."""
    return loads(_text(path), file=str(path), environment=environment)


def loads(text: str, *, file: str, environment: str | None = None) -> Plan:
    """The plan in a text; `file` is the name complaints begin with. Raises PlanError with every complaint."""
    plan, found, _ = _examine(text, environment)
    if plan is None:
        raise _error(file, [each.show(file) for each in found])
    return plan


def lint(path: Path, *, environment: str | None = None) -> Findings:
    """Complaints of a plan file, else advice. Needs no secret, asks nobody, and never raises for what it finds."""
    file = str(path)
    try:
        text = _text(path)
    except PlanError as error:
        return Findings(error.complaints, ())
    plan, found, document = _examine(text, environment)
    advised = advice(plan) if plan is not None else ()
    return Findings(
        tuple(each.show(file) for each in found),
        tuple(each.show(file) for each in _sorted(_placed(advised, document))),
    )


def lines(path: Path) -> Callable[[KeyPath], int | None]:
    """Where each key of a plan file stands: its line, else that of the closest table around it. Raises PlanError."""
    return parse(_text(path)).lines.of


def _text(path: Path) -> str:
    text = read(path)
    if isinstance(text, Complaint):
        raise _error(str(path), [Found(text).show(str(path))])
    return text


def _error(file: str, complaints: list[str]) -> PlanError:
    count = "one complaint" if len(complaints) == 1 else f"{len(complaints)} complaints"
    return PlanError(f"The plan {file} cannot be used: {count}.", tuple(complaints), "Mend what is named.")


def _examine(text: str, environment: str | None) -> tuple[Plan | None, list[Found], Document]:
    document = parse(text)
    exposed = [*_secrets(text, document)]
    if document.values is None:
        return None, _sorted([*document.found, *exposed]), document
    values, found = document.values, list[Complaint]()
    if environment is not None:
        unknown = unknown_environment(values, environment)
        found += [unknown] if unknown else []
        if unknown is None and environment != base_environment(values):
            values = merged(values, environment)
    plan, wrong = plan_of(values)
    wrong += environment_complaints(document.values)
    lines = {each.line for each in exposed}
    placed = [each for each in _placed([*found, *wrong], document, environment) if each.line not in lines]
    everything = _sorted([*placed, *exposed])
    return (plan if not everything else None), everything, document


def _placed(found: Any, document: Document, environment: str | None = None) -> list[Found]:
    """Complaints with their lines; what an environment laid over the base stands with the environment."""
    placed = []
    for complaint in found:
        override = ("environments", environment or "", *complaint.path)
        path = override if override in document.lines.known else complaint.path
        moved = replace(complaint, path=path)
        placed.append(Found(moved, document.lines.of(path)))
    return placed


def _secrets(text: str, document: Document) -> list[Found]:
    """Each secret once: by its key where the key gives it away, else by its line."""
    found = _placed(secrets(document.values or {}), document)
    told = {each.line for each in found}
    texts = text.split("\n")
    for line, make in secret_lines(text):
        if line not in told:
            is_comment = texts[line - 1].lstrip().startswith("#")
            path = () if is_comment else document.lines.at(line)
            what = f"This looks like {make}."
            remedy = "Take it out, and change the secret: whoever has this file knows it."
            found.append(Found(Complaint(path, what, remedy), line))
    return found


def _sorted(found: list[Found]) -> list[Found]:
    unique = dict.fromkeys(found)
    return sorted(unique, key=lambda each: (each.line or 0, each.column or 0))
