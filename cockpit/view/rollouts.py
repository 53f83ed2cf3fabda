"""Every rollout of the run: whose it is, its stages beside what was expected of them, and who answers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from cockpit.core.rollout import replicas
from cockpit.core.rollout.clocks import drain, overlap
from cockpit.core.rollout.deployment import Rollout, Stage
from cockpit.core.rollout.forecast import Expected, Forecast, contradictions
from cockpit.core.rollout.meaning import meaning, starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.rollout.pace import Pace, pace
from cockpit.core.rollout.tally import Tally
from cockpit.core.rollout.traffic import Share, shares, shares_in_all, versions
from cockpit.core.span import clock_face
from cockpit.telemetry import Scene
from cockpit.view import thrift, trouble
from cockpit.view.fit import cut_line, foreign, pad, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.standing import DONE, FAILED, OPEN, RUNNING, UNSURE
from cockpit.view.times import moment
from cockpit.view.words import count, reason, short

_LABEL = 10
_COLUMN = 12
_STAMP = timedelta(seconds=1)
"""Platform log lines are stamped in whole seconds: by less than that nothing was stopped too early."""
_STANDING = {
    "in flight": (RUNNING, Tone.BUSY),
    "done": (DONE, Tone.OK),
}


def shown(scene: Scene) -> Rollout | None:
    """The rollout on the strip: the one that was chosen, else the newest in flight, else the newest."""
    return scene.state.rollouts.get(scene.rollout) or scene.state.current_rollout


def after(scene: Scene) -> str:
    """The rollout that the key goes to from the one shown, newest first and round the end; empty where none is."""
    names = list(scene.state.rollouts)[::-1]
    now = shown(scene)
    return names[(names.index(now.deployment) + 1) % len(names)] if now is not None else ""


def place(scene: Scene, rollout: Rollout) -> str:
    """`2/3`: which of the run's rollouts it is, in the order they began; empty for the only one."""
    names = list(scene.state.rollouts)
    return f"{names.index(rollout.deployment) + 1}/{len(names)}" if len(names) > 1 else ""


def expected(scene: Scene, rollout: Rollout) -> Forecast:
    """What earlier runs took for the same action; for somebody else's, for a deploy of the same service."""
    state, item = scene.state, scene.state.plan.item(scene.state.rollout_items.get(rollout.deployment, ""))
    if item is not None:
        return scene.live.forecasts.get(state.plan.root(item).target, {})
    for name, action in state.plan.actions.items():
        if action.deploy == rollout.service and name in scene.live.forecasts:
            return scene.live.forecasts[name]
    return {}


def on_its_way(scene: Scene, rollout: Rollout) -> Pace:
    """Whether it goes on as it should."""
    return pace(rollout, expected(scene, rollout), scene.now)


def answers(scene: Scene, rollout: Rollout) -> tuple[int, int, int] | None:
    """Of the last probes: answered by the new deployment, by the one before, and all; None where nothing probes.

    What another service's deployment answered says nothing about this one's rollout.
    """
    every = [share for probes in scene.live.probes.values() for share in shares(scene.state, None, probes)]
    elsewhere = versions(scene.state, None).keys() - versions(scene.state, rollout.service).keys()
    counted = [share for share in every if share.deployment not in elsewhere]
    total = sum(share.count for share in counted)
    if not total:
        return None
    new, old = (
        sum(share.count for share in counted if share.deployment is not None and share.deployment == one)
        for one in (rollout.deployment, rollout.previous)
    )
    return new, old, total


def lines(scene: Scene, width: int) -> Iterator[Line]:
    """The page: the rollout that is shown first, then the others, newest first; before them what is no rollout's."""
    first = shown(scene)
    yield from _limits(scene, width)
    yield from _replicas(scene, width)
    if first is None:
        yield Line((Span("Nothing has been rolled out since this run began, as far as is known.", Tone.DIM),))
        return
    others = [one for one in reversed(tuple(scene.state.rollouts.values())) if one is not first]
    for number, rollout in enumerate((first, *others)):
        if number:
            yield Line()
        yield from (cut_line(each, width) for each in _rollout(scene, rollout, width))


def _limits(scene: Scene, width: int) -> Iterator[Line]:
    """Requests of which there are fewer than one would think: looks at every rollout get fewer with them."""
    if limits := thrift.of_limits(scene):
        yield from wrapped(limits, width, Tone.WARN, indent="! ")
        yield Line()


