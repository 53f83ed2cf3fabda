"""What has changed in a run, a line a change: for whoever keeps its watch without a screen, and for a pipe."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.plan import Phase, Verb
from cockpit.core.progress import phase_due, watch_ends, watch_running
from cockpit.core.rollout.meaning import starter
from cockpit.core.rollout.replicas import sentence
from cockpit.core.state import State, Told
from cockpit.core.watch.alerts import PLAN
from cockpit.core.watch.criterion import Criterion, criteria
from cockpit.core.watch.criterion import told as told_of
from cockpit.core.watch.vigil import Outcome
from cockpit.view.fit import cells, foreign, wrap
from cockpit.view.line import Tone
from cockpit.view.standing import (
    ACTIVE,
    DONE,
    FAILED,
    OPEN,
    RUNNING,
    UNSURE,
    Standing,
    of_criterion,
    of_monitor,
    of_status,
)
from cockpit.view.times import rough, stamp
from cockpit.view.words import count, name, reason, title

_WORD = 10
"""Cells for the word; a longer one moves what follows."""

_ENDINGS = {
    Outcome.QUIET: Standing(DONE, "over", Tone.OK),
    Outcome.ALARM: Standing(FAILED, "over", Tone.BAD),
    Outcome.UNTOLD: Standing(UNSURE, "over", Tone.WARN),
}


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One change, or how something stands as the watch is taken up."""

    at: datetime
    kind: str
    """`run`, `monitor`, `trigger`, `phase`, `item`, `rollout`, `replicas`, `driver`, `asker`, `alert`, `link`."""
    standing: Standing
    title: str
    """What it is about, inert."""
    because: str = ""
    """Why, inert."""
    name: str = ""
    """What the plan calls it."""
    before: str = ""
    """The word before; empty where there was none, or none is meant."""
    lasted: timedelta | None = None
    """How long that stood; of a standing that is no change, how long it has stood."""
    seq: int | None = None
    """The event that says so."""


def lines(one: Bulletin, width: int | None = None) -> tuple[str, ...]:
    """`11-28 12:21:23  ✗ firing     Stuck reports, after pending for 15m: value is 9`; wrapped to a width, if any."""
    word = one.standing.word.ljust(_WORD)
    head = f"{one.at.astimezone(UTC):%m-%d %H:%M:%S}  {one.standing.glyph} {word} "
    after = ""
    if one.lasted is not None:
        after = f", after {one.before} for {rough(one.lasted)}" if one.before else f", for {rough(one.lasted)}"
    words = f"{one.title}{after}{f': {one.because}' if one.because else ''}"
    if width is None or width < 2 * cells(head):
        return (head + words,)
    first, *rest = wrap(words, width - cells(head))
    return (head + first, *(" " * cells(head) + more for more in rest))


def record(run: str, one: Bulletin) -> dict[str, object]:
    """The same for machines; `lasted` in seconds."""
    return {
        "at": one.at.isoformat(),
        "run": run,
        "kind": one.kind,
        "name": one.name,
        "state": one.standing.word,
        "title": one.title,
        "because": one.because,
        "before": one.before or None,
        "lasted": None if one.lasted is None else one.lasted.total_seconds(),
        "seq": one.seq,
    }


def opening(state: State, now: datetime) -> Iterator[Bulletin]:
    """How everything stands as the watch is taken up: the run, its watches, each monitor and criterion."""
    place = f"REHEARSAL {state.environment}" if state.rehearsal else state.environment
    yield Bulletin(now, "run", Standing(ACTIVE, "watching", Tone.ACCENT), _run(state), foreign(place), state.run)
    for phase in state.plan.phases:
        if phase.watch is not None or (phase.due_at is not None and phase.due_at.opens):
            yield _standing_of(state, phase, now)
    for each in criteria(state.plan):
        if (told := told_of(state, each)) is not None:
            yield _criterion(state, each, now, now - told.since)
    watched = [phase for phase in state.plan.phases if watch_running(state, phase, now)]
    for monitor in dict.fromkeys(one for phase in watched for one in phase.monitors):
        since = state.monitors[monitor].since if monitor in state.monitors else None
        yield _monitor(state, monitor, now, None if since is None else now - since)


