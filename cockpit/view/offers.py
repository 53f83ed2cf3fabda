"""What can be done with the row under the cursor, and why not.

Every offer is the dry run of a command against the rules, so that the reason of a refusal stands
there before the key is pressed. The screen, its help and the scripted operator use this table alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cockpit.core import commands as wanted
from cockpit.core.commands import Command
from cockpit.core.gate import recommend
from cockpit.core.plan import Ask, Item, Level, Phase, Verb
from cockpit.core.progress import unverified
from cockpit.core.rules import allowed, expected_word, word_to_type
from cockpit.core.state import Status
from cockpit.telemetry import Scene
from cockpit.view import asking, deed, preview
from cockpit.view.fit import foreign
from cockpit.view.words import TITLE_LIMIT, name, title

Ending = Literal["signed off", "rolled back", "stopped at gate", "partial", "abandoned"]

ENDINGS: tuple[Ending, ...] = ("signed off", "rolled back", "stopped at gate", "partial", "abandoned")
"""How a run may end, the best first."""

WITH_REASON: frozenset[str] = frozenset({"partial", "abandoned"})
"""Endings that want a reason, after a colon."""

RUN = ""
"""The row id of the run itself."""


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be done with a row, or why not."""

    action: str
    """What it is, such as `item.check`."""
    words: str
    """What it does, verb first."""
    needs: str = ""
    """Empty, `text`, `reason`, `typed`, `yes` or `choice`: what `command` wants as its text."""
    refusal: str | None = None
    """Why it would be refused now."""
    prompt: str = ""
    options: tuple[str, ...] = ()
    """For `choice` what there is to choose; for `typed` the one word that counts; for a `gate.go` that needs a
    reason the ids of the conditions to override, one line of text for each, in this order."""
    titles: tuple[str, ...] = ()
    """Words for `options` that are ids."""
    default: str = ""
    """Shown, and taken only when accepted."""
    secret: bool = False
    """What is typed is not to be shown."""
    with_reason: frozenset[str] = frozenset()
    """Options that want more, after a colon: `partial: the watch was cut short`."""


def offers(scene: Scene, row_id: str) -> tuple[Offer, ...]:
    """All offers for an item, phase or level, the likeliest first; then those of the run. `RUN` has only these."""
    state = scene.state
    item, part = state.plan.item(row_id), state.plan.phase(row_id)
    found: list[Offer] = []
    if item is not None:
        found += _of_item(scene, item)
        part = state.plan.phase(item.phase)
    if isinstance(part, Phase) and part.is_gate:
        found += _of_gate(scene, part)
    if isinstance(part, Level):
        found.append(_of_level(scene, part))
    return (*found, *_of_run(scene, item.id if item is not None else None))


def command(offer: Offer, row_id: str, text: str = "") -> Command:
    """The command an offer stands for. `text` is what was typed or chosen: see `Offer.needs`.

    Raises ValueError for an action or ending that is none; whether the rest fits, the rules say.
    """
    make = _COMMANDS.get(offer.action)
    if make is None:
        raise ValueError(f"'{offer.action}' is no offer. Take one that `offers` gave.")
    return make(offer, row_id, text)


def _judged(scene: Scene, dry: Command, offer: Offer) -> Offer:
    """The offer with what the rules say of its command, filled in with anything that would do."""
    refusal = allowed(scene.state, dry, scene.now)
    return replace(offer, refusal=foreign(refusal.reason)) if refusal is not None else offer


def _of_item(scene: Scene, item: Item) -> Iterator[Offer]:
    root = scene.state.plan.root(item)
    match root.verb:
        case Verb.TICK:
            yield _judged(scene, wanted.Tick(item.id), Offer("item.tick", "tick"))
        case Verb.SEE:
            yield _judged(scene, wanted.AnswerSee(item.id, "yes"), Offer("item.yes", "yes, as it should be"))
            no = Offer("item.no", "no, with a note", "text", prompt="What did you see instead?")
            yield _judged(scene, wanted.AnswerSee(item.id, "no", "-"), no)
        case Verb.ASK:
            yield _answer(scene, item, root)
        case Verb.SIGN:
            prompt, own = f"Sign as {foreign(root.target)}: your name", foreign(scene.operator)
            yield _judged(
                scene, wanted.Sign(item.id, "-"), Offer("item.sign", "sign", "text", prompt=prompt, default=own)
            )
        case Verb.DO:
            yield from _of_action(scene, item)
        case _:
            yield _of_check(scene, item, root.verb)
    yield from _beside(scene, item, root.verb)