def _replicas(scene: Scene, width: int) -> Iterator[Line]:
    """What changed while nothing was deployed, the newest first."""
    changes = scene.state.replica_changes
    for change in reversed(changes):
        words = f"{moment(change.at, scene.now)} UTC {reason(replicas.sentence(change))}"
        yield from wrapped(words, width, Tone.DIM if change.item else Tone.WARN, indent="! ")
    if changes:
        yield Line()


def _rollout(scene: Scene, rollout: Rollout, width: int) -> Iterator[Line]:
    glyph, tone = _STANDING.get(rollout.outcome, (FAILED, Tone.BAD))
    number = place(scene, rollout)
    head = f"{glyph} {foreign(rollout.service, limit=40)} {short(rollout.deployment)}: {rollout.outcome}"
    yield line(Span(head, tone), Span(f"  {number}" if number else "", Tone.DIM))
    yield from _facts(scene, rollout, width)
    yield from _words(scene, rollout, width)
    yield from _stages(scene, rollout)
    yield from _clocks(rollout, scene.now)
    yield from _probes(scene, rollout, width)


def _facts(scene: Scene, rollout: Rollout, width: int) -> Iterator[Line]:
    state = scene.state
    item = state.plan.item(state.rollout_items.get(rollout.deployment, ""))
    if is_ours(state, rollout.deployment):
        at = f": {state.plan.title_of(item)}" if item is not None else ""
        yield from wrapped(foreign(f"by this run{at}"), width, indent=pad("started", _LABEL))
    else:
        who = foreign(starter(state, rollout), limit=60)
        yield from wrapped(f"by {who}, not by this run", width, Tone.WARN, indent=pad("! started", _LABEL))
    made = f", {moment(rollout.made, scene.now)} UTC" if rollout.made else ""
    yield line(f"{pad('made', _LABEL)}commit {short(rollout.commit)}, image {short(rollout.digest)}{made}")
    replaces = short(rollout.previous) if rollout.previous else "nothing"
    looked = trouble.last_look(scene, rollout)
    seen = f", last seen {moment(looked, scene.now)} UTC" if looked else ", not seen yet"
    yield line(f"{pad('replaces', _LABEL)}{replaces}, which is {foreign(rollout.old_status or '?', limit=30)}")
    yield line(f"{pad('status', _LABEL)}{foreign(rollout.status, limit=30)}{seen}")


def _words(scene: Scene, rollout: Rollout, width: int) -> Iterator[Line]:
    """What it means, trouble first."""
    known = expected(scene, rollout)
    at_pace = pace(rollout, known, scene.now)
    if trouble.is_unseen(scene, rollout):
        words = f"{trouble.in_full(scene, rollout)} What stands here is as it was then."
        yield from wrapped(words, width, Tone.BAD, indent="! ")
    if rollout.because:
        tone = Tone.WARN if rollout.outcome in ("in flight", "done") else Tone.BAD
        yield from wrapped(reason(rollout.because), width, tone, indent="! ")
    if at_pace.word in ("over", "stalled"):
        tone = Tone.BAD if at_pace.word == "stalled" else Tone.WARN
        yield from wrapped(reason(at_pace.sentence), width, tone, indent="! ")
    for sentence in (*meaning(scene.state, rollout), *rollout.deviations, *rollout.doubts):
        yield from wrapped(reason(sentence), width, Tone.WARN, indent="! ")
    if not rollout.is_over and (slower := thrift.of_rollouts(scene)):
        yield from wrapped(slower, width, Tone.WARN, indent="! ")
    for sentence in contradictions(rollout, known):
        yield from wrapped(reason(sentence), width, Tone.WARN, indent="! ")
    if rollout.clock_lead:
        off = clock_face(timedelta(seconds=abs(rollout.clock_lead)))
        where = "ahead of" if rollout.clock_lead > 0 else "behind"
        yield from wrapped(f"Railway's clock runs {off} {where} ours, or more", width, Tone.WARN, indent="! ")


