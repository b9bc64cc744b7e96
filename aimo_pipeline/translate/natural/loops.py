"""If, for and while: text that goes on in several ways."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from aimo_pipeline.translate.analysis import always_leaves, touched
from aimo_pipeline.translate.natural.conditions import test
from aimo_pipeline.translate.natural.generators import Onward, loop
from aimo_pipeline.translate.natural.ownership import check_walk
from aimo_pipeline.translate.natural.scope import After, Around, Env, Rest, Scope, Then, memos_in
from aimo_pipeline.translate.natural.shapes import (
    NATURAL,
    Record,
    Shape,
    Value,
    parts_of,
    places,
    record,
    widened,
)
from aimo_pipeline.translate.natural.text import joining
from aimo_pipeline.translate.natural.walks import Walk, taken_apart, walk


def _state(scope: Scope, stmt: ast.stmt, stmts: Sequence[ast.stmt]) -> list[str]:
    """Variables that the statement may change and that may be read afterwards."""
    return [name for name in touched(stmts) if name in scope.variables and name in scope.live[stmt]]


def _kind(scope: Scope, name: str) -> Shape:
    return scope.shapes.get(name, NATURAL)


def _current(scope: Scope, env: Env, names: Sequence[str]) -> list[Value]:
    """What variables hold; those without a value are read by nobody, and are zeros."""
    values = []
    for name in names:
        shape = _kind(scope, name)
        zeros = Value(shape, ("0",) * places(shape))
        values.append(widened(env[name], shape) if name in env else zeros)
    return values


def _joined_state(
    scope: Scope, env: Env, names: Sequence[str], memos: Sequence[str], rest: Rest
) -> tuple[str, After]:
    """A name for the rest, which takes the variables' values."""
    shape = Record(tuple(_kind(scope, name) for name in names))
    there = lambda e, v: rest.write({**e, **dict(zip(names, parts_of(v), strict=True))})  # noqa: E731
    head, onward = joining(scope, env, memos, shape, there)
    return head, lambda e: onward(e, record(_current(scope, e, names)))


def if_(scope: Scope, env: Env, stmt: ast.If, around: Around | None, rest: Rest) -> str:
    """Write an if, and what comes after it."""
    head, after = "", rest.write
    if not (always_leaves(stmt.body) or always_leaves(stmt.orelse) or rest.short):
        names = _state(scope, stmt, [*stmt.body, *stmt.orelse])
        head, after = _joined_state(scope, env, names, memos_in(scope, [stmt]), rest)

    def yes(e: Env) -> str:
        return scope.run(scope, e, stmt.body, around, Rest(after, True))

    def no(e: Env) -> str:
        return scope.run(scope, e, stmt.orelse, around, Rest(after, True))

    return head + test(scope, env, stmt.test, yes, no)


def for_(scope: Scope, env: Env, stmt: ast.For, rest: Rest) -> str:
    """Write a for loop, and what comes after it."""
    check_walk(stmt)
    return walk(scope, env, stmt.iter, lambda e, w: _loop(scope, e, stmt, w, rest))


def while_(scope: Scope, env: Env, stmt: ast.While, rest: Rest) -> str:
    """Write a while loop, and what comes after it; the turns are counted, and too many end the program."""

    def nothing(_scope: Scope, e: Env, _left: str, k: Then) -> str:
        return k(e, record([]))

    return _loop(scope, env, stmt, Walk("fuel", nothing), rest)


def _loop(scope: Scope, env: Env, stmt: ast.For | ast.While, w: Walk, rest: Rest) -> str:
    names, memos = _state(scope, stmt, [stmt]), memos_in(scope, [stmt])
    head, leave = _joined_state(scope, env, names, memos, rest)

    def turn(e: Env, item: Value, now: list[Value], again: Onward) -> str:
        here = {**e, **dict(zip(names, now, strict=True))}
        go_on: After = lambda e: again(e, _current(scope, e, names))  # noqa: E731 - a continuation
        around = Around(leave, go_on)

        def body(e: Env) -> str:
            return scope.run(scope, e, stmt.body, around, Rest(go_on, True))

        if isinstance(stmt, ast.While):
            return test(scope, here, stmt.test, body, leave)
        targets = taken_apart(item, stmt.target)
        for name, value in targets.items():
            scope.note(name, value.shape)
        return body({**here, **targets})

    def done(e: Env, now: list[Value]) -> str:
        return leave({**e, **dict(zip(names, now, strict=True))})

    ended = (lambda _e, _now: "V.err") if isinstance(stmt, ast.While) else done
    return head + loop(scope, env, w, _current(scope, env, names), memos, turn, ended)