def of_event(before: State, event: Event, after: State) -> Bulletin | None:
    """What an event means to somebody who watches; None where it is nothing to them."""
    at, seq, body = event.at, event.seq, event.body
    match body:
        case happened.MonitorMoved():
            moved = _monitor(after, body.monitor, at, seq=seq)
            return _after(moved, before.monitors.get(body.monitor))
        case happened.TriggerMoved():
            for each in criteria(after.plan):
                if (each.number, each.against) == (body.trigger, body.against):
                    return _after(_criterion(after, each, at, seq=seq), told_of(before, each))
        case happened.PhaseOpened():
            phase = after.plan.phase(body.phase)
            return _opened(after, phase, at, seq) if isinstance(phase, Phase) else None
        case happened.ReadingJudged() | happened.BaselineRecorded():
            return _judged(after, body.item, at, seq)
        case happened.RolloutBegan() | happened.ReplicasChanged() | happened.PlanAmended():
            return _of_the_world(after, body, at, seq)
        case happened.Attached():
            who = f"{foreign(body.operator, limit=60) or 'somebody'} has taken the run up"
            place = f"process {body.pid} on {foreign(event.host, limit=60)}"
            return Bulletin(at, "driver", Standing(ACTIVE, "driver", Tone.PLAIN), who, place, seq=seq)
        case happened.AlertTold():
            told = Standing(FAILED, "not told", Tone.BAD) if body.trouble else Standing(DONE, "told", Tone.PLAIN)
            by = "by the plan's webhook" if body.place == PLAN else "by the operator's webhook"
            because = f"{by}: {foreign(body.trouble)}" if body.trouble else by
            return Bulletin(at, "alert", told, foreign(body.words), because, body.subject, seq=seq)
        case happened.RunClosed():
            ending = Standing(DONE, "closed", Tone.PLAIN)
            return Bulletin(at, "run", ending, _run(after), body.ending, after.run, seq=seq)
    return None


def turn(now: datetime, *, asks: bool, who: str) -> Bulletin:
    """Whether this process asks, and if not, who does."""
    if asks:
        return Bulletin(now, "asker", Standing(ACTIVE, "asking", Tone.ACCENT), "This monitor keeps the watch")
    words = f"This monitor waits while {foreign(who, limit=120)} asks"
    return Bulletin(now, "asker", Standing(OPEN, "stands by", Tone.PLAIN), words)


def link(now: datetime, connection: str, trouble: str) -> Bulletin:
    """A connection that has come into trouble, or out of it."""
    standing = Standing(UNSURE, "trouble", Tone.WARN) if trouble else Standing(DONE, "answers", Tone.OK)
    return Bulletin(now, "link", standing, foreign(connection, limit=60), foreign(trouble, limit=300), connection)


def ended(state: State, now: datetime, outcome: Outcome) -> Bulletin:
    """The last line: why nothing is watched any more, and what the watch came to."""
    words = f"the run is closed, {state.ending}" if state.is_closed else "nothing is left to watch"
    came = {"quiet": "all quiet", "alarm": "it ends in an alarm", "could not tell": "not everything could be told"}
    return Bulletin(now, "run", _ENDINGS[outcome], _run(state), f"{words}; {came[outcome]}", state.run)


def left(state: State, now: datetime, why: str) -> Bulletin:
    """The last line of a monitor that was told to end: the watch itself is not over."""
    words = f"ended by {why}; the run stays open, cockpit monitor {state.run} goes on"
    return Bulletin(now, "run", Standing(OPEN, "left", Tone.PLAIN), _run(state), words, state.run)


def status(state: State) -> str:
    """Where the monitors stand, in a few words: `2 ok, 1 firing`."""
    words = [of_monitor(state, name).word for name in state.plan.monitors]
    return ", ".join(f"{words.count(word)} {word}" for word in dict.fromkeys(words)) or "no monitors"