def _stages(scene: Scene, rollout: Rollout) -> Iterator[Line]:
    if not rollout.stages:
        return
    known = expected(scene, rollout)
    head = "".join(pad(word, _COLUMN) for word in ("stage", "took", "configured"))
    yield line(Span(f"{head}earlier runs", Tone.DIM))
    for stage in rollout.stages:
        if stage.name == "gone":
            continue
        glyph, took, tone = _took(scene, rollout, stage)
        configured = clock_face(timedelta(seconds=stage.expected)) if stage.expected is not None else "-"
        if stage.name == "health" and rollout.health_limit is not None:
            configured = f"≤ {clock_face(timedelta(seconds=rollout.health_limit))}"
        cells = (pad(stage.name, _COLUMN), Span(pad(f"{glyph} {took}", _COLUMN), tone), pad(configured, _COLUMN))
        yield line(*cells, _earlier(known.get(stage.name)))


def _took(scene: Scene, rollout: Rollout, stage: Stage) -> tuple[str, str, Tone]:
    if stage.started is None:
        return OPEN, "", Tone.DIM
    took = clock_face(max(timedelta(), (stage.ended or rollout.railways(scene.now)) - stage.started))
    if stage.failed:
        return FAILED, took, Tone.BAD
    if stage.ended is not None:
        return DONE, took, Tone.OK
    return (UNSURE, took, Tone.WARN) if trouble.is_unseen(scene, rollout) else (RUNNING, took, Tone.BUSY)


def _earlier(known: Expected | None) -> Span:
    return Span(known.words if known is not None else "-", Tone.PLAIN if known is not None else Tone.DIM)


def _clocks(rollout: Rollout, now: datetime) -> Iterator[Line]:
    for label, instant in (("T1 up", rollout.t1), ("T2 stop", rollout.t2), ("T3 gone", rollout.t3)):
        if instant is not None:
            yield line(f"{pad(label, _LABEL)}{moment(instant.at, now)} UTC, known by {foreign(instant.source)}")
    for label, span in (("overlap", overlap(rollout)), ("drain", drain(rollout))):
        if span is not None:
            none = f"none, the old one was stopped {clock_face(-span)} before the new one was up"
            yield line(f"{pad(label, _LABEL)}{none if span <= -_STAMP else clock_face(max(timedelta(), span))}")
    if rollout.t1 is None and rollout.is_over and rollout.outcome != "done":
        yield line(Span("T1 has not come and does not come any more", Tone.BAD))


def _probes(scene: Scene, rollout: Rollout, width: int) -> Iterator[Line]:
    """Who answered, by each check that can tell: of all that is on record; while it is under way, of the last ones."""
    for (deployment, check), tally in scene.state.answers.items():
        if deployment == rollout.deployment:
            yield from _in_all(scene, rollout, check, tally)
    if rollout.is_over:
        return
    told = [(name, probes) for name, probes in scene.live.probes.items() if probes]
    if not told:
        yield from wrapped("which deployment answers is not known: no check says `serves`", width, Tone.DIM)
    for name, probes in told:
        words = f"answers to {_titled(scene, name)}, the last {count(len(probes), 'probe')}"
        yield line(Span(words, Tone.DIM))
        for share in shares(scene.state, None, probes):
            yield line(f"  {share.count:>3} by ", _named(rollout, share))


def _in_all(scene: Scene, rollout: Rollout, check: str, tally: Tally) -> Iterator[Line]:
    when = f"{moment(tally.since, scene.now)} to {moment(tally.until, scene.now)} UTC"
    yield line(Span(f"answers to {_titled(scene, check)}, {when}, on record", Tone.DIM))
    for share in shares_in_all(scene.state, tally):
        yield line(f"  {share.count:>3} by ", _named(rollout, share))


def _titled(scene: Scene, name: str) -> str:
    check = scene.state.plan.checks.get(name)
    return foreign((check.title if check is not None else None) or name, limit=60)


def _named(rollout: Rollout, share: Share) -> Span:
    named = short(share.named) if share.named else ""
    if share.deployment is not None and share.deployment == rollout.deployment:
        return Span(f"the new one ({named})", Tone.OK)
    if share.deployment is not None and share.deployment == rollout.previous:
        return Span(f"the old one ({named})")
    if share.deployment is not None:
        return Span(f"another deployment ({short(share.deployment)})", Tone.WARN)
    if share.named is None:
        return Span("nobody: no answer, or none that names a version", Tone.WARN)
    return Span(f"an unknown version, or one of several ({named})", Tone.WARN)
