"""`check`: a plan's questions, without a screen and without a run.

What only a run knows (baselines, when an action began, which deployment is the old one) is
not guessed: such a check could not tell.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cockpit.adapters.secrets import Vault
from cockpit.cli import junit, structured
from cockpit.cli.links import Made, made
from cockpit.cli.plans import planned
from cockpit.core.answers import value_of as answer_of
from cockpit.core.check import IssuesCheck
from cockpit.core.complaint import nearest
from cockpit.core.expression.showing import Conceal
from cockpit.core.fields import is_reference
from cockpit.core.history import own_series
from cockpit.core.inert import inert
from cockpit.core.judgement import Judged, judge, judge_error, scalar_of, value_of
from cockpit.core.plan import Item, LogCheck, Plan, PostgresCheck, Question, Verb
from cockpit.core.reading import Answer, Verdict
from cockpit.core.span import parse_span
from cockpit.errors import CockpitError, Garbled, SourceError, TimedOut, UsageError
from cockpit.ports import Asking
from cockpit.view.standing import of_verdict
from cockpit.view.words import count

PASS, FAIL, UNTOLD = 0, 1, 3

_ASKING = (Verb.CHECK, Verb.COMPARE, Verb.RECORD)
_OUTCOMES = {PASS: "pass", FAIL: "fail", UNTOLD: "could not tell"}


@dataclass(frozen=True, slots=True)
class Use:
    """A check as a phase uses it; `check` where there is no phase."""

    verb: Verb
    name: str


@dataclass(frozen=True, slots=True)
class Told:
    """What came of one asking."""

    judged: Judged
    value: str | None
    asked: datetime
    milliseconds: int

    def compared(self) -> Told:
        """The same for a comparison, which needs a baseline, and that is a run's."""
        if self.judged.verdict not in {Verdict.PASS, Verdict.OBSERVED}:
            return self
        because = "It was read, but only a run keeps the baseline to compare it with."
        return Told(Judged(Verdict.ERROR, because), self.value, self.asked, self.milliseconds)


_UNASKED = SourceError("It writes, and is rolled back: nobody here confirms that.", "Add --try, and it is tried.")

Tell = Callable[[Use, Told], None]
Answers = Mapping[str, object]
"""Ask to typed value."""


def check(arguments: argparse.Namespace) -> int:
    """Ask a phase's checks, or all. 0 all pass, 1 one fails, 3 could not tell (error, blind, or nothing was judged)."""
    plan = planned(arguments)
    items = _items(plan, arguments.phase)
    uses = _uses(plan, arguments.phase, items)
    vault = arguments.vault = Vault()
    answers = _answers(plan, arguments.answer, vault)
    page = _Page(plan, vault, arguments.format)
    asyncio.run(_ask_all(plan, uses, answers, vault, page.tell, trials=arguments.trials))
    return page.close(arguments.phase, [item.id for item in items if item.verb not in _ASKING])


class _Page:
    """What is printed: a line an answer as it comes, or one JSON object or JUnit document in the end."""

    def __init__(self, plan: Plan, vault: Vault, form: str) -> None:
        self._plan = plan
        self._clean = vault.redact
        self._form = form
        self._told: list[dict[str, object]] = []
        self._verdicts: Counter[str] = Counter()

    def tell(self, use: Use, told: Told) -> None:
        question, verdict = self._plan.checks[use.name], told.judged.verdict.value
        title = f"{'Trial: ' if question.is_trial else ''}{question.title or use.name}"
        value = None if told.value is None else self._clean(told.value)
        because = self._clean(told.judged.because)
        self._verdicts[verdict] += 1
        if self._form == "text":
            shown = f": {inert(value, limit=80)}" if value is not None else ""
            why = "" if verdict == "observed" else f" ({inert(because, limit=240)})"
            print(f"{of_verdict(verdict).glyph} {verdict:8}  {inert(title)}{shown}{why}", flush=True)
            return
        self._told.append({
            "check": use.name,
            "verb": use.verb.value,
            "title": title,
            "on": question.on,
            "trial": question.is_trial,
            "verdict": verdict,
            "expects": question.pass_,
            "value": value,
            "because": because,
            "asked": told.asked.isoformat(),
            "milliseconds": told.milliseconds,
        })  # fmt: skip

    def close(self, phase: str | None, left: Sequence[str]) -> int:
        """The last words; the exit status. `left` are the phase's items that only a run and its people settle."""
        code = _exit_code(self._verdicts)
        if self._form == "junit":
            print(junit.text(self._plan.name, phase, self._told))
        elif self._form == "json":
            head = {"plan": self._plan.name, "environment": self._plan.environment, "phase": phase}
            print(structured.text({**head, "outcome": _OUTCOMES[code], "checks": self._told, "left": left}))
        else:
            counts = ", ".join(f"{number} {verdict}" for verdict, number in self._verdicts.items())
            more = f" {count(len(left), 'item')} of the phase left to a run." if left else ""
            print(f"{_OUTCOMES[code].capitalize()}: {counts or 'no check stands there'}.{more}")
        return code


