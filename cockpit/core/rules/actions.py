"""The rules of what changes the world: actions, their outcomes, rollouts, the way back."""

from __future__ import annotations

from datetime import datetime

from cockpit.core import commands as wanted
from cockpit.core import events as happened
from cockpit.core.commands import Refusal
from cockpit.core.events import Body
from cockpit.core.order import lacking
from cockpit.core.plan import Action, Confirm, Item, Level, Phase, Verb
from cockpit.core.progress import acting, action_of, gate_holds, waits_for
from cockpit.core.rollout import advance, is_news
from cockpit.core.rollout.replicas import explained_by, has_changed, replaced
from cockpit.core.rules.decision import Decision, Rules
from cockpit.core.state import LOOKS_NEEDED, Intent, State, Status


def word_to_type(state: State) -> str:
    """What is typed to confirm: the environment's name, or REHEARSAL in one."""
    return "REHEARSAL" if state.rehearsal else state.environment


def expected_word(state: State, item: Item) -> str:
    """What `Do.typed` must be for this item: a word, `yes`, or nothing.

    Inside a rollback the typed start covers the first try of every step; one that failed is tried again with `yes`.
    """
    action = action_of(state, item)
    if action is None:
        return ""
    if state.level == item.phase:
        return "yes" if state.item(item.id).status is Status.FAILED else ""
    if action.confirmation is Confirm.NO:
        return ""
    return "yes" if action.confirmation is Confirm.YES else word_to_type(state)


def _do(state: State, command: wanted.Do, now: datetime) -> Decision:
    item = state.plan.item(command.item)
    action = action_of(state, item) if item else None
    if item is None or action is None:
        return Refusal("That is no action of this plan.")
    reason = _why_not_now(state, item, now) or _why_not_this(state, item, action)
    if reason:
        return Refusal(reason)
    expected = expected_word(state, item)
    if expected and command.typed.strip() != expected:
        return Refusal(f"Not started: it is confirmed by typing {expected}.")
    name = state.plan.root(item).target
    return (happened.ActionIntended(item=item.id, action=name, summary=command.summary or name, before=command.before),)


def _why_not_now(state: State, item: Item, now: datetime) -> str | None:
    """What in the run's state forbids starting anything in this phase."""
    phase = state.plan.phase(item.phase)
    if state.level is not None and item.phase != state.level:
        return "A rollback is under way. Finish it, or reopen the phases."
    if phase is None or state.opened_at(item.phase) is None:
        if isinstance(phase, Phase):
            return waits_for(state, phase, now) or f"{phase.title} opens in a moment."
        return "That belongs to the rollback. Start it first."
    if state.level is None:
        for gate in state.plan.phases:
            if gate.id == item.phase:
                break
            if gate.is_gate and not gate_holds(state, gate.id, now):
                trouble = "the GO has expired" if state.gate(gate.id).go else "there is no GO"
                return f"{gate.title}: {trouble}. Open the gate again."
        for other in acting(state):
            if other.id != state.plan.root(item).id:
                return f"{state.plan.title_of(other)} is not finished. One action at a time."
    return None


def _why_not_this(state: State, item: Item, action: Action) -> str | None:
    """What about the item itself forbids starting it."""
    status = state.item(item.id).status
    if status is Status.RUNNING:
        return "It is under way."
    if status is Status.UNKNOWN:
        return "Its outcome is unknown. Look, then settle it; it is never sent twice."
    if status not in (Status.OPEN, Status.FAILED):
        return f"It is {status.value} already."
    phase = state.plan.phase(item.phase)
    for before in phase.lines() if phase else ():
        if before.id == item.id:
            break
        if not state.item(before.id).is_settled:
            return f"First: {state.plan.title_of(before)}."
    for first in lacking(state, item):
        return f"{first.sentence[0].upper()}{first.sentence[1:]}."
    if action.on is not None and action.on not in state.proved:
        return f"The connection {action.on} has not shown that it is {state.environment}. Wait, or see doctor."
    if action.rollback is not None and action.rollback not in state.targets:
        return f"Which deployment of {action.rollback} served before is not known. Roll back in the dashboard."
    if action.commit_ask is not None and action.commit_ask not in state.asks:
        return f"Which commit is deployed is not answered. Answer {action.commit_ask} first."
    if state.rehearsal and action.argv is not None and action.rehearse is None:
        return "A rehearsal runs no command of its own. Give the action rehearse = [...]."
    return None