def _run(state: State) -> str:
    return f"{foreign(state.plan.name, limit=120)}, run {foreign(state.run)}"


def _after(one: Bulletin, earlier: Told | None) -> Bulletin:
    """The same with how it stood before, and for how long."""
    return one if earlier is None else replace(one, before=earlier.state, lasted=one.at - earlier.since)


def _monitor(
    state: State, name: str, at: datetime, lasted: timedelta | None = None, seq: int | None = None
) -> Bulletin:
    told, monitor = state.monitors.get(name), state.plan.monitors.get(name)
    check = state.plan.checks.get(monitor.check) if monitor is not None else None
    words = foreign((check.title if check is not None else None) or name, limit=120)
    because = reason(told.because) if told is not None else ""
    return Bulletin(at, "monitor", of_monitor(state, name), words, because, name, "", lasted, seq)


def _criterion(
    state: State, each: Criterion, at: datetime, lasted: timedelta | None = None, seq: int | None = None
) -> Bulletin:
    lead = "No reason to roll back" if each.against else "Roll back if"
    told, words = told_of(state, each), f"{lead}: {foreign(each.text, limit=160)}"
    because, name = reason(told.because) if told is not None else "", f"{'not ' * each.against}{each.number}"
    return Bulletin(at, "trigger", of_criterion(state, each), words, because, name, "", lasted, seq)


def _standing_of(state: State, phase: Phase, now: datetime) -> Bulletin:
    """A watch or a checkpoint: when it ends, or when it is due."""
    ends, due = watch_ends(state, phase), phase_due(state, phase)
    if watch_running(state, phase, now):
        words = f"ends {stamp(ends)}" if ends is not None else "waits for its start"
        return Bulletin(now, "phase", Standing(RUNNING, "watched", Tone.BUSY), name(phase), words, phase.id)
    if state.opened_at(phase.id) is not None:
        return Bulletin(now, "phase", Standing(DONE, "opened", Tone.PLAIN), name(phase), "", phase.id)
    words = f"due {stamp(due)}" if due is not None and phase.watch is None else "has not begun"
    return Bulletin(now, "phase", Standing(OPEN, "to come", Tone.PLAIN), name(phase), words, phase.id)


def _opened(state: State, phase: Phase, at: datetime, seq: int) -> Bulletin:
    """Of a checkpoint: how much a person has to do in it."""
    if phase.watch is not None:
        return replace(_standing_of(state, phase, at), seq=seq)
    asking = (Verb.CHECK, Verb.COMPARE)
    left = sum(state.plan.root(item).verb not in asking for item in phase.lines())
    words = f"{count(left, 'item')} for a person: cockpit resume {state.run}" if left else "nothing needs a person"
    return Bulletin(at, "phase", Standing(ACTIVE, "opened", Tone.ACCENT), name(phase), words, phase.id, seq=seq)


def _judged(state: State, item_id: str, at: datetime, seq: int) -> Bulletin | None:
    item, known = state.plan.item(item_id), state.item(item_id)
    part = state.plan.phase(item.phase) if item is not None else None
    if item is None or part is None:
        return None
    words = f"{name(part)}: {title(state, item)}"
    return Bulletin(at, "item", of_status(state, item, known), words, reason(known.because), item_id, seq=seq)


def _of_the_world(state: State, body: happened.Body, at: datetime, seq: int) -> Bulletin:
    standing = Standing(UNSURE, "changed", Tone.WARN)
    match body:
        case happened.RolloutBegan():
            rollout = body.rollout
            words = f"A deployment of {foreign(rollout.service, limit=60)} began"
            who = f"started by {foreign(starter(state, rollout))}"
            return Bulletin(at, "rollout", standing, words, who, rollout.deployment, seq=seq)
        case happened.ReplicasChanged():
            words = foreign(sentence(state.replica_changes[-1]))
            return Bulletin(at, "replicas", standing, words, "", body.service, seq=seq)
        case _:
            return Bulletin(at, "run", standing, "The plan was amended", "", state.run, seq=seq)
