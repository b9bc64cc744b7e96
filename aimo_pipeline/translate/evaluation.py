"""Values that are used more than once, kept under another name, or come from one of two branches.

Python's lists are shared by name and Lean's values are not. So wherever a value is stored under a second
name (`stored`), a list is moved: its old name holds an error from then on, and a program that goes on to
use it gets no proof. A value that may belong to somebody else (a parameter, a loop variable, an element)
must not be or contain a list there at all, and the elements of a copied list must not be lists.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from aimo_pipeline.translate.scope import Scope, Then, bind, local


def emit_all(scope: Scope, nodes: list[ast.expr], k: Callable[[list[str]], str], *, store: bool) -> str:
    """Evaluate several nodes from left to right."""

    def go(index: int, atoms: list[str]) -> str:
        if index == len(nodes):
            return k(atoms)
        one = stored if store else scope.evaluate
        return one(scope, nodes[index], lambda atom: go(index + 1, [*atoms, atom]))

    return go(0, [])


def stored(scope: Scope, node: ast.expr, k: Then) -> str:
    """Evaluate a node whose value is about to be kept under another name or inside a list."""
    if isinstance(node, ast.Name) and node.id in scope.locals and not scope.sealed:
        if node.id not in scope.borrowed:
            name, old = scope.fresh("x"), local(node.id)
            return f"V.bind {old} fun {name} =>\nlet {old} : V := V.unshared {old};\n{k(name)}"
    if isinstance(node, ast.IfExp):
        return if_exp(scope, node, k, stored)
    guard = "" if is_fresh(scope, node) else "V.copied " if _is_copy(node) else "V.unshared "
    return scope.evaluate(scope, node, lambda atom: bind(scope, f"{guard}{atom}", k))


def is_fresh(scope: Scope, node: ast.expr) -> bool:
    """True when every list in the node's value is new, so that nothing else has a name for it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in scope.functions
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.Add)
    return isinstance(node, ast.List | ast.Tuple | ast.ListComp | ast.Constant | ast.Compare | ast.UnaryOp)


def _is_copy(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Slice)
    return isinstance(node, ast.BinOp | ast.Call)


def if_exp(scope: Scope, node: ast.IfExp, k: Then, one: Callable[[Scope, ast.expr, Then], str]) -> str:
    """One of two values; `one` evaluates them."""

    def branches(j: str) -> str:
        yes = one(scope, node.body, lambda a: f"{j} {a}")
        no = one(scope, node.orelse, lambda a: f"{j} {a}")
        return scope.evaluate(scope, node.test, lambda t: f"V.test {t} ({yes}) ({no})")

    return join(scope, k, branches)


def join(scope: Scope, k: Then, body: Callable[[str], str]) -> str:
    """Give the rest of the program a name, for branches that both go on with it."""
    name, value = scope.fresh("j"), scope.fresh("x")
    rest = k(value)
    scope.sealed += 1
    branches = body(name)
    scope.sealed -= 1
    return f"let {name} : V → V := fun {value} =>\n{rest};\n{branches}"