def _intent(state: State, item_id: str, seq: int) -> Intent | Refusal:
    intent = state.intents.get(seq)
    if intent is None or intent.item != _root(state, item_id):
        return Refusal("No such intent in this run.")
    if intent.outcome in ("done", "failed", "not happened"):
        return Refusal("This intent has its outcome.")
    return intent


def _root(state: State, item_id: str) -> str:
    item = state.plan.item(item_id)
    return state.plan.root(item).id if item else item_id


def _accept(state: State, command: wanted.Accept, _: datetime) -> Decision:
    intent = _intent(state, command.item, command.intent)
    if isinstance(intent, Refusal):
        return intent
    return (happened.ActionAccepted(item=command.item, intent=intent.seq, deployment=command.deployment),)


def _finish(state: State, command: wanted.Finish, _: datetime) -> Decision:
    intent = _intent(state, command.item, command.intent)
    if isinstance(intent, Refusal):
        return intent
    if not intent.accepted:
        return Refusal("Done means accepted and read back. It was not accepted.")
    return (happened.ActionDone(item=command.item, intent=intent.seq, proof=command.proof),)


def _fail(state: State, command: wanted.Fail, _: datetime) -> Decision:
    intent = _intent(state, command.item, command.intent)
    if isinstance(intent, Refusal):
        return intent
    return (happened.ActionFailed(item=command.item, intent=intent.seq, because=command.because),)


def _lose(state: State, command: wanted.Lose, _: datetime) -> Decision:
    intent = _intent(state, command.item, command.intent)
    if isinstance(intent, Refusal):
        return intent
    if intent.outcome == "lost":
        return ()
    return (happened.ActionLost(item=command.item, intent=intent.seq, because=command.because),)


def _look(state: State, command: wanted.Look, _: datetime) -> Decision:
    intent = _intent(state, command.item, command.intent)
    if isinstance(intent, Refusal):
        return intent
    if intent.outcome != "lost" or state.item(command.item).status is not Status.UNKNOWN:
        return Refusal("Its outcome is not unknown.")
    return (
        happened.ActionLooked(
            item=command.item,
            intent=intent.seq,
            found=command.found,
            because=command.because,
            deployment=command.deployment,
            number=len(intent.looks) + 1,
        ),
    )


def _settle(state: State, command: wanted.Settle, _: datetime) -> Decision:
    """As two looks agree; where they cannot tell, as happened on a person's word, and never as not happened."""
    intent = state.intent_of(command.item)
    if intent is None or intent.outcome != "lost":
        return Refusal("Its outcome is not unknown.")
    if len(intent.looks) < LOOKS_NEEDED:
        return Refusal("It is still being looked at. Wait for the second look.")
    word = "happened" if command.happened else "not happened"
    reason, told = command.reason.strip(), intent.told == word
    if not told and not (command.happened and intent.cannot_be_told):
        found = ", ".join(sorted({look.found for look in intent.looks[-LOOKS_NEEDED:]}))
        return Refusal(f"The looks say: {found}. It cannot be settled as {word}.")
    if not told and not reason:
        return Refusal("The looks cannot tell. Say how you know that it happened.")
    settled = happened.ActionSettled(
        item=command.item,
        intent=intent.seq,
        happened=command.happened,
        deployment=intent.looks[-1].deployment or intent.deployment,
        reason=reason,
    )
    if told:
        return (settled,)
    text = f"Settled as happened, which no look shows: {reason}"
    return (settled, happened.DeviationNoted(text=text, item=command.item))


