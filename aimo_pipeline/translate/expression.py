"""Expressions of the Python subset, as Lean terms in continuation style.

`emit(node, k)` gives Lean text that evaluates `node`, then goes on with `k(atom)`, where the atom names a
value already computed. The Lean side of every operation is in lean_toolchain/TraceToLean/Value.lean.

Python's iterators (generators, zip, ...) are used up by walking through them, and a range equals no list. So
they compile only where they are walked through at once (`walked`).
"""

from __future__ import annotations

import ast

from aimo_pipeline.translate.advice import outside
from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.calls import call, called
from aimo_pipeline.translate.comprehension import backwards, comprehension
from aimo_pipeline.translate.evaluation import emit_all, if_exp, join
from aimo_pipeline.translate.scope import BINARY, ITERATORS, Scope, Then, bind, integer, local

_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "V.lt {a} {b}",
    ast.Gt: "V.lt {b} {a}",
    ast.LtE: "V.le {a} {b}",
    ast.GtE: "V.le {b} {a}",
    ast.Eq: "V.eq {a} {b}",
    ast.NotEq: "V.not (V.eq {a} {b})",
    ast.In: "V.elem {a} {b}",
    ast.NotIn: "V.not (V.elem {a} {b})",
}


def emit(scope: Scope, node: ast.expr, k: Then) -> str:
    """Evaluate any expression of the subset.

    Raises:
        NotCompilable: the expression lies outside the subset.
    """
    match node:
        case ast.Constant(value=bool() | int() as value):
            return k(integer(int(value)))
        case ast.Name(id=name):
            return k(_name(scope, name, node))
        case ast.BinOp(op=op) if type(op) in BINARY:
            operation = BINARY[type(op)]
            return emit_all(
                scope,
                [node.left, node.right],
                lambda a: bind(scope, f"{operation} {a[0]} {a[1]}", k),
                store=False,
            )
        case ast.UnaryOp(op=ast.USub()):
            return emit(scope, node.operand, lambda a: bind(scope, f"V.neg {a}", k))
        case ast.UnaryOp(op=ast.UAdd()):
            return emit(scope, node.operand, lambda a: bind(scope, f"V.toInt {a}", k))
        case ast.UnaryOp(op=ast.Not()):
            return emit(scope, node.operand, lambda a: bind(scope, f"V.not {a}", k))
        case ast.Compare():
            return _compare(scope, node, k)
        case ast.BoolOp():
            return _bool_op(scope, node, k)
        case ast.IfExp():
            return if_exp(scope, node, k, emit)
        case ast.List():
            return emit_all(scope, node.elts, lambda a: k(f"(V.l [{', '.join(a)}])"), store=True)
        case ast.Tuple():
            return emit_all(scope, node.elts, lambda a: k(f"(V.t [{', '.join(a)}])"), store=True)
        case ast.ListComp():
            return comprehension(scope, node, k)
        case ast.Subscript():
            return _subscript(scope, node, k)
        case ast.Call():
            if called(scope, node) in ITERATORS:
                raise NotCompilable("an iterator or range must be walked through where it is made", node)
            return call(scope, node, k)
    raise outside(node)


def walked(scope: Scope, node: ast.expr, k: Then) -> str:
    """Evaluate a node whose elements are used at once and whose value is not kept."""
    if isinstance(node, ast.GeneratorExp):
        return comprehension(scope, node, k)
    if isinstance(node, ast.Call):
        return call(scope, node, k)
    return emit(scope, node, k)


def _name(scope: Scope, name: str, node: ast.AST) -> str:
    if name in scope.bound or name in scope.locals:
        return local(name)
    if name in scope.constants:
        return integer(scope.constants[name])
    raise NotCompilable(f"the name {name!r} is not a variable of the function", node)


def _compare(scope: Scope, node: ast.Compare, k: Then) -> str:
    def go(left: str, index: int, end: Then) -> str:
        pattern = _COMPARE.get(type(node.ops[index]))
        if pattern is None:
            raise NotCompilable("'is' is outside the subset", node)

        def compared(right: str) -> str:
            operation = pattern.format(a=left, b=right)
            if index + 1 == len(node.ops):
                return bind(scope, operation, end)
            # Python stops a chain at the first comparison that fails.
            return bind(scope, operation, lambda t: f"V.test {t} ({go(right, index + 1, end)}) ({end(t)})")

        member = isinstance(node.ops[index], ast.In | ast.NotIn)
        one = walked if member and index + 1 == len(node.ops) else emit
        return one(scope, node.comparators[index], compared)

    if len(node.ops) == 1:
        return emit(scope, node.left, lambda left: go(left, 0, k))
    return join(scope, k, lambda j: emit(scope, node.left, lambda left: go(left, 0, lambda t: f"{j} {t}")))


def _bool_op(scope: Scope, node: ast.BoolOp, k: Then) -> str:
    def go(index: int, j: str) -> str:
        if index + 1 == len(node.values):
            return emit(scope, node.values[index], lambda a: f"{j} {a}")

        def rest(a: str) -> str:
            more, done = f"({go(index + 1, j)})", f"({j} {a})"
            return (
                f"V.test {a} {more} {done}" if isinstance(node.op, ast.And) else f"V.test {a} {done} {more}"
            )

        return emit(scope, node.values[index], rest)

    return join(scope, k, lambda j: go(0, j))


def _subscript(scope: Scope, node: ast.Subscript, k: Then) -> str:
    if not isinstance(node.slice, ast.Slice):
        return emit_all(
            scope, [node.value, node.slice], lambda a: bind(scope, f"V.get {a[0]} {a[1]}", k), store=False
        )
    part = node.slice
    if part.lower is part.upper is None and part.step is not None and ast.unparse(part.step) == "-1":
        # Only of a list: what a tuple gives is a tuple.
        listed = lambda x: bind(scope, f"V.add {x} (V.l [])", lambda xs: backwards(scope, xs, k))  # noqa: E731
        return emit(scope, node.value, listed)
    if part.step is not None:
        raise NotCompilable("a slice with a step is outside the subset", node)

    def bounds(whole: str) -> str:
        low = part.lower or ast.Constant(0)
        if part.upper is None:
            return bind(
                scope,
                f"V.len {whole}",
                lambda n: emit(scope, low, lambda a: bind(scope, f"V.slice {whole} {a} {n}", k)),
            )
        return emit_all(
            scope, [low, part.upper], lambda a: bind(scope, f"V.slice {whole} {a[0]} {a[1]}", k), store=False
        )

    return emit(scope, node.value, bounds)
