"""What a check showed: the table before and now, the value, why it passes or not, how old it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta

from cockpit.core.agenda import unbound
from cockpit.core.expression.showing import show, written
from cockpit.core.plan import HttpCheck, Item, LogCheck, Monitor, PostgresCheck, Question, RailwayCheck, Verb
from cockpit.core.reading import Reading, Table
from cockpit.core.reading.comparison import Cell, Comparison, compare
from cockpit.core.span import show_span
from cockpit.telemetry import Scene
from cockpit.view import thrift
from cockpit.view.asking import asks_in_words, own_control
from cockpit.view.baseline import recorded
from cockpit.view.deed import HIDDEN, shown_value
from cockpit.view.fit import cells, foreign, pad, pad_left, wrap, wrapped
from cockpit.view.line import Line, Span, Tone, line
from cockpit.view.standing import DONE, FAILED, UNSURE, Standing, of_monitor, of_verdict
from cockpit.view.times import ago, moment, utc
from cockpit.view.words import reason

ROWS = 40
"""Rows of a table that are shown; the rest is counted."""

_CELL = 30
"""Cells a column may take at most."""

_MARK = 4
"""Cells kept for the mark of a compared row; its relation takes what is left, and is cut first."""


def lines(scene: Scene, item: Item, width: int) -> Iterator[Line]:
    """All that is known of an item's check: verdict, comparison or rows, the question itself."""
    root = scene.state.plan.root(item)
    check = scene.state.plan.checks[root.target]
    reading = scene.live.readings.get(root.target)
    yield from _verdict(scene, item, reading, width)
    yield from table_lines(scene, root.target, width)
    yield Line()
    yield from _question(scene, root.target, check, width)


def age(scene: Scene, name: str) -> Span:
    """How old the newest reading of a check is; one too old to count says stale, none says so."""
    reading = scene.live.readings.get(name)
    since = scene.live.asking.get(name)
    if since is not None:
        return Span(
            f"asking since {ago(since, scene.now)}" if scene.now - since > timedelta(seconds=1) else "asking", Tone.BUSY
        )
    if reading is None:
        return Span("not asked", Tone.DIM)
    is_stale = scene.now - reading.answered > scene.state.plan.checks[name].fresh
    return Span(
        f"{ago(reading.answered, scene.now)}{', stale' if is_stale else ''}", Tone.WARN if is_stale else Tone.DIM
    )


def monitors_of(scene: Scene, name: str) -> dict[str, Monitor]:
    """The monitors that ask a check."""
    return {key: monitor for key, monitor in scene.state.plan.monitors.items() if monitor.check == name}


def compared(scene: Scene, name: str) -> Comparison | None:
    """The newest reading held against the baseline; None where one of the two has no rows at hand."""
    check = scene.state.plan.checks[name]
    before, now = scene.live.baselines.get(name), scene.live.readings.get(name)
    if before is None or now is None or before.table is None or now.table is None or before.id == now.id:
        return None
    return compare(
        before.table,
        now.table,
        relation=check.compare if check.compare is not None else "equal",
        rows_by=check.rows_by,
        missing=check.missing,
    )


def table_lines(scene: Scene, name: str, width: int) -> Iterator[Line]:
    """Before, now and change, cell by cell, where there is a baseline; else the rows as they are."""
    check, reading = scene.state.plan.checks[name], scene.live.readings.get(name)
    comparison = compared(scene, name)
    if comparison is not None and comparison.cells:
        yield Line()
        yield from _comparison(check, comparison, width)
        return
    baseline = scene.live.baselines.get(name)
    if comparison is not None:
        yield from wrapped(f"not comparable: {reason(comparison.because)}", width, Tone.BAD, indent=f"{FAILED} ")
    for words, kept in (("baseline", baseline), ("now", reading)):
        if (
            kept is None
            or kept.table is None
            or not kept.table.columns
            or (words == "now" and baseline is not None and kept.id == baseline.id)
        ):
            continue
        yield Line()
        yield line(Span(f"{words}, {utc(kept.answered)} UTC", Tone.DIM))
        yield from _rows(check, kept.table, width)


def cell_text(value: object) -> str:
    """One cell of a table, inert, on one line."""
    text = written(value)
    return foreign(text, limit=200) if text is not None else show(value)


def shown_row(check: Question, row: Sequence[object]) -> tuple[str, ...]:
    """A row's cells; among variables, values that look secret are hidden."""
    texts = tuple(cell_text(value) for value in row)
    if isinstance(check, RailwayCheck) and "variables" in check.ask and texts:
        return (texts[0], *(shown_value(texts[0], text) for text in texts[1:]))
    return texts


def cell_names(cells: Sequence[Cell]) -> tuple[str, tuple[str, ...]]:
    """What heads the column of names, and the name of each cell: keys alone where there is one column to name.

    A row that is on one side only says so: `queued (new)`, `failed (lost)`.
    """
    columns = {cell.column for cell in cells}
    sides = [f" ({cell.side})" if cell.side else "" for cell in cells]
    if len(columns) == 1 and all(cell.key for cell in cells):
        names = tuple(foreign(cell.key, limit=80) + side for cell, side in zip(cells, sides, strict=True))
        return foreign(cells[0].column, limit=80), names
    return "", tuple(foreign(cell.name or "value", limit=80) + side for cell, side in zip(cells, sides, strict=True))


