"""Expressions of sources: what jmespath itself gives, on exact numbers, and never a failure."""

from __future__ import annotations

import json
import string
import subprocess
import sys
from decimal import Decimal

import jmespath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compiler.expressions import arities
from runtime.expressions import ExpressionError, Expressions
from runtime.formulas import FORMULAS
from runtime.table import FUNCTIONS

NAMES = st.sampled_from(["a", "b", "c"])
PLAIN = st.none() | st.booleans() | st.integers(-9, 9) | st.sampled_from(["", "x", "y"])
VALUES = st.recursive(PLAIN, lambda v: st.lists(v, max_size=3) | st.dictionaries(NAMES, v, max_size=3), max_leaves=8)


def expressions() -> st.SearchStrategy[str]:
    """Expressions whose every part jmespath takes whatever the values are."""
    atoms = NAMES | st.sampled_from(
        ["@", "'x'", "`2`", "`null`", "`[1]`", "a[0]", "b[*].a", "c[]", "a[?b=='x']", "*.a"]
    )
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.builds("{}.{}".format, NAMES, NAMES),
            st.builds("({} || {})".format, inner, inner),
            st.builds("({} && {})".format, inner, inner),
            st.builds("({} == {})".format, inner, inner),
            st.builds("({} != {})".format, inner, inner),
            st.builds("!({})".format, inner),
            st.builds("[{}, {}]".format, inner, inner),
            st.builds("({} | {})".format, inner, inner),
            st.builds("not_null({}, {})".format, inner, inner),
            st.builds("to_array({})".format, inner),
            st.builds("type({})".format, inner),
        ),
        max_leaves=6,
    )


@settings(max_examples=400, deadline=None)
@given(expressions(), VALUES)
def test_an_expression_gives_what_jmespath_gives(text: str, value: object) -> None:
    assert Expressions().compile(text)(value) == jmespath.search(text, value)


@pytest.mark.parametrize(
    ("text", "value", "wanted"),
    [
        ("a", {"a": Decimal("0.1")}, Decimal("0.1")),
        ("sum(@)", [Decimal("0.1"), Decimal("0.2")], Decimal("0.3")),
        ("sum(@)", [], 0),
        ("avg(@)", [1, 2, 2], Decimal("1.666666666667")),
        ("avg(@)", [], None),
        ("max(@)", [1, Decimal("2.5")], Decimal("2.5")),
        ("sort(@)", [3, Decimal("2.5")], [Decimal("2.5"), 3]),
        ("abs(@)", Decimal("-1.5"), Decimal("1.5")),
        ("ceil(@)", Decimal("1.2"), 2),
        ("type(@)", Decimal("1.2"), "number"),
        ("to_string(@)", {"a": [Decimal("1.2"), None]}, '{"a":[1.2,null]}'),
        ("to_number(@)", "1.10", Decimal("1.1")),
        ("to_number(@)", " 42 ", 42),
        ("to_number(@)", "1e2", 100),
        ("to_number(@)", "a lot", None),
        ("a > `0.1`", {"a": Decimal("0.10001")}, True),
        ("a == `0.3`", {"a": Decimal("0.3")}, True),
        ("a < b", {"a": "x", "b": 1}, None),
    ],
)
def test_numbers_stay_exact(text: str, value: object, wanted: object) -> None:
    assert Expressions().compile(text)(value) == wanted


@pytest.mark.parametrize(
    ("text", "value", "wanted"),
    [
        ("entries(@)", {"a": [1, 2], "b": 3}, [{"key": k, "value": v} for k, v in (("a", 1), ("a", 2), ("b", 3))]),
        ("from_items(@)", [["a", 1], ["b", None], [None, 2], ["c"]], {"a": 1, "b": None}),
        ("lookup(a, {OPEN: 'opened'})", {"a": "OPEN"}, "opened"),
        ("lookup(a, {OPEN: 'opened'}, 'other')", {"a": "CLICK"}, "other"),
        ("lookup(a, {\"2\": 'two'})", {"a": 2}, "two"),
        ("lower(@)", "ÆBLE", "æble"),
        ("upper(@)", "æble", "ÆBLE"),
        ("trim(@)", "  a b ", "a b"),
        ("snake(@)", "Demo Requested!", "demo_requested"),
        ("snake(@)", "demoRequested", "demo_requested"),
        ("split(@, ',')", "a, b", ["a", "b"]),
        ("replace(@, '-', '_')", "a-b-c", "a_b_c"),
        ("from_json(@).a", '{"a":1.10}', Decimal("1.1")),
        ("from_base64(@)", "w6Z_", "æ\x7f"),
        ("from_base64(@)", "aGk", "hi"),
        ("url_host(@)", "https://www.example.com:8080/a", "www.example.com"),
        ("url_path(@)", "https://www.example.com/a/b?c#d", "/a/b"),
        ("url_path(@)", "https://www.example.com", "/"),
        ("url_path(@)", "/a?b=c", "/a"),
        ("url_param(@, 'utm_source')", "https://x.test/?utm_source=a%20b&utm_source=c", "a b"),
        ("url_param(@, 'utm_source')", "utm_source=mail", "mail"),
        ("url_param(@, 'gone')", "https://x.test/?a=b", None),
        ("date(@, 'epoch milliseconds')", 1772445600000, "2026-03-02"),
        ("instant(@, 'DD/MM/YYYY', 'UTC')", "02/03/2026", "2026-03-02T00:00:00Z"),
        ("date(@)", "2026-03-02T23:00:00-02:00", "2026-03-03"),
    ],
)
def test_the_functions_beside_those_of_jmespath(text: str, value: object, wanted: object) -> None:
    assert Expressions().compile(text)(value) == wanted


@pytest.mark.parametrize("name", sorted(arities()))
def test_a_function_that_is_given_what_it_can_not_use_gives_nothing_or_a_plain_value(name: str) -> None:
    least, _ = arities()[name]
    for value in (None, "", "x", 3, True, [], [None], {}, {"a": 1}, Decimal("1.5")):
        found = Expressions().compile(f"{name}({', '.join(['@'] * least)})")(value)
        assert found is None or isinstance(found, (str, int, bool, list, dict, Decimal))


def test_the_functions_are_those_that_the_table_tells() -> None:
    assert FORMULAS.keys() == FUNCTIONS.keys()


def test_the_frame_is_the_record_and_its_payload() -> None:
    made = Expressions()
    made.frame.record, made.frame.payload = {"Lead ID": "l1"}, {"sentAt": "now"}
    assert made.compile("field('Lead ID')")({}) == "l1"
    assert made.compile("whole().sentAt")({}) == "now"


@pytest.mark.parametrize("text", ["", "a ==", "a = b", "a..b", "'x", "nope("])
def test_what_is_no_expression_is_told(text: str) -> None:
    with pytest.raises(ExpressionError, match="no JMESPath expression"):
        Expressions().compile(text)


def test_deep_values_and_expressions_give_nothing_and_do_not_fail() -> None:
    deep: object = 1
    for _ in range(3000):
        deep = {"a": deep}
    assert Expressions().compile("a == @")(deep) in (None, False)
    assert Expressions().compile("length(to_string(@)) > `0`")(json.loads("[" * 300 + "]" * 300)) is True


def test_the_runtime_starts_without_jmespath() -> None:
    program = "import runtime, runtime.run, runtime.mapping, sys; sys.exit('jmespath' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_an_expression_has_no_way_out_of_its_value() -> None:
    for name in string.ascii_lowercase:
        assert Expressions().compile(f"{name}.__class__")({name: "x"}) is None
