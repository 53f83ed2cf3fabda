"""`check` and `doctor`: the plan's questions and connections, without a screen or a run."""

from __future__ import annotations

import argparse
import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cockpit import planfile
from cockpit.adapters.secrets import Vault
from cockpit.bootstrap import Links, connect
from cockpit.clock import RealClock
from cockpit.core.inert import inert
from cockpit.core.judgement import Judged, judge, judge_error, scalar_of, series
from cockpit.core.plan import Level, LogCheck, Phase, Plan, PostgresCheck, Question, Verb
from cockpit.core.reading import Verdict
from cockpit.core.span import parse_span
from cockpit.errors import CockpitError, PlanError, SourceError
from cockpit.ports import Asking, Link

PASS, FAIL, USAGE, UNTOLD = 0, 1, 2, 3


def check(arguments: argparse.Namespace) -> int:
    """Ask a phase's checks, or all of them. 0 all pass, 1 one fails, 3 could not tell."""
    plan = _plan(arguments)
    names = _chosen(plan, arguments.phase)
    answers = dict(pair.split("=", 1) for pair in arguments.answer if "=" in pair)
    told = asyncio.run(_ask_all(plan, names, answers))
    if arguments.json:
        print(json.dumps(told, indent=2, ensure_ascii=False))
    for one in () if arguments.json else told:
        print(f"{one['verdict']:8} {inert(one['title'])}: {inert(one['value'] or '')} {inert(one['because'])}".rstrip())
    return _exit_code([one["verdict"] for one in told])


def doctor(arguments: argparse.Namespace) -> int:
    """One paragraph a connection: does it work, with which rights, how fast, what to do when not."""
    plan = _plan(arguments)
    links = asyncio.run(_examine(plan))
    for link in links:
        print(f"{'ok  ' if link.ok else 'FAIL'} {link.connection}: {inert(link.summary)} ({link.milliseconds} ms)")
        for line in (*link.warnings, link.remedy):
            if line:
                print(f"     {inert(line)}")
    return PASS if links and all(link.ok for link in links) else FAIL if links else UNTOLD


def _plan(arguments: argparse.Namespace) -> Plan:
    path = Path(arguments.plan)
    plan = planfile.load(path, environment=arguments.environment)
    if plan.environments and arguments.environment is None:
        names = ", ".join((plan.environment, *plan.environments))
        raise PlanError(f"{path} knows several environments.", (), f"Say which with -e: {names}.")
    return plan


def _chosen(plan: Plan, phase: str | None) -> list[str]:
    if phase is None:
        return list(plan.checks)
    parts: list[Phase | Level] = [*plan.phases, *plan.rollback]
    found = next((one for one in parts if phase in (one.id, one.title)), None)
    if found is None:
        known = ", ".join(one.id for one in parts)
        raise PlanError(f"The plan has no phase '{phase}'.", (), f"Phases are {known}.")
    asking = (Verb.CHECK, Verb.COMPARE, Verb.RECORD)
    return list(dict.fromkeys(plan.root(item).target for item in found.lines() if plan.root(item).verb in asking))


async def _ask_all(plan: Plan, names: list[str], answers: dict[str, str]) -> list[dict[str, Any]]:
    links = connect(plan, Vault(), RealClock())
    try:
        return [await _ask(plan, links, name, answers) for name in names]
    finally:
        await links.close()


async def _ask(plan: Plan, links: Links, name: str, answers: dict[str, str]) -> dict[str, Any]:
    question = plan.checks[name]
    value: str | None = None
    try:
        async with asyncio.timeout(question.deadline.total_seconds() + 1):
            answer = await links.sources[question.on].ask(question, _asking(plan, question, answers))
        judged = judge(question, answer, series((), datetime.now(UTC), None))
        value = scalar_of(answer)
    except TimeoutError:
        judged = Judged(Verdict.ERROR, "No answer in time.")
    except CockpitError as error:
        judged = judge_error(error)
    title = question.title or name
    return {"check": name, "title": title, "verdict": judged.verdict.value, "value": value, "because": judged.because}


def _asking(plan: Plan, question: Question, answers: dict[str, str]) -> Asking:
    from cockpit.core.answers import value_of

    if isinstance(question, PostgresCheck):
        missing = [one for one in question.with_ if one not in answers]
        if missing:
            raise SourceError(f"It needs {', '.join(missing)}.", f"Give it with --answer {missing[0]}=VALUE.")
        try:
            return Asking(parameters=tuple(value_of(plan.asks[one], answers[one]) for one in question.with_))
        except ValueError as error:
            raise SourceError(str(error)) from error
    if isinstance(question, LogCheck):
        if not question.since[:1].isdigit():
            raise SourceError(f"Its window begins with {question.since}.", "Only a run knows when that was.")
        return Asking(since=datetime.now(UTC) - parse_span(question.since))
    return Asking()


async def _examine(plan: Plan) -> list[Link]:
    try:
        links = connect(plan, Vault(), RealClock())
    except CockpitError as error:
        return [Link("secrets", ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)]
    try:
        return [await source.examine() for source in links.sources.values()]
    finally:
        await links.close()


def _exit_code(verdicts: list[str]) -> int:
    if "fail" in verdicts:
        return FAIL
    judged = [verdict for verdict in verdicts if verdict != "observed"]
    return PASS if judged and all(verdict == "pass" for verdict in judged) else UNTOLD
