"""Calls: of Python's functions on numbers, and of the program's own."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.natural.arithmetic import (
    at_most,
    chosen,
    compared,
    div,
    literal,
    magnitude,
    mod,
    mul,
    natural,
    pair,
    plus,
    quotient,
    raised,
    remainder,
    same,
)
from aimo_pipeline.translate.natural.generators import fold, gathered
from aimo_pipeline.translate.natural.own_calls import own_call
from aimo_pipeline.translate.natural.scope import Env, Scope, Then, builtin
from aimo_pipeline.translate.natural.shapes import NATURAL, Record, Row, Shape, Value, joined, record
from aimo_pipeline.translate.natural.text import as_natural, bound, check, number, one, several
from aimo_pipeline.translate.natural.walks import Walk, walk

_MAX_EXPONENT = 100_000  # of pow(a, e, m), whose power is computed whole
_OF_NATURALS = {"isqrt": "isqrt", "factorial": "factorial"}


def call(scope: Scope, env: Env, node: ast.Call, k: Then) -> str:
    """Write a call whose value is a number, a list or a tuple of numbers."""
    name, args = builtin(scope, node), node.args
    if node.keywords or any(isinstance(arg, ast.Starred) for arg in args):
        raise NotCompilable("keywords and *arguments are outside the subset", node)
    if name is None:
        return own_call(scope, env, node, k)
    match name, args:
        case "int" | "abs", [inner]:
            change = magnitude if name == "abs" else lambda v: v
            return one(scope, env, inner, lambda e, v: k(e, change(number(v, node))))
        case "len", [inner]:
            return _length(scope, env, inner, k)
        case "sum", [inner]:
            return _sum(scope, env, inner, k)
        case "list", [inner]:
            return gathered(scope, env, inner, k)
        case "tuple", [_]:
            # As a row it would equal a list of the same numbers, could be added to one, and be changed.
            raise NotCompilable("a tuple of a list's length is outside the subset of numbers", node)
        case "min" | "max", [inner]:
            return _extreme(scope, env, inner, name, k)
        case "min" | "max", [_, *_]:
            return several(scope, env, args, lambda e, v: _smallest(scope, e, node, name, v, k))
        case "gcd" | "lcm" | "divmod" | "comb" | "pow", [_, *_]:
            return several(scope, env, args, lambda e, v: _arithmetic(scope, e, node, name, v, k))
    if name in _OF_NATURALS and len(args) == 1:
        whole = lambda e, v: k(e, natural(f"({_OF_NATURALS[name]} {v.atoms[0]})"))  # noqa: E731
        return one(scope, env, args[0], lambda e, v: as_natural(scope, e, v, node, whole))
    raise NotCompilable(f"{name}() with these arguments is outside the subset of numbers", node)


def _arithmetic(scope: Scope, env: Env, node: ast.Call, name: str, values: list[Value], k: Then) -> str:
    numbers = [number(value, node) for value in values]
    match name, numbers:
        case "gcd", [x, y]:
            return k(env, natural(f"(Nat.gcd {magnitude(x).atoms[0]} {magnitude(y).atoms[0]})"))
        case "lcm", [x, y]:
            sizes = record([magnitude(x), magnitude(y)])
            return bound(scope, env, sizes, lambda e, v: k(e, natural(_lcm(*v.atoms))))
        case "divmod", [x, d]:
            text = k(env, record([quotient(x, d), remainder(x, d)]))
            return f"(pick {same(*pair(d))} V.err (\n{text}))"
        case "comb", [n, j]:
            both = lambda e, a: as_natural(  # noqa: E731
                scope, e, j, node, lambda e, b: k(e, natural(f"(binomial {a.atoms[0]} {b.atoms[0]})"))
            )
            return as_natural(scope, env, n, node, both)
        case "pow", [x, exponent]:
            return as_natural(scope, env, exponent, node, lambda e, v: k(e, raised(x, v.atoms[0])))
        case "pow", [x, exponent, m]:
            return as_natural(scope, env, exponent, node, lambda e, v: _power(scope, e, x, v.atoms[0], m, k))
    raise NotCompilable(f"{name}() with these arguments is outside the subset of numbers", node)


def _lcm(a: str, b: str) -> str:
    return div(mul(a, b), f"(Nat.gcd {a} {b})")


def _power(scope: Scope, env: Env, x: Value, exponent: str, modulus: Value, k: Then) -> str:
    """pow(x, e, m), with m's sign."""

    def write(e: Env, size: Value) -> str:
        m = size.atoms[0]
        power = natural(mod(f"(Nat.pow {remainder(x, size).atoms[0]} {exponent})", m))
        text = bound(scope, e, power, lambda e, v: k(e, remainder(v, modulus)))
        rest = check(at_most(exponent, str(_MAX_EXPONENT)), text)
        return f"(pick {same(m, '0')} V.err (\n{rest}))"

    return bound(scope, env, magnitude(modulus), write)


def _length(scope: Scope, env: Env, node: ast.expr, k: Then) -> str:
    if isinstance(node, ast.Call) and builtin(scope, node) == "range":
        count: Callable[[Env, Walk], str] = lambda e, w: k(e, natural(w.count))  # noqa: E731
        return walk(scope, env, node, count)
    return one(scope, env, node, lambda e, v: k(e, natural(_row(v, node).atoms[0])))


def _row(value: Value, node: ast.AST) -> Value:
    if not isinstance(value.shape, Row):
        raise NotCompilable("a list is needed here", node)
    return value


def _sum(scope: Scope, env: Env, node: ast.expr, k: Then) -> str:
    def step(e: Env, total: Value, item: Value, k: Then) -> str:
        return k(e, plus(total, number(item, node)))

    return fold(scope, env, node, literal(0), lambda shape, item: joined(shape, item.shape), step, k)


def _smallest(scope: Scope, env: Env, node: ast.AST, name: str, values: list[Value], k: Then) -> str:
    def go(e: Env, best: Value, rest: list[Value]) -> str:
        if not rest:
            return k(e, best)
        found = _better(name, best, number(rest[0], node))
        return bound(scope, e, found, lambda e, v: go(e, v, rest[1:]))

    return go(env, number(values[0], node), values[1:])


def _better(name: str, best: Value, other: Value) -> Value:
    first, second = (best, other) if name == "min" else (other, best)
    return chosen(compared("<=", first, second), best, other)


def _extreme(scope: Scope, env: Env, node: ast.expr, name: str, k: Then) -> str:
    """min and max over something: the state is whether an item was seen, and the best one so far."""

    def step(e: Env, state: Value, item: Value, k: Then) -> str:
        seen = Value(NATURAL, state.atoms[:1])
        best = Value(_second(state.shape), state.atoms[1:])
        found = chosen(same(seen.atoms[0], "0"), number(item, node), _better(name, best, item))
        return k(e, record([literal(1), found]))

    def grow(shape: Shape, item: Value) -> Shape:
        return record([literal(0), Value(joined(_second(shape), item.shape), ())]).shape

    def result(e: Env, state: Value) -> str:
        rest = k(e, Value(_second(state.shape), state.atoms[1:]))
        return f"(pick {same(state.atoms[0], '0')} V.err (\n{rest}))"

    return fold(scope, env, node, record([literal(0), literal(0)]), grow, step, result)


def _second(shape: Shape) -> Shape:
    assert isinstance(shape, Record)
    return shape.parts[1]
