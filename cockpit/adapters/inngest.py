"""Inngest: how runs of functions ended within a window, and how many steps there are now.

The counters are labelled by function, status and date: a new day is a new series and an old one goes, which our
windows outlive. Inngest Cloud offers the export on paid plans, one's own server has it at `/metrics`, without steps.
https://www.inngest.com/docs/platform/monitor/prometheus-metrics-export-integration
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from cockpit.adapters.deadline import answered_within
from cockpit.adapters.inngestapi import Api
from cockpit.adapters.scrape import Measure, Scraper, Target
from cockpit.adapters.web import sendable
from cockpit.clock import Clock
from cockpit.core.plan.check import Question, RunsCheck
from cockpit.core.reading import Answer, Table
from cockpit.core.reading.tally import Tallies
from cockpit.core.text.inert import inert
from cockpit.errors import Blind, Refused, SourceError
from cockpit.ports import Asking, Link, Recall

_TOO_LATE = "See https://status.inngest.com, or raise the deadline."

ENDED = "inngest_function_run_ended_total"
STARTED = "inngest_function_run_started_total"
RUNNING = "inngest_steps_running"
SCHEDULED = "inngest_steps_scheduled"

_EXAMINED_FOR = 10.0
_NAMED = 8
"""Functions that a sentence names."""


class Inngest:
    """One environment's export.

    Its facts of `runs`: `started`, `ended`, `completed`, `failed`, `cancelled` within the window, `success` (of those
    that completed or failed, from 0 to 1; also the `value`), `rows` by status, `covered`. Of `steps`: `running`
    (also the `value`) and `scheduled`. By the REST API, of an `event`: `count` (also the `value`), `running`,
    `completed`, `failed`, `cancelled`, `other`, `rows` (run, function, status, began, took); of a `run`: `status`
    (also the `value`), `function`, `began`, and `took` once it has ended.
    """

    def __init__(
        self,
        name: str,
        export: str,
        key: str,
        *,
        clock: Clock,
        window: timedelta | None = None,
        api: str | None = None,
    ) -> None:
        """`window` is the longest that the plan's checks look back over, `api` where single runs are asked for.

        Raises Refused for a key of no header.
        """
        self.name = name
        headers = sendable(name, {"Authorization": f"Bearer {key}"} if key else {})
        windows = dict.fromkeys((ENDED, STARTED), window) if window is not None else {}
        self._api = Api(name, api, headers) if api is not None else None
        self._scraper = Scraper(name, [Target.of(export)], headers, clock, windows)

    async def ask(self, check: Question, asking: Asking) -> Answer:
        """One scrape, or one look at an event or a run.

        Raises Unreachable, TimedOut, Garbled, Missing, Throttled or Refused.
        """
        if not isinstance(check, RunsCheck):
            raise Refused(f"'{self.name}' is Inngest and answers no such check.", "Give the check an 'inngest'.")
        async with answered_within(check.deadline.total_seconds(), self.name, _TOO_LATE):
            if check.inngest in ("event", "run"):
                return await self._single(check, asking.parameters)
            return await (self._runs(check, check.over) if check.over is not None else self._steps(check))

    async def examine(self) -> Link:
        """Whether the export answers, and counts runs."""
        began = time.perf_counter()
        try:
            async with answered_within(_EXAMINED_FOR, self.name, _TOO_LATE):
                taken = await self._scraper.take({ENDED})
        except SourceError as error:
            return Link(self.name, ok=False, summary=error.what, milliseconds=0, remedy=error.remedy)
        functions = {dict(each.labels).get("fn") for each in taken if each.name == ENDED}
        warnings = () if functions else (f"It exposes no {ENDED}: no run has ended, or it is another export.",)
        took = round((time.perf_counter() - began) * 1000)
        summary = f"The export counts runs of {len(functions)} function{'' if len(functions) == 1 else 's'}"
        return Link(self.name, ok=True, summary=summary, milliseconds=took, warnings=warnings)

    def recall(self, kept: Recall) -> None:
        """Go on from what is kept (`ports.Counting`)."""
        self._scraper.recall(kept)

    def counted(self) -> Tallies:
        """What is to be kept (`ports.Counting`)."""
        return self._scraper.counted()

    async def close(self) -> None:
        await self._scraper.close()
        if self._api is not None:
            await self._api.close()

    async def _single(self, check: RunsCheck, parameters: Sequence[object]) -> Answer:
        if self._api is None:
            what = f"'{self.name}' is a stand-in, and plays no single events and runs."
            raise Refused(what, "Ask it of the real one; in a rehearsal it cannot be told.")
        if len(parameters) != 1:
            raise Refused(f"Nobody says which {check.inngest} is meant.", 'Name an ask: of = "...".')
        if check.inngest == "event":
            return await self._api.of_event(parameters[0], check.function)
        return await self._api.of_run(parameters[0])

    async def _runs(self, check: RunsCheck, over: timedelta) -> Answer:
        for metric in (ENDED, STARTED):
            self._scraper.remember(metric, over)
        taken = await self._scraper.take({ENDED, STARTED})
        known = [Measure(dict(each.labels), each.value) for each in taken if each.name == ENDED]
        if (why := _unknown(check.function, ENDED, known)) is not None:
            return Answer({}, blind=why)
        try:
            ended, covered = self._scraper.growth(ENDED, over)
            started, _ = self._scraper.growth(STARTED, over)
        except Blind as error:
            return Answer({}, blind=str(error))
        by_status: dict[str, Decimal] = {}
        for each in _of(check.function, ended):
            status = each.labels.get("status", "")
            by_status[status] = by_status.get(status, Decimal(0)) + each.value
        return _told(by_status, sum((each.value for each in _of(check.function, started)), Decimal(0)), covered)

    async def _steps(self, check: RunsCheck) -> Answer:
        taken = await self._scraper.take({RUNNING, SCHEDULED})
        facts: dict[str, object] = {}
        for name, metric in (("running", RUNNING), ("scheduled", SCHEDULED)):
            found = [Measure(dict(each.labels), each.value) for each in taken if each.name == metric]
            if (why := _unknown(check.function, metric, found)) is not None:
                return Answer({}, blind=why)
            facts[name] = sum((each.value for each in _of(check.function, found)), Decimal(0))
        return Answer({**facts, "value": facts["running"]})


def _of(function: str | None, found: Sequence[Measure]) -> list[Measure]:
    return [each for each in found if function is None or each.labels.get("fn") == function]


def _unknown(function: str | None, metric: str, found: Sequence[Measure]) -> str | None:
    """Why the export cannot tell of a function, or None."""
    if not found:
        return f"The export has no {metric}, so nothing can be told by it."
    if _of(function, found):
        return None
    names = sorted({each.labels.get("fn", "") for each in found})
    shown = ", ".join(names[:_NAMED]) + (" and more" if len(names) > _NAMED else "")
    return inert(f"The export counts no function {function}; there is {shown}.", limit=300)


def _told(by_status: dict[str, Decimal], started: Decimal, covered: timedelta) -> Answer:
    completed, failed, cancelled = (by_status.get(each, Decimal(0)) for each in ("Completed", "Failed", "Cancelled"))
    table = Table(("status", "value"), tuple(sorted(by_status.items())))
    facts: dict[str, object] = {
        "started": started,
        "ended": sum(by_status.values(), Decimal(0)),
        "completed": completed,
        "failed": failed,
        "cancelled": cancelled,
        "columns": table.columns,
        "rows": tuple(dict(zip(table.columns, row, strict=True)) for row in table.rows),
        "covered": covered,
    }
    if completed + failed == 0:
        return Answer(facts, table, blind="No run completed or failed within the window, so nothing can be told.")
    success = completed / (completed + failed)
    return Answer({**facts, "success": success, "value": success}, table)
