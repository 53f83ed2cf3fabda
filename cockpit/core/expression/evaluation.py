"""One answer of one expression over one reading: names, history, and a budget of steps.

Left to right; `&&`, `||` and `?:` leave out what does not matter. Nothing in the reading is ever changed, and
nothing but maps, lists and plain values is looked into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, ClassVar

from cockpit.core.expression.arithmetic import compute, negative, room_for_list
from cockpit.core.expression.functions import as_span, as_text, call, call_method, elements
from cockpit.core.expression.moments import age_of
from cockpit.core.expression.nearest import or_nearest
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
)
from cockpit.core.expression.pattern import Pattern
from cockpit.core.expression.rows import Keyed, key_of
from cockpit.core.expression.sequence import first_unmet
from cockpit.core.expression.series import FIELDS, QUESTIONS, History, Series
from cockpit.core.expression.sets import is_among
from cockpit.core.expression.showing import show
from cockpit.core.expression.values import Kind, equal, in_order, kind_of, read
from cockpit.errors import ExpressionError

BUDGET = 200_000
"""Steps of one answer: a part evaluated, 64 characters compared, an element of a list built. Under half a second."""

_QUESTION_STEPS = 5
"""A sample is looked for by halves among all that are kept."""


class Evaluation:
    """The answering of one expression. Used once."""

    def __init__(
        self, source: str, scope: Mapping[str, object], functions: Mapping[str, History], budget: int = BUDGET
    ) -> None:
        self.source = source
        self._scope = scope
        self._functions = functions
        self._budget = budget
        self._left = budget
        self._bound: Mapping[str, object] = {}
        self._patterns: dict[str, Pattern] = {}

    def spend(self, steps: int) -> None:
        """Pay for work. Raises ExpressionError when the budget is used up."""
        self._left -= steps
        if self._left < 0:
            raise ExpressionError(
                f"The expression takes more than {self._budget} steps.", "Ask for less, or let the source count."
            )

    def value(self, node: Node) -> object:
        """What `node` comes to. Raises ExpressionError with the innermost span in which there was no answer."""
        try:
            self.spend(1)
            return self._WAYS[type(node)](self, node)
        except ExpressionError as error:
            raise self._placed(error, node) from error.__cause__

    def _placed(self, error: ExpressionError, node: Node) -> ExpressionError:
        """The error with its place, if it has none yet: the innermost node that failed."""
        if not error.source:
            error.source, error.start, error.end = self.source, node.start, node.end
        return error

    def truth(self, node: Node, wanted_by: str) -> bool:
        """What `node` comes to, where only true or false will do."""
        value = self.value(node)
        if isinstance(value, bool):
            return value
        hint = "Write the check's name with '.value'." if isinstance(value, Series) else "Compare it with something."
        raise ExpressionError(
            f"{wanted_by} needs true or false, but this is {kind_of(value)}.", hint,
            source=self.source, start=node.start, end=node.end,
        )  # fmt: skip

    def elements(self, node: Each) -> Sequence[object]:
        """What an `all`, `exists`, `filter` or `map` goes over: the elements of a list, the keys of a map."""
        target = self.value(node.target)
        try:
            return elements(target, node.name, self.spend)
        except ExpressionError as error:
            raise self._placed(error, node.target) from None

    @contextmanager
    def bound(self, variable: str, element: object) -> Iterator[None]:
        """Inside, `variable` means `element`."""
        outer = self._bound
        self._bound = {**outer, variable: element}
        try:
            yield
        finally:
            self._bound = outer

    @contextmanager
    def again(self) -> Iterator[None]:
        """Inside, steps are free: for work that has been paid for once."""
        left, self._left = self._left, self._budget
        try:
            yield
        finally:
            self._left = left

    def _literal(self, node: Literal) -> object:
        return node.value

    def _name(self, node: Name) -> object:
        if node.name in self._bound:
            return read(self._bound[node.name])
        if node.name in QUESTIONS:
            raise ExpressionError(
                f"'{node.name}' is a question about the past.", f"Say how far back: {node.name}('1h')."
            )
        if node.name in self._scope:
            return read(self._scope[node.name])
        remedy = or_nearest(node.name, [*self._bound, *self._scope], "There are")
        raise ExpressionError(f"There is no '{node.name}' here.", remedy)

    def _field(self, node: Field) -> object:
        target = self.value(node.target)
        if isinstance(target, Series):
            return self._of_series(target, node.name)
        return self._entry(self._map(target, node.name), node.name)

    def _of_series(self, series: Series, name: str) -> object:
        if name in FIELDS:
            return read(series.field(name))
        if name in QUESTIONS:
            raise ExpressionError(f"'{name}' is a question about the past.", f"Say how far back: .{name}('1h').")
        remedy = or_nearest(name, (*FIELDS, *QUESTIONS), "It has")
        raise ExpressionError(f"A check has no '{name}'.", remedy)

    def _map(self, target: object, name: str) -> Mapping[object, object]:
        if isinstance(target, Mapping):
            return target
        kind = kind_of(target)
        hint = "Take an element first, as in [0]." if kind is Kind.LIST else "Only maps have fields."
        raise ExpressionError(f"'{name}' is asked of a value that is {kind}.", hint)

    def _entry(self, target: Mapping[object, object], key: str) -> object:
        if key in target:
            return read(target[key])
        names = (name for name in target if isinstance(name, str))
        if isinstance(target, Keyed):
            raise ExpressionError(f"There is no row '{key}'.", or_nearest(key, names, "There are"))
        raise ExpressionError(f"There is no '{key}' in this map.", or_nearest(key, names, "It has"))

    def _index(self, node: Index) -> object:
        target, key = self.value(node.target), self.value(node.key)
        kind = kind_of(target)
        if kind is Kind.LIST and kind_of(key) is Kind.NUMBER:
            assert isinstance(target, Sequence)
            assert isinstance(key, int | Decimal)
            if key != int(key) or not 0 <= key < len(target):
                raise ExpressionError(f"The list has no element {show(key)}.", f"It has {len(target)}, counted from 0.")
            return read(target[int(key)])
        name = key_of(key) if isinstance(target, Keyed) else key
        if kind is Kind.MAP and isinstance(name, str):
            return self._entry(self._map(target, name), name)
        raise ExpressionError(
            f"A value that is {kind} has no element under {kind_of(key)}.",
            "Lists are read by number, maps by text.",
        )

    def _list(self, node: ListOf) -> object:
        return [self.value(item) for item in node.items]

    def _unary(self, node: Unary) -> object:
        if node.sign == "!":
            return not self.truth(node.operand, "'!'")
        return negative(self.value(node.operand))

    def _binary(self, node: Binary) -> object:
        left, right = self.value(node.left), self.value(node.right)
        if node.sign in ("==", "!=") and (is_null(node.left) or is_null(node.right)):
            return (left is right) == (node.sign == "==")
        try:
            return self._of_two(node, left, right)
        except ExpressionError as error:
            null = node.left if left is None else node.right if right is None else None
            raise (self._placed(error, null) if null is not None and node.sign != "in" else error) from None

    def _of_two(self, node: Binary, left: object, right: object) -> object:
        match node.sign:
            case "==" | "!=":
                return equal(left, right, self.spend) == (node.sign == "==")
            case "in":
                return self._is_in(left, right)
            case "<" | "<=" | ">" | ">=":
                return in_order(left, node.sign, right, self.spend)
        return compute(left, node.sign, right, self.spend)

    def _is_in(self, element: object, group: object) -> bool:
        kind, wanted = kind_of(group), kind_of(element)
        if kind is Kind.MAP and wanted is Kind.TEXT:
            return element in self._map(group, "in")
        if kind is not Kind.LIST or wanted is Kind.NULL:
            hint = "For a part of a text write text.contains(part)." if kind is Kind.TEXT else "Put a list behind 'in'."
            raise ExpressionError(f"'in' cannot look for {wanted} in a value that is {kind}.", hint)
        assert isinstance(group, Sequence)
        return is_among(element, group, self.spend)

    def _both(self, node: Both) -> object:
        name = f"'{node.sign}'"
        if self.truth(node.left, name) != (node.sign == "&&"):
            return node.sign == "||"
        return self.truth(node.right, name)

    def _either(self, node: Either) -> object:
        return self.value(node.then if self.truth(node.condition, "'?'") else node.otherwise)

    def _has(self, node: Has) -> object:
        target = self.value(node.target)
        if isinstance(target, Series):
            return node.name in (*FIELDS, *QUESTIONS)
        return node.name in self._map(target, node.name)

    def _each(self, node: Each) -> object:
        elements = self.elements(node)
        if node.name == "map":
            room_for_list(len(elements), self.spend)
            return [self.of_element(node, element) for element in elements]
        if node.name == "filter":
            room_for_list(len(elements), self.spend)
            return [element for element in elements if self.holds(node, element)]
        if node.name == "exists_one":
            return sum(self.holds(node, element) for element in elements) == 1
        wanted = node.name == "exists"
        return any(self.holds(node, element) == wanted for element in elements) == wanted

    def of_element(self, node: Each, element: object) -> object:
        """What the body comes to for one element."""
        outer, self._bound = self._bound, {**self._bound, node.variable: element}
        try:
            return self.value(node.body)
        finally:
            self._bound = outer

    def holds(self, node: Each, element: object) -> bool:
        """Whether the body holds for one element."""
        outer, self._bound = self._bound, {**self._bound, node.variable: element}
        try:
            return self.truth(node.body, f"'{node.name}'")
        finally:
            self._bound = outer

    def _call(self, node: Call) -> object:
        values = [self.value(argument) for argument in node.arguments]
        if node.name == "age":
            return age_of(values[0], self._scope.get("now"))
        if node.name not in QUESTIONS:
            return call(node.name, values, self.spend)
        question = self._functions.get(node.name) or self._scope.get(node.name)
        if not callable(question):
            raise ExpressionError(
                f"'{node.name}' is not known here.", f"Triggers name a check: check_name.{node.name}('1h')."
            )
        return self._past(node.name, question, values[0])

    def _method(self, node: Method) -> object:
        target = self.value(node.target)
        values = [self.value(argument) for argument in node.arguments]
        if node.name in QUESTIONS:
            if not isinstance(target, Series):
                raise ExpressionError(
                    f"'{node.name}' asks a check, but this is {kind_of(target)}.", f"Write it alone: {node.name}('1h')."
                )
            return self._past(node.name, target.question(node.name), values[0])
        if node.name == "matches":
            text = as_text(target, "'matches'", "before it")
            return self._pattern(values[0]).is_in(text, self.spend)
        if node.name == "inOrder":
            return self.unmet(target, values[0]) is None
        return call_method(node.name, target, values, self.spend)

    def _past(self, name: str, question: History, span: object) -> object:
        self.spend(_QUESTION_STEPS)
        answer = read(question(as_span(span, f"'{name}'")))
        if isinstance(answer, list):
            room_for_list(len(answer), self.spend)
            self.spend(len(answer) // 8)
        return answer

    def unmet(self, lines: object, patterns: object) -> int | None:
        """Which of the patterns of an `inOrder` is met by no line; None where each is."""
        of_lines, of_patterns = (elements(each, "inOrder", self.spend) for each in (lines, patterns))
        return first_unmet(of_lines, of_patterns, self._pattern, self.spend)

    def _pattern(self, source: object) -> Pattern:
        source = as_text(source, "A pattern", "in brackets")
        if source not in self._patterns:
            self._patterns[source] = Pattern(source)
            self.spend(len(source) + self._patterns[source].size)
        return self._patterns[source]

    _WAYS: ClassVar[Mapping[type[Node], Callable[[Evaluation, Any], object]]] = {
        Literal: _literal,
        Name: _name,
        Field: _field,
        Index: _index,
        ListOf: _list,
        Unary: _unary,
        Binary: _binary,
        Both: _both,
        Either: _either,
        Call: _call,
        Method: _method,
        Each: _each,
        Has: _has,
    }


def is_null(node: Node) -> bool:
    """Whether the word `null` itself stands here: only with it does null compare."""
    return isinstance(node, Literal) and node.value is None
