"""Two readings of one check held against each other: a baseline and now, cell by cell.

Each cell stands under a relation: most of a baseline may move, but each part only its own way. What cannot
be compared (other columns, a key twice, rows cut off) is a failed comparison that says so, never a pass.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from cockpit.core.expression.showing import Conceal, plainly, show, written
from cockpit.core.reading import Table
from cockpit.core.reading.relation import EQUAL, Outcome, Relation, difference
from cockpit.core.text.inert import inert

__all__ = ["Cell", "Comparison", "Outcome", "Relation", "compare"]

_NAMED = 3
_ALONE = {"new": "its row is new", "lost": "its row is gone"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One value before and now. `key` names the row ("" where there is one), `change` is now - before of numbers.

    Where a row is on one side only, the other side is what `missing` says, or None with `ok` false.
    """

    key: str
    column: str
    before: object
    now: object
    change: int | Decimal | None
    relation: str
    ok: bool
    because: str
    side: Literal["", "new", "lost"] = ""
    """Its row is on one side only, whether that is allowed or not."""

    @property
    def name(self) -> str:
        """`reports of completed`, or the column alone."""
        return " of ".join(part for part in (self.column, self.key) if part)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether every cell keeps its relation, why, and the cells: rows in the order of the baseline, new ones last."""

    ok: bool
    because: str
    cells: tuple[Cell, ...] = ()

    def rows(self, side: Literal["new", "lost"]) -> tuple[str, ...]:
        """The keys of the rows that are on one side only."""
        return tuple(dict.fromkeys(cell.key for cell in self.cells if cell.side == side))


def compare(
    before: Table,
    now: Table,
    *,
    relation: str | Mapping[str, str] = "equal",
    rows_by: str | None = None,
    missing: object | None = None,
    conceal: Conceal = plainly,
) -> Comparison:
    """Hold `now` against `before`.

    `relation` is one for every cell, or a table by row key (with `rows_by`) or by column (without), where
    `other` covers the rest and is `equal` by default. The column `rows_by` names rows and is not compared. A
    row on one side only counts as `missing` if that is set. `conceal` takes secrets out of the words. Raises
    ValueError for a relation that is none.
    """
    relations = _Relations.parse(relation, by_row=rows_by is not None)
    trouble = _trouble(before, now, relations, rows_by)
    if trouble:
        return Comparison(ok=False, because=trouble)
    was, is_now = _rows(before, rows_by), _rows(now, rows_by)
    columns = tuple(column for column in before.columns if column != rows_by)
    pairs = [_Pair(key, was.get(key), is_now.get(key)) for key in dict.fromkeys((*was, *is_now))]
    return _summed(tuple(cell for pair in pairs for cell in pair.cells(columns, relations, missing, conceal)))


@dataclass(frozen=True, slots=True)
class _Relations:
    """The relation of each cell, by row key or by column."""

    named: Mapping[str, Relation]
    other: Relation
    by_row: bool

    @classmethod
    def parse(cls, relation: str | Mapping[str, str], *, by_row: bool) -> _Relations:
        if isinstance(relation, str):
            return cls({}, Relation.parse(relation), by_row)
        named = {name: Relation.parse(text) for name, text in relation.items()}
        return cls(named, named.pop("other", EQUAL), by_row)

    def of(self, key: str, column: str) -> Relation:
        return self.named.get(key if self.by_row else column, self.other)


_Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Pair:
    """One row before and now, either of which may not be there."""

    key: str
    before: _Row | None
    now: _Row | None

    def cells(
        self, columns: tuple[str, ...], relations: _Relations, missing: object, conceal: Conceal
    ) -> Iterator[Cell]:
        """One cell a column. A row of nothing but its key has one all the same: that it is there."""
        is_alone = missing is None and self.side != ""
        for column in columns or ("",):
            relation = relations.of(self.key, column)
            before = self.before.get(column, self.key) if self.before is not None else missing
            now = self.now.get(column, self.key) if self.now is not None else missing
            outcome = self._alone() if is_alone else relation.holds(before, now, conceal)
            change = None if is_alone else difference(before, now)
            yield Cell(self.key, column, before, now, change, relation.text, outcome.ok, outcome.because, self.side)

    @property
    def side(self) -> Literal["", "new", "lost"]:
        if self.before is None:
            return "new"
        return "lost" if self.now is None else ""

    def _alone(self) -> Outcome:
        return Outcome(ok=False, because=_ALONE[self.side])


def _trouble(before: Table, now: Table, relations: _Relations, rows_by: str | None) -> str:
    """Why the two cannot be compared, or nothing."""
    if before.capped or now.capped:
        return "only part of the rows is known, so the rest cannot be compared"
    if set(before.columns) != set(now.columns):
        return f"the columns were {_listed(before.columns)} and are {_listed(now.columns)}"
    for column, count in Counter(before.columns).items():
        if count > 1:
            return f"{count} columns are called {_listed([column])}"
    if rows_by is None:
        unknown = [name for name in relations.named if name not in before.columns]
        if unknown:
            return f"there is no column {_listed(unknown)}; there are {_listed(before.columns)}"
        if len(before.rows) != len(now.rows):
            return f"there were {_counted(before)} and are {_counted(now)}, with no rows_by to tell them apart"
        return ""
    if rows_by not in before.columns:
        return f"there is no column {_listed([rows_by])} to name rows; there are {_listed(before.columns)}"
    for when, table in (("before", before), ("now", now)):
        twice = [key for key, count in Counter(_keys(table, rows_by)).items() if count > 1]
        if twice:
            return f"keys occur more than once {when}: {_listed(twice)}"
    return ""


def _keys(table: Table, rows_by: str) -> Iterator[str]:
    place = table.columns.index(rows_by)
    return (_key(row[place]) for row in table.rows)


def _key(value: object) -> str:
    return "null" if value is None else written(value) or show(value)


def _rows(table: Table, rows_by: str | None) -> dict[str, _Row]:
    """Rows under their keys; without `rows_by` a single one under "", several under their number."""
    if rows_by is not None:
        keys = list(_keys(table, rows_by))
    else:
        keys = [""] if len(table.rows) == 1 else [f"row {number}" for number in range(1, len(table.rows) + 1)]
    return {key: dict(zip(table.columns, row, strict=True)) for key, row in zip(keys, table.rows, strict=True)}


def _summed(cells: tuple[Cell, ...]) -> Comparison:
    if not cells:
        return Comparison(ok=True, because="there were no rows and are none")
    failed = [cell for cell in cells if not cell.ok]
    one_sided = _one_sided(cells)
    if not failed:
        kept = "the one value keeps its" if len(cells) == 1 else f"all {len(cells)} values keep their"
        return Comparison(ok=True, because="; ".join((f"{kept} relation", *one_sided)), cells=cells)
    others = [cell for cell in failed if cell.because not in _ALONE.values()]
    named = [f"{_listed([cell.name])}: {cell.because}" for cell in others[:_NAMED]]
    more = [f"and {len(others) - _NAMED} more"] if len(others) > _NAMED else []
    return Comparison(ok=False, because="; ".join((*one_sided, *named, *more)), cells=cells)


def _one_sided(cells: tuple[Cell, ...]) -> tuple[str, ...]:
    """Rows that are gone, and rows that are new, by their keys."""
    words = []
    for side, verb in (("lost", "gone"), ("new", "new")):
        keys = tuple(dict.fromkeys(cell.key for cell in cells if cell.side == side))
        if keys:
            words.append(f"{len(keys)} {'row is' if len(keys) == 1 else 'rows are'} {verb}: {_listed(keys)}")
    return tuple(words)


def _listed(names: Iterable[str]) -> str:
    shown = [inert(name, limit=40) for name in names]
    return ", ".join(shown[:_NAMED]) + (f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else "") or "none"


def _counted(table: Table) -> str:
    return "1 row" if len(table.rows) == 1 else f"{len(table.rows)} rows"
