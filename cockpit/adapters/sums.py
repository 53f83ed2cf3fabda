"""Series added up by their labels, and the names by which expectations speak of the sums."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from cockpit.adapters.scrape import Measure
from cockpit.core.plan.check import MetricCheck
from cockpit.core.reading import Table
from cockpit.core.text.inert import inert

_NAMED = 8
"""Values of a label that a sentence names."""


def gap_in_labels(check: MetricCheck, found: Sequence[Measure]) -> str | None:
    """Why the labels of a check find nothing by mistake, or None: a label no series has, a value that never occurs."""
    known = {label for each in found for label in each.labels}
    for label in (*check.where, *check.by):
        if label not in known:
            have = ", ".join(sorted(known - {"instance"})) or "none"
            return f"No series of {check.metric} has the label {label}; there is {inert(have, limit=160)}."
    wanted = set(check.where.items())
    if check.absent is not None or any(wanted <= set(each.labels.items()) for each in found):
        return None
    for label, value in check.where.items():
        there = sorted({each.labels[label] for each in found if label in each.labels})
        if value not in there:
            shown = ", ".join(there[:_NAMED]) + (" and more" if len(there) > _NAMED else "")
            what = f"No series of {check.metric} has {label}={value}; there is {shown}."
            return f"{inert(what, limit=240)} If none counts as zero, write absent = 0."
    return f"No series of {check.metric} has all these labels together. If none counts as zero, write absent = 0."


def by_labels(labels: Sequence[str], found: Sequence[Measure], none: Decimal, most: int) -> Table:
    """One row for each combination of the labels, the sum last; without labels one cell, `none` where nothing is."""
    sums: dict[tuple[str, ...], Decimal] = {}
    for each in found:
        key = tuple(each.labels.get(label, "") for label in labels)
        sums[key] = sums.get(key, Decimal(0)) + each.value
    if not labels:
        return Table(("value",), ((sums.get((), none),),))
    rows = tuple((*key, value) for key, value in sorted(sums.items()))
    return Table((*labels, "value"), rows[:most], capped=len(rows) > most)


def facts_of(table: Table, *, rows: bool = False) -> dict[str, object]:
    """`columns` and `rows`; `row` of the only one; `value` unless labels make rows. What is missing says why."""
    told: dict[str, object] = {
        "columns": table.columns,
        "rows": tuple(dict(zip(table.columns, row, strict=True)) for row in table.rows),
    }
    count = len(table.rows)
    if count == 1:
        told["row"] = dict(zip(table.columns, table.rows[0], strict=True))
    else:
        told["row_error"] = f"'row' is the only row, and there are {count}. Use rows."
    if rows or count != 1:
        told["value_error"] = f"'value' is a single sum, and labels make {count} rows. Use rows, or ask for fewer."
    else:
        told["value"] = table.rows[0][-1]
    return told