def _beside(scene: Scene, item: Item, verb: Verb) -> Iterator[Offer]:
    """What can be done with any item: pass over it, take it back."""
    known, words = scene.state.item(item.id), title(scene.state, item)
    if not known.is_settled and verb is not Verb.SIGN:
        waive = Offer("item.waive", "waive", "reason", prompt=f"Why is '{words}' passed over?")
        yield _judged(scene, wanted.Waive(item.id, "-"), waive)
        leave_out = Offer("item.na", "not applicable", "reason", prompt=f"Why does '{words}' not apply?")
        yield _judged(scene, wanted.MarkNotApplicable(item.id, "-"), leave_out)
    if known.status is not Status.OPEN:
        yield _judged(scene, wanted.Untick(item.id), Offer("item.untick", "take back"))


def _of_check(scene: Scene, item: Item, verb: Verb) -> Offer:
    again = " again" if scene.state.item(item.id).status in (Status.DONE, Status.FAILED) else ""
    trial = asking.trial_in_words(scene.state.plan.checks[scene.state.plan.root(item).target])
    usual = "try it" if trial else "check"
    words = {Verb.RECORD: "record the baseline", Verb.COMPARE: "compare"}.get(verb, usual) + again
    action = "item.record" if verb is Verb.RECORD else "item.check"
    return _judged(scene, wanted.Enquire(item.id), Offer(action, words, "yes" if trial else "", prompt=trial))


def _of_action(scene: Scene, item: Item) -> Iterator[Offer]:
    state = scene.state
    status = state.item(item.id).status
    if status is Status.UNKNOWN:
        for action, words in (("item.settle_happened", "it happened"), ("item.settle_not", "it did not happen")):
            yield _settling(scene, item, action, words)
        return
    expected = expected_word(state, item)
    needs = {"": "", "yes": "yes"}.get(expected, "typed")
    words = "do it again" if status is Status.FAILED else "do it"
    options = (expected,) if needs == "typed" else ()
    told = (deed.summary(state, item), deed.passed_over(state, item), preview.sentence(scene, item))
    prompt = " ".join(words for words in told if words)
    offer = Offer("item.do", words, needs, prompt=prompt, options=options)
    yield _judged(scene, wanted.Do(item.id, typed=expected), offer)


def _settling(scene: Scene, item: Item, action: str, words: str) -> Offer:
    """By a yes as two looks agree; by a reason where they cannot tell, and then as happened only."""
    intent, it_happened = scene.state.intent_of(item.id), action == "item.settle_happened"
    on_their_word = it_happened and intent is not None and intent.cannot_be_told
    prompt = f"{title(scene.state, item)}: " + ("how do you know that it happened?" if on_their_word else f"{words}?")
    offer = Offer(action, f"settle: {words}", "reason" if on_their_word else "yes", prompt=prompt)
    return _judged(scene, wanted.Settle(item.id, it_happened, "-" if on_their_word else ""), offer)


def _answer(scene: Scene, item: Item, root: Item) -> Offer:
    ask, known = scene.state.plan.asks[root.target], scene.state.asks.get(root.target)
    offer = Offer(
        "item.answer",
        "answer again" if known is not None else "answer",
        "choice" if ask.type == "choice" else "text",
        prompt=foreign(f"{ask.text} ({ask.type})"),
        options=tuple(foreign(option) for option in ask.options),
        default="" if ask.secret else foreign((known.value if known is not None else None) or ask.default or ""),
        secret=ask.secret,
    )
    return _judged(scene, wanted.AnswerAsk(item.id, _sample(ask)), offer)


def _sample(ask: Ask) -> str:
    """An answer that fits: whether the typed one does is decided when it is given."""
    samples = {
        "uuid": "00000000-0000-0000-0000-000000000000",
        "int": "0",
        "decimal": "0",
        "time": "2000-01-01T00:00:00Z",
        "choice": ask.options[0] if ask.options else "-",
    }
    return samples.get(ask.type, "-")


def _of_gate(scene: Scene, phase: Phase) -> tuple[Offer, ...]:
    gate, advice = scene.state.gate(phase.id), recommend(scene.state, phase.id, scene.now)
    failing = {one.id: foreign(one.title, limit=TITLE_LIMIT) for one in advice.conditions if not one.ok}
    opening = Offer("gate.open", "open the gate again" if gate.asked else "open the gate")
    words = "GO against the recommendation" if failing else "GO"
    go = Offer(
        "gate.go",
        words,
        "reason" if failing else "yes",
        prompt=_go_prompt(phase, failing),
        options=tuple(failing),
        titles=tuple(failing.values()),
    )
    no_go = Offer("gate.no_go", "NO-GO", "yes", prompt=f"{name(phase)}: NO-GO, what follows does not begin?")
    judged = (
        _judged(scene, wanted.OpenGate(phase.id), opening),
        _judged(scene, wanted.DecideGate(phase.id, go=True, overrides=dict.fromkeys(failing, "-")), go),
        _judged(scene, wanted.DecideGate(phase.id, go=False), no_go),
    )
    is_ready = gate.asked is not None and gate.go is None and not advice.asking
    if not is_ready:
        return judged
    return (judged[1], judged[2], judged[0]) if advice.go else (judged[2], judged[0], judged[1])


