"""A run without a journal: commands decided and folded one after the other, at instants of the test's choosing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Command, Refusal
from cockpit.core.events import Actor, Event
from cockpit.core.fold import apply, fold
from cockpit.core.plan import Plan
from cockpit.core.reading import Reading, Verdict
from cockpit.core.rollout.deployment import Deployment, Instance
from cockpit.core.rules import decide
from cockpit.core.state import State

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

PLAN: dict[str, Any] = {
    "name": "Reports",
    "sign_off": ["engineer"],
    "connections": {
        "db": {"kind": "postgres", "url": "env:DATABASE_URL"},
        "railway": {"kind": "railway", "token": "env:RAILWAY_TOKEN", "environment": "production"},
    },
    "checks": {
        "stuck": {"on": "db", "sql": "select count(*) from reports", "pass": "value == 0", "fresh": "1m"},
        "by_status": {"on": "db", "sql": "select 1", "compare": "equal"},
        "steps": {"on": "db", "sql": "select $1::uuid", "with": ["report"]},
    },
    "actions": {
        "set_grace": {
            "on": "railway", "service": "web", "set_variables": {"A": "1"}, "undo": "clear_grace", "confirm": "yes",
        },
        "clear_grace": {"on": "railway", "service": "web", "delete_variables": ["A"], "undo": "set_grace"},
        "deploy_web": {"on": "railway", "deploy": "web", "undo": "back"},
        "back": {"on": "railway", "rollback": "web", "undo": "none", "why": "it is the way back"},
    },
    "asks": {"report": {"text": "Report", "type": "uuid"}},
    "sees": {"panel": {"text": "The panel is green"}},
    "phases": [
        {"title": "Before", "items": ["record by_status", "tick Team knows", "see panel"]},
        {"title": "Gate", "gate": ["check stuck", "tick Backup taken"], "expires": "30m"},
        {"title": "Deploy", "items": ["do set_grace", "do deploy_web"]},
        {"title": "After", "due": "within 5m of deploy_web",
         "items": ["compare by_status", "ask report", "check steps", "same after/compare:by_status"]},
        {"title": "Watch", "lasts": "24h from deploy_web", "monitors": ["stuck"]},
        {"title": "Later", "due": "4h after deploy_web", "items": ["check stuck"]},
        {"title": "Sign-off", "items": ["sign engineer"]},
    ],
    "monitors": {"stuck": {"check": "stuck", "every": "5m", "for": "15m"}},
    "triggers": [{"text": "More stuck", "when": "stuck.value > 5"}],
    "rollback": [
        {"title": "Level 1", "items": ["do clear_grace", "do deploy_web"]},
        {"title": "Level 2", "items": ["do back", "check stuck"]},
    ],
}  # fmt: skip


class Story:
    """Tell it what is done; it says what the state is."""

    def __init__(self, plan: dict[str, Any] | None = None, *, rehearsal: bool = False) -> None:
        self.now = START
        self.events: list[Event] = []
        opened = happened.RunOpened(
            plan=Plan.model_validate(plan or PLAN).model_dump(mode="json", by_alias=True, exclude_none=True),
            plan_file="plan.toml",
            environment="production",
            rehearsal=rehearsal,
        )
        self._append(opened)
        self.state: State = fold(self.events)
        self._reading = 0

    def later(self, **span: float) -> Story:
        self.now += timedelta(**span)
        return self

    def decide(self, command: Command) -> tuple[happened.Body, ...] | Refusal:
        return decide(self.state, command, self.now)

    def do(self, *commands: Command) -> Story:
        for command in commands:
            decision = self.decide(command)
            assert not isinstance(decision, Refusal), decision.reason
            for body in decision:
                self.state = apply(self.state, self._append(body))
        return self

    def refused(self, command: Command) -> str:
        decision = self.decide(command)
        assert isinstance(decision, Refusal), decision
        return decision.reason

    def advance(self) -> Story:
        while self.decide(wanted.Advance()):
            self.do(wanted.Advance())
        return self

    def read(self, item: str, verdict: str = "pass", because: str = "so it is") -> Story:
        """Ask an item's check and answer it with this verdict."""
        if self.state.item(item).status != "running":
            self.do(wanted.Enquire(item))
        return self.answer(item, verdict, because)

    def answer(self, item: str, verdict: str = "pass", because: str = "so it is") -> Story:
        self._reading += 1
        check = item.rpartition(":")[2]
        reading = Reading(
            self._reading, check, self.now, self.now, "runner", Verdict(verdict), because, "0", 3, "d", None, 0
        )
        return self.do(wanted.Observe(reading, (item,), ((verdict, because),)))

    def before(self) -> Story:
        """Through the first phase."""
        self.advance().read("before/record:by_status", "observed")
        self.do(wanted.Tick("before/tick:team-knows"), wanted.AnswerSee("before/see:panel", "yes"))
        return self.advance()

    def go(self) -> Story:
        """Through the gate."""
        self.before().do(wanted.Tick("gate/tick:backup-taken"), wanted.OpenGate("gate"))
        self.answer("gate/check:stuck").do(wanted.DecideGate("gate", go=True))
        self.do(
            wanted.Prove("railway", "reports / production"),
            wanted.SeeTarget("web", deployment("old"), ("A",)),
        )
        return self.advance()

    def deployed(self) -> Story:
        """Through both actions."""
        self.go().act("deploy/do:set_grace", "yes").act("deploy/do:deploy_web", "production", deployment="new")
        return self.advance()

    def act(self, item: str, typed: str = "", *, deployment: str | None = None) -> Story:
        """Do an action to its proof."""
        self.do(wanted.Do(item, typed))
        seq = self.seq(item)
        return self.do(wanted.Accept(item, seq, deployment), wanted.Finish(item, seq, "read back"))

    def seq(self, item: str) -> int:
        intent = self.state.intent_of(item)
        assert intent is not None
        return intent.seq

    def _append(self, body: happened.Body) -> Event:
        seq = len(self.events) + 1
        event = Event("r1", seq, self.now, Actor("human", "op"), "1-aa", "host", body)
        self.events.append(event)
        return event


def deployment(name: str, status: str = "SUCCESS") -> Deployment:
    return Deployment(
        id=name,
        status=status,
        created_at=START,
        digest=f"sha256:{name}",
        instances=(Instance(id=f"{name}-1", status="RUNNING"),),
    )
