"""What kind of value an expression comes to, as far as that can be told before any answer has come.

So that `lint` says what a run would: `status == '200'` compares a number with a text whatever the endpoint answers.
What only the outside knows (a cell, a field of JSON) fits everywhere. Never a complaint where an answer could fit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar, cast
from uuid import UUID

from cockpit.core.expression.arithmetic import compute, negative
from cockpit.core.expression.evaluation import is_null
from cockpit.core.expression.functions import call, call_method
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
from cockpit.core.expression.series import QUESTIONS, Series, untold
from cockpit.core.expression.values import Kind, equal, in_order, kind_of
from cockpit.errors import ExpressionError

Known = Mapping[str, Kind | None]
"""Names with what they are; None for what only the answer tells."""

_ONE_OF: Mapping[Kind, object] = {
    Kind.NULL: None, Kind.BOOLEAN: True, Kind.NUMBER: 1, Kind.TEXT: "a", Kind.LIST: (), Kind.MAP: {},
    Kind.MOMENT: datetime(2026, 3, 1, tzinfo=UTC), Kind.DATE: date(2026, 3, 1), Kind.CLOCK: time(12),
    Kind.UUID: UUID(int=1),
    Kind.SPAN: timedelta(1), Kind.BYTES: b"", Kind.SERIES: Series(1, 1, untold, untold),
}  # fmt: skip
"""A value of each kind: what is wrong with one is wrong with all."""

_TAKES: Mapping[str, frozenset[Kind]] = {
    "size": frozenset({Kind.TEXT, Kind.LIST, Kind.MAP, Kind.BYTES}),
    "abs": frozenset({Kind.NUMBER, Kind.SPAN}),
    "round": frozenset({Kind.NUMBER}),
    "number": frozenset({Kind.NUMBER, Kind.TEXT}),
    "timestamp": frozenset({Kind.MOMENT, Kind.TEXT}),
    "duration": frozenset({Kind.SPAN, Kind.TEXT}),
    "keys": frozenset({Kind.MAP}),
    "by": frozenset({Kind.LIST}),
    **dict.fromkeys(("contains", "startsWith", "endsWith"), frozenset({Kind.TEXT})),
    **dict.fromkeys(("missing", "extra", "hasAll", "hasOnly", "hasExactly"), frozenset({Kind.LIST, Kind.MAP})),
}
"""What functions take, and methods stand behind; those that are left out take what they are given."""

_GIVES: Mapping[str, Kind] = {
    **dict.fromkeys(("size", "round", "number", "increase", "rate"), Kind.NUMBER),
    **dict.fromkeys(("duration", "age"), Kind.SPAN),
    "timestamp": Kind.MOMENT, "string": Kind.TEXT, "by": Kind.MAP,
    **dict.fromkeys(("keys", "missing", "extra", "distinct", "filter", "map", "over"), Kind.LIST),
    **dict.fromkeys(
        ("contains", "startsWith", "endsWith", "matches", "hasAll", "hasOnly", "hasExactly", "inOrder", "all", "exists",
         "exists_one"),
        Kind.BOOLEAN,
    ),
}  # fmt: skip


def must_be_condition(source: str, tree: Node, known: Known) -> None:
    """Raises ExpressionError for what can never be true or false."""
    _Foresight(source, known).truth(tree, "A condition")


class _Foresight:
    """One expression over names of known kinds; goes where an evaluation would, into every branch."""

    def __init__(self, source: str, known: Known) -> None:
        self._source = source
        self._known = known

    def kind(self, node: Node) -> Kind | None:
        try:
            return self._WAYS[type(node)](self, node)
        except ExpressionError as error:
            if not error.source:
                error.source, error.start, error.end = self._source, node.start, node.end
            raise

    def truth(self, node: Node, wanted_by: str) -> None:
        kind = self.kind(node)
        if kind not in (None, Kind.BOOLEAN):
            raise ExpressionError(
                f"{wanted_by} needs true or false, but this is {kind}.", "Compare it with something.",
                source=self._source, start=node.start, end=node.end,
            )  # fmt: skip

    def _literal(self, node: Literal) -> Kind | None:
        return kind_of(node.value)

    def _name(self, node: Name) -> Kind | None:
        return self._known.get(node.name)

    def _unary(self, node: Unary) -> Kind | None:
        if node.sign == "!":
            self.truth(node.operand, "'!'")
            return Kind.BOOLEAN
        kind = self.kind(node.operand)
        return None if kind is None else kind_of(negative(_ONE_OF[kind]))

    def _both(self, node: Both) -> Kind | None:
        for part in node.parts:
            self.truth(part, f"'{node.sign}'")
        return Kind.BOOLEAN

    def _either(self, node: Either) -> Kind | None:
        self.truth(node.condition, "'?'")
        then, otherwise = self.kind(node.then), self.kind(node.otherwise)
        return then if then is otherwise else None

    def _call(self, node: Call) -> Kind | None:
        if node.name == "age" and "now" not in self._known:
            raise ExpressionError("'age' has no present here.", "Use it in a pass, an alert or a trigger.")
        kinds = [self.kind(part) for part in node.arguments]
        self._fits(node.name, kinds[0], lambda one: call(node.name, [one], _free))
        return _GIVES.get(node.name)

    def _list(self, node: ListOf) -> Kind | None:
        for item in node.items:
            self.kind(item)
        return Kind.LIST

    def _index(self, node: Index) -> Kind | None:
        for part in node.parts:
            self.kind(part)
        return None

    def _has(self, node: Has) -> Kind | None:
        self.kind(node.target)
        return Kind.BOOLEAN

    def _field(self, node: Field) -> Kind | None:
        kind = self.kind(node.target)
        if kind is Kind.SERIES:
            return Kind.SPAN if node.name == "age" else None
        if kind not in (None, Kind.MAP):
            hint = "Take an element first, as in [0]." if kind is Kind.LIST else "Only maps have fields."
            raise ExpressionError(f"'{node.name}' is asked of a value that is {kind}.", hint)
        return None

    def _binary(self, node: Binary) -> Kind | None:
        left, right = self.kind(node.left), self.kind(node.right)
        is_known = left is not None and right is not None
        one, other = _ONE_OF.get(cast("Kind", left)), _ONE_OF.get(cast("Kind", right))
        if node.sign == "in":
            if right not in (None, Kind.LIST, Kind.MAP):
                hint = "For a part of a text write text.contains(part)."
                raise ExpressionError(f"'in' looks into a list or a map, but this is {right}.", hint)
            return Kind.BOOLEAN
        if node.sign in ("==", "!="):
            if is_known and not (is_null(node.left) or is_null(node.right)):
                equal(one, other, _free)
            return Kind.BOOLEAN
        if node.sign in ("<", "<=", ">", ">="):
            if is_known:
                in_order(one, node.sign, other, _free)
            return Kind.BOOLEAN
        return kind_of(compute(one, node.sign, other, _free)) if is_known else None

    def _method(self, node: Method) -> Kind | None:
        target = self.kind(node.target)
        for part in node.arguments:
            self.kind(part)
        if node.name in QUESTIONS and target not in (None, Kind.SERIES):
            remedy = f"Write it alone: {node.name}('1h')."
            raise ExpressionError(f"'{node.name}' asks a check, but this is {target}.", remedy)
        self._fits(node.name, target, lambda one: call_method(node.name, one, ["a"], _free))
        return _GIVES.get(node.name)

    def _each(self, node: Each) -> Kind | None:
        target = self.kind(node.target)
        if target not in (None, Kind.LIST, Kind.MAP):
            raise ExpressionError(f"'{node.name}' goes over a list, but this is {target}.", "Name a list such as rows.")
        inside = _Foresight(self._source, {**self._known, node.variable: None})
        if node.name == "map":
            inside.kind(node.body)
        else:
            inside.truth(node.body, f"'{node.name}'")
        return _GIVES[node.name]

    def _fits(self, name: str, kind: Kind | None, ask: Callable[[object], object]) -> None:
        if kind is not None and kind not in _TAKES.get(name, _ONE_OF.keys()):
            ask(_ONE_OF[kind])

    _WAYS: ClassVar[Mapping[type[Node], Callable[[_Foresight, Any], Kind | None]]] = {
        Literal: _literal, Name: _name, Field: _field, Index: _index, ListOf: _list, Unary: _unary, Binary: _binary,
        Both: _both, Either: _either, Call: _call, Method: _method, Each: _each, Has: _has,
    }  # fmt: skip


def _free(_steps: int) -> None:
    """Values of a plan are small."""
