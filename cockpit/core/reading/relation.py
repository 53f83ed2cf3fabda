"""How one value of a baseline must stand to the value now: `equal`, `only grows`, `within 5%`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cockpit.core.expression.arithmetic import compute
from cockpit.core.expression.nearest import or_nearest
from cockpit.core.expression.showing import Conceal, plainly, show
from cockpit.core.expression.values import Kind, equal, in_order, kind_of, read
from cockpit.errors import ExpressionError

FORMS = (
    "equal", "any", "only grows", "only shrinks", "within N", "within N%", "one of [..]", "not below N", "not above N",
)  # fmt: skip
"""Every relation, as plans write them."""

_WITH_NUMBER = re.compile(r"(within|not below|not above) (-?[0-9]{1,30}(?:\.[0-9]{1,30})?)(%?)")
_ONE_OF = re.compile(r"one of \[(.*)\]", re.DOTALL)
_OPTION = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\"|([^\s,'\"](?:[^,'\"]*[^\s,'\"])?))\s*(?:,|$)")
_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_GROWTH = frozenset({Kind.NUMBER, Kind.MOMENT, Kind.DATE, Kind.SPAN})


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether a relation holds between two values, and why in words that begin with `it`."""

    ok: bool
    because: str


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation. Numbers are exact; null equals null under `equal`, passes `any`, and fails all others."""

    text: str
    """As `parse` reads it: one of `FORMS`, filled in."""
    name: str
    """The form without what fills it: `within`, `within %`, `one of`, ..."""
    bound: Decimal = Decimal(0)
    options: tuple[object, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Relation:
        """Read a relation. Raises ValueError."""
        words = " ".join(text.split())
        if words in _PLAIN:
            return cls(words, words)
        if match := _WITH_NUMBER.fullmatch(words):
            name, number, percent = match.groups()
            if not (name == "within" and number.startswith("-")) and not (percent and name != "within"):
                return cls(words, f"{name} {percent}".strip(), Decimal(number))
        if match := _ONE_OF.fullmatch(text.strip()):
            return cls(text.strip(), "one of", options=_options(match[1], text))
        raise ValueError(f"'{text[:60]}' is no relation. {or_nearest(words, FORMS, 'Relations are')}")

    def holds(self, before: object, now: object, conceal: Conceal = plainly) -> Outcome:
        """Whether `now` stands to `before` in this relation; `conceal` takes secrets out of the words."""
        told = f"it was {show(before, conceal)} and is {show(now, conceal)}"
        try:
            trouble = _CHECKS[self.name](self, read(before), read(now))
        except ExpressionError as error:
            trouble = f"but {error.what[0].lower()}{error.what[1:].rstrip('.')}"
        return Outcome(ok=not trouble, because=f"{told}, {trouble}" if trouble else told)


EQUAL = Relation("equal", "equal")


def difference(before: object, now: object) -> int | Decimal | None:
    """`now - before` of two numbers; None where there is none."""
    try:
        change = compute(read(now), "-", read(before), _free)
    except ExpressionError:
        return None
    return change if isinstance(change, int | Decimal) else None


def _free(_steps: int) -> None:
    """Two cells of a journalled reading are small: nobody pays for comparing them."""


def _options(inside: str, text: str) -> tuple[object, ...]:
    found: list[object] = []
    place = 0
    while place < len(inside) or not found:
        match = _OPTION.match(inside, place)
        if match is None:
            raise ValueError(f"'{text[:60]}' is no list of values. Write it as in one of [0, 'done', true].")
        place = match.end()
        bare = match[3]
        found.append(_bare(bare) if bare is not None else match[1] if match[1] is not None else match[2])
    return tuple(found)


def _bare(word: str) -> object:
    if word in ("true", "false"):
        return word == "true"
    return Decimal(word) if _NUMBER.fullmatch(word) else word


def _equal(_relation: Relation, before: object, now: object) -> str:
    return "" if _is_same(before, now) else "but must stay equal"


def _is_same(before: object, now: object) -> bool:
    kind = kind_of(now)
    if kind is Kind.NULL or kind is not kind_of(before):
        return before is now
    if kind in (Kind.BYTES, Kind.OTHER):
        return before == now
    return equal(before, now, _free)


def _any(_relation: Relation, _before: object, _now: object) -> str:
    return ""


def _moves(sign: str, allowed: str) -> Callable[[Relation, object, object], str]:
    def check(_relation: Relation, before: object, now: object) -> str:
        for value in (before, now):
            if kind_of(value) not in _GROWTH:
                return f"but may only {allowed}, and {kind_of(value)} does neither"
        return "" if in_order(now, sign, before, _free) else f"but may only {allowed}"

    return check


def _within(relation: Relation, before: object, now: object) -> str:
    change = difference(before, now)
    if change is None:
        return "but both must be numbers"
    percent = relation.name.removeprefix("within").strip()
    moved: object = _size(change)
    allowed: object = relation.bound
    if percent:
        moved, allowed = compute(moved, "*", 100, _free), compute(_size(before), "*", relation.bound, _free)
    if in_order(moved, "<=", allowed, _free):
        return ""
    return f"a change of {show(change)} where {show(relation.bound)}{percent} is allowed"


def _size(value: object) -> object:
    return compute(0, "-", value, _free) if in_order(value, "<", 0, _free) else value


def _one_of(relation: Relation, _before: object, now: object) -> str:
    alike = [option for option in relation.options if kind_of(option) is kind_of(now)]
    return "" if any(equal(option, now, _free) for option in alike) else f"but must be {relation.text}"


def _limit(sign: str) -> Callable[[Relation, object, object], str]:
    def check(relation: Relation, _before: object, now: object) -> str:
        if kind_of(now) is not Kind.NUMBER:
            return "but must be a number"
        return "" if in_order(now, sign, relation.bound, _free) else f"but must be {relation.text}"

    return check


_PLAIN = frozenset({"equal", "any", "only grows", "only shrinks"})
_CHECKS: Mapping[str, Callable[[Relation, object, object], str]] = {
    "equal": _equal,
    "any": _any,
    "only grows": _moves(">=", "grow"),
    "only shrinks": _moves("<=", "shrink"),
    "within": _within,
    "within %": _within,
    "one of": _one_of,
    "not below": _limit(">="),
    "not above": _limit("<="),
}
"""What is wrong under each relation, or nothing."""
