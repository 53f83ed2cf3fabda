"""Whether the way back is open, kept up to date: commands looked for, SQL tried, and what changed told to the run."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime, timedelta

from cockpit.core.commands import SeeWayBack
from cockpit.core.expression.showing import Conceal
from cockpit.core.finding import Finding
from cockpit.core.plan.check import PostgresCheck
from cockpit.core.readiness import (
    ProgramLook,
    Trial,
    awaited,
    findings,
    is_fresh,
    is_news,
    is_to_try,
    is_worse,
    light,
    programs_of,
    tried_together,
)
from cockpit.core.state import Answered
from cockpit.errors import ActionUncertain, CockpitError, Refused, SourceError, Unreachable
from cockpit.ports import Asking, Script, Shell, Source, Writer
from cockpit.runner.parameters import parameter
from cockpit.runner.patience import machine_time
from cockpit.session import Session

FIND_EVERY = timedelta(minutes=1)
TRY_EVERY = timedelta(minutes=30)
"""A trial takes locks for a moment, and what it depends on changes rarely."""
PACE = 2.0
"""Machine seconds between two of the same at least: plan time of a rehearsal may run faster."""
SECONDS = 30.0
"""Machine seconds a trial may take."""
REPORT_EVERY = 0.25
"""Machine seconds between two times that all findings are put together; that takes a millisecond."""
CALM = timedelta(minutes=1)
"""What gets better is a line in the record once so long has passed since the last; what gets worse is one at once."""

# No two servers were started in the same microsecond; a copy of one was started later.
_WHICH = "select current_database(), pg_postmaster_start_time(), inet_server_addr()::text, inet_server_port()"


class WayBack:
    """Looks at what no platform tells, and says so when a level's readiness changes or a gate waits for it."""

    def __init__(
        self,
        session: Session,
        shell: Shell | None,
        sources: Mapping[str, Source],
        writers: Mapping[str, Writer],
        conceal: Conceal,
    ) -> None:
        self._session = session
        self._shell = shell
        self._sources = sources
        self._writers = writers
        self._conceal = conceal
        self._answers: Mapping[tuple[str, ...], Mapping[str, Answered]] = {}
        self._apart: set[tuple[str, str]] = set()
        self._next_report = 0.0

    def find_programs(self, now: datetime) -> None:
        """Where the commands of ways back are on this machine; that takes no time."""
        if self._shell is None:
            return
        looks, waits = self._session.telemetry.programs, awaited(self._session.state)
        for name in programs_of(self._session.state):
            known = looks.get(name)
            if known is None or self._is_old(known.at, FIND_EVERY, now) or (waits is not None and known.at < waits):
                looks[name] = ProgramLook(now, self._shell.find(name))

    def to_try(self, now: datetime) -> tuple[tuple[str, ...], ...]:
        """SQL of ways back whose trial is missing, old, awaited by a gate, or made with other answers."""
        state, trials, waits = self._session.state, self._session.telemetry.trials, awaited(self._session.state)
        if state.level is not None:
            return ()
        found = {group: None for level in state.plan.rollback for group in tried_together(state.plan, level)}
        due = []
        for group in found:
            on, known = state.plan.actions[group[0]].tried_on, trials.get(group)
            if on not in self._writers or not is_to_try(state, group):
                continue
            is_awaited = waits is not None and known is not None and known.at < waits
            if known is None or is_awaited or self._is_old(known.at, TRY_EVERY, now) or self._is_of_others(group):
                due.append(group)
        return tuple(due)

    async def try_out(self, group: tuple[str, ...]) -> None:
        """Carry out these actions' statements in order where the plan says, in one transaction that is rolled back."""
        state, now = self._session.state, self._session.clock.now()
        on = state.plan.actions[group[0]].tried_on or ""
        self._answers = {**self._answers, group: state.asks}
        try:
            await self._refuse_the_same(state.plan.actions[group[0]].on or "", on)
            scripts, lacking = self._scripts(group)
            if lacking is not None and not scripts:
                raise lacking
            await self._writers[on].try_out(*scripts, seconds=SECONDS)
            trial = self._gone_through(now, on, scripts, lacking)
        except ActionUncertain as error:
            trial = Trial(now, on, ok=False, words=f"tried on {on}: {self._conceal(str(error))}")
        except CockpitError as error:
            is_no = isinstance(error, Refused)
            words = f"{'does not go through' if is_no else 'could not be tried'} on {on}: {self._conceal(str(error))}"
            trial = Trial(now, on, ok=False if is_no else None, words=words.rstrip("."))
        self._session.telemetry.trials[group] = trial

    def _scripts(self, group: tuple[str, ...]) -> tuple[tuple[Script, ...], SourceError | None]:
        """What is tried, each with what it binds: all of them, or those before the first that lacks an answer."""
        plan, scripts = self._session.state.plan, list[Script]()
        for name in group:
            action = plan.actions[name]
            try:
                values = tuple(parameter(self._session, each) for each in action.with_)
            except SourceError as error:
                return tuple(scripts), error
            scripts.append(Script(action.statements, values, plan.action_title(name)))
        return tuple(scripts), None

    def _gone_through(self, at: datetime, on: str, scripts: tuple[Script, ...], lacking: SourceError | None) -> Trial:
        if lacking is None:
            return Trial(at, on, ok=True, words=f"tried on {on}, and rolled back")
        words = f"tried on {on} up to {scripts[-1].title}, and rolled back; the rest not: {self._conceal(str(lacking))}"
        return Trial(at, on, ok=None, words=words.rstrip("."))

    async def report(self, now: datetime) -> None:
        """What a level's findings say now, where the record does not say it yet."""
        if time.monotonic() < self._next_report:
            return
        self._next_report = time.monotonic() + REPORT_EVERY
        looks = self._session.telemetry.looks
        self._session.telemetry.has_looked = True
        for level in self._session.state.plan.rollback:
            state = self._session.state
            found, waits = findings(state, level, looks, now), awaited(state)
            fresh = waits is None or is_fresh(state, level, looks, waits)
            if is_news(state, level.id, found, fresh=fresh) and not self._is_too_soon(level.id, found, now, waits):
                await self._session.dispatch(SeeWayBack(level.id, found, fresh=fresh), by="runner")

    def _is_too_soon(self, level: str, found: tuple[Finding, ...], now: datetime, waits: datetime | None) -> bool:
        """A link that comes and goes is no line each time; what a gate waits for, and bad news, is told at once."""
        known = self._session.state.readiness.get(level)
        if known is None or (waits is not None and known.at < waits) or is_worse(light(found)[0], known.ready):
            return False
        return now - known.at < CALM

    async def _refuse_the_same(self, on: str, tried_on: str) -> None:
        """Nothing is tried where it would be done: raises Unreachable. In a rehearsal all is one stand-in."""
        if self._session.state.rehearsal or (on, tried_on) in self._apart:
            return
        which = [
            (await self._sources[name].ask(PostgresCheck(on=name, sql=_WHICH), Asking())).table.rows
            for name in (on, tried_on)
        ]
        if which[0] == which[1]:
            raise Unreachable(f"{tried_on} is the same database as {on}.", "Name another one in tried_on.")
        self._apart.add((on, tried_on))

    def _is_of_others(self, group: tuple[str, ...]) -> bool:
        """Whether what it binds was answered anew since."""
        then, now = self._answers.get(group, {}), self._session.state.asks
        names = {each for name in group for each in self._session.state.plan.actions[name].with_}
        return any(then.get(name) != now.get(name) for name in names)

    def _is_old(self, at: datetime, every: timedelta, now: datetime) -> bool:
        return now - at >= max(every, machine_time(self._session.clock, PACE))