def _go_prompt(phase: Phase, failing: Mapping[str, str]) -> str:
    if not failing:
        return f"{name(phase)}: GO?"
    return "Why is each passed over: " + "; ".join(failing.values())


def _of_level(scene: Scene, level: Level) -> Offer:
    word = word_to_type(scene.state)
    prompt = f"Type {foreign(word)} to start {name(level)}"
    offer = Offer("rollback.start", f"roll back: {name(level)}", "typed", prompt=prompt, options=(word,))
    return _judged(scene, wanted.StartRollback(level.id, word), offer)


def _of_run(scene: Scene, item_id: str | None) -> Iterator[Offer]:
    state = scene.state
    yield _judged(scene, wanted.Note("-", item_id), Offer("run.note", "note", "text", prompt="Note for the record"))
    endings = tuple(ending for ending in ENDINGS if allowed(state, wanted.Close(ending, "-"), scene.now) is None)
    best = endings[0] if endings else ENDINGS[-1]
    left = unverified(state)
    with_reason = WITH_REASON | ({"signed off"} if left else set())
    close = Offer(
        "run.close",
        "close the run",
        "choice",
        prompt=" ".join(["How did it end?", *(f"{words}." for words in left if "signed off" in endings)]),
        options=endings,
        default="" if best in with_reason else best,
        with_reason=with_reason,
    )
    yield _judged(scene, wanted.Close(best, "-"), close)
    if state.level is not None:
        again = Offer("run.reopen", "begin the phases again", "reason", prompt="Why do the phases begin again?")
        yield _judged(scene, wanted.Reopen("-"), again)


def _close(text: str) -> wanted.Close:
    word, _, note = text.partition(":")
    ending = next((known for known in ENDINGS if known == word.strip()), None)
    if ending is None:
        raise ValueError(f"'{foreign(word, limit=40)}' is no ending. Choose one of {', '.join(ENDINGS)}.")
    return wanted.Close(ending, note.strip())


def _decide(offer: Offer, row_id: str, text: str) -> wanted.DecideGate:
    reasons = text.splitlines() if offer.needs == "reason" else []
    return wanted.DecideGate(_part(row_id), go=True, overrides=dict(zip(offer.options, reasons, strict=False)))


def _start(_: Offer, row_id: str, text: str) -> wanted.StartRollback:
    typed, __, why = text.partition("\n")
    return wanted.StartRollback(_part(row_id), typed, why)


def _part(row_id: str) -> str:
    """The phase or level of a row."""
    return row_id.partition("/")[0]


_COMMANDS: Mapping[str, Callable[[Offer, str, str], Command]] = {
    "item.tick": lambda _, row, __: wanted.Tick(row),
    "item.check": lambda _, row, __: wanted.Enquire(row),
    "item.record": lambda _, row, __: wanted.Enquire(row),
    "item.do": lambda offer, row, text: wanted.Do(
        row, typed="yes" if offer.needs == "yes" else text.strip(), summary=offer.prompt
    ),
    "item.yes": lambda _, row, text: wanted.AnswerSee(row, "yes", text),
    "item.no": lambda _, row, text: wanted.AnswerSee(row, "no", text),
    "item.answer": lambda _, row, text: wanted.AnswerAsk(row, text),
    "item.waive": lambda _, row, text: wanted.Waive(row, text),
    "item.na": lambda _, row, text: wanted.MarkNotApplicable(row, text),
    "item.untick": lambda _, row, __: wanted.Untick(row),
    "item.sign": lambda _, row, text: wanted.Sign(row, text),
    "item.settle_happened": lambda offer, row, text: wanted.Settle(
        row, happened=True, reason=text.strip() if offer.needs == "reason" else ""
    ),
    "item.settle_not": lambda _, row, __: wanted.Settle(row, happened=False),
    "gate.open": lambda _, row, __: wanted.OpenGate(_part(row)),
    "gate.go": _decide,
    "gate.no_go": lambda _, row, __: wanted.DecideGate(_part(row), go=False),
    "rollback.start": _start,
    "run.note": lambda _, row, text: wanted.Note(text, row if "/" in row else None),
    "run.reopen": lambda _, __, text: wanted.Reopen(text),
    "run.close": lambda _, __, text: _close(text),
}
"""Offer to command: what was typed goes where the command wants it."""
