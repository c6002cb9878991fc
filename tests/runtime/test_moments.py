"""Times as other systems write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from runtime.moments import reader
from runtime.times import write_instant


@pytest.mark.parametrize(
    ("format", "zone", "given", "wanted"),
    [
        (None, None, "2026-03-02T10:00:00Z", "2026-03-02T10:00:00Z"),
        (None, None, "2026-03-02T10:00:00.1234567Z", "2026-03-02T10:00:00.123456Z"),
        (None, None, "2026-03-02T10:00:00.5+01:00", "2026-03-02T09:00:00.5Z"),
        (None, None, "2026-03-02 10:00:00 UTC", "2026-03-02T10:00:00Z"),
        (None, None, "2026-03-02T10:00-0330", "2026-03-02T13:30:00Z"),
        (None, None, " 2026-03-02t10:00z ", "2026-03-02T10:00:00Z"),
        (None, "UTC", "2026-03-02 10:00:00.25", "2026-03-02T10:00:00.25Z"),
        (None, "UTC", "2026-03-02", "2026-03-02T00:00:00Z"),
        (None, "UTC", "2026-03-02T10:00:00+02:00", "2026-03-02T08:00:00Z"),
        (None, "Europe/Copenhagen", "2026-07-02T10:00", "2026-07-02T08:00:00Z"),
        (None, "Europe/Copenhagen", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ("epoch seconds", None, 1772445600, "2026-03-02T10:00:00Z"),
        ("epoch seconds", None, Decimal("1772445600.1234567"), "2026-03-02T10:00:00.123456Z"),
        ("epoch milliseconds", None, "1772445600123", "2026-03-02T10:00:00.123Z"),
        ("epoch microseconds", None, "1772445600123456", "2026-03-02T10:00:00.123456Z"),
        ("DD.MM.YYYY hh:mm", "America/Sao_Paulo", "2.3.2026 10:00", "2026-03-02T13:00:00Z"),
        ("YYYYMMDD", "UTC", "20260302", "2026-03-02T00:00:00Z"),
        ("YYYY-MM-DD hh:mm:ss.SSS", "UTC", "2026-03-02 10:00:00.007", "2026-03-02T10:00:00.007Z"),
    ],
)
def test_a_time_is_read_as_its_source_writes_it(format, zone, given, wanted) -> None:
    assert write_instant(reader(format, zone)(given)) == wanted


@pytest.mark.parametrize(
    ("format", "zone", "given", "why"),
    [
        (None, None, "2026-03-02T10:00:00", "offset is missing"),
        (None, None, "2026-03-02", "offset is missing"),
        (None, None, "yesterday", "not a time like"),
        (None, None, 1772445600, "not a text"),
        (None, "UTC", "2026-02-30 10:00", "no such day"),
        (None, "UTC", "2026-03-02T25:00", "no such day"),
        (None, None, "2026-03-02T10:00+99:00", "no offset"),
        (None, None, "1969-12-31T23:59:59Z", "within 1970 to 2999"),
        ("epoch seconds", None, "soon", "not a number"),
        ("epoch seconds", None, True, "not a number"),
        ("epoch seconds", None, -1, "within 1970 to 2999"),
        ("epoch seconds", None, 1772445600123, "within 1970 to 2999"),
        ("DD.MM.YYYY", "UTC", "2026-03-02", "not written as DD.MM.YYYY"),
        ("DD.MM.YYYY", "UTC", None, "not a text"),
    ],
)
def test_what_is_no_time_is_told_why(format, zone, given, why) -> None:
    with pytest.raises(ValueError, match=why):
        reader(format, zone)(given)


def test_a_zone_that_there_is_not_is_told() -> None:
    with pytest.raises(ValueError, match="no time zone `Europe/Atlantis`"):
        reader(None, "Europe/Atlantis")
