"""The rules of the house that no linter knows."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "cockpit"
MODULES = sorted(HOUSE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

HEAVY = {"textual", "httpx", "psycopg", "websockets", "sqlite3"}
"""What the middle does without."""
MIDDLE = ("core", "view", "session", "runner")
LONGEST, LONGEST_TEST = 350, 500
"""Lines; tests are lists of cases, and are searched rather than read."""


def name_of(path: Path) -> str:
    """The dotted name of a module of Cockpit."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def place(path: Path) -> str:
    return str(path.relative_to(ROOT))


def loaded_by(code: str) -> set[str]:
    """The top-level packages in memory after a fresh interpreter has run `code`."""
    report = "import json, sys; sys.stderr.write(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stderr.splitlines()[-1]))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def imports(path: Path) -> Iterator[str]:
    """The top-level packages a file imports, wherever in it."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def mapped() -> set[str]:
    """The files and folders of the house that the map in CONTRIBUTING names."""
    map_ = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("\ncockpit/\n")[2].partition("\nthemes/")[0]
    return set(re.findall(r"(?:^  |   )([a-z_]+(?:/|\.py))  ", map_, re.MULTILINE))


def speaks_markup(call: ast.Call) -> bool:
    """A toast whose words are not written out in the source, and which Textual would read as markup."""
    named = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    words = [*call.args[:1], *(keyword.value for keyword in call.keywords if keyword.arg in {"message", "title"})]
    literal = all(isinstance(word, ast.Constant) for word in words)
    plain = any(
        keyword.arg == "markup" and isinstance(keyword.value, ast.Constant) and keyword.value.value is False
        for keyword in call.keywords
    )
    return named == "notify" and not literal and not plain


def test_the_middle_is_light() -> None:
    middle = [path for path in MODULES if path.relative_to(HOUSE).parts[0].removesuffix(".py") in MIDDLE]
    assert {path.relative_to(HOUSE).parts[0].removesuffix(".py") for path in middle} == set(MIDDLE)
    loaded = loaded_by(f"import {', '.join(map(name_of, middle))}")
    assert "pydantic" in loaded, "what was loaded is seen at all"
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"]], ids=" ".join)
def test_help_comes_without_loading_anything_heavy(arguments: list[str]) -> None:
    loaded = loaded_by(f"""
from cockpit.cli import main
try:
    main({arguments})
except SystemExit as end:
    assert not end.code, end.code
""")
    assert "argparse" in loaded
    assert loaded & (HEAVY | {"pydantic", "tomli_w", "asyncio"}) == set()


def test_every_module_says_what_it_is() -> None:
    assert [place(path) for path in MODULES if not ast.get_docstring(parsed(path))] == []


def test_the_map_shows_the_house_as_it_stands() -> None:
    rooms = {path.relative_to(HOUSE).parts[0] + "/" for path in MODULES if path.parent != HOUSE}
    files = {path.name for path in HOUSE.glob("*.py") if not path.name.startswith("__")}
    assert mapped() == rooms | files


def test_every_file_can_be_read_in_one_sitting() -> None:
    long = [(path, LONGEST) for path in MODULES] + [(path, LONGEST_TEST) for path in TESTS]
    assert {place(path): length(path) for path, longest in long if length(path) > longest} == {}


def test_only_one_file_speaks_http() -> None:
    assert [place(path) for path in MODULES if "httpx" in imports(path)] == ["cockpit/adapters/web.py"]


def test_nothing_from_outside_is_read_as_markup_by_a_toast() -> None:
    toasts = [
        f"{place(path)}:{node.lineno}"
        for path in MODULES
        if HOUSE / "ui" in path.parents
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and speaks_markup(node)
    ]
    assert toasts == []


@pytest.mark.parametrize(
    ("call", "offends"),
    [
        ("self.notify(f'{reason}')", True),
        ("self.app.notify(reason, markup=True)", True),
        ("notify(message=reason)", True),
        ("self.notify('Saved.', title=name)", True),
        ("self.notify(f'{reason}', markup=False)", False),
        ("self.notify('Saved.')", False),
        ("self.tell(reason)", False),
    ],
)
def test_a_toast_is_judged_rightly(call: str, *, offends: bool) -> None:
    (node,) = (node for node in ast.walk(ast.parse(call)) if isinstance(node, ast.Call))
    assert speaks_markup(node) is offends
