"""An expectation: `value == 0`, `rows.all(r, r.x < 90)`, `stuck.value - stuck.ago('1h') > 5`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as field_
from types import MappingProxyType

from cockpit.core.expression.evaluation import BUDGET, Evaluation
from cockpit.core.expression.explanation import Explanation, Judgement
from cockpit.core.expression.nodes import Call, Field, Method, Node, path, walk
from cockpit.core.expression.parser import parse
from cockpit.core.expression.series import QUESTIONS, History
from cockpit.core.expression.showing import Conceal, plainly

NO_HISTORY: Mapping[str, History] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that can be read; equal to another with the same source.

    It answers over a *scope*: names and their values. A value that cannot be had stands there as the
    ExpressionError (or `Blind`) that says why, and is raised only when the expression uses it. History is
    what `Series.scope` gives, in the scope or in `functions`, or a `Series` under a check's name. `age(...)`
    goes by `now` in the scope.
    """

    source: str
    tree: Node = field_(repr=False, compare=False)

    @classmethod
    def parse(cls, source: str) -> Expression:
        """Read an expression. Raises ExpressionError with the span of what is wrong."""
        return cls(source, parse(source))

    def names(self) -> frozenset[str]:
        """The names it needs from outside: `rows`, `status`, and `ago`, `over` where it asks history alone."""
        return frozenset(one.partition(".")[0] for one in self.paths())

    def paths(self) -> frozenset[str]:
        """The names with the fields asked of them: `stuck.value`, `stuck.ago`, `json.status`."""
        found: set[str] = set()
        told: set[int] = set()
        for node, bound, _ in walk(self.tree):
            asks = node.name if isinstance(node, Call | Method) and node.name in QUESTIONS else None
            chain = path(node.target) if asks and isinstance(node, Method) else () if asks else path(node)
            if chain is None or id(node) in told or (chain and chain[0] in bound):
                continue
            found.add(".".join((*chain, asks) if asks else chain))
            told.update(_chain(node))
        return frozenset(found)

    def evaluate(
        self, scope: Mapping[str, object], *, functions: Mapping[str, History] = NO_HISTORY, budget: int = BUDGET
    ) -> object:
        """What it comes to, of any kind. Raises ExpressionError, and `Blind` where history has no sample."""
        return Evaluation(self.source, scope, functions, budget).value(self.tree)

    def judge(
        self,
        scope: Mapping[str, object],
        *,
        functions: Mapping[str, History] = NO_HISTORY,
        budget: int = BUDGET,
        conceal: Conceal = plainly,
    ) -> Judgement:
        """Whether it holds, and why. Raises ExpressionError, also for anything but true or false.

        `conceal` takes secrets out of the values told in `because`, before these are shortened.
        """
        return Explanation(Evaluation(self.source, scope, functions, budget), conceal).judge(self.tree)


def _chain(node: Node) -> Iterator[int]:
    """The ids of the nodes that a path is made of, so that `a` is not told beside `a.b`."""
    while isinstance(node, Field | Method):
        node = node.target
        yield id(node)
