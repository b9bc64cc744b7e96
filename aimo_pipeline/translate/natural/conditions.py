"""Conditions: text that goes on in one of two ways."""

from __future__ import annotations

import ast

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.natural import rows
from aimo_pipeline.translate.natural.arithmetic import compared, pair, same
from aimo_pipeline.translate.natural.generators import Onward, each, loop
from aimo_pipeline.translate.natural.scope import After, Env, Scope, builtin, memos_in
from aimo_pipeline.translate.natural.shapes import Number, Row, Value
from aimo_pipeline.translate.natural.text import number, one, several, shared
from aimo_pipeline.translate.natural.walks import Walk, walk

_OPERATIONS: dict[type[ast.cmpop], tuple[str, bool, bool]] = {
    # The relation, whether its sides change places, whether its answer is turned round.
    ast.Lt: ("<", False, False),
    ast.Gt: ("<", True, False),
    ast.LtE: ("<=", False, False),
    ast.GtE: ("<=", True, False),
    ast.Eq: ("==", False, False),
    ast.NotEq: ("==", False, True),
}


def is_condition(scope: Scope, node: ast.expr) -> bool:
    """True for expressions whose value is a bool."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in ("any", "all", "bool") and builtin(scope, node) is not None
    return isinstance(node, ast.Compare) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not))


def test(scope: Scope, env: Env, node: ast.expr, yes: After, no: After) -> str:
    """Write a condition and what comes after it."""
    match node:
        case ast.Constant(value=bool() | int() as constant):
            return yes(env) if constant else no(env)
        case ast.UnaryOp(op=ast.Not()):
            return test(scope, env, node.operand, no, yes)
        case ast.BoolOp():
            return _all_or_any(scope, env, node, yes, no)
        case ast.Compare():
            return _comparison(scope, env, node, yes, no)
        case ast.Call(func=ast.Name(id="bool"), args=[inner], keywords=[]) if is_condition(scope, node):
            return test(scope, env, inner, yes, no)
        case ast.Call(func=ast.Name(id="any" | "all" as name), args=[inner], keywords=[]) if is_condition(
            scope, node
        ):
            return _quantified(scope, env, inner, name == "any", yes, no)
    return one(scope, env, node, lambda e, v: _truthy(v, node, yes(e), no(e)))


def _truthy(value: Value, node: ast.AST, yes: str, no: str) -> str:
    match value.shape:
        case Number():
            return _pick(same(*pair(value)), no, yes)
        case Row():
            return _pick(same(value.atoms[0], "0"), no, yes)
    raise NotCompilable("a tuple is no condition here", node)


def _pick(condition: str, yes: str, no: str) -> str:
    return f"(pick {condition} (\n{yes}) (\n{no}))"


def _all_or_any(scope: Scope, env: Env, node: ast.BoolOp, yes: After, no: After) -> str:
    every = isinstance(node.op, ast.And)
    head, often = shared(scope, env, memos_in(scope, [node]), no if every else yes)

    def go(index: int, e: Env) -> str:
        part = node.values[index]
        more = (lambda e: go(index + 1, e)) if index + 1 < len(node.values) else (yes if every else no)
        return test(scope, e, part, more, often) if every else test(scope, e, part, often, more)

    return head + go(0, env)


def _comparison(scope: Scope, env: Env, node: ast.Compare, yes: After, no: After) -> str:
    head, refuse = "", no
    if len(node.ops) > 1:
        head, refuse = shared(scope, env, memos_in(scope, [node]), no)

    def go(index: int, e: Env, left: Value) -> str:
        last = index + 1 == len(node.ops)
        operation, other = node.ops[index], node.comparators[index]
        if isinstance(operation, ast.In | ast.NotIn):
            if index or not last:
                raise NotCompilable("'in' within a chain is outside the subset", node)
            ways = (yes, no) if isinstance(operation, ast.In) else (no, yes)
            return _member(scope, e, left, other, *ways)

        def decide(e: Env, right: Value) -> str:
            holds = yes(e) if last else go(index + 1, e, right)
            return _compare(node, operation, left, right, holds, refuse(e))

        return one(scope, e, other, decide)

    return head + one(scope, env, node.left, lambda e, v: go(0, e, v))


def _compare(node: ast.Compare, operation: ast.cmpop, left: Value, right: Value, yes: str, no: str) -> str:
    found = _OPERATIONS.get(type(operation))
    if found is None:
        raise NotCompilable("'is' is outside the subset", node)
    relation, swapped, negated = found
    if isinstance(left.shape, Row) and isinstance(right.shape, Row) and relation == "==":
        condition = rows.equal(left, right)
    else:
        first, second = (right, left) if swapped else (left, right)
        condition = compared(relation, number(first, node), number(second, node))
    return _pick(condition, no, yes) if negated else _pick(condition, yes, no)


def _member(scope: Scope, env: Env, left: Value, node: ast.expr, yes: After, no: After) -> str:
    """left in a list, a tuple or a range."""
    head, found = shared(scope, env, memos_in(scope, [node]), yes)

    def walked(e: Env, w: Walk) -> str:
        return _among(scope, e, number(left, node), w, found, no)

    def listed(e: Env, values: list[Value]) -> str:
        return _one_of(number(left, node), [number(value, node) for value in values], found(e), no(e))

    if isinstance(node, ast.Tuple | ast.List):
        return head + several(scope, env, node.elts, listed)
    return head + walk(scope, env, node, walked)


def _one_of(left: Value, others: list[Value], yes: str, no: str) -> str:
    text = no
    for other in reversed(others):
        text = _pick(compared("==", left, other), yes, text)
    return text


def _among(scope: Scope, env: Env, left: Value, w: Walk, yes: After, no: After) -> str:
    """Whether a number is among the items of a walk."""

    def turn(e: Env, item: Value, _: list[Value], again: Onward) -> str:
        return _pick(compared("==", left, number(item, ast.Constant(0))), yes(e), again(e, []))

    return loop(scope, env, w, [], [], turn, lambda e, _: no(e))


def _quantified(scope: Scope, env: Env, inner: ast.expr, exists: bool, yes: After, no: After) -> str:
    """any(...) and all(...): whether some item is as wanted, or some item is not."""
    decided, otherwise = (yes, no) if exists else (no, yes)
    head, stop = shared(scope, env, memos_in(scope, [inner]), decided)

    def turn(e: Env, item: Value, _: list[Value], again: Onward) -> str:
        on = again(e, [])
        return _truthy(item, inner, *((stop(e), on) if exists else (on, stop(e))))

    def found(e: Env, _item: Value, _state: list[Value], _again: Onward) -> str:
        return stop(e)

    if not isinstance(inner, ast.GeneratorExp):
        # A list is made first, with every error that this brings, and then looked through.
        over = lambda e, w: loop(scope, e, w, [], [], turn, lambda e, _: otherwise(e))  # noqa: E731
        return head + walk(scope, env, inner, over)
    # The condition becomes one more `if`, so that it is not made a number first.
    *outer, last = inner.generators
    wanted = inner.elt if exists else ast.UnaryOp(ast.Not(), inner.elt)
    last = ast.comprehension(last.target, last.iter, [*last.ifs, wanted], 0)
    filtered = ast.GeneratorExp(ast.Constant(1), [*outer, last])
    return head + each(scope, env, filtered, [], found, lambda e, _: otherwise(e))
