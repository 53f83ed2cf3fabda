"""The record of what was changed: intents with their outcomes, rollouts with their three clocks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.rollout import drain, overlap
from cockpit.core.rollout.deployment import Instant, Rollout, Stage
from cockpit.core.rollout.meaning import meaning, starter
from cockpit.core.rollout.newcomers import is_ours
from cockpit.core.rollout.replicas import sentence
from cockpit.core.rollout.traffic import Share, shares_in_all
from cockpit.core.span import clock_face
from cockpit.core.state import Intent, State
from cockpit.report.findings import about, intended
from cockpit.report.page import BLANK, md, table, when
from cockpit.view.times import utc


def actions(state: State, events: Sequence[Event]) -> list[str]:
    """One block an intent, in the order they were sent."""
    return [line for intent in state.intents.values() for line in _action(state, intent, events)]


def rollouts(state: State) -> list[str]:
    """One block a rollout, in the order they began."""
    changes = [f"- {when(change.at)}: {md(sentence(change))}" for change in state.replica_changes]
    told = ["### Replicas that changed without a deploy", "", *changes, ""] if changes else []
    return [line for rollout in state.rollouts.values() for line in _rollout(state, rollout)] + told


def _action(state: State, intent: Intent, events: Sequence[Event]) -> Iterator[str]:
    item = state.plan.item(intent.item)
    found = intended(events, intent.seq)
    yield f"### {md(state.plan.title_of(item) if item else intent.action)}"
    yield ""
    summary = md(found[1].summary) if found else BLANK
    yield f"- intent {intent.seq}, {when(intent.at)}, {md(found[0].actor.name) if found else BLANK}: {summary}"
    for event in about(events, intent.seq):
        yield f"- {utc(event.at)} UTC: {_told(event)}"
    words = {None: "under way, no outcome yet", "lost": "**unknown**", "failed": "**failed**", "done": "**done**"}
    took = f", after {clock_face(intent.ended - intent.at)}" if intent.ended else ""
    yield f"- outcome: {words.get(intent.outcome) or md(intent.outcome)}{took}"
    yield ""


def _told(event: Event) -> str:
    match event.body:
        case happened.ActionAccepted(deployment=deployment):
            return "accepted" + (f", deployment {md(deployment)}" if deployment else "")
        case happened.ActionDone(proof=proof):
            return f"done, proof: {md(proof)}"
        case happened.ActionFailed(because=because):
            return f"failed: {md(because)}"
        case happened.ActionLost(because=because):
            return f"outcome unknown: {md(because)}"
        case happened.ActionLooked(number=number, found=found, because=because):
            return f"look {number}, {found}: {md(because)}"
        case happened.ActionSettled(happened=it_happened):
            return f"settled by {md(event.actor.name)}: it {'happened' if it_happened else 'did not happen'}"
    return md(event.kind)


def _rollout(state: State, rollout: Rollout) -> Iterator[str]:
    yield f"### {md(rollout.service)}: {md(rollout.deployment)}"
    yield ""
    yield f"Started by {_starter(state, rollout)}"
    replaces = md(rollout.previous) if rollout.previous else "nothing"
    yield f"Replaces {replaces}. Commit {md(rollout.commit or BLANK)}, image {md(rollout.digest or BLANK)}."
    yield f"Outcome: **{md(rollout.outcome)}**" + (f": {md(rollout.because)}" if rollout.because else ".")
    yield ""
    yield from table(("Stage", "Began", "Ended", "Took", "Configured"), (_stage(stage) for stage in rollout.stages))
    yield from table(
        ("Clock", "When", "Known by"),
        (
            _clock("T1, the new one is up", rollout.t1),
            _clock("T2, the old one is told to stop", rollout.t2),
            _clock("T3, the old one is gone", rollout.t3),
        ),
    )
    yield from table(
        ("", "Configured", "Observed"),
        (
            ("Overlap (T2 - T1)", _seconds(rollout.overlap_configured), _span(overlap(rollout))),
            ("Drain (T3 - T2)", _seconds(rollout.drain_configured), _span(drain(rollout))),
        ),
    )
    yield from table(("Answers to", "Version", "How often", "Between"), _answers(state, rollout))
    remarks = [f"- deviation: {md(deviation)}" for deviation in rollout.deviations]
    remarks += [f"- {md(sentence)}" for sentence in (*meaning(state, rollout), *rollout.doubts)]
    yield from remarks
    if remarks:
        yield ""


def _answers(state: State, rollout: Rollout) -> Iterator[tuple[str, ...]]:
    """Which version the probes met, as often as it is on record."""
    for (deployment, name), tally in state.answers.items():
        if deployment != rollout.deployment:
            continue
        check = state.plan.checks.get(name)
        title = md((check.title if check is not None else None) or name)
        between = f"{when(tally.since)} and {when(tally.until)}"
        for share in shares_in_all(state, tally):
            yield (title, _version(rollout, share), str(share.count), between)


def _version(rollout: Rollout, share: Share) -> str:
    if share.named is None:
        return "none named"
    known = {rollout.deployment: "the new one", rollout.previous or "": "the old one"}
    return f"{known.get(share.deployment or '-', 'another or unknown')} ({md(share.named)})"


def _starter(state: State, rollout: Rollout) -> str:
    item = state.plan.item(state.rollout_items.get(rollout.deployment, ""))
    if is_ours(state, rollout.deployment):
        return "this run" + (f": {md(state.plan.title_of(item))}." if item is not None else ".")
    return f"**{md(starter(state, rollout))}, not by this run**, {when(rollout.made or rollout.started)}."


def _stage(stage: Stage) -> tuple[str, ...]:
    took = clock_face(stage.ended - stage.started) if stage.started and stage.ended else "not seen"
    name = f"{stage.name}: failed" if stage.failed else stage.name
    return (name, _seen(stage.started), _seen(stage.ended), took, _seconds(stage.expected, blank=""))


def _seen(at: datetime | None) -> str:
    return when(at) if at is not None else "not seen"


def _clock(name: str, instant: Instant | None) -> tuple[str, str, str]:
    return (name, _seen(instant.at if instant else None), md(instant.source) if instant else "")


def _seconds(seconds: float | None, *, blank: str = "not set") -> str:
    return clock_face(timedelta(seconds=seconds)) if seconds is not None else blank


def _span(span: timedelta | None) -> str:
    return clock_face(span) if span is not None else "not seen"
