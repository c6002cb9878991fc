"""Outcomes of tests as JUnit XML, the form that build servers read: a suite for each model, a case for each test.

There is no one definition of this form; what is written here holds to the strictest in use, that of Jenkins.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, field

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold, not even escaped."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test: `result` is "passed", "failed" or "error"; `message` is one line, `detail` all that is to be said."""

    name: str
    seconds: float
    result: str = "passed"
    message: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Suite:
    """The cases of one model, by the path of its file."""

    file: str
    cases: list[Case] = field(default_factory=list)


def write_junit(suites: Iterable[Suite]) -> str:
    """The document as text, to be written in UTF-8."""
    suites = list(suites)
    root = ET.Element("testsuites", {"name": "leadscore"} | _counts([case for suite in suites for case in suite.cases]))
    for suite in suites:
        name = _text(suite.file)
        element = ET.SubElement(root, "testsuite", {"name": name, "file": name} | _counts(suite.cases))
        for case in suite.cases:
            _write(element, name, case)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _counts(cases: list[Case]) -> dict[str, str]:
    results = [case.result for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(results.count("failed")),
        "errors": str(results.count("error")),
        "time": _seconds(sum(case.seconds for case in cases)),
    }


def _write(element: ET.Element, suite: str, case: Case) -> None:
    given = {"classname": suite, "name": _text(case.name), "time": _seconds(case.seconds)}
    child = ET.SubElement(element, "testcase", given)
    if case.result != "passed":
        kind = "failure" if case.result == "failed" else "error"
        ET.SubElement(child, kind, {"message": _text(case.message), "type": kind}).text = _text(case.detail)


def _seconds(given: float) -> str:
    return f"{given:.3f}"


def _text(given: str) -> str:
    return _FORBIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", given)
