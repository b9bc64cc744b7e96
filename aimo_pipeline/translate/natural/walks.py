"""What a for loop or a comprehension walks through, as a number of turns and the item of each turn.

The kernel counts turns down: it hands the loop count - 1, ..., 1, 0 as numerals.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.natural import rows
from aimo_pipeline.translate.natural.arithmetic import (
    add,
    at_most,
    div,
    either,
    is_signed,
    literal,
    minus,
    mul,
    natural,
    pair,
    plus,
    reduced,
    sub,
    times,
)
from aimo_pipeline.translate.natural.scope import Env, Scope, Then, builtin
from aimo_pipeline.translate.natural.shapes import SLOT, Row, Value, parts_of, record
from aimo_pipeline.translate.natural.text import bound, number, one

_ONE_WAY = frozenset({"enumerate", "zip", "reversed"})
Item = Callable[[Scope, Env, str, Then], str]


@dataclass(frozen=True)
class Walk:
    """Turns and items.

    Attributes:
        count: of the turns, a name or a numeral.
        item: writes the item of the turn with so many turns to come.
    """

    count: str
    item: Item


ThenWalk = Callable[[Env, Walk], str]


def walk(scope: Scope, env: Env, node: ast.expr, k: ThenWalk) -> str:
    """Find out what is walked through.

    Args:
        scope: the function.
        env: its variables.
        node: what stands behind `in`.
        k: writes the loop.
    """
    called = builtin(scope, node)
    if isinstance(node, ast.Call) and called is not None and not node.keywords:
        args = node.args

        def more(e: Env, inner: ast.expr, then: ThenWalk) -> str:
            return walk(scope, e, inner, then)

        match called, args:
            case "range", [_] | [_, _] | [_, _, _]:
                return _range(scope, env, args, k)
            case "enumerate", [inner]:
                return more(env, inner, lambda e, w: k(e, _enumerated(w, literal(0))))
            case "enumerate", [inner, start]:
                begin = lambda e, w: one(  # noqa: E731 - a continuation
                    scope, e, start, lambda e, v: k(e, _enumerated(w, number(v, start)))
                )
                return more(env, inner, begin)
            case "zip", [first, second]:
                return more(env, first, lambda e, v: more(e, second, lambda e, w: _zipped(scope, e, v, w, k)))
            case "reversed", [inner] if builtin(scope, inner) in _ONE_WAY:
                raise NotCompilable("Python cannot go through this backwards", node)
            case "reversed" | "list" | "tuple" as name, [inner]:
                return more(env, inner, lambda e, w: k(e, reversed_(w) if name == "reversed" else w))
    return one(scope, env, node, lambda e, v: k(e, over(v, node)))


def over(row: Value, node: ast.AST) -> Walk:
    """Through a list, or a tuple of numbers."""
    element = rows.element_of(row, node)
    length, data = row.atoms

    def item(scope: Scope, env: Env, left: str, k: Then) -> str:
        at = sub(sub(length, "1"), left)
        slot = natural(f"(fetch {SLOT} {data} {at})")
        return bound(scope, env, slot, lambda e, v: k(e, rows.decoded(v.atoms[0], element)))

    return Walk(length, item)


def _turn(count: str, left: str) -> str:
    return sub(sub(count, "1"), left)


def _enumerated(inner: Walk, start: Value) -> Walk:
    def item(scope: Scope, env: Env, left: str, k: Then) -> str:
        index = plus(start, natural(_turn(inner.count, left)))
        return inner.item(scope, env, left, lambda e, v: k(e, record([index, v])))

    return Walk(inner.count, item)


def reversed_(inner: Walk) -> Walk:
    """The same backwards."""

    def item(scope: Scope, env: Env, left: str, k: Then) -> str:
        mirror = natural(_turn(inner.count, left))
        return bound(scope, env, mirror, lambda e, m: inner.item(scope, e, m.atoms[0], k))

    return Walk(inner.count, item)


def _zipped(scope: Scope, env: Env, one: Walk, other: Walk, k: ThenWalk) -> str:
    shorter = natural(either(at_most(one.count, other.count), one.count, other.count))

    def write(e: Env, v: Value) -> str:
        count = v.atoms[0]

        def item(scope: Scope, env: Env, left: str, k: Then) -> str:
            # So many turns are left of each that both are at the same place.
            lefts = Value(Row(None), tuple(add(sub(w.count, count), left) for w in (one, other)))

            def both(e: Env, v: Value) -> str:
                a, b = v.atoms
                second = lambda e, x: other.item(scope, e, b, lambda e, y: k(e, record([x, y])))  # noqa: E731
                return one.item(scope, e, a, second)

            return bound(scope, env, lefts, both)

        return k(e, Walk(count, item))

    return bound(scope, env, shorter, write)


def _range(scope: Scope, env: Env, args: Sequence[ast.expr], k: ThenWalk) -> str:
    nodes = [ast.Constant(0), *args] if len(args) == 1 else list(args)
    step = _constant(nodes[2]) if len(nodes) == 3 else 1
    if not step:
        raise NotCompilable("a range needs a step that is a number here", args[0])

    def ends(e: Env, low: Value) -> str:
        stop = lambda e, high: _ranged(scope, e, low, number(high, args[0]), step, k)  # noqa: E731
        return one(scope, e, nodes[1], stop)

    return one(scope, env, nodes[0], lambda e, v: ends(e, number(v, args[0])))


def _constant(node: ast.expr) -> int | None:
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, int) else None


def _ranged(scope: Scope, env: Env, low: Value, high: Value, step: int, k: ThenWalk) -> str:
    (p, q), (r, s), size = pair(low), pair(high), str(abs(step))
    far, near = (add(r, q), add(p, s)) if step > 0 else (add(p, s), add(r, q))
    count = div(add(sub(far, near), str(abs(step) - 1)), size)

    def write(e: Env, v: Value) -> str:
        turns = v.atoms[0]
        last = mul(size, sub(turns, "1"))
        # The last item, from which the walk goes backwards as turns are left.
        end = natural(add(p, last)) if step > 0 else minus(low, natural(last))
        if step > 0 and is_signed(low):
            end = plus(low, natural(last))

        def write_item(e: Env, end: Value) -> str:
            def item(scope: Scope, env: Env, left: str, k: Then) -> str:
                back = times(literal(step), natural(left))
                found = natural(sub(end.atoms[0], mul(size, left)))
                if step < 0 or is_signed(end):
                    found = minus(end, back)
                if step < 0 and (not is_signed(high) or high == literal(-1)):
                    # Above a bound of at least -1, so not negative.
                    found = natural(sub(*pair(found)))
                if not is_signed(found):
                    return bound(scope, env, found, k)
                return bound(scope, env, found, lambda e, v: bound(scope, e, reduced(v), k))

            return k(e, Walk(turns, item))

        return bound(scope, e, end, write_item)

    return bound(scope, env, natural(count), write)


def taken_apart(item: Value, target: ast.expr) -> dict[str, Value]:
    """The names of a loop's target with their values."""
    match target:
        case ast.Name(id=name):
            return {name: item}
        case ast.Tuple(elts=parts):
            values = parts_of(item)
            if len(values) == len(parts):
                found: dict[str, Value] = {}
                for value, part in zip(values, parts, strict=True):
                    found |= taken_apart(value, part)
                return found
    raise NotCompilable("a loop variable must be a name or a tuple of names", target)
