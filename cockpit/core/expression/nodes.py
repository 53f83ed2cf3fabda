"""The tree of an expression. Nodes are frozen and know their place in the source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A part of an expression, `source[start:end]`."""

    start: int
    end: int

    @property
    def parts(self) -> tuple[Node, ...]:
        """The nodes right below this one."""
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Literal(Node):
    """A number, a text, true, false or null, as written."""

    value: object


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """A value of the reading, or the variable of an `all`, `exists`, `filter` or `map`."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Field(Node):
    """`target.name`."""

    target: Node
    name: str

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.target,)


@dataclass(frozen=True, slots=True, eq=False)
class Index(Node):
    """`target[key]`."""

    target: Node
    key: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.target, self.key)


@dataclass(frozen=True, slots=True, eq=False)
class ListOf(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.items


@dataclass(frozen=True, slots=True, eq=False)
class Unary(Node):
    """`!operand` or `-operand`."""

    sign: str
    operand: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.operand,)


@dataclass(frozen=True, slots=True, eq=False)
class Binary(Node):
    """Two operands of arithmetic, a comparison or `in`."""

    sign: str
    left: Node
    right: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, eq=False)
class Both(Node):
    """`left && right` or `left || right`: the right side is asked only where it matters."""

    sign: str
    left: Node
    right: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True, eq=False)
class Either(Node):
    """`condition ? then : otherwise`."""

    condition: Node
    then: Node
    otherwise: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.condition, self.then, self.otherwise)


@dataclass(frozen=True, slots=True, eq=False)
class Call(Node):
    """`name(arguments)`."""

    name: str
    arguments: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return self.arguments


@dataclass(frozen=True, slots=True, eq=False)
class Method(Node):
    """`target.name(arguments)`."""

    target: Node
    name: str
    arguments: tuple[Node, ...]

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.target, *self.arguments)


@dataclass(frozen=True, slots=True, eq=False)
class Each(Node):
    """`target.name(variable, body)`: all, exists, exists_one, filter, map."""

    target: Node
    name: str
    variable: str
    body: Node

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.target, self.body)


@dataclass(frozen=True, slots=True, eq=False)
class Has(Node):
    """`has(target.name)`: whether the field is there, null or not."""

    target: Node
    name: str

    @property
    def parts(self) -> tuple[Node, ...]:
        return (self.target,)


def walk(root: Node) -> Iterator[tuple[Node, frozenset[str], int]]:
    """Every node with the variables bound around it and its depth, the root first; never recursive."""
    open_nodes: list[tuple[Node, frozenset[str], int]] = [(root, frozenset(), 1)]
    while open_nodes:
        node, bound, depth = open_nodes.pop()
        yield node, bound, depth
        for part in reversed(node.parts):
            inside = bound | {node.variable} if isinstance(node, Each) and part is node.body else bound
            open_nodes.append((part, inside, depth + 1))


def path(node: Node) -> tuple[str, ...] | None:
    """`("stuck", "value")` for `stuck.value`; None for what is no plain chain of fields."""
    names: list[str] = []
    while isinstance(node, Field):
        names.append(node.name)
        node = node.target
    return (node.name, *reversed(names)) if isinstance(node, Name) else None