def _items(plan: Plan, phase: str | None) -> list[Item]:
    """The items of the phase with this id or title, a `same` as what it repeats; none without a phase."""
    if phase is None:
        return []
    found = next((one for one in plan.parts if phase in (one.id, one.title)), None)
    if found is None:
        known = nearest(phase, [one.id for one in plan.parts])
        raise UsageError(f"The plan has no phase '{inert(phase, limit=60)}'.", known)
    return [plan.root(item) for item in found.lines()]


def _uses(plan: Plan, phase: str | None, items: Sequence[Item]) -> list[Use]:
    if phase is None:
        return [Use(Verb.CHECK, name) for name in plan.checks]
    return list(dict.fromkeys(Use(item.verb, item.target) for item in items if item.verb in _ASKING))


def _answers(plan: Plan, pairs: Sequence[str], vault: Vault) -> Answers:
    """What `--answer` says. Raises UsageError, SecretError."""
    answers: dict[str, object] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            raise UsageError(f"--answer {inert(name, limit=60)} answers nothing.", "Write --answer ASK=VALUE.")
        if name not in plan.asks:
            known = nearest(name, plan.asks) or "It asks nothing."
            raise UsageError(f"The plan asks no '{inert(name, limit=60)}'.", known)
        if plan.asks[name].secret:
            text = _secret(name, text, vault)
        try:
            answers[name] = answer_of(plan.asks[name], text)
        except ValueError as error:
            raise UsageError(f"--answer {name}: {error}") from None
    return answers


def _secret(name: str, text: str, vault: Vault) -> str:
    if not is_reference(text):
        remedy = f"Name where it lies: --answer {name}=env:NAME, or file:PATH."
        raise UsageError(f"The answer to '{name}' is secret, and others see a command line.", remedy)
    return vault.resolve(text)


async def _ask_all(
    plan: Plan, uses: Sequence[Use], answers: Answers, vault: Vault, tell: Tell, *, trials: bool = False
) -> None:
    """Connections side by side, the questions to one of them one after the other; told in the plan's order.

    Trials are carried out where the caller said so: there is nobody here who could confirm them.
    """
    questions = {use.name: plan.checks[use.name] for use in uses}
    connections = made(plan, [question.on for question in questions.values()], vault)
    turns = {question.on: asyncio.Lock() for question in questions.values()}

    async def ask(question: Question) -> Told:
        async with turns[question.on]:
            if question.is_trial and not trials:
                return Told(judge_error(_UNASKED), None, datetime.now(UTC), 0)
            return await _ask(question, connections, answers, vault.redact)

    tasks = {name: asyncio.create_task(ask(question)) for name, question in questions.items()}
    try:
        for use in uses:
            told = await tasks[use.name]
            tell(use, told.compared() if use.verb is Verb.COMPARE else told)
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
        await connections.links.close()


async def _ask(question: Question, connections: Made, answers: Answers, conceal: Conceal) -> Told:
    asked, began = datetime.now(UTC), time.monotonic()
    value: str | None = None
    try:
        answer = await _answer(question, connections, _asking(question, answers))
        judged = judge(question, answer, own_series((), asked, None, value_of(answer)), conceal=conceal)
        value = None if _is_masked(question, answer) else scalar_of(answer, conceal)
    except CockpitError as error:
        judged = judge_error(error)
    return Told(judged, value, asked, round((time.monotonic() - began) * 1000))


async def _answer(question: Question, connections: Made, asking: Asking) -> Answer:
    if question.on in connections.broken:
        raise connections.broken[question.on]
    seconds = question.deadline.total_seconds()
    try:
        async with asyncio.timeout(seconds + 1.0):
            return await connections.links.sources[question.on].ask(question, asking)
    except TimeoutError:
        raise TimedOut(f"There was no answer within {seconds:g} s.", "Ask again, or raise its deadline.") from None
    except (ValueError, TypeError, LookupError) as error:
        raise Garbled(f"The answer makes no sense ({type(error).__name__}).", "Look at the source.") from error


def _asking(question: Question, answers: Answers) -> Asking:
    """What the question needs. Raises SourceError where that is known to a run only, or to nobody yet."""
    if isinstance(question, PostgresCheck):
        for name in question.with_:
            if name.startswith("time of "):
                raise SourceError(f"It needs the {name}.", "Only a run knows it.")
            if name not in answers:
                raise SourceError(f"It needs an answer: {name}.", f"Give it with --answer {name}=VALUE.")
        return Asking(parameters=tuple(answers[name] for name in question.with_))
    if isinstance(question, LogCheck | IssuesCheck):
        if not question.since[:1].isdigit():
            raise SourceError(f"Its window begins with {question.since}.", "Only a run knows when that was.")
        if isinstance(question, LogCheck) and question.from_ != "any":
            raise SourceError(f"It is about the {question.from_} deployment.", "Only a run knows which one that is.")
        return Asking(since=datetime.now(UTC) - parse_span(question.since))
    return Asking()


def _is_masked(question: Question, answer: Answer) -> bool:
    """Whether the one value told is a cell that is kept as a hash only."""
    return len(answer.table.columns) == 1 and answer.table.columns[0] in question.mask


def _exit_code(verdicts: Counter[str]) -> int:
    if verdicts["fail"]:
        return FAIL
    untold = verdicts["error"] + verdicts["blind"]
    return PASS if verdicts["pass"] and not untold else UNTOLD
