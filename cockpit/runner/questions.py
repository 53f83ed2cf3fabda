"""What the asker of a run asks: checks that items wait for, and those of monitors as they fall due."""

from __future__ import annotations

from datetime import timedelta

from cockpit.core import agenda
from cockpit.core.commands import Advance, Enquire
from cockpit.core.plan import Item
from cockpit.ports import Platform
from cockpit.runner.asker import Asker
from cockpit.runner.histories import Histories
from cockpit.runner.tasks import Tasks
from cockpit.runner.watches import Watches
from cockpit.session import Session

LONGEST_WAIT = 0.5
"""Machine seconds between two rounds at most: a phase that opens by time is seen within it."""
BREATH, REHEARSED_BREATH = 0.05, 0.002
"""Machine seconds between two rounds at least: of real time, and of plan time that runs faster."""


class Questions:
    """One process's part in the asking. Another one's may come before and after it: each goes on where it stands."""

    def __init__(
        self,
        session: Session,
        tasks: Tasks,
        asker: Asker,
        watches: Watches,
        histories: Histories,
        platforms: tuple[Platform, ...],
        *,
        attended: bool = True,
    ) -> None:
        """Where it is not `attended` no driver is there: gates and ways back are left to one."""
        self._session = session
        self._tasks = tasks
        self._asker = asker
        self._watches = watches
        self._histories = histories
        self._platforms = platforms
        self._attended = attended
        self._asks = False

    async def are_mine(self) -> bool:
        """Whether this process asks. Where it has just taken that up, what others saw meanwhile is read first."""
        asked_before, self._asks = self._asks, await self._session.asks(self.let_go)
        if self._asks and not asked_before:
            await self._session.take_in()
            self._histories.forget()
            self._asker.counts.recall()
            self._watches.forget()
        return self._asks

    async def let_go(self) -> None:
        """End what is being asked: another is to ask it."""
        await self._tasks.end("ask", "probe", "newcomers", "watch")

    async def advance(self) -> None:
        """Open what is due, and have a machine asked what it can know."""
        session = self._session
        await session.dispatch(Advance(), by="runner")
        while (item := self._to_enquire()) is not None:
            answer = await session.dispatch(Enquire(item.id), by="runner")
            if not isinstance(answer, tuple):
                break

    def ask(self) -> None:
        """Ask what is due; one asking of a check at a time."""
        now, waiting = self._session.clock.now(), self._waiting()
        due = self._watches.due(now)
        for check in {**waiting, **due}:
            if f"ask {check}" not in self._tasks:
                self._watches.begin(due.get(check, ()), now)
                self._tasks.begin(f"ask {check}", self._ask(check))

    def idle(self) -> float:
        """Machine seconds until something is due; what is being asked already wakes us by its end."""
        clock = self._session.clock
        due = self._watches.next(clock.now(), self._tasks.names("ask")) if self._asks else None
        seconds = LONGEST_WAIT if due is None else min(LONGEST_WAIT, clock.machine(due - clock.now()))
        is_real = clock.machine(timedelta(seconds=1)) >= 1.0
        return max(seconds, BREATH if is_real else REHEARSED_BREATH)

    async def _ask(self, check: str) -> None:
        if check not in self._session.state.plan.checks:
            return  # amended away in this very moment
        by = "runner" if self._attended else "monitor"
        asked = await self._asker.ask(check, self._waiting().get(check, []), by=by)
        await self._watches.take(asked)
        for platform in self._platforms:
            self._session.telemetry.budget = platform.budget

    def _waiting(self) -> dict[str, list[Item]]:
        waiting = agenda.waiting_items(self._session.state)
        return waiting if self._attended else agenda.unattended(self._session.state, waiting)

    def _to_enquire(self) -> Item | None:
        state = self._session.state
        if not self._attended and state.level is not None:
            return None
        return agenda.to_enquire(state, self._session.clock.now())
