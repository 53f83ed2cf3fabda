"""What `check` was told, as JUnit XML: the form in which CI systems show results.

A check that passed is a bare test case, one that failed a `failure`, one that could not tell (error, blind) an
`error`, one that was only observed `skipped`: nothing was expected of it, so it is no pass. The document is ASCII,
whatever the pipe's encoding; text from outside is inert, and characters XML 1.0 cannot hold are replaced.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from cockpit.core.text.inert import inert

_KINDS = {"fail": "failure", "error": "error", "blind": "error", "observed": "skipped"}
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything outside `Char`: https://www.w3.org/TR/xml/#charsets."""


def text(plan: str, phase: str | None, checks: Sequence[Mapping[str, object]]) -> str:
    """One test suite: the phase, or the plan; a test case a check, in the order they were told, times in seconds."""
    cases = [_case(plan, one) for one in checks]
    total = _seconds(sum(int(str(one["milliseconds"])) for one in checks))
    counts = {"tests": str(len(cases)), "time": total}
    for counted, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        counts[counted] = str(sum(case.find(kind) is not None for case in cases))
    suite = ET.Element("testsuite", {"name": _clean(phase or plan), **counts})
    suite.extend(cases)
    suites = ET.Element("testsuites", {"name": _clean(plan), **counts})
    suites.append(suite)
    ET.indent(suites)
    document: bytes = ET.tostring(suites, encoding="us-ascii", xml_declaration=True)
    return document.decode("ascii")


def _case(plan: str, told: Mapping[str, object]) -> ET.Element:
    verdict, because = str(told["verdict"]), _clean(str(told["because"]))
    name = f"{told['verb']} {told['check']}{' (trial)' if told.get('trial') else ''}"
    time = _seconds(int(str(told["milliseconds"])))
    case = ET.Element("testcase", {"classname": _clean(plan), "name": _clean(name), "time": time})
    if verdict in _KINDS:
        ET.SubElement(case, _KINDS[verdict], {"type": verdict, "message": because})
    if told["value"] is not None:
        ET.SubElement(case, "system-out").text = _clean(str(told["value"]))
    return case


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f}"


def _clean(said: str) -> str:
    return _FORBIDDEN.sub("\ufffd", inert(said))
