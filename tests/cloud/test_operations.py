"""docs/operations.md says what the template has and what the numbers come to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from infra import cost
from tests.cloud.test_template import Reader, of_type, yaml


@pytest.fixture(scope="module")
def page(root: Path) -> str:
    return (root / "docs" / "operations.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def template(root: Path) -> dict:
    return yaml.load((root / "infra" / "template.yaml").read_text(encoding="utf-8"), Reader)


def section(page: str, title: str) -> str:
    return page.split(f"\n## {title}\n")[1].split("\n## ")[0]


def named(text: str) -> set[str]:
    """The names in the first columns of a section's tables."""
    columns = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return {name for column in columns for name in re.findall(r"\b[A-Z][A-Za-z]+[a-z][A-Za-z]*\b", column)}


def test_the_cost_table_is_what_the_command_prints(page, capsys):
    assert cost.main([]) == 0
    assert capsys.readouterr().out in page


def test_every_alarm_has_its_row(page, template):
    assert named(section(page, "Watch")) == set(of_type(template, "AWS::CloudWatch::Alarm"))


def test_parameters_of_the_page_are_parameters_of_the_template(page, template):
    shown = named(section(page, "Install"))
    assert len(shown) > 5
    assert shown <= set(template["Parameters"])


def test_outputs_of_the_page_are_outputs_of_the_template(page, template):
    shown = named(section(page, "Send events"))
    assert len(shown) > 3
    assert shown <= set(template["Outputs"])


def test_the_cost_counts_the_metrics_that_the_alarms_watch(template):
    watched = [
        max(sum("MetricStat" in metric for metric in alarm.get("Metrics", ())), 1)
        for alarm in of_type(template, "AWS::CloudWatch::Alarm").values()
    ]
    assert sum(watched) == cost.WATCHED


def test_a_sweep_that_finds_nothing_costs_its_queries_alone():
    idle = cost.cost(cost.Volume(events=0, leads=1_000_000, lead_kb=0))
    quiet = cost.cost(cost.Volume(events=0, leads=1_000_000, lead_kb=0, looks=0))
    assert round(quiet.sweeps, 2) == 0.04
    assert idle.sweeps > 100 * quiet.sweeps


def test_twice_the_volume_costs_less_than_twice(capsys):
    one, two = (cost.cost(cost.Volume(events, events // 20)) for events in (10**6, 2 * 10**6))
    assert two.events == pytest.approx(2 * one.events)
    assert one.total < two.total < 2 * one.total


def test_a_volume_of_ones_own_is_one_line(capsys):
    assert cost.main(["--events", "5000", "--leads", "10", "--looks", "0"]) == 0
    assert capsys.readouterr().out.splitlines()[2].startswith("| 5,000 | 10 | 0.01 | 0.04 |")
