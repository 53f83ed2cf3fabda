"""What an expectation may speak of, from the rows that came."""

from __future__ import annotations

from cockpit.core.reading import Table


def says_yes(table: Table) -> bool:
    """Whether the one cell is true."""
    return len(table.rows) == 1 and len(table.columns) == 1 and table.rows[0][0] is True


def facts_of(table: Table) -> dict[str, object]:
    """What an expectation may speak of."""
    facts: dict[str, object] = {
        "columns": table.columns,
        "rows": tuple(dict(zip(table.columns, row, strict=True)) for row in table.rows),
    }
    count, width = len(table.rows), len(table.columns)
    shape = f"{count}{' and more' if table.capped else ''} rows of {width} columns"
    if count == 1 and not table.capped:
        facts["row"] = dict(zip(table.columns, table.rows[0], strict=True))
    else:
        facts["row_error"] = f"'row' is the only row, and there are {shape}. Use rows, or make the statement give one."
    if count != 1 or width != 1 or table.capped:
        facts["value_error"] = f"'value' is a single cell, and there are {shape}. Make the statement give one."
    elif table.rows[0][0] is None:
        facts["value_error"] = "The cell is null. If nothing counts as zero, write coalesce(..., 0)."
    else:
        facts["value"] = table.rows[0][0]
    return facts
