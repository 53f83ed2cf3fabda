"""From source to tree: a Pratt parser (precedences as in CEL) that knows where everything stands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from cockpit.core.expression.moments import parse_moment
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
    walk,
)
from cockpit.core.expression.pattern import Pattern
from cockpit.core.expression.series import QUESTIONS
from cockpit.core.expression.tokens import Token, TokenKind, tokens
from cockpit.core.span import parse_span
from cockpit.errors import ExpressionError

MAX_DEPTH = 80
"""How deep parts may lie within one another; a chain `a + b + c` lies one deeper with each sign."""

FUNCTIONS: Mapping[str, tuple[int, int]] = {
    "size": (1, 1), "abs": (1, 1), "min": (1, 100), "max": (1, 100), "round": (1, 2), "duration": (1, 1),
    "number": (1, 1), "string": (1, 1), "has": (1, 1), "sum": (1, 100), "timestamp": (1, 1), "age": (1, 1),
    **dict.fromkeys(QUESTIONS, (1, 1)),
}  # fmt: skip
"""Every function with the least and most arguments it takes."""

METHODS: Mapping[str, tuple[int, int]] = {
    "size": (0, 0), "keys": (0, 0), "contains": (1, 1), "startsWith": (1, 1), "endsWith": (1, 1), "matches": (1, 1),
    "sum": (0, 0), "distinct": (0, 0), "by": (1, 1), "missing": (1, 1), "extra": (1, 1), "hasAll": (1, 1),
    "hasOnly": (1, 1), "hasExactly": (1, 1), "inOrder": (1, 1), **dict.fromkeys(QUESTIONS, (1, 1)),
    "all": (2, 2), "exists": (2, 2), "exists_one": (2, 2), "filter": (2, 2), "map": (2, 2),
}  # fmt: skip
"""Every method, likewise."""

EACH = frozenset({"all", "exists", "exists_one", "filter", "map"})

_RELATIONS = frozenset({"==", "!=", "<", "<=", ">", ">=", "in"})
_STRENGTH = {"?": 1, "||": 2, "&&": 3, **dict.fromkeys(_RELATIONS, 4), "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}
_CONSTANTS: Mapping[str, object] = {"true": True, "false": False, "null": None}
_WORDS = {"and": "&&", "or": "||", "not": "!", "is": "==", "AND": "&&", "OR": "||", "NOT": "!"}
_INSTEAD = {**{word: f"Use '{sign}'." for word, sign in _WORDS.items()}, ".": "Put a digit before the point."}


def parse(source: str) -> Node:
    """The tree of `source`. Raises ExpressionError with the span of what is wrong."""
    parser = _Parser(source)
    tree = parser.whole()
    for node, _, depth in walk(tree):
        if depth > MAX_DEPTH:
            raise parser.trouble(node, "The expression is nested too deeply.", "Split it into several checks.")
    return tree


class _Parser:
    """A place among the tokens, moving on."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = list(tokens(source))
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        if self._is_at_end():
            raise self.trouble(self._here, "The expression is empty.", "Write what must be true, as in value == 0.")
        tree = self._expression()
        if not self._is_at_end():
            raise self._unexpected("The expression could end here, but goes on with")
        return tree

    def trouble(self, place: Node | Token, what: str, remedy: str) -> ExpressionError:
        return ExpressionError(what, remedy, source=self._source, start=place.start, end=place.end)

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _is_at_end(self) -> bool:
        return self._here.kind is TokenKind.END

    def _next(self) -> Token:
        token = self._here
        self._at += 1
        return token

    def _sees(self, *signs: str) -> bool:
        return self._here.kind in (TokenKind.SIGN, TokenKind.NAME) and self._here.text in signs

    def _takes(self, sign: str) -> bool:
        if not self._sees(sign):
            return False
        self._at += 1
        return True

    def _expects(self, sign: str, after: str) -> Token:
        if not self._sees(sign):
            raise self._unexpected(f"'{sign}' is missing {after}, before")
        return self._next()

    def _unexpected(self, what: str) -> ExpressionError:
        token = self._here
        if self._is_at_end():
            return self.trouble(token, f"{what.removesuffix('before')}at the end.", "Finish the expression.")
        remedy = _INSTEAD.get(token.text, "See whether a sign between two parts is missing or doubled.")
        return self.trouble(token, f"{what} '{token.text}'.", remedy)

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.trouble(self._here, "The expression is nested too deeply.", "Split it into several checks.")
        yield
        self._depth -= 1

    def _expression(self, strength: int = 0) -> Node:
        with self._deeper():
            left = self._unary()
            while (sign := self._here.text) in _STRENGTH and _STRENGTH[sign] > strength and self._sees(sign):
                left = self._either(left) if sign == "?" else self._pair(left, self._next().text)
            return left

    def _either(self, condition: Node) -> Node:
        self._next()
        then = self._expression()
        self._expects(":", "between the two answers of '?'")
        otherwise = self._expression()
        return Either(condition.start, otherwise.end, condition, then, otherwise)

    def _pair(self, left: Node, sign: str) -> Node:
        right = self._expression(_STRENGTH[sign])
        if sign in ("&&", "||"):
            return Both(left.start, right.end, sign, left, right)
        if sign in _RELATIONS and self._sees(*_RELATIONS):
            raise self.trouble(self._here, "Comparisons do not chain.", "Write a < b && b < c.")
        return Binary(left.start, right.end, sign, left, right)

    def _unary(self) -> Node:
        if not self._sees("!", "-"):
            return self._postfix(self._primary())
        token = self._next()
        with self._deeper():
            operand = self._unary()
        return Unary(token.start, operand.end, token.text, operand)

    def _primary(self) -> Node:
        token = self._here
        if token.kind in (TokenKind.NUMBER, TokenKind.TEXT):
            self._next()
            return Literal(token.start, token.end, token.value)
        if token.kind is TokenKind.NAME and token.text not in ("in", *_WORDS):
            self._next()
            return self._name(token)
        if self._takes("("):
            inner = self._expression()
            closing = self._expects(")", "to close '('")
            return replace(inner, start=token.start, end=closing.end)
        if self._takes("["):
            items = self._list("]")
            return ListOf(token.start, self._tokens[self._at - 1].end, items)
        raise self._unexpected("A value is missing before")

    def _name(self, token: Token) -> Node:
        if token.text in _CONSTANTS:
            return Literal(token.start, token.end, _CONSTANTS[token.text])
        if not self._takes("("):
            return Name(token.start, token.end, token.text)
        arguments = self._list(")")
        if token.text not in FUNCTIONS:
            remedy = or_nearest(token.text, FUNCTIONS, "Functions are")
            raise self.trouble(token, f"There is no function '{token.text}'.", remedy)
        self._counts(token, FUNCTIONS[token.text], arguments)
        call = Call(token.start, self._tokens[self._at - 1].end, token.text, arguments)
        return self._has(call) if token.text == "has" else self._understood(call)

    def _list(self, closing: str) -> tuple[Node, ...]:
        items: list[Node] = []
        while not self._takes(closing):
            if items:
                self._expects(",", f"or '{closing}'")
            items.append(self._expression())
        return tuple(items)

    def _postfix(self, target: Node) -> Node:
        while True:
            if self._takes("."):
                target = self._member(target)
            elif self._takes("["):
                key = self._expression()
                target = Index(target.start, self._expects("]", "to close '['").end, target, key)
            else:
                return target

    def _member(self, target: Node) -> Node:
        token = self._next()
        if token.kind is not TokenKind.NAME:
            raise self.trouble(token, "A field's name is missing after '.'.", "Write a.b, or a['b'] for odd names.")
        if not self._takes("("):
            return Field(target.start, token.end, target, token.text)
        arguments = self._list(")")
        end = self._tokens[self._at - 1].end
        if token.text not in METHODS:
            remedy = or_nearest(token.text, METHODS, "Methods are")
            raise self.trouble(token, f"There is no method '{token.text}'.", remedy)
        self._counts(token, METHODS[token.text], arguments)
        if token.text not in EACH:
            return self._understood(Method(target.start, end, target, token.text, arguments))
        variable, body = arguments
        if not isinstance(variable, Name):
            raise self.trouble(
                variable, f"'{token.text}' needs a name for the element.", f"Write {token.text}(x, ...)."
            )
        return Each(target.start, end, target, token.text, variable.name, body)

    def _counts(self, token: Token, limits: tuple[int, int], arguments: tuple[Node, ...]) -> None:
        least, most = limits
        if not least <= len(arguments) <= most:
            wanted = {(0, 0): "nothing", (1, 1): "one thing", (2, 2): "a name and a condition"}.get(
                limits, f"{least} to {most} things"
            )
            given = f"{len(arguments)} thing{'' if len(arguments) == 1 else 's'}"
            raise self.trouble(token, f"'{token.text}' was given {given} in its brackets.", f"It takes {wanted}.")

    def _has(self, call: Call) -> Node:
        (argument,) = call.arguments
        if isinstance(argument, Field):
            return Has(call.start, call.end, argument.target, argument.name)
        if isinstance(argument, Index) and isinstance(argument.key, Literal) and isinstance(argument.key.value, str):
            return Has(call.start, call.end, argument.target, argument.key.value)
        raise self.trouble(argument, "'has' asks whether a field is there.", "Write has(a.b) or has(a['b']).")

    def _understood(self, node: Call | Method) -> Node:
        """The node, once spans and patterns written in it make sense: `lint` must see what a run would."""
        reader = _READERS.get(node.name)
        if reader is None:
            return node
        first = node.arguments[0]
        for written in first.items if isinstance(first, ListOf) and node.name == "inOrder" else (first,):
            if not (isinstance(written, Literal) and isinstance(written.value, str)):
                continue
            try:
                reader(written.value)
            except ExpressionError as error:
                raise self.trouble(written, error.what, error.remedy) from None
            except ValueError as error:
                what, _, remedy = str(error).partition(". ")
                raise self.trouble(written, f"{what}.", remedy) from None
        return node


_READERS: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(QUESTIONS, parse_span), "duration": parse_span, "timestamp": parse_moment,
    "matches": Pattern, "inOrder": Pattern,
}  # fmt: skip