def shown_cell(check: Question, cell: Cell) -> tuple[str, str, str, str]:
    """Before, now, change and reason of a compared cell; what looks secret among variables is hidden."""
    before, now = ("none" if value is None else cell_text(value) for value in (cell.before, cell.now))
    change = "" if cell.change is None else f"{cell.change:+}"
    because = reason(cell.because)
    if isinstance(check, RailwayCheck) and "variables" in check.ask:
        name = cell.key or cell.column
        hidden = HIDDEN in (shown_value(name, before), shown_value(name, now))
        before, now = shown_value(name, before), shown_value(name, now)
        because = "it is another one" if hidden and not cell.ok else because
    return (before, now, change, because)


def _verdict(scene: Scene, item: Item, reading: Reading | None, width: int) -> Iterator[Line]:
    state, root = scene.state, scene.state.plan.root(item)
    known = state.item(item.id)
    if known.verdict and root.verb is not Verb.RECORD:
        standing = of_verdict(known.verdict)
        yield from wrapped(
            f"{standing.word}: {reason(known.because)}" if known.because else standing.word,
            width,
            standing.tone,
            indent=f"{standing.glyph} ",
        )
        yield line(
            Span(f"judged at {utc(known.at)} UTC for this item by {foreign(known.by)}" if known.at else "", Tone.DIM)
        )
    for warning in known.warnings:
        yield from wrapped(reason(warning), width, Tone.WARN, indent="! ")
    for words in recorded(state, root.target):
        yield from wrapped(words, width, Tone.DIM)
    if root.target not in state.baselines and root.verb in (Verb.RECORD, Verb.COMPARE):
        yield line(Span("no baseline recorded yet", Tone.DIM if root.verb is Verb.RECORD else Tone.WARN))
    if reading is None:
        yield line(age(scene, root.target))
        return
    newest, is_judged = _newest(scene, root.target, reading), not _only_compared(scene, root, reading)
    value = f"newest reading: {foreign(reading.scalar or '-', limit=200)}"
    words = f"{newest.glyph} {value}, {newest.word}" if is_judged else value
    yield from wrapped(words, width, newest.tone)
    if is_judged and reading.because and reason(reading.because) != reason(known.because):
        yield from wrapped(reason(reading.because), width, Tone.DIM, indent="    ")
    yield line(
        age(scene, root.target),
        Span(f", asked {utc(reading.asked)} UTC by {foreign(reading.by)}, took {reading.milliseconds} ms", Tone.DIM),
    )


def _only_compared(scene: Scene, root: Item, reading: Reading) -> bool:
    """Whether only the comparison expects something of it: `observed` beside a failed one would read as well done."""
    is_fresh = scene.now - reading.answered <= scene.state.plan.checks[root.target].fresh
    return root.verb is Verb.COMPARE and reading.verdict.value == "observed" and is_fresh


def _newest(scene: Scene, name: str, reading: Reading) -> Standing:
    """The verdict of a reading as long as it is fresh; one too old is stale, whatever it said."""
    standing = of_verdict(reading.verdict.value)
    if scene.now - reading.answered <= scene.state.plan.checks[name].fresh:
        return standing
    return Standing(UNSURE, f"stale (it was {standing.word})", Tone.WARN)


def _question(scene: Scene, name: str, check: Question, width: int) -> Iterator[Line]:
    for label, text in _facts(scene, name, check):
        first, *rest = wrap(foreign(text), max(8, width - 10))
        yield line(Span(pad(label, 10), Tone.DIM), first)
        for more in rest:
            yield line(" " * 10, more)


def _facts(scene: Scene, name: str, check: Question) -> Iterator[tuple[str, str]]:
    if check.compare is not None:
        yield "compares", relations(check)
    if check.pass_ or check.compare is None:
        yield "expects", check.pass_ or "nothing: what it shows is only observed"
    yield "control", check.seen or own_control(check) or "none: it could be blind and not know it"
    yield from _questions(check)
    if check.is_trial:
        yield "writes", "and is always rolled back; a key begins it, and it is confirmed"
    if check.with_:
        yield "with", ", ".join(check.with_)
    missing = unbound(scene.state, name)
    if missing:
        yield "waits for", ", ".join(missing)
    yield "fresh", f"counts for {show_span(check.fresh)}, answers within {show_span(check.deadline)}"
    yield "on", f"{check.on}{_in_trouble(scene, check.on)}"
    for key, monitor in monitors_of(scene, name).items():
        standing = of_monitor(scene.state, key)
        rule = f"{thrift.of_monitor(scene, check, monitor)}, {alarm(monitor)}"
        yield "monitor", f"{standing.glyph} {key}: {standing.word}, {rule}"
        told = scene.state.monitors.get(key)
        if told is not None:
            yield "", f"since {ago(told.since, scene.now)}: {told.because}"


