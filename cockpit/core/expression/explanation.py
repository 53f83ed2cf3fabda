"""Why an expression is true or false: one sentence with the values that decided it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cockpit.core.expression.evaluation import Evaluation
from cockpit.core.expression.functions import elements
from cockpit.core.expression.nodes import (
    Binary,
    Both,
    Call,
    Each,
    Either,
    Field,
    Has,
    Index,
    ListOf,
    Literal,
    Method,
    Name,
    Node,
    Unary,
    walk,
)
from cockpit.core.expression.series import QUESTIONS
from cockpit.core.expression.sets import CLAIMS, differences
from cockpit.core.expression.showing import Conceal, show
from cockpit.core.text.inert import inert

_SENTENCE = 500
_FACTS = 4
_NAMED = 6
_QUOTE = 120
_REFERENCES = (Name, Field, Index, Call, Method, Each, Has)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether an expectation holds, and why: `value is 3, and value == 0 is false`."""

    ok: bool
    because: str


class Explanation:
    """The answering of one expression together with its reason."""

    def __init__(self, evaluation: Evaluation, conceal: Conceal) -> None:
        self._evaluation = evaluation
        self._conceal = conceal

    def judge(self, tree: Node) -> Judgement:
        """The judgement. Raises ExpressionError where there is none."""
        ok, because = self._why(tree)
        return Judgement(ok, because if len(because) <= _SENTENCE else because[: _SENTENCE - 1] + "…")

    def _why(self, node: Node) -> tuple[bool, str]:
        match node:
            case Both():
                return self._of_both(node)
            case Either():
                chosen, reason = self._why(node.condition)
                ok, because = self._why(node.then if chosen else node.otherwise)
                return ok, f"{reason}; so {because}"
            case Unary(sign="!"):
                ok, because = self._why(node.operand)
                return not ok, because
            case Each(name="all" | "exists"):
                return self._of_each(node)
            case Each(name="exists_one"):
                return self._of_one(node)
        return self._of_leaf(node)

    def _of_both(self, node: Both) -> tuple[bool, str]:
        decisive = node.sign == "||"
        left, because_left = self._why(node.left)
        if left is decisive:
            return left, because_left
        right, because_right = self._why(node.right)
        return right, because_right if right is decisive else f"{because_left}; {because_right}"

    def _of_each(self, node: Each) -> tuple[bool, str]:
        elements = self._evaluation.elements(node)
        target, body, wanted = self._quote(node.target), self._quote(node.body), node.name == "exists"
        for place, element in enumerate(elements):
            if self._evaluation.holds(node, element) is wanted:
                with self._evaluation.bound(node.variable, element):
                    _, because = self._why(node.body)
                return wanted, f"{because} for element {place}: {show(element, self._conceal)}"
        if not elements:
            return not wanted, f"{target} is empty, so {body} is {'true for' if wanted else 'false for'} nothing in it"
        count = f"the {len(elements)} elements of {target}" if len(elements) > 1 else f"the one element of {target}"
        return not wanted, f"{body} is {'true for none of' if wanted else 'true for all of'} {count}"

    def _of_one(self, node: Each) -> tuple[bool, str]:
        elements = self._evaluation.elements(node)
        places = [place for place, element in enumerate(elements) if self._evaluation.holds(node, element)]
        found = ", ".join(map(str, places[:_FACTS])) + (", …" if len(places) > _FACTS else "")
        counted = {0: "no element", 1: f"exactly one element, {found},"}.get(
            len(places), f"{len(places)} elements ({found})"
        )
        return len(places) == 1, f"{self._quote(node.body)} is true for {counted} of {self._quote(node.target)}"

    def _of_leaf(self, node: Node) -> tuple[bool, str]:
        ok = self._evaluation.truth(node, "An expectation")
        claim = f"{self._quote(node)} is {'true' if ok else 'false'}"
        if isinstance(node, Name | Field | Index):
            return ok, claim
        facts = dict.fromkeys(self._fact(part) for part in _references(node))
        if isinstance(node, Binary) and not (_is_plain(node.left) and _is_plain(node.right)):
            claim += f": {self._shown(node.left)} {node.sign} {self._shown(node.right)}"
        told = ", and ".join(part for part in (", ".join(list(facts)[:_FACTS]), claim) if part)
        return ok, told if ok or not isinstance(node, Method) else f"{self._lacking(node)}{told}"

    def _lacking(self, node: Method) -> str:
        """What a claim about a set, or lines in order, failed for. It stands first: sentences are cut at their end."""
        with self._evaluation.again():
            if node.name in CLAIMS:
                return self._told_apart(node)
            if node.name == "inOrder":
                unmet = self._evaluation.unmet(*(self._evaluation.value(part) for part in node.parts))
                patterns = self._elements(node.arguments[0])
                after = f" after what met {show(patterns[unmet - 1], self._conceal)}" if unmet else ""
                return f"no line met {show(patterns[unmet or 0], self._conceal)}{after}: "
        return ""

    def _told_apart(self, node: Method) -> str:
        have, expected = self._elements(node.target), self._elements(node.arguments[0])
        lacking, beyond = differences(node.name, have, expected, self._evaluation.spend)
        parts = [f"missing {self._listed(lacking)}"] if lacking else []
        parts += [f"extra {self._listed(beyond)}"] if beyond else []
        return f"{' and '.join(parts)}: "

    def _elements(self, node: Node) -> Sequence[object]:
        return elements(self._evaluation.value(node), "a set", self._evaluation.spend)

    def _listed(self, values: Sequence[object]) -> str:
        more = f" and {len(values) - _NAMED} more" if len(values) > _NAMED else ""
        return ", ".join(show(value, self._conceal) for value in values[:_NAMED]) + more

    def _fact(self, node: Node) -> str:
        return f"{self._quote(node)} is {self._shown(node)}"

    def _shown(self, node: Node) -> str:
        with self._evaluation.again():
            return show(self._evaluation.value(node), self._conceal)

    def _quote(self, node: Node) -> str:
        return inert(" ".join(self._evaluation.source[node.start : node.end].split()), limit=_QUOTE)


def _references(leaf: Node) -> Iterator[Node]:
    """The parts of a leaf whose values are worth telling, from the left."""
    for part in () if isinstance(leaf, Has) else leaf.parts:
        if isinstance(part, _REFERENCES):
            if not _is_constant(part):
                yield part
        else:
            yield from _references(part)


def _is_constant(node: Node) -> bool:
    """Whether nothing of the reading is in it: `duration('5m')` says what it is."""
    return all(isinstance(part, Literal | ListOf) or _is_made_of_constants(part) for part, _, _ in walk(node))


def _is_made_of_constants(node: Node) -> bool:
    return isinstance(node, Call) and node.name not in QUESTIONS and node.name != "age"


def _is_plain(node: Node) -> bool:
    """Whether the value is told already: a reference, or written where it stands."""
    return isinstance(node, (*_REFERENCES, Literal, ListOf)) or (
        isinstance(node, Unary) and isinstance(node.operand, Literal)
    )
