"""One question, asked and judged: parameters bound, a deadline kept, the answer made a reading."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cockpit.core import agenda
from cockpit.core.commands import Observe
from cockpit.core.expression.showing import Conceal, plainly
from cockpit.core.judgement import (
    Judged,
    digest_of,
    judge,
    judge_comparison,
    judge_error,
    masked,
    own_series,
    scalar_of,
    value_of,
)
from cockpit.core.plan import Item, LogCheck, PostgresCheck, Question, RailwayCheck, Verb
from cockpit.core.reading import Answer, Reading, Verdict
from cockpit.core.span import parse_span
from cockpit.errors import CockpitError, Garbled, SourceError, TimedOut
from cockpit.ports import Asking, Source
from cockpit.runner.histories import Histories
from cockpit.runner.parameters import parameter
from cockpit.session import Session


@dataclass(frozen=True, slots=True)
class Asked:
    """A reading, and the answer it was made from; None where no answer came."""

    reading: Reading
    answer: Answer | None


class Asker:
    """Puts checks to their sources, one asking of a check at a time."""

    def __init__(
        self, session: Session, sources: Mapping[str, Source], histories: Histories, conceal: Conceal = plainly
    ) -> None:
        self._session = session
        self._sources = sources
        self._histories = histories
        self.conceal = conceal
        """Takes known secrets out of every sentence that is kept."""

    async def ask(self, name: str, items: Sequence[Item], *, by: str = "runner") -> Asked:
        """Ask a check now, keep the reading, settle the items that wait for it."""
        session, state = self._session, self._session.state
        check = state.plan.checks[name]
        asked, started = session.clock.now(), time.monotonic()
        session.telemetry.asking[name] = asked
        answer: Answer | None = None
        try:
            answer = await self._answer(name, check)
            judged = self._judge(name, check, answer)
            session.telemetry.links[check.on] = ""
        except CockpitError as error:
            judged = judge_error(error)
            if isinstance(error, SourceError):
                session.telemetry.links[check.on] = str(error)
        finally:
            session.telemetry.asking.pop(name, None)
        spent = round((time.monotonic() - started) * 1000)
        reading = self._reading(name, check, answer, judged, asked=asked, by=by, milliseconds=spent)
        await self._settle(name, check, items, reading, answer)
        self._histories.add(reading)
        return Asked(reading, answer)

    async def _answer(self, name: str, check: Question) -> Answer:
        source = self._sources.get(check.on)
        if source is None:
            raise SourceError(f"The connection {check.on} is not set up.", "See cockpit doctor.")
        asking = self._asking(name, check)
        try:
            async with asyncio.timeout(check.deadline.total_seconds() + 1.0):
                return await source.ask(check, asking)
        except TimeoutError:
            raise TimedOut(f"{name} got no answer in time.", "Ask again, or give it a longer deadline.") from None
        except (ValueError, TypeError, KeyError, LookupError) as error:
            what = f"The answer to {name} makes no sense ({type(error).__name__})."
            raise Garbled(what, "Look at the source.") from error

    def _asking(self, name: str, check: Question) -> Asking:
        state = self._session.state
        missing = agenda.unbound(state, name)
        if missing:
            raise SourceError(f"{name} needs an answer first: {', '.join(missing)}.", "Answer it, then ask again.")
        if isinstance(check, PostgresCheck):
            return Asking(parameters=tuple(parameter(self._session, one) for one in check.with_))
        if isinstance(check, LogCheck):
            span = parse_span(check.since) if check.since[:1].isdigit() else None
            since = agenda.log_since(state, check, self._session.clock.now(), span)
            return Asking(since=since, deployment=self._deployment(check.logs, check.from_))
        if isinstance(check, RailwayCheck):
            return Asking(deployment=self._deployment(check.service, "new"))
        return Asking()

    def _deployment(self, service: str, which: str) -> str | None:
        """The deployment meant by old or new: of the service's newest rollout, else the one that served."""
        state = self._session.state
        rollouts = [rollout for rollout in state.rollouts.values() if rollout.service == service]
        target = state.targets.get(service)
        if which == "new":
            return rollouts[-1].deployment if rollouts else (target.id if target else None)
        if which == "old":
            return rollouts[-1].previous if rollouts else (target.id if target else None)
        return None

    def _judge(self, name: str, check: Question, answer: Answer) -> Judged:
        history = own_series(
            self._histories.of(name), self._session.clock.now(), self._histories.cadence(name), value_of(answer)
        )
        return judge(check, answer, history, self._session.telemetry.baselines.get(name), conceal=self.conceal)

    def _reading(
        self,
        name: str,
        check: Question,
        answer: Answer | None,
        judged: Judged,
        *,
        asked: datetime,
        by: str,
        milliseconds: int,
    ) -> Reading:
        key = hashlib.sha256(f"{self._session.run}{self._session.state.opened.isoformat()}".encode()).digest()
        table = masked(answer.table, check.mask, key) if answer else None
        return Reading(
            id=self._session.next_reading(),
            check=name,
            asked=asked,
            answered=self._session.clock.now(),
            by=by,
            verdict=judged.verdict,
            because=self.conceal(judged.because),
            scalar=self.conceal(scalar_of(answer)) if answer else None,
            milliseconds=milliseconds,
            digest=digest_of(table) if table else "",
            table=table,
            value=value_of(answer) if answer else None,
        )

    async def _settle(
        self, name: str, check: Question, items: Sequence[Item], reading: Reading, answer: Answer | None
    ) -> None:
        session = self._session
        if items:
            verdicts = tuple(self._verdict(item, check, reading, answer) for item in items)
            await session.dispatch(Observe(reading, tuple(item.id for item in items), verdicts), by="runner")
            return
        before = session.telemetry.readings.get(name)
        changed = before is None or before.verdict is not reading.verdict
        await session.sample(reading if changed else replace(reading, table=None))
        session.telemetry.readings[name] = reading

    def _verdict(self, item: Item, check: Question, reading: Reading, answer: Answer | None) -> tuple[str, str]:
        """A reading is shared, a verdict belongs to its use."""
        if answer is None or item.verb is not Verb.COMPARE or reading.verdict is Verdict.BLIND:
            return reading.verdict.value, reading.because
        baseline = self._session.telemetry.baselines.get(reading.check)
        shown = replace(answer, table=reading.table) if reading.table is not None else answer
        judged = judge_comparison(check, baseline, shown, conceal=self.conceal)
        return judged.verdict.value, judged.because
