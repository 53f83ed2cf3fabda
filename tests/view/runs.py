"""Runs told as events: a small builder, the plan they follow, and moments every view must be able to show."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Self

from cockpit.core import events as happened
from cockpit.core.events import Actor, Body, Event
from cockpit.core.fold import fold
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading, Sampled, Table, Verdict
from cockpit.core.rollout import begin
from cockpit.core.rollout.deployment import Deployment, Instance, Observation, Step
from cockpit.core.state import State
from cockpit.ports import Budget
from cockpit.report.findings import Kept
from cockpit.telemetry import Scene, Telemetry, Trouble

OPENED = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

KEYS = {
    "item.do": "⏎", "item.tick": "space", "item.record": "b", "item.check": "c", "item.yes": "y", "item.no": "N",
    "item.answer": "⏎", "item.sign": "s", "item.waive": "w", "item.na": "n", "item.untick": "u",
    "item.settle_happened": "y", "item.settle_not": "N", "gate.open": "o", "gate.go": "y", "gate.no_go": "N",
    "run.note": "a", "rollback.open": "^R", "run.close": "x", "run.reopen": "e",
}  # fmt: skip

TEXT = Path(__file__).with_name("runs.toml").read_text(encoding="utf-8")


def plan(**changes: object) -> Plan:
    """The plan above, whole tables replaced by `changes`."""
    return Plan.model_validate(tomllib.loads(TEXT) | changes)


class Run:
    """A run in the making: events appended at an instant that only moves forward."""

    def __init__(self, of: Plan | None = None, *, environment: str = "production", rehearsal: bool = False) -> None:
        self.now = OPENED
        self.plan = of or plan()
        self.live = Telemetry()
        self.events: list[Event] = []
        self.readings: dict[int, Reading] = {}
        self._rolled = OPENED
        self._steps: list[Step] = []
        self.tell(
            happened.RunOpened(
                plan=self.plan.model_dump(mode="json", by_alias=True, exclude_none=True),
                plan_file="plan.toml",
                environment=environment,
                rehearsal=rehearsal,
            )
        )

    @property
    def state(self) -> State:
        return fold(self.events)

    def after(self, **span: float) -> Self:
        self.now += timedelta(**span)
        return self

    def tell(self, *bodies: Body, by: str = "engineer on call") -> Self:
        for body in bodies:
            seq, actor = len(self.events) + 1, Actor("human", by)
            self.events.append(Event("4f2c", seq, self.now, actor, "s1", "bastion", body))
        return self

    def scene(self, *, keys: Mapping[str, str] = KEYS, operator: str = "engineer on call") -> Scene:
        return Scene(self.state, self.live, self.now, operator, keys)

    def reading(
        self,
        check: str,
        verdict: str = "pass",
        because: str = "",
        *,
        scalar: str = "0",
        table: Table | None = None,
        baseline: bool = False,
    ) -> Reading:
        """A reading that has just come, as the telemetry holds it."""
        reading = Reading(
            len(self.readings) + 1,
            check,
            self.now,
            self.now,
            "runner",
            Verdict(verdict),
            because,
            scalar,
            12,
            "d",
            table,
            Decimal(0),
        )
        self.readings[reading.id] = reading
        self.live.readings[check] = reading
        if baseline:
            self.live.baselines[check] = reading
        return reading

    @property
    def kept(self) -> Kept:
        return Kept(self.readings, self.samples, max(self.now, self.state.at))

    def samples(self, check: str, since: datetime) -> list[Sampled]:
        """As a journal tells them."""
        return [
            Sampled(one.asked, one.verdict)
            for one in self.readings.values()
            if one.check == check and one.asked >= since
        ]

    def open(self, phase: str) -> Self:
        return self.tell(happened.PhaseOpened(phase=phase))

    def judge(self, item: str, verdict: str = "pass", because: str = "0 == 0", **more: object) -> Self:
        check = item.rpartition(":")[2]
        reading = self.reading(check, verdict, because, **more)  # type: ignore[arg-type]  # fields of `reading`
        if self.state.item(item).status != "running":
            self.tell(happened.Enquired(item=item))
        return self.tell(
            happened.ReadingJudged(
                item=item, check=check, reading=reading.id, verdict=Verdict(verdict), because=because
            )
        )

    def act(self, item: str, *, deployment: str | None = None, proof: str | None = "read back") -> Self:
        """An action sent and accepted, and done where there is a proof."""
        action = item.rpartition(":")[2]
        self.tell(happened.ActionIntended(item=item, action=action, summary=action))
        intent = len(self.events)
        self.tell(happened.ActionAccepted(item=item, intent=intent, deployment=deployment))
        return self.tell(happened.ActionDone(item=item, intent=intent, proof=proof)) if proof else self

    def roll(self, *, overlap: float | None = 300, drain: float | None = 600) -> Self:
        rollout = begin("new-deployment", "web", "old-deployment", started=self.now, overlap=overlap, drain=drain)
        self._rolled = self.now
        return self.tell(happened.RolloutBegan(item="deploy/do:deploy_web", rollout=rollout))

    def step(self, name: str, *, error: str | None = None, ended: bool = False) -> Self:
        """A step of the rollout that begins now, or the one that ran and ends now."""
        if ended:
            self._steps[-1] = self._steps[-1].model_copy(update={"completed": self.now, "error": error})
        else:
            self._steps.append(Step(name=name, started=self.now))
        return self

    def look(self, new: str = "SUCCESS", old: str = "SUCCESS", *, since: datetime | None = None) -> Self:
        """A look at the rollout; `since` is the server's stamp of what changed."""
        stamp = since or self.now
        observation = Observation(
            at=self.now,
            new=deployment("new-deployment", new, stamp, created=self._rolled, commit="ffeeddccbbaa"),
            old=deployment("old-deployment", old, stamp),
            steps=tuple(self._steps),
        )
        return self.tell(happened.RolloutObserved(deployment="new-deployment", observation=observation))

    def superseded(self, by: str, who: str) -> Self:
        """The rollout has gone because of a newer deployment."""
        observation = Observation(
            at=self.now,
            new=deployment("new-deployment", "REMOVED", self.now, created=self._rolled, commit="ffeeddccbbaa"),
            old=deployment("old-deployment", "SUCCESS", self.now),
            latest=by,
            latest_at=self.now,
            latest_by=who,
        )
        return self.tell(happened.RolloutObserved(deployment="new-deployment", observation=observation))


