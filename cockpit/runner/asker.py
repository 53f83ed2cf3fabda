"""One question, asked and judged: parameters bound, a deadline kept, the answer made a reading."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime

from cockpit.core import agenda
from cockpit.core.commands import Observe
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.lint.vocabulary import expected_by
from cockpit.core.plan import HttpCheck, Item, LogCheck, PostgresCheck, Question, RailwayCheck, Verb
from cockpit.core.plan.check import IssuesCheck, RunsCheck
from cockpit.core.reading import Answer, Reading, Table, Verdict
from cockpit.core.reading.history import own_series
from cockpit.core.reading.judgement import (
    Judged,
    blindness,
    digest_of,
    judge,
    judge_comparison,
    judge_error,
    scalar_of,
    value_of,
)
from cockpit.core.reading.keeping import Mask, concealed, concealed_table, masked_value, small
from cockpit.core.reading.origin import Origin, apart
from cockpit.core.rollout.deployment import Rollout
from cockpit.core.rollout.traffic import KEPT, Probe, named_by
from cockpit.core.span import parse_span
from cockpit.errors import CockpitError, Declined, Garbled, SourceError, TimedOut
from cockpit.ports import Asking, Source
from cockpit.runner.counts import Counts
from cockpit.runner.follower import is_urgent
from cockpit.runner.histories import Histories
from cockpit.runner.parameters import parameter
from cockpit.runner.turns import Turns
from cockpit.session import Session

HELD_TOGETHER = (Verb.RECORD, Verb.COMPARE)
"""Items whose readings are held against each other, so that it matters who gave them."""

Remember = Callable[[str], None]
"""Told every value that must not be written down."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What of an answer the journal keeps."""

    table: Table
    scalar: str
    value: object | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A reading, and the answer it was made from; None where no answer came."""

    reading: Reading
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class _Came:
    """What came of a question that was put."""

    asked: datetime
    answer: Answer | None
    judged: Judged
    milliseconds: int


class Asker:
    """Puts checks to their sources, one asking of a check at a time."""

    def __init__(
        self,
        session: Session,
        sources: Mapping[str, Source],
        histories: Histories,
        conceal: Conceal = plainly,
        *,
        remember: Remember = lambda _: None,
        mask_key: Callable[[], bytes] = lambda: os.urandom(16),
    ) -> None:
        """`mask_key` is asked once, when a masked column is first kept."""
        self._session = session
        self._sources = sources
        self._histories = histories
        self.conceal = conceal
        """Takes known secrets out of everything that is kept."""
        self._remember = remember
        self._remembered: set[str] = set()
        self._turns = Turns()
        self._mask_key = mask_key
        self._mask: Mask | None = None
        self.counts = Counts(session, sources, conceal)

    @property
    def mask(self) -> Mask:
        """How masked columns are written in this run."""
        if self._mask is None:
            self._mask = Mask(self._mask_key())
        return self._mask

    def learn_secrets(self) -> None:
        """Secret answers of people are secrets like any other: whatever comes from outside may quote them."""
        new = set(self._session.secret_answers.values()) - self._remembered
        for value in new:
            self._remember(value)
            self._remembered.add(value)
        if new:
            self._session.telemetry.logs.conceal(self.conceal)

    async def ask(self, name: str, items: Sequence[Item], *, by: str = "runner") -> Asked:
        """Ask a check now, keep the reading, settle the items that wait for it."""
        check = self._session.state.plan.checks[name]
        self.learn_secrets()
        self._session.telemetry.asking[name] = self._session.clock.now()
        try:
            async with self._turn(name, check, first=bool(items)):
                came = await self._put(name, check, items)
        finally:
            self._session.telemetry.asking.pop(name, None)
        self._count(name, check, came.answer, came.asked)
        self.counts.keep(check.on)
        kept = self._kept(check, items, came.answer) if came.answer else None
        reading = self._reading(name, kept, came, by=by)
        await self._settle(name, check, items, reading, came.answer)
        self._histories.add(reading)
        return Asked(reading, came.answer)

    def _turn(self, name: str, check: Question, *, first: bool) -> AbstractAsyncContextManager[None]:
        connection = self._session.state.plan.connections.get(check.on)
        return self._turns.turn(check.on, connection.kind if connection else "", name, first=first)

    async def _put(self, name: str, check: Question, items: Sequence[Item]) -> _Came:
        """Ask, in one's turn, and judge what came."""
        session = self._session
        asked, started = session.clock.now(), time.monotonic()
        answer: Answer | None = None
        went_out = False
        try:
            asking = self._asking(name, check, whence=any(item.verb in HELD_TOGETHER for item in items))
            went_out = True
            answer = self._with_answers(check, await self._answer(name, check, asking))
            judged = self._judge(name, check, answer)
            session.telemetry.works(check.on)
        except CockpitError as error:
            judged = judge_error(error)
            if went_out and isinstance(error, SourceError):
                if isinstance(error, Declined):
                    session.telemetry.works(check.on)
                else:
                    session.telemetry.fails(check.on, error, session.clock.now())
        return _Came(asked, answer, judged, round((time.monotonic() - started) * 1000))

    async def probe(self, name: str) -> None:
        """Ask only which version answers. It is no reading: nothing is judged, kept, or told to monitors."""
        check, asked = self._session.state.plan.checks[name], self._session.clock.now()
        answer: Answer | None = None
        with suppress(CockpitError):
            async with self._turn(name, check, first=True):
                answer = await self._answer(name, check, self._asking(name, check))
        self._count(name, check, answer, asked)

    def _count(self, name: str, check: Question, answer: Answer | None, asked: datetime) -> None:
        """Remember the version that an answer named, for the last few of a check that says where it is named."""
        if isinstance(check, HttpCheck) and check.serves is not None:
            named = named_by(check, answer) if answer is not None else None
            told = self._session.telemetry.probes.setdefault(name, deque(maxlen=KEPT))
            told.append(Probe(asked, self.conceal(named) if named else None))

    async def _answer(self, name: str, check: Question, asking: Asking) -> Answer:
        source = self._sources.get(check.on)
        if source is None:
            raise SourceError(f"The connection {check.on} is not set up.", "See cockpit doctor.")
        try:
            async with asyncio.timeout(check.deadline.total_seconds() + 1.0):
                return await source.ask(check, asking)
        except TimeoutError:
            raise TimedOut(f"{name} got no answer in time.", "Ask again, or give it a longer deadline.") from None
        except (ValueError, TypeError, KeyError, LookupError, RecursionError) as error:
            what = f"The answer to {name} makes no sense ({type(error).__name__})."
            raise Garbled(what, "Look at the source.") from error

    def _with_answers(self, check: Question, answer: Answer) -> Answer:
        """What people answered, among the facts that an expectation may use. Raises SourceError."""
        bound = {name: parameter(self._session, name) for name in expected_by(check)}
        return replace(answer, facts={**answer.facts, **bound}) if bound else answer

    def _asking(self, name: str, check: Question, *, whence: bool = False) -> Asking:
        """What the source needs beside the check. Raises SourceError for what is not known yet."""
        state, urgent = self._session.state, is_urgent(self._session)
        missing = agenda.unbound(state, name)
        if missing:
            raise SourceError(f"{name} needs an answer first: {', '.join(missing)}.", "Answer it, then ask again.")
        if isinstance(check, PostgresCheck | RunsCheck):
            values = tuple(parameter(self._session, one) for one in check.bound)
            return Asking(parameters=values, whence=whence, urgent=urgent)
        if isinstance(check, LogCheck | IssuesCheck):
            span = parse_span(check.since) if check.since[:1].isdigit() else None
            since = agenda.window_since(state, check, self._session.clock.now(), span)
            if isinstance(check, IssuesCheck):
                return Asking(since=since)
            return Asking(since=since, deployment=self._speaker(check.logs, check.from_), urgent=urgent)
        if isinstance(check, RailwayCheck) and check.service is not None:
            return Asking(deployment=self._newest_up(check.service), urgent=urgent)
        return Asking(urgent=urgent)

    def _speaker(self, service: str, which: str) -> str | None:
        """Whose lines are meant by old or new. What is not deployed yet has none: raises SourceError."""
        rollouts, target = self._rollouts(service), self._session.state.targets.get(service)
        if which == "new":
            if not rollouts:
                raise SourceError(f"Nothing new of {service} has been deployed yet.", "Ask after a deploy has begun.")
            return rollouts[-1].deployment
        if which == "old":
            return rollouts[-1].previous if rollouts else (target.id if target else None)
        return None

    def _newest_up(self, service: str) -> str | None:
        """The newest deployment that came up, if it is ours; None leaves it to Railway, which one is live."""
        state = self._session.state
        up = [one for one in state.rollouts.values() if one.service == service and one.t1 is not None]
        newest = max(up, key=lambda one: one.t1.at if one.t1 else one.started, default=None)
        return newest.deployment if newest is not None and newest.deployment in state.rollout_items else None

    def _rollouts(self, service: str) -> list[Rollout]:
        """Ours: by old and new a plan means its own deploy, not one that somebody else made meanwhile."""
        state = self._session.state
        return [state.rollouts[name] for name in state.rollout_items if state.rollouts[name].service == service]

    def _judge(self, name: str, check: Question, answer: Answer) -> Judged:
        history = own_series(
            self._histories.of(name), self._session.clock.now(), self._histories.cadence(name), value_of(answer)
        )
        return judge(check, answer, history, self._session.telemetry.baselines.get(name), conceal=self.conceal)

    def _kept(self, check: Question, items: Sequence[Item], answer: Answer) -> Kept:
        """An answer as it may be written down: masked columns as hashes, known secrets as marks.

        A value that a control does not vouch for, or that stands in a masked column, is no history: what
        is asked about it later is blind, not wrong.
        """
        table, value = answer.table, value_of(answer)
        if isinstance(check, LogCheck) and not any(item.verb in (Verb.RECORD, Verb.COMPARE) for item in items):
            table = table if table.columns else _lines(answer)
        table = self.mask.table(table, check.mask) if check.mask else table
        scalar, counts = scalar_of(answer, self.conceal), blindness(check, answer) is None
        if "value" in answer.facts and masked_value(answer.table, check.mask):
            scalar, counts = str(self.mask.cell(value)), False
        return Kept(
            table=concealed_table(table, self.conceal),
            scalar=scalar,
            value=small(concealed(value, self.conceal)) if counts else None,
        )

    def _reading(self, name: str, kept: Kept | None, came: _Came, *, by: str) -> Reading:
        return Reading(
            id=self._session.next_reading(),
            check=name,
            asked=came.asked,
            answered=self._session.clock.now(),
            by=by,
            verdict=came.judged.verdict,
            because=self.conceal(came.judged.because),
            scalar=kept.scalar if kept else None,
            milliseconds=came.milliseconds,
            digest=digest_of(kept.table) if kept else "",
            table=kept.table if kept else None,
            value=kept.value if kept else None,
        )

    async def _settle(
        self, name: str, check: Question, items: Sequence[Item], reading: Reading, answer: Answer | None
    ) -> None:
        session = self._session
        if items:
            judged = [self._verdict(item, check, reading, answer) for item in items]
            observed = Observe(
                reading,
                tuple(item.id for item in items),
                tuple((one.verdict.value, one.because) for one in judged),
                tuple(one.warnings for one in judged),
                answer.origin or Origin(connection=check.on) if answer is not None else None,
            )
            await session.dispatch(observed, by="runner")
            return
        before = session.telemetry.readings.get(name)
        changed = before is None or before.verdict is not reading.verdict
        await session.sample(reading if changed else replace(reading, table=None))
        session.telemetry.readings[name] = reading

    def _verdict(self, item: Item, check: Question, reading: Reading, answer: Answer | None) -> Judged:
        """A reading is shared, a verdict belongs to its use."""
        if answer is None or item.verb is not Verb.COMPARE or reading.verdict is Verdict.BLIND:
            return Judged(reading.verdict, reading.because)
        baseline = self._session.telemetry.baselines.get(reading.check)
        if baseline is not None and baseline.table is not None:
            baseline = replace(baseline, table=concealed_table(baseline.table, self.conceal))
        shown = replace(answer, table=reading.table) if reading.table is not None else answer
        mask = self.mask if check.mask else None
        known, connection = self._session.state.baselines.get(reading.check), self._session.state.plan.connections
        by_policy = getattr(connection.get(check.on), "row_security", "") == "policy"
        origins = apart(known.origin if known else None, answer.origin, hides_rows=by_policy)
        judged = judge_comparison(check, baseline, shown, origins=origins, mask=mask, conceal=self.conceal)
        return replace(judged, because=self.conceal(judged.because))


def _lines(answer: Answer) -> Table:
    """The lines that show what a log check found."""
    return Table(("line",), tuple((line,) for line in answer.evidence)) if answer.evidence else Table()
