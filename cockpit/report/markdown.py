"""The runbook's own page, filled in: what was planned, what happened, who says so, what stayed empty."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cockpit.core import events as happened
from cockpit.core.events import Event
from cockpit.core.gate import condition_title
from cockpit.core.plan import Item, Level, Phase, Verb
from cockpit.core.readiness import lacks
from cockpit.core.span import clock_face
from cockpit.core.state import ItemState, State, Status
from cockpit.report.actions import actions, rollouts
from cockpit.report.findings import Compared, Kept, Readings, compared, of_kind, parts
from cockpit.report.page import BLANK, md, section, table, when
from cockpit.report.watch import criteria, monitors
from cockpit.view.baseline import recorded
from cockpit.view.evidence import cell_names, cell_text, shown_cell, shown_row
from cockpit.view.standing import of_status, of_verdict
from cockpit.view.times import utc


def markdown(state: State, kept: Kept, events: Sequence[Event]) -> str:
    """The page. `events` are its whole record, in order; `kept` is what the journal has beside them.

    Nothing secret is in it, as nothing secret is in the journal; variables that look secret are hidden besides.
    """
    parts = [
        *_head(state, events),
        *section("Checklist", list(_checklist(state))),
        *section("Before and after", list(_baselines(state, kept)), empty="The plan records no baseline."),
        *section("Go / no-go", list(_gates(state, kept.readings, events)), empty="No gate was decided."),
        *section("Actions", actions(state, events), empty="Nothing was changed."),
        *section("Rollouts", rollouts(state), empty="No deployment was replaced."),
        *section("Monitors", monitors(state, kept, events), empty="Nothing was watched."),
        *section("Rollback criteria", criteria(state, events), empty="The plan names none."),
        *section("Rollback", list(_rollback(state, events)), empty="No rollback was started."),
        *section("Values given", list(_answers(state))),
        *section("Deviations", _notes(state, deviation=True), empty="None recorded."),
        *section("Notes", _notes(state, deviation=False), empty="None."),
        *section("Sign-off", list(_signatures(state)), empty="The plan asks for no signature."),
        *section("Ending", list(_ending(state))),
    ]
    return "\n".join(parts).rstrip() + "\n"


def _head(state: State, events: Sequence[Event]) -> Iterator[str]:
    yield f"# {md(state.plan.name)}"
    yield ""
    if state.rehearsal:
        yield "**REHEARSAL**: everything below happened in a stand-in world."
        yield ""
    took = clock_face(state.closed - state.opened) if state.closed else BLANK
    people = dict.fromkeys(event.actor.name for event in events if event.actor.kind == "human")
    rows = [
        ("Environment", md(state.environment)),
        ("Risk", state.plan.risk),
        ("Run", md(state.run)),
        ("Plan file", md(state.plan_file)),
        ("Opened", when(state.opened)),
        ("Closed", when(state.closed)),
        ("Took", took),
        ("By", ", ".join(md(name) for name in people) or BLANK),
        ("From", md(state.host) or BLANK),
        ("Driven by", "a script" if state.auto else "a person"),
        ("Attempts", str(state.attempt)),
        ("Status", md(state.ending) if state.ending else "open"),
    ]
    yield from table(("", ""), rows)
    proofs = [f"- {md(name)}: {md(summary)}" for name, summary in state.proved.items()]
    yield from section("Connections that answered for the environment", proofs, level=3, empty="None answered.")


def _checklist(state: State) -> Iterator[str]:
    for attempt in range(1, state.attempt + 1):
        if state.attempt > 1:
            yield from (f"Attempt {attempt}", "")
        for part in parts(state.plan):
            opened = state.phases.get((part.id, attempt))
            if isinstance(part, Level) and opened is None:
                continue
            yield from _part(state, part, attempt)


def _part(state: State, part: Phase | Level, attempt: int) -> Iterator[str]:
    opened = state.phases.get((part.id, attempt))
    limits = [f"due {md(part.due)}"] if isinstance(part, Phase) and part.due else []
    limits += [f"lasts {md(part.lasts)}"] if isinstance(part, Phase) and part.lasts else []
    yield f"### {md(part.title)}"
    yield ""
    yield ", ".join((f"Opened {when(opened)}" if opened else "Never opened", *limits)) + "."
    yield ""
    for item in part.lines():
        root = state.plan.root(item)
        yield _item(state, item, state.items.get((root.id, attempt), ItemState()))
    if part.lines():
        yield ""


def _item(state: State, item: Item, known: ItemState) -> str:
    tick = "x" if known.status is Status.DONE else " "
    words = BLANK if known.status is Status.OPEN else of_status(state, item, known).word
    by = f", {utc(known.at)} UTC, {md(known.by)}" if known.at is not None and known.status is not Status.OPEN else ""
    because = f": {md(known.because)}" if known.because and known.status is not Status.OPEN else ""
    same = " (same as above or elsewhere, asked once)" if item.verb is Verb.SAME else ""
    return f"- [{tick}] {md(state.plan.title_of(item))}{same}: **{words}**{because}{by}"


def _baselines(state: State, kept: Kept) -> Iterator[str]:
    for each in compared(state, kept):
        check = state.plan.checks[each.check]
        yield f"### {md(check.title or each.check)}"
        yield ""
        before = f"Before: {when(each.before.answered)}." if each.before else f"Before: {BLANK}."
        after = f"After: {when(each.now.answered)}." if each.now else f"After: {BLANK}."
        yield f"{before} {after}"
        yield ""
        yield from (f"- {md(words)}" for words in recorded(state, each.check, when))
        yield from (f"- ! {md(warning)}" for warning in each.warnings)
        yield ""
        yield from _tables(state, each)


def _tables(state: State, each: Compared) -> Iterator[str]:
    check = state.plan.checks[each.check]
    if each.comparison is not None and each.comparison.cells:
        column, names = cell_names(each.comparison.cells)
        rows = []
        for name, cell in zip(names, each.comparison.cells, strict=True):
            before, now, change, because = shown_cell(check, cell)
            verdict = "ok" if cell.ok else f"failed: {md(because)}"
            rows.append([md(name), md(before), md(now), change, md(cell.relation), verdict])
        yield from table((md(column), "Before", "After", "Change", "Relation", "Verdict"), rows)
    elif each.comparison is not None:
        yield from (f"Not comparable: {md(each.comparison.because)}.", "")
    if each.comparison is not None and each.comparison.cells:
        return
    for words, reading in (("Before", each.before), ("After", each.now)):
        if reading is not None and reading.table is not None and reading.table.columns:
            yield from (f"{words}:", "")
            rows = [[md(text) for text in shown_row(check, row)] for row in reading.table.rows]
            yield from table(
                [md(column) for column in reading.table.columns], rows or [[BLANK] * len(reading.table.columns)]
            )
        elif reading is not None:
            yield from (f"{words}: {md(reading.scalar or cell_text(reading.value))}.", "")


def _gates(state: State, readings: Readings, events: Sequence[Event]) -> Iterator[str]:
    for event in of_kind(events, happened.GateDecided):
        body = event.body
        assert isinstance(body, happened.GateDecided)
        phase = state.plan.phase(body.phase)
        yield f"### {md(phase.title if phase else body.phase)}: {'GO' if body.go else 'NO-GO'}"
        yield ""
        recommended = "GO" if body.recommended else "NO-GO"
        decided = f"Recommended: **{recommended}**. Decided: **{'GO' if body.go else 'NO-GO'}**"
        yield f"{decided} by {md(event.actor.name)}, {when(event.at)}."
        yield ""
        for reading in (readings[number] for number in body.inputs if number in readings):
            check = state.plan.checks.get(reading.check)
            name, verdict = (check.title if check else None) or reading.check, of_verdict(reading.verdict.value).word
            yield f"- shown by {md(name)}: {md(reading.scalar or BLANK)}, {verdict}, asked {utc(reading.asked)} UTC"
        for reason in body.reasons:
            yield f"- not met: {md(reason)}"
        for condition, reason in body.overrides.items():
            yield f"- overridden: {md(condition_title(state.plan, condition))}: {md(reason)}"
        yield ""


def _rollback(state: State, events: Sequence[Event]) -> Iterator[str]:
    for event in of_kind(events, happened.WayBackSeen):
        seen = event.body
        assert isinstance(seen, happened.WayBackSeen)
        level = state.plan.phase(seen.level)
        word = {True: "ready", False: "not ready", None: "not known to be ready"}[seen.ready]
        why = "; ".join(md(each.words) for each in lacks(seen.findings))
        yield f"- {when(event.at)}: {md(level.title if level else seen.level)} was {word}{f': {why}' if why else ''}."
    for event in of_kind(events, happened.RollbackStarted):
        body = event.body
        assert isinstance(body, happened.RollbackStarted)
        level = state.plan.phase(body.level)
        yield f"- {when(event.at)}: {md(level.title if level else body.level)}, started by {md(event.actor.name)}."
        yield f"  Reason: {md(body.reason) or BLANK}."
    level = state.plan.phase(state.level) if state.level else None
    if level is not None:
        yield f"- {md(level.title)}: {'finished' if state.phase_settled(level) else 'not finished'}."


def _answers(state: State) -> Iterator[str]:
    for name, ask in state.plan.asks.items():
        known = state.asks.get(name)
        if known is None:
            value = BLANK
        elif known.secret:
            value = f"given, not recorded, {when(known.at)}, {md(known.by)}"
        else:
            value = f"{md(known.value or '')}, {when(known.at)}, {md(known.by)}"
        yield f"- {md(ask.text)}: {value}"


def _notes(state: State, *, deviation: bool) -> list[str]:
    lines = []
    for note in state.notes:
        if note.deviation is not deviation:
            continue
        item = state.plan.item(note.item) if note.item else None
        at = f" ({md(state.plan.title_of(item))})" if item is not None else ""
        lines.append(f"- {when(note.at)}, {md(note.by)}{at}: {md(note.text)}")
    return lines


def _signatures(state: State) -> Iterator[str]:
    roles = dict.fromkeys((*state.plan.sign_off, *state.signatures))
    rows = []
    for role in roles:
        signature = state.signatures.get(role)
        rows.append([md(role), md(signature.name) if signature else BLANK, when(signature.at if signature else None)])
    yield from table(("Role", "Name", "Signed"), rows)


def _ending(state: State) -> Iterator[str]:
    if state.ending is None:
        yield "The run is open: it has no ending yet."
        return
    yield f"**{md(state.ending)}**, {when(state.closed)}."
    if state.closing_note:
        yield ""
        yield md(state.closing_note)
