"""What is played is known from somewhere: section and mark of the reference stand beside it, and are found there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit import simulator
from cockpit.simulator import resolvers

MARKS = ("S", "C", "D", "L", "X1", "X2", "T", "I")
_MARK = "|".join(MARKS)
CITED = re.compile(rf"\[(\d+) ((?:{_MARK})(?:, (?:{_MARK}))*)\]")
"""`[9 C]` or `[1 X1, X2]`: a section and its marks."""
UNPLACED = re.compile(rf"\[(?:{_MARK})(?:\]|, )")
FILES = sorted(Path(str(simulator.__file__)).parent.rglob("*.py"))
ANSWERS = {**resolvers.QUERIES, **resolvers.MUTATIONS} | {f"on {k}": v for k, v in resolvers.SUBSCRIPTIONS.items()}


def cited(text: str) -> Iterator[tuple[int, str]]:
    """Each section with each of its marks."""
    for section, marks in CITED.findall(text):
        for mark in marks.split(", "):
            yield int(section), mark


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_says_which_fact_it_plays(name: str):
    assert list(cited(ANSWERS[name].__doc__ or "")), f"{name} cites no section of the reference"


def test_no_mark_stands_without_its_section():
    bare = [
        f"{path.name}: {line.strip()}"
        for path in FILES if path.name != "__init__.py"  # where the marks are explained
        for line in path.read_text(encoding="utf-8").splitlines()
        if UNPLACED.search(line) and "def " not in line
    ]  # fmt: skip
    assert bare == []


def test_every_cited_section_carries_the_mark(reference: Path):
    """What is taken from the schema is compared with it elsewhere, and inferences are ours."""
    sections = dict(sectioned((reference / "api.md").read_text(encoding="utf-8")))
    text = "\n".join(path.read_text(encoding="utf-8") for path in FILES)
    claims = set(cited(text))
    assert len(claims) > 20
    assert {section for section, _ in claims} <= set(sections)
    unfounded = [
        claim for claim in claims if claim[1] not in ("S", "I") and claim[1] not in found_marks(sections[claim[0]])
    ]
    assert unfounded == []


def sectioned(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of each section."""
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        number, _, rest = part.partition(".")
        if number.isdigit():
            yield int(number), rest


def found_marks(section: str) -> set[str]:
    """The marks in a section: `[X1, X2]`, `[D docs/x.md; C src/y.rs]`, `Sources: D docs/...`; experiments by name."""
    brackets = re.findall(r"\[([^\]]*)\]", section) + re.findall(r"^Sources: (.*)$", section, flags=re.MULTILINE)
    named = re.findall(r"\bX[12]\b", section.replace("both probes", "X1, X2"))
    return {word for held in brackets for word in re.findall(rf"(?:^|[;,] ?)({_MARK})\b", held)} | set(named)