def _begin_rollout(state: State, command: wanted.BeginRollout, _: datetime) -> Decision:
    """Once a deployment; one that was followed as nobody's becomes that of the item that turned out to be behind it."""
    known = state.rollouts.get(command.rollout.deployment)
    if known is not None and (command.item is None or known.deployment in state.rollout_items):
        return ()
    return (happened.RolloutBegan(item=command.item, rollout=known or command.rollout),)


def _observe_rollout(state: State, command: wanted.ObserveRollout, now: datetime) -> Decision:
    known = state.rollouts.get(command.deployment)
    if known is None:
        return Refusal("No such rollout in this run.")
    if not is_news(known, command.observation):
        return ()
    after = advance(known, command.observation)
    events: list[Body] = [happened.RolloutObserved(deployment=command.deployment, observation=command.observation)]
    if before := replaced(state, after):
        ours = explained_by(state, after.service, now)
        events.append(
            happened.ReplicasChanged(
                service=after.service,
                deployment=after.deployment,
                before=before,
                after=after.replicas,
                item=ours.item if ours is not None else None,
            )
        )
    item = state.rollout_items.get(command.deployment)
    events += [
        happened.DeviationNoted(text=text, item=item) for text in after.deviations if text not in known.deviations
    ]
    return tuple(events)


def _count_answers(state: State, command: wanted.CountAnswers, _: datetime) -> Decision:
    rollout, tally = state.current_rollout, command.tally
    if rollout is None or not tally.counts:
        return ()
    return (
        happened.VersionsAnswered(
            check=command.check,
            rollout=rollout.deployment,
            since=tally.since,
            until=tally.until,
            counts=dict(tally.counts),
        ),
    )


def _see_replicas(state: State, command: wanted.SeeReplicas, now: datetime) -> Decision:
    seen = command.deployment
    if not has_changed(state, command.service, seen, command.started):
        return ()
    ours = explained_by(state, command.service, now)
    return (
        happened.ReplicasChanged(
            service=command.service,
            deployment=seen.id,
            before=state.replicas[seen.id],
            after=seen.running,
            started=command.started,
            item=ours.item if ours is not None else None,
        ),
    )


def _start_rollback(state: State, command: wanted.StartRollback, _: datetime) -> Decision:
    level = state.plan.phase(command.level)
    if not isinstance(level, Level):
        return Refusal("The plan has no such way back.")
    if not state.intents:
        return Refusal("Nothing was changed in this run, so nothing is to be taken back.")
    # A level that was left for another one may have a step under way still: starting it anew would send that twice.
    steps = {
        state.item(item.id).status
        for item in level.lines()
        if state.level == level.id or state.plan.root(item).verb is Verb.DO
    }
    if Status.RUNNING in steps:
        return Refusal("This rollback is under way.")
    if Status.UNKNOWN in steps:
        return Refusal("What became of a step of it is unknown. Settle or waive that first; it is never sent twice.")
    if command.typed.strip() != word_to_type(state):
        return Refusal(f"Not started: it is confirmed by typing {word_to_type(state)}.")
    return (happened.RollbackStarted(level=level.id, reason=command.reason.strip()),)


ACTION_RULES: Rules = {
    wanted.Do: _do,
    wanted.Accept: _accept,
    wanted.Finish: _finish,
    wanted.Fail: _fail,
    wanted.Lose: _lose,
    wanted.Look: _look,
    wanted.Settle: _settle,
    wanted.BeginRollout: _begin_rollout,
    wanted.ObserveRollout: _observe_rollout,
    wanted.CountAnswers: _count_answers,
    wanted.SeeReplicas: _see_replicas,
    wanted.StartRollback: _start_rollback,
}
"""Command type to its rule."""
