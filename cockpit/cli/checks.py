"""`check`: a plan's questions, without a screen and without a run.

What only a run knows (baselines, when an action began, which deployment is the old one) is
not guessed: such a check could not tell.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter
from collections.abc import Sequence

from cockpit.adapters.secrets import Vault
from cockpit.cli import junit, rounds, structured
from cockpit.cli.inquiry import Answers, Inquiry, Told, Use
from cockpit.cli.plans import planned
from cockpit.core.answers import value_of as answer_of
from cockpit.core.complaint import nearest
from cockpit.core.plan import Item, Plan, Question, Verb
from cockpit.core.plan.fields import is_reference
from cockpit.core.text.inert import inert
from cockpit.errors import UsageError
from cockpit.view.standing import of_verdict
from cockpit.view.words import count

PASS, FAIL, UNTOLD = 0, 1, 3

_ASKING = (Verb.CHECK, Verb.COMPARE, Verb.RECORD)
_OUTCOMES = {PASS: "pass", FAIL: "fail", UNTOLD: "could not tell"}


def check(arguments: argparse.Namespace) -> int:
    """Ask a phase's checks, or all. 0 all pass, 1 one fails, 3 could not tell (error, blind, or nothing was judged).

    With `--every` again and again: the status is the last round's, or 128 and the signal that ended it.
    """
    plan = planned(arguments)
    items = _items(plan, arguments.phase)
    uses = _uses(plan, arguments.phase, items)
    pace = rounds.pace_of(arguments)
    vault = arguments.vault = Vault()
    answers = _answers(plan, arguments.answer, vault)
    page = Page(plan, vault, arguments.format, repeats=pace is not None)

    async def asked() -> int:
        every = pace.every if pace is not None else None
        inquiry = Inquiry(plan, uses, answers, vault, trials=arguments.trials, every=every)
        try:
            if pace is not None:
                return await rounds.keep_asking(inquiry, page, pace)
            await inquiry.ask(page.tell)
            return page.close(arguments.phase, [item.id for item in items if item.verb not in _ASKING])
        finally:
            await inquiry.close()

    return asyncio.run(asked())


class Page:
    """What is printed: a line an answer as it comes, or one JSON object or JUnit document in the end.

    One that `repeats` prints an answer where its verdict is another than before, JSON an object a line.
    """

    def __init__(self, plan: Plan, vault: Vault, form: str, *, repeats: bool = False) -> None:
        self._plan = plan
        self._clean = vault.redact
        self._form = form
        self._repeats = repeats
        self._before: dict[Use, str] = {}
        self._told: list[dict[str, object]] = []
        self._verdicts: Counter[str] = Counter()

    def tell(self, use: Use, told: Told) -> None:
        verdict = told.judged.verdict.value
        self._verdicts[verdict] += 1
        if self._repeats and self._before.get(use) == verdict:
            return
        self._before[use] = verdict
        if self._form == "text":
            at = f"{told.asked:%H:%M:%S}  " if self._repeats else ""
            print(f"{at}{self._line(use, told)}", flush=True)
        elif self._repeats:
            print(structured.line(self._object(use, told)), flush=True)
        else:
            self._told.append(self._object(use, told))

    def begin(self) -> None:
        """A new round."""
        self._verdicts.clear()

    @property
    def code(self) -> int:
        """The exit status as it stands."""
        return _exit_code(self._verdicts)

    def last_words(self, number: int) -> None:
        """How the last of some rounds ended."""
        counts = ", ".join(f"{times} {verdict}" for verdict, times in self._verdicts.items())
        if self._form == "json":
            told = {"rounds": number, "outcome": _OUTCOMES[self.code], "verdicts": dict(self._verdicts)}
            print(structured.line(told), flush=True)
        else:
            rounds_ = count(number, "round")
            print(f"{_OUTCOMES[self.code].capitalize()} after {rounds_}: {counts or 'nothing was asked'}.", flush=True)

    def _line(self, use: Use, told: Told) -> str:
        question, verdict = self._plan.checks[use.name], told.judged.verdict.value
        shown = f": {inert(self._clean(told.value), limit=80)}" if told.value is not None else ""
        because = inert(self._clean(told.judged.because), limit=240)
        why = "" if verdict == "observed" else f" ({because})"
        return f"{of_verdict(verdict).glyph} {verdict:8}  {inert(self._title(use, question))}{shown}{why}"

    def _object(self, use: Use, told: Told) -> dict[str, object]:
        question = self._plan.checks[use.name]
        return {
            "check": use.name,
            "verb": use.verb.value,
            "title": self._title(use, question),
            "on": question.on,
            "trial": question.is_trial,
            "verdict": told.judged.verdict.value,
            "expects": question.pass_,
            "value": None if told.value is None else self._clean(told.value),
            "because": self._clean(told.judged.because),
            "asked": told.asked.isoformat(),
            "milliseconds": told.milliseconds,
        }

    @staticmethod
    def _title(use: Use, question: Question) -> str:
        return f"{'Trial: ' if question.is_trial else ''}{question.title or use.name}"

    def close(self, phase: str | None, left: Sequence[str]) -> int:
        """The last words; the exit status. `left` are the phase's items that only a run and its people settle."""
        code = _exit_code(self._verdicts)
        if self._form == "junit":
            print(junit.text(self._plan.name, phase, self._told))
        elif self._form == "json":
            head = {"plan": self._plan.name, "environment": self._plan.environment, "phase": phase}
            print(structured.text({**head, "outcome": _OUTCOMES[code], "checks": self._told, "left": left}))
        else:
            counts = ", ".join(f"{number} {verdict}" for verdict, number in self._verdicts.items())
            more = f" {count(len(left), 'item')} of the phase left to a run." if left else ""
            print(f"{_OUTCOMES[code].capitalize()}: {counts or 'no check stands there'}.{more}")
        return code


