"""The expression language: CEL's syntax, our meaning. `docs/expressions.md` is its reference."""

from cockpit.core.expression.explanation import Judgement
from cockpit.core.expression.expression import Expression
from cockpit.core.expression.series import History, Series

__all__ = ["Expression", "History", "Judgement", "Series"]
