"""The rules of items: what may be asked, ticked, answered, passed over, signed."""

from __future__ import annotations

from datetime import datetime

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.answers import value_of
from cockpit.core.commands import Refusal
from cockpit.core.events import Body
from cockpit.core.plan import Item, Phase, Verb
from cockpit.core.progress import held_by, waits_for
from cockpit.core.rules.decision import Decision, Rules
from cockpit.core.state import LOOKS_NEEDED, State, Status

ASKING = (Verb.RECORD, Verb.COMPARE, Verb.CHECK)


def _open_item(state: State, item_id: str, now: datetime, *verbs: Verb) -> Item | Refusal:
    """The item, if it can be worked on: it exists, fits, its phase is open."""
    item = state.plan.item(item_id)
    if item is None:
        return Refusal("There is no such item in this plan.")
    root = state.plan.root(item)
    if verbs and root.verb not in verbs:
        return Refusal(f"That does not fit an item that says {root.verb.value}.")
    if (refusal := _phase_open(state, item, now)) is not None:
        return refusal
    return item


def _phase_open(state: State, item: Item, now: datetime) -> Refusal | None:
    if state.level is not None and item.phase != state.level:
        return Refusal("A rollback is under way. Finish it, or reopen the phases.")
    if state.opened_at(item.phase) is not None:
        return None
    phase = state.plan.phase(item.phase)
    if isinstance(phase, Phase):
        return Refusal(waits_for(state, phase, now) or f"{phase.title} opens in a moment.")
    return Refusal("That belongs to the rollback. Start it first.")


def _enquire(state: State, command: wanted.Enquire, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, *ASKING)
    if isinstance(item, Refusal):
        return item
    phase = state.plan.phase(item.phase)
    if isinstance(phase, Phase) and phase.is_gate and state.gate(phase.id).asked is None:
        return Refusal("Open the gate: it asks everything again.")
    if state.item(item.id).status is Status.RUNNING:
        return Refusal("It is being asked already.")
    if (above := held_by(state, item)) is not None:
        return Refusal(f"First: {state.plan.title_of(above)}. Before, this would tell how things were.")
    root = state.plan.root(item)
    check = state.plan.checks[root.target]
    if root.verb is Verb.COMPARE and root.target not in state.baselines:
        return Refusal(f"There is no baseline of {check.title or root.target}. Record it first.")
    return (happened.Enquired(item=item.id),)


def _observe(state: State, command: wanted.Observe, _: datetime) -> Decision:
    """Each item that waits takes the reading, if it was asked after the item's phase opened."""
    found: list[Body] = []
    reading = command.reading
    warnings = command.warnings or ((),) * len(command.items)
    for item_id, (verdict, because), warned in zip(command.items, command.verdicts, warnings, strict=True):
        item, known = state.plan.item(item_id), state.item(item_id)
        if item is None or known.status is not Status.RUNNING:
            continue
        if known.since is not None and reading.asked < known.since:
            continue
        blank = verdict in ("error", "blind")
        if state.plan.root(item).verb is Verb.RECORD and not blank:
            found.append(
                happened.BaselineRecorded(item=item_id, check=reading.check, reading=reading.id, origin=command.origin)
            )
            continue
        found.append(
            happened.ReadingJudged(
                item=item_id,
                check=reading.check,
                reading=reading.id,
                verdict=verdict,
                because=because,
                origin=command.origin,
                warnings=warned,
            )
        )
    return tuple(found)


def _tick(state: State, command: wanted.Tick, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, Verb.TICK)
    if isinstance(item, Refusal):
        return item
    if state.item(item.id).is_settled:
        return Refusal("It is ticked already. It can be taken back.")
    return (happened.Ticked(item=item.id),)


def _untick(state: State, command: wanted.Untick, now: datetime) -> Decision:
    item = _open_item(state, command.item, now)
    if isinstance(item, Refusal):
        return item
    known, verb = state.item(item.id), state.plan.root(item).verb
    if known.status in (Status.OPEN, Status.RUNNING):
        return Refusal("There is nothing to take back.")
    if verb is Verb.DO and known.status not in (Status.WAIVED, Status.NOT_APPLICABLE):
        return Refusal("What was done cannot be unticked. Take the way back instead.")
    if verb is Verb.DO and (intent := state.intent_of(item.id)) is not None and intent.outcome == "lost":
        return Refusal("Whether it happened is unknown, so it is not done again. The waiver stays.")
    if verb is Verb.RECORD and known.status is Status.DONE:
        return Refusal("A baseline stays in the record. Record it again instead.")
    return (happened.Unticked(item=item.id),)


