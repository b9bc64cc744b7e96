"""Statements of trace programs on natural numbers."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.natural import rows
from aimo_pipeline.translate.natural.arithmetic import literal, same
from aimo_pipeline.translate.natural.loops import for_, if_, while_
from aimo_pipeline.translate.natural.ownership import check_moves
from aimo_pipeline.translate.natural.scope import Around, Env, Rest, Scope, memo_name
from aimo_pipeline.translate.natural.shapes import (
    NATURAL,
    Number,
    Record,
    Row,
    Shape,
    Value,
    has_row,
    joined,
    parts_of,
    record,
    widened,
)
from aimo_pipeline.translate.natural.text import apply, bound, check, fitted, forced, number, one, several


def block(scope: Scope, env: Env, stmts: Sequence[ast.stmt], around: Around | None, rest: Rest) -> str:
    """Write statements and what comes after them."""
    if not stmts:
        return rest.write(env)
    first, *more = stmts
    after = Rest(lambda e: block(scope, e, more, around, rest), False) if more else rest
    return _statement(scope, env, first, around, after)


def _statement(scope: Scope, env: Env, stmt: ast.stmt, around: Around | None, rest: Rest) -> str:
    match stmt:
        case ast.Return():
            return _return(scope, env, stmt)
        case ast.Break() if around is not None:
            return around.leave(env)
        case ast.Continue() if around is not None:
            return around.again(env)
        case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
            return rest.write(env)
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr="append", value=ast.Name(id=name))) as call):
            return _append(scope, env, call, name, rest)
        case ast.Assign(targets=[target]):
            check_moves(scope, stmt, stmt.value, target)
            return _assign(scope, env, target, stmt.value, rest)
        case ast.AugAssign():
            return _augment(scope, env, stmt, rest)
        case ast.If():
            return if_(scope, env, stmt, around, rest)
        case ast.For(orelse=[]):
            return for_(scope, env, stmt, rest)
        case ast.While(orelse=[]):
            return while_(scope, env, stmt, rest)
    raise NotCompilable(f"{type(stmt).__name__} is outside the subset", stmt)


def _return(scope: Scope, env: Env, stmt: ast.Return) -> str:
    if stmt.value is None:
        raise NotCompilable("a function must return a value", stmt)
    check_moves(scope, stmt, stmt.value, None)

    def write(e: Env, value: Value) -> str:
        result = fitted_all(value, scope.note_result(value.shape))
        return bound(scope, e, result, hand_over)

    def hand_over(e: Env, value: Value) -> str:
        tables = [e[memo_name(memo)].atoms[0] for memo in scope.signature.memos]
        if not scope.recursive:
            return apply("k", [*value.atoms, *tables])
        return forced(scope, value.atoms, [], lambda ready: apply("k", [*ready, *tables]))

    return one(scope, env, stmt.value, write)


def fitted_all(value: Value, shape: Shape) -> Value:
    """fitted() for the parts of a tuple, too."""
    if isinstance(shape, Record):
        return record([fitted_all(v, s) for v, s in zip(parts_of(value), shape.parts, strict=True)])
    return fitted(value, shape)


def _named(scope: Scope, env: Env, name: str, value: Value, rest: Rest) -> str:
    """name = value."""
    if isinstance(value.shape, Record) and has_row(value.shape):
        raise NotCompilable("a tuple with a list in it can only be unpacked here", None)
    shape = scope.note(name, value.shape)
    value = fitted_all(value, shape if isinstance(shape, Row) else value.shape)
    return bound(scope, env, value, lambda e, v: rest.write({**e, name: v}))


def _assign(scope: Scope, env: Env, target: ast.expr, node: ast.expr, rest: Rest) -> str:
    if isinstance(target, ast.Tuple) and isinstance(node, ast.Tuple) and len(target.elts) == len(node.elts):
        return several(scope, env, node.elts, lambda e, vs: _put_all(scope, e, target.elts, vs, rest))
    return one(scope, env, node, lambda e, v: _put(scope, e, target, v, rest))


def _put_all(scope: Scope, env: Env, targets: Sequence[ast.expr], values: Sequence[Value], rest: Rest) -> str:
    if not targets:
        return rest.write(env)
    more = Rest(lambda e: _put_all(scope, e, targets[1:], values[1:], rest), False)
    return _put(scope, env, targets[0], values[0], more)


def _put(scope: Scope, env: Env, target: ast.expr, value: Value, rest: Rest) -> str:
    match target:
        case ast.Name(id=name):
            return _named(scope, env, name, value, rest)
        case ast.Tuple(elts=targets) if isinstance(value.shape, Row):
            return _unpacked(scope, env, targets, value, rest)
        case ast.Tuple(elts=targets):
            values = parts_of(value)
            if len(values) != len(targets):
                raise NotCompilable("the two sides of the assignment differ in length", target)
            return _put_all(scope, env, targets, values, rest)
        case ast.Subscript(value=ast.Name(id=name), slice=index) if not isinstance(index, ast.Slice):
            row, item = _grown(scope, env, name, value, target)

            def write(e: Env, at: Value) -> str:
                changed = lambda e, v: _named(scope, e, name, v, rest)  # noqa: E731 - a continuation
                return rows.put(scope, e, row, number(at, target), item, changed)

            return bound(scope, env, row, lambda e, r: one(scope, {**e, name: r}, index, write))
    raise NotCompilable("cannot assign to this", target)


def _unpacked(scope: Scope, env: Env, targets: Sequence[ast.expr], row: Value, rest: Rest) -> str:
    """x, y = a list of as many numbers."""

    def take(e: Env, found: list[Value]) -> str:
        if len(found) == len(targets):
            return _put_all(scope, e, targets, found, rest)
        more = lambda e, v: take(e, [*found, v])  # noqa: E731 - a continuation
        return rows.get(scope, e, row, literal(len(found)), more)

    return check(same(row.atoms[0], str(len(targets))), take(env, []))


def _grown(scope: Scope, env: Env, name: str, value: Value, node: ast.AST) -> tuple[Value, Value]:
    """A list that is about to be changed, and its new element, both in shapes that hold them."""
    row = env.get(name)
    if row is None or not isinstance(row.shape, Row):
        raise NotCompilable("only a list of the function's own can be changed", node)
    if name in scope.parameters:
        raise NotCompilable(f"the list {name!r} belongs to the caller", node)
    item = number(value, node)
    assert isinstance(item.shape, Number)
    shape = scope.note(name, joined(row.shape, Row(item.shape)))
    element = shape.element if isinstance(shape, Row) else None
    return widened(row, shape), widened(item, element or NATURAL)


def _append(scope: Scope, env: Env, call: ast.Call, name: str, rest: Rest) -> str:
    if len(call.args) != 1 or call.keywords:
        raise NotCompilable("append() takes one value", call)

    def write(e: Env, value: Value) -> str:
        row, new = _grown(scope, e, name, value, call)
        changed = lambda e, v: _named(scope, e, name, v, rest)  # noqa: E731 - a continuation
        return bound(scope, e, row, lambda e, r: rows.append(scope, e, r, new, changed))

    return one(scope, env, call.args[0], write)


def _augment(scope: Scope, env: Env, stmt: ast.AugAssign, rest: Rest) -> str:
    match stmt.target:
        case ast.Name(id=name):
            old: ast.expr = ast.Name(name, ast.Load())
            if name in env and not isinstance(env[name].shape, Number):
                raise NotCompilable("a list cannot be changed by an augmented assignment here", stmt)
        case ast.Subscript(value=base, slice=index):
            old = ast.Subscript(base, index, ast.Load())
        case _:
            raise NotCompilable("cannot assign to this", stmt)
    return _assign(scope, env, stmt.target, ast.BinOp(old, stmt.op, stmt.value), rest)
