"""JUnit XML of `check`: its structure, its counts, and text from outside that would break it."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cockpit.cli import junit
from tests.cli.conftest import Cockpit, Write, check, db, phase
from tests.conftest import Database

VERDICTS = {"pass": None, "fail": "failure", "error": "error", "blind": "error", "observed": "skipped"}


def told(verdict: str, **more: object) -> dict[str, object]:
    usual = {"check": "one", "verb": "check", "verdict": verdict, "value": "1", "because": "so", "milliseconds": 250}
    return {**usual, **more}


def read(*checks: dict[str, object], plan: str = "Reports", phase: str | None = None) -> ET.Element:
    return ET.fromstring(junit.text(plan, phase, checks))


@pytest.mark.parametrize(("verdict", "kind"), VERDICTS.items())
def test_a_verdict_has_one_place_in_junit(verdict: str, kind: str | None) -> None:
    (case,) = read(told(verdict)).iter("testcase")
    kinds = [one for one in case if one.tag != "system-out"]
    assert [one.tag for one in kinds] == ([kind] if kind else [])
    assert all((one.get("type"), one.get("message")) == (verdict, "so") for one in kinds)


def test_the_counts_are_those_of_the_cases() -> None:
    suites = read(*map(told, VERDICTS), phase="Before")
    (suite,) = suites
    for head, name in ((suites, "Reports"), (suite, "Before")):
        assert head.attrib == {
            "name": name, "tests": "5", "failures": "1", "errors": "2", "skipped": "1", "time": "1.250"
        }  # fmt: skip
    assert {case.get("name") for case in suite} == {"check one"}


def test_no_check_is_an_empty_suite() -> None:
    (suite,) = read()
    assert (suite.get("name"), suite.get("tests"), len(suite)) == ("Reports", "0", 0)


def test_a_check_without_a_value_has_no_output() -> None:
    assert read(told("error", value=None)).find(".//system-out") is None


@given(st.text(st.characters(), max_size=60))
@example("]]></testcase><!DOCTYPE x>&amp;\"'")
@example("\x00\x08\x1b[31m\ud800\ufffe\uffff\u202e\N{PILE OF POO}")
def test_whatever_text_comes_the_document_is_ascii_well_formed_and_of_one_case(hostile: str) -> None:
    fields = {"check": hostile, "value": hostile, "because": hostile}
    document = junit.text(hostile, hostile, [told("fail", **fields)])
    assert document.isascii()
    assert not set(document) & set(map(chr, [*range(9), *range(11, 32), 127]))
    (suite,) = ET.fromstring(document)
    assert [[one.tag for one in case] for case in suite] == [["failure", "system-out"]]


@pytest.mark.usefixtures("home")
def test_check_prints_junit_and_nothing_else(
    cockpit: Cockpit, write: Write, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url)
    wrong = check("wrong", on="db", sql="select '<&' || chr(7)", pass_="value == 'x'")
    right = check("right", on="db", sql="select 1", pass_="value == 1")
    ran = cockpit("check", write(db(), right, wrong, phase("tick Coffee")), "--format", "junit")
    assert (ran.code, ran.err) == (1, "")
    (suite,) = ET.fromstring(ran.out)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("2", "1", "0")
    assert [case.findtext("system-out") for case in suite] == ["1", "<&·"]