def _in_trouble(scene: Scene, link: str) -> str:
    trouble = scene.live.links.get(link)
    if trouble is None:
        return ""
    since = f" since {moment(trouble.since, scene.now)} UTC" if trouble.since is not None else ""
    return f", in trouble{since}: {trouble}"


def relations(check: Question) -> str:
    """How the cells of a check may move: one relation, or one by row or column."""
    if isinstance(check.compare, dict):
        return ", ".join(f"{name}: {relation}" for name, relation in check.compare.items())
    return check.compare or "equal"


def alarm(monitor: Monitor) -> str:
    """When a monitor fires, in words."""
    what = monitor.alert or "the check does not pass"
    if monitor.for_ is not None:
        return f"fires when {what} for {show_span(monitor.for_)} without a break"
    if monitor.consecutive is not None:
        return f"fires when {what}, on the {_ordinal(monitor.consecutive)} such answer in a row"
    times = monitor.times or 1
    within = f" within {show_span(monitor.within)}" if monitor.within is not None else ""
    return f"fires when {what}, on the {_ordinal(times)} such answer{within}"


def _ordinal(number: int) -> str:
    suffix = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def _questions(check: Question) -> Iterator[tuple[str, str]]:
    """What is asked or tried; statements that belong together one below the other."""
    word = "tries" if check.is_trial else "asks"
    statements = check.statements if isinstance(check, PostgresCheck) else ()
    if len(statements) < 2:
        yield word, _asks(check)
    for place, sql in enumerate(statements if len(statements) > 1 else (), start=1):
        yield word if place == 1 else "", f"{place}. {' '.join(sql.split())}"


def _asks(check: Question) -> str:
    match check:
        case PostgresCheck():
            return " ".join(check.statements[-1].split())
        case HttpCheck():
            return f"GET {check.get}"
        case LogCheck():
            what = f"in order {', '.join(check.ordered)}" if check.ordered else f"lines that match {check.match}"
            return f"log of {check.logs} ({check.from_}) since {check.since}: {what}"
        case RailwayCheck():
            return f"{check.ask} of {check.service}" if check.service else check.ask
    return asks_in_words(check)


def _comparison(check: Question, comparison: Comparison, width: int) -> Iterator[Line]:
    compared_cells = comparison.cells
    if len(compared_cells) > ROWS:  # none that broke its relation is left out for one that kept it
        compared_cells = tuple(sorted(compared_cells, key=lambda cell: cell.ok))
    shown = compared_cells[:ROWS]
    column, names = cell_names(shown)
    rows = [(name, *shown_cell(check, cell)) for name, cell in zip(names, shown, strict=True)]
    heads = (column, "before", "now", "change")
    widths = _widths([heads, *(row[:4] for row in rows)], width - _MARK)
    yield line(Span(_joined(heads, widths), Tone.DIM))
    for (*row, because), cell in zip(rows, shown, strict=True):
        mark = Span(f" {DONE} " if cell.ok else f" {FAILED} ", Tone.OK if cell.ok else Tone.BAD)
        yield line(_joined(row, widths), mark, Span(foreign(cell.relation, limit=60), Tone.DIM))
        if not cell.ok:
            yield from wrapped(because, width, Tone.BAD, indent="    ")
    if len(comparison.cells) > ROWS:
        left = sum(not cell.ok for cell in compared_cells[ROWS:])
        words = f"and {len(compared_cells) - ROWS} cells more, {left} of them failed"
        yield line(Span(words, Tone.BAD if left else Tone.DIM))


def _rows(check: Question, table: Table, width: int) -> Iterator[Line]:
    rows = [shown_row(check, row) for row in table.rows[:ROWS]]
    heads = tuple(foreign(column, limit=60) for column in table.columns)
    widths = _widths([heads, *rows], width)
    yield line(Span(_joined(heads, widths), Tone.DIM))
    for row in rows:
        yield line(_joined(row, widths))
    if not rows:
        yield line(Span("no rows", Tone.DIM))
    if len(table.rows) > ROWS or table.capped:
        kept = f"{len(table.rows)} rows kept" + (", there were more" if table.capped else "")
        yield line(Span(f"{min(len(table.rows), ROWS)} shown, {kept}", Tone.WARN if table.capped else Tone.DIM))


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Columns as wide as their widest cell; together no wider than the pane, the widest give way first."""
    columns = max((len(row) for row in rows), default=0)
    widths = [
        min(_CELL, max((cells(row[place]) for row in rows if place < len(row)), default=0)) for place in range(columns)
    ]
    while sum(widths) + 2 * max(0, columns - 1) > width and max(widths, default=0) > 3:
        widths[widths.index(max(widths))] -= 1
    return widths


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    """The first column to the left, numbers to the right."""
    parts = [
        pad(text, size) if place == 0 else pad_left(text, size)
        for place, (text, size) in enumerate(zip(row, widths, strict=False))
    ]
    return "  ".join(parts)