def deployment(
    name: str,
    status: str = "SUCCESS",
    at: datetime = OPENED,
    *,
    created: datetime = OPENED - timedelta(hours=3),
    commit: str = "0123456789ab",
) -> Deployment:
    up = status in ("SUCCESS", "REMOVING")
    return Deployment(
        id=name,
        status=status,
        status_at=at,
        created_at=created,
        can_rollback=True,
        digest=f"sha256:{name}",
        commit=commit,
        instances=(Instance(id="1", status="RUNNING"),) if up else (),
    )


BY_STATUS_THEN = Table(("status", "reports"), (("completed", 50), ("in_progress", 3), ("failed", 2)))
BY_STATUS_GOOD = Table(("status", "reports"), (("completed", 53), ("in_progress", 1), ("failed", 2)))
BY_STATUS_NOW = Table(("status", "reports"), (("completed", 53), ("in_progress", 1), ("failed", 4)))


def fresh() -> Run:
    run = Run().tell(happened.Attached(operator="engineer on call", resumed=False, pid=7))
    run.live.budget = Budget(212, 1000, 50)
    return run.after(seconds=1).open("before").after(seconds=40)


def proved() -> Run:
    """Connections have answered, the target of a rollback is known."""
    run = fresh()
    for connection in ("db", "railway", "app"):
        run.tell(happened.EnvironmentProved(connection=connection, summary="production, read only"))
    return run.tell(
        happened.TargetSeen(service="web", deployment=deployment("old-deployment"), variables=("DATABASE_URL",))
    )