def _items(plan: Plan, phase: str | None) -> list[Item]:
    """The items of the phase with this id or title, a `same` as what it repeats; none without a phase."""
    if phase is None:
        return []
    found = next((one for one in plan.parts if phase in (one.id, one.title)), None)
    if found is None:
        known = nearest(phase, [one.id for one in plan.parts])
        raise UsageError(f"The plan has no phase '{inert(phase, limit=60)}'.", known)
    return [plan.root(item) for item in found.lines()]


def _uses(plan: Plan, phase: str | None, items: Sequence[Item]) -> list[Use]:
    if phase is None:
        return [Use(Verb.CHECK, name) for name in plan.checks]
    return list(dict.fromkeys(Use(item.verb, item.target) for item in items if item.verb in _ASKING))


def _answers(plan: Plan, pairs: Sequence[str], vault: Vault) -> Answers:
    """What `--answer` says. Raises UsageError, SecretError."""
    answers: dict[str, object] = {}
    for pair in pairs:
        name, sign, text = pair.partition("=")
        if not sign:
            raise UsageError(f"--answer {inert(name, limit=60)} answers nothing.", "Write --answer ASK=VALUE.")
        if name not in plan.asks:
            known = nearest(name, plan.asks) or "It asks nothing."
            raise UsageError(f"The plan asks no '{inert(name, limit=60)}'.", known)
        if plan.asks[name].secret:
            text = _secret(name, text, vault)
        try:
            answers[name] = answer_of(plan.asks[name], text)
        except ValueError as error:
            raise UsageError(f"--answer {name}: {error}") from None
    return answers


def _secret(name: str, text: str, vault: Vault) -> str:
    if not is_reference(text):
        remedy = f"Name where it lies: --answer {name}=env:NAME, or file:PATH."
        raise UsageError(f"The answer to '{name}' is secret, and others see a command line.", remedy)
    return vault.resolve(text)


def _exit_code(verdicts: Counter[str]) -> int:
    if verdicts["fail"]:
        return FAIL
    untold = verdicts["error"] + verdicts["blind"]
    return PASS if verdicts["pass"] and not untold else UNTOLD
