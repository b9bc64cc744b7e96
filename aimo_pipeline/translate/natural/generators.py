"""Loops: what they hand on from turn to turn, and those inside expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from aimo_pipeline.translate.natural import rows
from aimo_pipeline.translate.natural.arithmetic import natural
from aimo_pipeline.translate.natural.scope import After, Env, Scope, Then, memos_in
from aimo_pipeline.translate.natural.shapes import (
    Number,
    Row,
    Shape,
    Value,
    joined,
    parts_of,
    record,
    widened,
)
from aimo_pipeline.translate.natural.text import (
    apply,
    arrows,
    bound,
    fitted,
    forced,
    lambda_,
    new_names,
    number,
    one,
)
from aimo_pipeline.translate.natural.walks import Walk, over, reversed_, taken_apart, walk

# What comes after a turn, or after a loop: from the variables and the state.
Onward = Callable[[Env, list[Value]], str]
# What a turn does with its item and the state, and how it goes on.
Turn = Callable[[Env, Value, list[Value], Onward], str]


def loop(
    scope: Scope, env: Env, w: Walk, state: Sequence[Value], memos: Sequence[str], turn: Turn, done: Onward
) -> str:
    """Write a loop.

    Args:
        scope: the function.
        env: its variables.
        w: what is walked through.
        state: what the loop hands on; its shapes are those of all turns.
        memos: the tables that a turn may change, handed on too.
        turn: writes a turn.
        done: writes what comes after the last.
    """
    again, left = scope.fresh("ih"), scope.fresh("m")
    names, now, inside = _handed(scope, env, state, memos)
    item = w.item(scope, inside, left, lambda e, v: turn(e, v, now, onward(scope, again, names, now, memos)))
    ends, last, after = _handed(scope, env, state, memos)
    kind = arrows(len(names))
    first = [*record(list(state)).atoms, *(env[memo].atoms[0] for memo in memos)]
    turns = (
        f"@turns ({kind}) ({lambda_(ends, done(after, last))}) (fun {left} {again} => {lambda_(names, item)})"
    )
    return f"({apply(turns, [w.count, *first])})"


def _handed(
    scope: Scope, env: Env, state: Sequence[Value], memos: Sequence[str]
) -> tuple[list[str], list[Value], Env]:
    """New names for state and tables, the state under these names, the variables with the tables."""
    now = [Value(value.shape, new_names(scope, value.shape)) for value in state]
    tables = [scope.fresh("x") for _ in memos]
    inside = {**env, **{memo: natural(table) for memo, table in zip(memos, tables, strict=True)}}
    return [*record(now).atoms, *tables], now, inside


def onward(
    scope: Scope, again: str, known: Sequence[str], shapes: Sequence[Value], memos: Sequence[str]
) -> Onward:
    """The call of `again` with a new state, computed first."""

    def go(e: Env, state: list[Value]) -> str:
        def write(e: Env, whole: Value) -> str:
            values = [fitted(v, old.shape) for v, old in zip(parts_of(whole), shapes, strict=True)]
            atoms = [*record(values).atoms, *(e[memo].atoms[0] for memo in memos)]
            return forced(scope, atoms, known, lambda ready: apply(again, ready))

        return bound(scope, e, record(state), write)

    return go


def each(scope: Scope, env: Env, node: ast.expr, state: Sequence[Value], turn: Turn, done: Onward) -> str:
    """The same over the items of a comprehension, or of anything that can be walked through."""
    memos = memos_in(scope, [node])
    if not isinstance(node, ast.GeneratorExp | ast.ListComp):
        return walk(scope, env, node, lambda e, w: loop(scope, e, w, state, memos, turn, done))

    def level(index: int, e: Env, state: Sequence[Value], done: Onward) -> str:
        part = node.generators[index]

        def inside(e: Env, item: Value, now: list[Value], again: Onward) -> str:
            here = {**e, **taken_apart(item, part.target)}
            if index + 1 < len(node.generators):
                more: After = lambda e: level(index + 1, e, now, again)  # noqa: E731 - a continuation
            else:
                more = lambda e: one(scope, e, node.elt, lambda e, v: turn(e, v, now, again))  # noqa: E731
            return _filtered(scope, here, part.ifs, more, lambda e: again(e, now))

        return walk(scope, e, part.iter, lambda e, w: loop(scope, e, w, state, memos, inside, done))

    return level(0, env, state, done)


def _filtered(scope: Scope, env: Env, conditions: list[ast.expr], yes: After, no: After) -> str:
    if not conditions:
        return yes(env)
    first, *rest = conditions
    return scope.decide(scope, env, first, lambda e: _filtered(scope, e, rest, yes, no), no)


Fold = Callable[[Env, Value, Value, Then], str]


def fold(
    scope: Scope,
    env: Env,
    node: ast.expr,
    start: Value,
    grow: Callable[[Shape, Value], Shape],
    step: Fold,
    k: Then,
) -> str:
    """Gather the items up, one after the other.

    Args:
        scope: the function.
        env: its variables.
        node: what is walked through.
        start: before the first item.
        grow: from what is gathered, and an item, to a shape that holds both.
        step: writes how an item is added to what is gathered.
        k: writes the rest.
    """

    def write(shape: Shape, note: Callable[[Shape], None], k: Then) -> str:
        def turn(e: Env, item: Value, now: list[Value], again: Onward) -> str:
            note(grow(now[0].shape, item))
            return step(e, now[0], item, lambda e, v: _noted(e, v, note, again))

        return each(scope, env, node, [widened(start, shape)], turn, lambda e, now: k(e, now[0]))

    shape: Shape = start.shape
    while True:
        seen = [shape]
        write(shape, seen.append, lambda *_: "")
        grown = shape
        for found in seen:
            grown = joined(grown, found)
        if grown == shape:
            return write(shape, seen.append, k)
        shape = grown


def _noted(e: Env, value: Value, note: Callable[[Shape], None], again: Onward) -> str:
    note(value.shape)
    return again(e, [value])


def gathered(scope: Scope, env: Env, node: ast.expr, k: Then) -> str:
    """The items as a list."""

    def grow(shape: Shape, item: Value) -> Shape:
        found = number(item, node).shape
        assert isinstance(found, Number)
        return joined(shape, Row(found))

    def step(e: Env, row: Value, item: Value, k: Then) -> str:
        shape = grow(row.shape, item)
        element = shape.element if isinstance(shape, Row) else None
        return rows.append(scope, e, widened(row, shape), widened(item, element or Number(False)), k)

    return fold(scope, env, node, Value(Row(None), ("0", "0")), grow, step, k)


def turned(scope: Scope, env: Env, row: Value, node: ast.AST, k: Then) -> str:
    """A list with the items of another, backwards; its parts are names."""

    def turn(e: Env, item: Value, now: list[Value], again: Onward) -> str:
        return rows.append(scope, e, now[0], item, lambda e, v: again(e, [v]))

    empty = Value(row.shape, ("0", "0"))
    return loop(scope, env, reversed_(over(row, node)), [empty], [], turn, lambda e, now: k(e, now[0]))
