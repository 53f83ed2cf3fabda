"""Questions of a plan put without a run: connections made once, each asking judged, the past of this process known."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cockpit.adapters.secrets import Vault
from cockpit.cli.links import made
from cockpit.core.lint.vocabulary import expected_by
from cockpit.core.plan import LogCheck, Plan, PostgresCheck, Question, Verb
from cockpit.core.plan.check import IssuesCheck, RunsCheck
from cockpit.core.reading import Answer, Reading, Verdict
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import Judged, blindness, judge, judge_error, scalar_of, value_of
from cockpit.core.reading.keeping import small
from cockpit.core.span import parse_span
from cockpit.errors import CockpitError, Garbled, SourceError, TimedOut
from cockpit.ports import Asking

REMEMBERED = 1000
"""Askings of a check that `previous`, `ago` and `increase` can look back on."""


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


class Inquiry:
    """A plan's questions, asked once or again and again over the same connections."""

    def __init__(
        self, plan: Plan, uses: Sequence[Use], answers: Answers, vault: Vault, *, trials: bool, every: timedelta | None
    ) -> None:
        """Trials are carried out where the caller said so: there is nobody here who could confirm them.

        `every` is the cadence at which `ask` will be called, where it is called again.
        """
        self._uses = uses
        self._questions = {use.name: plan.checks[use.name] for use in uses}
        self._connections = made(plan, [question.on for question in self._questions.values()], vault)
        self._turns = {question.on: asyncio.Lock() for question in self._questions.values()}
        self._answers, self._conceal = answers, vault.redact
        self._trials, self._every = trials, every
        self._past: dict[str, deque[Reading]] = {name: deque(maxlen=REMEMBERED) for name in self._questions}

    async def ask(self, tell: Tell) -> None:
        """Connections side by side, the questions to one of them one after the other; told in the plan's order."""
        tasks = {name: asyncio.create_task(self._in_turn(name)) for name in self._questions}
        try:
            for use in self._uses:
                told = await tasks[use.name]
                tell(use, told.compared() if use.verb is Verb.COMPARE else told)
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def close(self) -> None:
        await self._connections.links.close()

    async def _in_turn(self, name: str) -> Told:
        question = self._questions[name]
        async with self._turns[question.on]:
            if question.is_trial and not self._trials:
                return Told(judge_error(_UNASKED), None, datetime.now(UTC), 0)
            return await self._ask(name, question)

    async def _ask(self, name: str, question: Question) -> Told:
        asked, began = datetime.now(UTC), time.monotonic()
        value: str | None = None
        answer: Answer | None = None
        try:
            answer = self._with_answers(question, await self._answer(question, _asking(question, self._answers)))
            history = own_series(self._past[name], asked, self._every, value_of(answer))
            judged = judge(question, answer, history, conceal=self._conceal)
            value = None if _is_masked(question, answer) else scalar_of(answer, self._conceal)
        except CockpitError as error:
            judged = judge_error(error)
        told = Told(judged, value, asked, round((time.monotonic() - began) * 1000))
        counts = answer is not None and blindness(question, answer) is None and not _is_masked(question, answer)
        self._past[name].append(_remembered(name, told, value_of(answer) if answer is not None and counts else None))
        return told

    def _with_answers(self, question: Question, answer: Answer) -> Answer:
        """What people answered, among the facts that an expectation may use."""
        return replace(answer, facts={**answer.facts, **{name: self._answers[name] for name in expected_by(question)}})

    async def _answer(self, question: Question, asking: Asking) -> Answer:
        if question.on in self._connections.broken:
            raise self._connections.broken[question.on]
        seconds = question.deadline.total_seconds()
        try:
            async with asyncio.timeout(seconds + 1.0):
                return await self._connections.links.sources[question.on].ask(question, asking)
        except TimeoutError:
            raise TimedOut(f"There was no answer within {seconds:g} s.", "Ask again, or raise its deadline.") from None
        except (ValueError, TypeError, LookupError) as error:
            raise Garbled(f"The answer makes no sense ({type(error).__name__}).", "Look at the source.") from error


def _remembered(name: str, told: Told, value: object | None) -> Reading:
    """An asking as history keeps it: without a value where no answer came that counts."""
    return Reading(
        id=0,
        check=name,
        asked=told.asked,
        answered=told.asked,
        by="check",
        verdict=told.judged.verdict,
        because=told.judged.because,
        scalar=told.value,
        milliseconds=told.milliseconds,
        digest="",
        value=small(value),
    )


def _asking(question: Question, answers: Answers) -> Asking:
    """What the question needs. Raises SourceError where that is known to a run only, or to nobody yet."""
    for name in question.bound:
        if name.startswith("time of "):
            raise SourceError(f"It needs the {name}.", "Only a run knows it.")
        if name not in answers:
            raise SourceError(f"It needs an answer: {name}.", f"Give it with --answer {name}=VALUE.")
    if isinstance(question, PostgresCheck | RunsCheck):
        return Asking(parameters=tuple(answers[name] for name in question.bound))
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
