"""The words of an expression: from text to tokens, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cockpit.core.expression.values import MAX_DIGITS
from cockpit.errors import ExpressionError

MAX_SOURCE = 4000
"""Characters of one expression: the longest of the known runbooks has under 300."""


class TokenKind(StrEnum):
    """What a token is."""

    NUMBER = "number"
    TEXT = "text"
    NAME = "name"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `text` as written, `value` what a number or text stands for."""

    kind: TokenKind
    text: str
    start: int
    end: int
    value: object = None


_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r\n]+|//[^\n]*)
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
    |(?P<text>[rR]?'(?:[^'\\\n]|\\[^\n])*'|[rR]?"(?:[^"\\\n]|\\[^\n])*")
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<odd>===|!==|=>|=<|<>|:=|\*\*)
    |(?P<sign>\|\||&&|==|!=|<=|>=|[-<>+*/%!?:.,()\[\]])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))")
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "0": "\0"}
_INSTEAD = {
    "=": "Use '==' to compare.",
    ":=": "Use '==' to compare.",
    "===": "Use '==' to compare.",
    "!==": "Use '!=' to compare.",
    "<>": "Use '!=' to compare.",
    "=>": "Write '>=' for at least.",
    "=<": "Write '<=' for at most.",
    "&": "Use '&&' for and.",
    "|": "Use '||' for or.",
    "**": "Multiply by '*' instead.",
    "{": "Maps are read here, not written: compare their fields one by one.",
    "}": "Maps are read here, not written: compare their fields one by one.",
    "'": "Close the text with the quote it began with.",
    '"': "Close the text with the quote it began with.",
    "$": "Write the bare name.",
}


def tokens(source: str) -> Iterator[Token]:
    """The tokens of `source`, an END last. Raises ExpressionError at the first character that is none."""
    if len(source) > MAX_SOURCE:
        raise ExpressionError(
            f"The expression has {len(source)} characters, more than {MAX_SOURCE}.", "Split it into several checks."
        )
    place = 0
    while place < len(source):
        match = _TOKEN.match(source, place)
        if match is None or match.lastgroup == "odd":
            raise _stray(source, place, match.group() if match else source[place])
        start, place = place, match.end()
        if match.lastgroup != "skip":
            yield _token(source, TokenKind(match.lastgroup or ""), start, place)
    yield Token(TokenKind.END, "", len(source), len(source))


def _token(source: str, kind: TokenKind, start: int, end: int) -> Token:
    text = source[start:end]
    if kind is TokenKind.NUMBER:
        return Token(kind, text, start, end, _number(source, start, end))
    if kind is TokenKind.TEXT:
        return Token(kind, text, start, end, _text(source, start, end))
    return Token(kind, text, start, end)


def _number(source: str, start: int, end: int) -> int | Decimal:
    text = source[start:end]
    following = source[end : end + 1]
    if following.isalnum() or following == "_":
        raise ExpressionError(
            f"'{text}{following}' is neither a number nor a name.",
            "Write numbers as 5, 0.5 or 1e3, and spans as duration('5m').",
            source=source, start=start, end=end + 1,
        )  # fmt: skip
    value = Decimal(text)
    if len(text) > MAX_DIGITS or abs(value.adjusted()) >= MAX_DIGITS:
        raise ExpressionError(
            "This number is too long.", f"Numbers have at most {MAX_DIGITS} digits.",
            source=source, start=start, end=end,
        )  # fmt: skip
    return int(text) if text.isdecimal() else value


def _text(source: str, start: int, end: int) -> str:
    raw = source[start] in "rR"
    body = source[start + 1 + raw : end - 1]

    def plain(match: re.Match[str]) -> str:
        code = match[1] or match[2] or match[3]
        if code is not None and int(code, 16) <= 0x10FFFF:
            return chr(int(code, 16))
        if match[4] in _ESCAPED:
            return _ESCAPED[match[4]]
        at = start + 1 + match.start()
        raise ExpressionError(
            f"'{match[0]}' stands for nothing in a text.",
            r"Write '\\' for one backslash, or r'...' for a text that has them as they are.",
            source=source, start=at, end=at + len(match[0]),
        )  # fmt: skip

    return body if raw else _ESCAPE.sub(plain, body)


def _stray(source: str, place: int, text: str) -> ExpressionError:
    shown = text if text.isprintable() else f"U+{ord(text):04X}"
    hint = _INSTEAD.get(text, "Take it out.")
    what = "This text has no end." if text in "'\"" else f"'{shown}' means nothing here."
    return ExpressionError(what, hint, source=source, start=place, end=place + len(text))
