"""What probes counted goes on record by itself, once a minute, and each probe once."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from cockpit.core.events import VersionsAnswered
from cockpit.core.rollout.traffic import Probe
from cockpit.runner.probes import Probes
from cockpit.session import Session

from .conftest import DEPLOY, Bench, Bring, plan_of


async def rolling(world: Bring, bench: Bring) -> Session:
    """A session with a rollout under way, its runner ended."""
    made: Bench = await bench(plan_of("do deploy_web"), world=await world(speed=240))
    await made.do(DEPLOY)
    await made.until(lambda: made.state.rollouts, "begun")
    made.task.cancel()
    return made.session


def counted(session: Session) -> list[dict[str, int]]:
    return [event.body.counts for event in session.events() if isinstance(event.body, VersionsAnswered)]


async def test_each_probe_is_counted_once_and_none_sooner_than_after_a_minute(world: Bring, bench: Bring) -> None:
    session = await rolling(world, bench)
    began, probes = session.clock.now(), Probes(session)
    told = session.telemetry.probes["health"] = deque(maxlen=20)

    def answer(second: float, *names: str | None) -> datetime:
        told.extend(Probe(began + timedelta(seconds=second), name) for name in names)
        return began + timedelta(seconds=second)

    await probes.tell(answer(5, "new", "old"))
    assert counted(session) == []
    await probes.tell(answer(600, "new", None))
    assert counted(session) == [{"new": 2, "old": 1, "": 1}]
    await probes.tell(began + timedelta(seconds=2000))
    assert len(counted(session)) == 1, "none is new"
    await probes.tell(answer(1300, "new") + timedelta(seconds=700))
    assert counted(session)[1:] == [{"new": 1}]
    ((key, tally),) = session.state.answers.items()
    assert key == (next(iter(session.state.rollouts)), "health")
    assert dict(tally.counts) == {"new": 3, "old": 1, "": 1}
