"""Expressions of trace programs on natural numbers; see scope.py for how text is put together."""

from __future__ import annotations

import ast

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.natural import rows
from aimo_pipeline.translate.natural.arithmetic import (
    literal,
    minus,
    natural,
    pair,
    plus,
    quotient,
    raised,
    reduced,
    remainder,
    same,
    times,
)
from aimo_pipeline.translate.natural.calls import call
from aimo_pipeline.translate.natural.conditions import is_condition, test
from aimo_pipeline.translate.natural.generators import gathered, turned
from aimo_pipeline.translate.natural.scope import Env, Scope, Then, memos_in
from aimo_pipeline.translate.natural.shapes import (
    NATURAL,
    Number,
    Row,
    Shape,
    Value,
    joined,
    parts_of,
    record,
)
from aimo_pipeline.translate.natural.text import as_natural, bound, joining, number, one, several, shape_of


def value(scope: Scope, env: Env, node: ast.expr, k: Then) -> str:
    """Write an expression's evaluation.

    Raises:
        NotCompilable: it is none on numbers and lists of numbers.
    """
    if is_condition(scope, node):
        return _truth(scope, env, node, k)
    match node:
        case ast.Constant(value=bool() | int() as constant):
            return k(env, literal(int(constant)))
        case ast.Name(id=name):
            return k(env, _variable(scope, env, name, node))
        case ast.BinOp():
            return several(scope, env, [node.left, node.right], lambda e, v: _binary(scope, e, node, v, k))
        case ast.UnaryOp(op=ast.USub()):
            return one(scope, env, node.operand, lambda e, v: k(e, minus(literal(0), number(v, node))))
        case ast.UnaryOp(op=ast.UAdd()):
            return one(scope, env, node.operand, lambda e, v: k(e, number(v, node)))
        case ast.BoolOp():
            return _operand(scope, env, node, k)
        case ast.IfExp():
            return _if(scope, env, node, k)
        case ast.List():
            numbers = lambda e, v: rows.listed(scope, e, [number(x, node) for x in v], k)  # noqa: E731
            return several(scope, env, node.elts, numbers)
        case ast.Tuple():
            return several(scope, env, node.elts, lambda e, v: k(e, record(v)))
        case ast.ListComp():
            return gathered(scope, env, node, k)
        case ast.Subscript():
            return _subscript(scope, env, node, k)
        case ast.Call():
            return call(scope, env, node, k)
    raise NotCompilable(f"{type(node).__name__} is outside the subset of numbers", node)


def _variable(scope: Scope, env: Env, name: str, node: ast.AST) -> Value:
    if name in env:
        return env[name]
    if name in scope.module.constants and name not in scope.names:
        return literal(scope.module.constants[name])
    raise NotCompilable(f"the name {name!r} is not a variable of the function", node)


def _truth(scope: Scope, env: Env, node: ast.expr, k: Then) -> str:
    head, onward = joining(scope, env, memos_in(scope, [node]), NATURAL, k)
    return head + test(scope, env, node, lambda e: onward(e, literal(1)), lambda e: onward(e, literal(0)))


def _binary(scope: Scope, env: Env, node: ast.BinOp, sides: list[Value], k: Then) -> str:
    x, y = sides
    match node.op, x.shape, y.shape:
        case ast.Add(), Row(), Row():
            return k(env, rows.concatenated(x, y))
        case ast.Mult(), Row(), Number():
            return k(env, rows.repeated(x, y))
        case ast.Mult(), Number(), Row():
            return k(env, rows.repeated(y, x))
    x, y = number(x, node), number(y, node)
    match node.op:
        case ast.Add():
            return k(env, plus(x, y))
        case ast.Sub():
            return k(env, minus(x, y))
        case ast.Mult():
            return k(env, times(x, y))
        case ast.FloorDiv() | ast.Mod():
            operation = quotient if isinstance(node.op, ast.FloorDiv) else remainder
            rest = k(env, operation(x, y))
            p, q = pair(y)
            known = (p + q).isdigit() and p != q
            return rest if known else f"(pick {same(p, q)} V.err (\n{rest}))"
        case ast.Pow():
            return as_natural(scope, env, y, node, lambda e, e_: k(e, raised(x, e_.atoms[0])))
    bitwise = _BITS.get(type(node.op))
    if bitwise is None:
        raise NotCompilable(f"the operator {type(node.op).__name__} is outside the subset", node)

    def bits(e: Env, a: Value) -> str:
        done = lambda e, b: k(e, natural(f"(Nat.{bitwise} {a.atoms[0]} {b.atoms[0]})"))  # noqa: E731
        return as_natural(scope, e, y, node, done)

    return as_natural(scope, env, x, node, bits)


_BITS: dict[type[ast.operator], str] = {
    ast.BitAnd: "land",
    ast.BitOr: "lor",
    ast.BitXor: "xor",
    ast.LShift: "shiftLeft",
    ast.RShift: "shiftRight",
}


def _operand(scope: Scope, env: Env, node: ast.BoolOp, k: Then) -> str:
    """and, or: the operand that decides."""
    shape: Shape | None = None
    for part in node.values:
        shape = joined(shape, number(Value(shape_of(scope, env, part), ()), node).shape)
    head, onward = joining(scope, env, memos_in(scope, [node]), shape, k)

    def go(index: int, e: Env) -> str:
        def decide(e: Env, v: Value) -> str:
            if index + 1 == len(node.values):
                return onward(e, v)
            more, done = go(index + 1, e), onward(e, v)
            yes, no = (done, more) if isinstance(node.op, ast.And) else (more, done)
            return f"(pick {same(*pair(v))} ({yes}) ({no}))"

        return one(scope, e, node.values[index], decide)

    return head + go(0, env)


def _if(scope: Scope, env: Env, node: ast.IfExp, k: Then) -> str:
    shape = joined(shape_of(scope, env, node.body), shape_of(scope, env, node.orelse))
    head, onward = joining(scope, env, memos_in(scope, [node]), shape, k)

    def yes(e: Env) -> str:
        return one(scope, e, node.body, onward)

    def no(e: Env) -> str:
        return one(scope, e, node.orelse, onward)

    return head + test(scope, env, node.test, yes, no)


def _subscript(scope: Scope, env: Env, node: ast.Subscript, k: Then) -> str:
    if isinstance(node.slice, ast.Slice):
        return _slice(scope, env, node, node.slice, k)

    def read(e: Env, found: list[Value]) -> str:
        row, index = found
        rows.element_of(row, node)
        return rows.get(scope, e, row, number(index, node), k)

    return several(scope, env, [node.value, node.slice], read)


def _is_minus_one(node: ast.expr | None) -> bool:
    return isinstance(node, ast.UnaryOp) and ast.unparse(node) == "-1"


def _slice(scope: Scope, env: Env, node: ast.Subscript, part: ast.Slice, k: Then) -> str:
    if part.lower is part.upper is None and _is_minus_one(part.step):
        return one(scope, env, node.value, lambda e, v: turned(scope, e, v, node, k))
    if part.step is not None:
        raise NotCompilable("a slice with a step is outside the subset", node)
    ends = [part.lower or ast.Constant(0), *([part.upper] if part.upper is not None else [])]

    def cut(e: Env, found: list[Value]) -> str:
        row, *limits = found
        rows.element_of(row, node)
        both = record([reduced(number(limit, node)) for limit in limits])

        def write(e: Env, v: Value) -> str:
            low, *high = parts_of(v)
            return rows.sliced(scope, e, row, low, high[0] if high else None, k)

        return bound(scope, e, both, write)

    return several(scope, env, [node.value, *ends], cut)