def at_gate() -> Run:
    """Before is done, the gate has opened."""
    run = proved()
    first = run.reading("by_status", "observed", scalar="3 rows", table=BY_STATUS_THEN, baseline=True)
    run.tell(
        happened.BaselineRecorded(item="before/record:by_status", check="by_status", reading=first.id),
        happened.SeeAnswered(item="before/see:functions", answer="yes"),
        happened.Ticked(item="before/tick:team-knows-that-deploys-take-15-minutes"),
    )
    return run.after(seconds=5).open("go-no-go").after(seconds=20)


def asked(stuck: str = "pass", because: str = "value is 0") -> Run:
    """The gate has been asked."""
    run = at_gate().tell(happened.Ticked(item="go-no-go/tick:backup-taken"), happened.GateAsked(phase="go-no-go"))
    run.after(seconds=2).judge("go-no-go/check:stuck", stuck, because)
    return run.judge("go-no-go/check:health", "pass", "status is 200").after(seconds=5)


def gone(**decision: object) -> Run:
    """GO was given, Deploy is open."""
    run = asked()
    fields = {"phase": "go-no-go", "go": True, "recommended": True, "reasons": ()} | decision
    return run.tell(happened.GateDecided.model_validate(fields)).after(seconds=1).open("deploy").after(seconds=3)


def deploying() -> Run:
    """Variables are set, the deployment is in flight and builds."""
    run = gone().act("deploy/do:set_grace").after(seconds=10)
    run.act("deploy/do:deploy_web", deployment="new-deployment", proof=None).roll()
    return run.after(seconds=2).look("BUILDING").after(seconds=30)


def overlapping() -> Run:
    """Both deployments serve, the SIGTERM is 1:48 away."""
    run = deploying().after(seconds=30).step("CREATE_CONTAINER").look("DEPLOYING")
    run.after(seconds=40).step("CREATE_CONTAINER", ended=True).step("HEALTHCHECK").look("DEPLOYING")
    return run.after(seconds=8).step("HEALTHCHECK", ended=True).look("SUCCESS").after(seconds=192)


def draining() -> Run:
    run = overlapping().after(seconds=108).look("SUCCESS", "REMOVING", since=None)
    return run.after(seconds=60)


def overdue() -> Run:
    """The overlap is over by its configured time and nothing happened."""
    return overlapping().after(seconds=120)


def deployed() -> Run:
    """The rollout is over, After is open."""
    run = draining().after(seconds=240).look("SUCCESS", "REMOVED")
    run.tell(happened.ActionDone(item="deploy/do:deploy_web", intent=_intent(run), proof="digest sha256:new"))
    return run.after(seconds=1).open("after").after(seconds=20)


def failed_check() -> Run:
    """The comparison has failed, with both tables at hand."""
    run = deployed()
    run.judge("after/compare:by_status", "fail", "failed is 4, was 2", scalar="3 rows", table=BY_STATUS_NOW)
    return run.after(seconds=9)


def blind() -> Run:
    return deployed().judge("after/check:stuck", "blind", "The control did not hold: no rows at all.").after(seconds=9)


def unknown() -> Run:
    """The deploy was sent and no answer came."""
    run = (
        gone()
        .act("deploy/do:set_grace")
        .tell(happened.ActionIntended(item="deploy/do:deploy_web", action="deploy_web", summary="Deploy web."))
    )
    return run.tell(
        happened.ActionLost(item="deploy/do:deploy_web", intent=len(run.events), because="The connection broke.")
    ).after(seconds=20)


def looked_at() -> Run:
    run = unknown()
    for number in (1, 2):
        run.after(seconds=60).tell(
            happened.ActionLooked(
                item="deploy/do:deploy_web",
                intent=_intent(run),
                found="happened",
                number=number,
                because="A deployment is there.",
                deployment="new-deployment",
            )
        )
    return run