def _see(state: State, command: wanted.AnswerSee, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, Verb.SEE)
    if isinstance(item, Refusal):
        return item
    if command.answer == "no" and not command.note.strip():
        return Refusal("A no needs a note. Say what you saw.")
    return (happened.SeeAnswered(item=item.id, answer=command.answer, note=command.note.strip()),)


def _answer(state: State, command: wanted.AnswerAsk, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, Verb.ASK)
    if isinstance(item, Refusal):
        return item
    name = state.plan.root(item).target
    ask = state.plan.asks[name]
    try:
        value_of(ask, command.value)
    except ValueError as error:
        return Refusal(str(error))
    value = None if ask.secret else command.value.strip()
    answered = happened.Answered(item=item.id, ask=name, value=value, secret=ask.secret)
    return (answered, *_outdated(state, name))


def _outdated(state: State, ask: str) -> list[Body]:
    """Answering again outdates the readings that used the old answer."""
    if ask not in state.asks:
        return []
    return [
        happened.Unticked(item=item.id)
        for item in state.plan.lines()
        if item.verb in ASKING
        and ask in state.plan.checks[item.target].bound
        and state.item(item.id).status in (Status.DONE, Status.FAILED)
    ]


def _pass_over(state: State, item_id: str, reason: str, now: datetime) -> Item | Refusal:
    """What was sent and never heard of can be passed over during a rollback too: else nobody could finish that."""
    sent, known = state.plan.item(item_id), state.item(item_id)
    item = sent if sent and known.status is Status.UNKNOWN else _open_item(state, item_id, now)
    if isinstance(item, Refusal):
        return item
    if not reason.strip():
        return Refusal("A reason is needed. Say why in a few words.")
    if known.is_settled:
        return Refusal("It is settled already. Take it back first.")
    if state.plan.root(item).verb is Verb.SIGN:
        return Refusal("A signature cannot be passed over. Close the run as partial instead.")
    if known.status is Status.RUNNING and state.plan.root(item).verb is Verb.DO:
        return Refusal("Its outcome is open. Wait for it.")
    phase = state.plan.phase(item.phase)
    if isinstance(phase, Phase) and phase.is_gate:
        return Refusal("A gate's condition is overridden at the decision, with its reason.")
    return item


def _waive(state: State, command: wanted.Waive, now: datetime) -> Decision:
    """An action of unknown outcome can be passed over once looking does not tell; where it tells, it is settled."""
    item = _pass_over(state, command.item, command.reason, now)
    if isinstance(item, Refusal):
        return item
    intent = state.intent_of(item.id)
    if state.item(item.id).status is Status.UNKNOWN and intent is not None:
        if len(intent.looks) < LOOKS_NEEDED:
            return Refusal("It is still being looked at. Wait for the second look.")
        if intent.told is not None:
            return Refusal(f"Two looks say: {intent.told}. Settle it.")
    return (happened.Waived(item=item.id, reason=command.reason.strip()),)


def _not_applicable(state: State, command: wanted.MarkNotApplicable, now: datetime) -> Decision:
    item = _pass_over(state, command.item, command.reason, now)
    if isinstance(item, Refusal):
        return item
    if state.item(item.id).status is Status.UNKNOWN:
        return Refusal("It was sent, so it applies. Settle it, or waive it once looking does not tell.")
    return (happened.MarkedNotApplicable(item=item.id, reason=command.reason.strip()),)


def _sign(state: State, command: wanted.Sign, now: datetime) -> Decision:
    item = _open_item(state, command.item, now, Verb.SIGN)
    if isinstance(item, Refusal):
        return item
    if not command.name.strip():
        return Refusal("A signature is a name. Type yours.")
    if state.item(item.id).is_settled:
        return Refusal("This role has signed.")
    role = state.plan.root(item).target
    return (happened.Signed(item=item.id, role=role, name=command.name.strip()),)


ITEM_RULES: Rules = {
    wanted.Enquire: _enquire,
    wanted.Observe: _observe,
    wanted.Tick: _tick,
    wanted.Untick: _untick,
    wanted.AnswerSee: _see,
    wanted.AnswerAsk: _answer,
    wanted.Waive: _waive,
    wanted.MarkNotApplicable: _not_applicable,
    wanted.Sign: _sign,
}
"""Command type to its rule."""
