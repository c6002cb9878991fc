"""What a Python user would take instead, each in the shape that was its fastest in trials.

Every candidate is built from the rules of one type of event and gives, for the properties of an event, the sum of the
points of the rules that match; a dictionary on the type of event stands before all of them. One expression that sums
everything beat a call for each rule with every engine here. Sums are written as balanced trees, as parsers limit depth.
docs/benchmarks.md tells what was tried.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from benchmarks.workload import FLAG, NUMBERS, PROPERTIES, TEXTS, Ask, Rule

Sum = Callable[[dict[str, Any]], Any]
"""The properties of an event -> the sum of the points of the rules that match."""
_CEL_RULES = 1_000
"""An expression of cel-expr-python may have 100,000 characters: more rules than this take several."""


def chains(rules: Sequence[Rule]) -> Sum:
    """What one would write by hand: properties into local variables, then an `if` for each rule."""
    used = [name for name in PROPERTIES if any(ask.field == name for rule in rules for ask in rule.asks)]
    lines = ["def chain(data):", *[f"    {name} = data[{name!r}]" for name in used], "    total = 0"]
    for rule in rules:
        lines += [f"    if {_python(rule.asks)}:", f"        total += {rule.points}"]
    names: dict[str, Any] = {}
    exec("\n".join([*lines, "    return total"]), names)
    chain: Sum = names["chain"]
    return chain


def evalidate(rules: Sequence[Rule]) -> Sum:
    """evalidate: Python expressions, checked for safety, run as code."""
    from evalidate import Expr, base_eval_model

    model = base_eval_model.clone()
    model.nodes += ["Call", "Attribute", "Tuple"]
    model.attributes += ["startswith"]
    code = Expr(_tree([f"({rule.points} if {_python(rule.asks)} else 0)" for rule in rules]), model).code
    without: dict[str, Any] = {"__builtins__": {}}
    return lambda data: eval(code, without, data)


def datalogic(rules: Sequence[Rule]) -> Sum:
    """datalogic-py: JSONLogic in Rust, a compiled rule in a session."""
    from datalogic_py import Engine

    engine = Engine()
    rule = engine.compile({"+": [{"if": [_json_logic(rule.asks), rule.points, 0]} for rule in rules] + [0]})
    evaluate = engine.session().evaluate
    return lambda data: evaluate(rule, data)


def zen_expression(rules: Sequence[Rule]) -> Sum:
    """zen-engine, a compiled expression."""
    import zen

    parts = [f"({_infix(rule.asks, 'and', 'startsWith({0}, {1})')} ? {rule.points} : 0)" for rule in rules]
    evaluate: Sum = zen.compile_expression(_tree(parts)).evaluate
    return evaluate


def zen_table(rules: Sequence[Rule]) -> Sum:
    """zen-engine, a decision table that collects; the static loader compiles and indexes it once."""
    import zen

    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"rules": _decision(rules)}}})
    return lambda data: sum([hit["points"] for hit in engine.evaluate("rules", data)["result"]])


def cel_cpp(rules: Sequence[Rule]) -> Sum:
    """cel-expr-python: CEL in C++, with declared types."""
    from cel_expr_python import cel

    kinds = dict.fromkeys(TEXTS, cel.Type.STRING) | dict.fromkeys(NUMBERS, cel.Type.INT)
    environment = cel.NewEnv(variables=kinds | {FLAG: cel.Type.BOOL})
    arena = cel.Arena()
    parts = [
        environment.compile(_tree(_cel(rules[at : at + _CEL_RULES]))).eval for at in range(0, len(rules), _CEL_RULES)
    ]
    if len(parts) == 1:
        return lambda data: parts[0](data=data, arena=arena).value()
    return lambda data: sum([part(data=data, arena=arena).value() for part in parts])


def cel_rust(rules: Sequence[Rule]) -> Sum:
    """common-expression-language: CEL in Rust."""
    import cel

    execute: Sum = cel.compile(_tree(_cel(rules))).execute
    return execute


def rule_engine(rules: Sequence[Rule]) -> Sum:
    """rule-engine: a language of its own in Python."""
    from rule_engine import Rule as Expression

    parts = [f"({_infix(rule.asks, 'and', '{0}.starts_with({1})')} ? {rule.points} : 0)" for rule in rules]
    evaluate: Sum = Expression(_tree(parts)).evaluate
    return evaluate


PEERS: dict[str, tuple[str, Callable[[Sequence[Rule]], Sum]]] = {
    "datalogic-py": ("datalogic_py", datalogic),
    "zen-engine, expression": ("zen", zen_expression),
    "zen-engine, decision table": ("zen", zen_table),
    "cel-expr-python": ("cel_expr_python", cel_cpp),
    "common-expression-language": ("cel", cel_rust),
    "evalidate": ("evalidate", evalidate),
    "rule-engine": ("rule_engine", rule_engine),
}
"""By name: the module that it needs, and what builds it."""


def installed() -> dict[str, Callable[[Sequence[Rule]], Sum]]:
    """The peers whose modules are there."""
    return {name: build for name, (module, build) in PEERS.items() if find_spec(module) is not None}


# --- the tests in each notation ---------------------------------------------------------------------------------------


def _tree(parts: Sequence[str]) -> str:
    """The sum of the parts, as a balanced tree of parentheses."""
    if len(parts) <= 1:
        return parts[0] if parts else "0"
    half = len(parts) // 2
    return f"({_tree(parts[:half])} + {_tree(parts[half:])})"


def _python(asks: Sequence[Ask]) -> str:
    return " and ".join(
        f"{ask.field}.startswith({ask.value!r})"
        if ask.how == "starts"
        else ask.field
        if ask.how == "is"
        else f"{ask.field} {'==' if ask.how == '=' else ask.how} {ask.value!r}"
        for ask in asks
    )


def _infix(asks: Sequence[Ask], both: str, starts: str) -> str:
    """The notation that CEL, zen and rule-engine share but for `and` and prefixes."""
    return f" {both} ".join(
        starts.format(ask.field, json.dumps(ask.value))
        if ask.how == "starts"
        else ask.field
        if ask.how == "is"
        else f"{ask.field} {'==' if ask.how == '=' else ask.how} {json.dumps(ask.value)}"
        for ask in asks
    )


def _cel(rules: Sequence[Rule]) -> list[str]:
    return [f"({_infix(rule.asks, '&&', '{0}.startsWith({1})')} ? {rule.points} : 0)" for rule in rules]


def _json_logic(asks: Sequence[Ask]) -> Any:
    parts = [_json_test(ask) for ask in asks]
    return {"and": parts} if len(parts) > 1 else parts[0]


def _json_test(ask: Ask) -> Any:
    field = {"var": ask.field}
    match ask.how:
        case "is":
            return field
        case "in":
            return {"in": [field, list(ask.value)]}
        case "starts":
            return {"starts_with": [field, ask.value]}
    return {{"=": "==="}.get(ask.how, ask.how): [field, ask.value]}


def _decision(rules: Sequence[Rule]) -> dict[str, Any]:
    """A decision of one table: a column for each property, a row for each rule."""
    columns = [name for name in PROPERTIES if any(ask.field == name for rule in rules for ask in rule.asks)]
    content = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "type": "expression", "field": name} for name in columns],
        "outputs": [{"id": "points", "name": "points", "type": "expression", "field": "points"}],
        "rules": [
            {"_id": rule.name, "points": str(rule.points)}
            | dict.fromkeys(columns, "")
            | {ask.field: _cell(ask) for ask in rule.asks}
            for rule in rules
        ],
    }
    parts = [("in", "inputNode", None), ("table", "decisionTableNode", content), ("out", "outputNode", None)]
    nodes = [
        {"id": id, "name": id, "type": type, "position": {"x": 0, "y": 0}} | ({} if held is None else {"content": held})
        for id, type, held in parts
    ]
    edges = [
        {"id": f"{source}-{target}", "sourceId": source, "targetId": target, "type": "edge"}
        for source, target in (("in", "table"), ("table", "out"))
    ]
    return {"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges}


def _cell(ask: Ask) -> str:
    match ask.how:
        case "is":
            return "true"
        case "in":
            return ", ".join(json.dumps(value) for value in ask.value)
        case "starts":
            return f"startsWith($, {json.dumps(ask.value)})"
        case "=":
            return json.dumps(ask.value)
    return f"{ask.how} {ask.value}"