def health_failed() -> Run:
    """The new deployment never got healthy."""
    run = deploying().after(seconds=30).step("HEALTHCHECK").look("DEPLOYING")
    run.after(seconds=300).step("HEALTHCHECK", ended=True, error="1/1 replicas never became healthy").look("FAILED")
    return run.tell(
        happened.ActionFailed(item="deploy/do:deploy_web", intent=_intent(run), because="It never got healthy.")
    ).after(seconds=4)


def tripped() -> Run:
    run = deployed().tell(
        happened.TriggerMoved(trigger=0, state="tripped", because="9 - 1 > 5"),
        happened.MonitorMoved(monitor="stuck", state="firing", because="value is 9"),
    )
    run.reading("stuck", "fail", "value is 9", scalar="9")
    return run.after(seconds=12)


def rolling_back() -> Run:
    run = health_failed().tell(happened.RollbackStarted(level="level-2-the-image-before", reason="never healthy"))
    return run.act("level-2-the-image-before/do:roll_back_web", proof=None).after(seconds=15)


def rolled_back() -> Run:
    run = rolling_back()
    level = "level-2-the-image-before"
    intent = _intent(run)
    run.tell(happened.ActionDone(item=f"{level}/do:roll_back_web", intent=intent, proof="the old image serves"))
    return run.judge(f"{level}/check:health", "pass", "status is 200").after(seconds=3)


def verified() -> Run:
    """After is settled, the watch runs."""
    run = deployed()
    run.judge("after/compare:by_status", "pass", "all 3 values keep their relation", table=BY_STATUS_GOOD)
    run.judge("after/check:stuck")
    run.tell(
        happened.Answered(item="after/ask:test_report", ask="test_report", value="0e6b1c52-0000-4000-8000-000000000000")
    )
    return run.judge("after/check:steps", "pass", "9 >= 7", scalar="9").open("watch").after(seconds=60)


def watching() -> Run:
    return verified().tell(happened.MonitorMoved(monitor="stuck", state="ok", because="value is 0")).after(minutes=30)


def signing() -> Run:
    run = watching().after(hours=4).open("four-hours-on").judge("four-hours-on/check:stuck")
    return run.after(hours=20).open("sign-off").after(seconds=30)


def signed() -> Run:
    run = signing()
    for role in ("engineer", "tech lead"):
        item = f"sign-off/sign:{role.replace(' ', '-')}"
        run.tell(happened.Signed(item=item, role=role, name=f"the {role}")).after(seconds=5)
    return run


def closed() -> Run:
    return signed().tell(happened.RunClosed(ending="signed off")).after(minutes=3)


def no_go() -> Run:
    run = asked("fail", "value is 7, not 0")
    return run.tell(
        happened.GateDecided(
            phase="go-no-go", go=False, recommended=False, reasons=("Stuck reports: failed, value is 7, not 0",)
        )
    ).after(seconds=30)


def expired() -> Run:
    return gone().after(minutes=31)


def unwritable() -> Run:
    run = deployed()
    run.live.journal_trouble = "The journal cannot be written: no space left. Free some."
    run.live.links["db"] = Trouble("There is no connection.")
    return run


def newer() -> Run:
    return proved().tell(happened.Unknown(name="Teleported", content={}))


MOMENTS: Mapping[str, Callable[[], Run]] = {
    story.__name__: story
    for story in (
        Run, fresh, proved, at_gate, asked, gone, deploying, overlapping, draining, overdue, deployed, failed_check,
        blind, unknown, looked_at, health_failed, tripped, rolling_back, rolled_back, verified, watching, signing,
        signed, closed, no_go, expired, unwritable, newer,
    )
}  # fmt: skip
"""Every moment that each view is shown, by name."""


def every_part(state: State) -> frozenset[str]:
    """The ids of all phases and levels, to unfold them."""
    return frozenset(phase.id for phase in state.plan.phases) | frozenset(level.id for level in state.plan.rollback)


def _intent(run: Run) -> int:
    return max(run.state.intents)
