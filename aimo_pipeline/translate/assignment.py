"""Statements that change what names stand for, of programs in the general form."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aimo_pipeline.translate.advice import outside
from aimo_pipeline.translate.analysis import MUTATORS, NotCompilable, base_name
from aimo_pipeline.translate.evaluation import emit_all, is_fresh, stored
from aimo_pipeline.translate.expression import emit, walked
from aimo_pipeline.translate.scope import Scope, bind, local

After = Callable[[], str]
_AUGMENTED: dict[type[ast.operator], str] = {
    ast.Add: "V.iadd",
    ast.Sub: "V.sub",
    ast.Mult: "V.imul",
    ast.FloorDiv: "V.floordiv",
    ast.Mod: "V.mod",
    ast.Pow: "V.pow",
}


def return_(scope: Scope, stmt: ast.Return) -> str:
    """`return value`."""
    if stmt.value is None:
        raise NotCompilable("a function must return a value", stmt)
    if scope.own_name in scope.cached:
        # The cache would hand the same list to every caller.
        return stored(scope, stmt.value, lambda atom: f"V.unshared {atom}")
    if isinstance(stmt.value, ast.Name) and stmt.value.id not in scope.borrowed:
        return emit(scope, stmt.value, lambda atom: atom)
    return stored(scope, stmt.value, lambda atom: atom)


def method(scope: Scope, call: ast.Call, after: After) -> str:
    """append and extend."""
    func = call.func
    plain = len(call.args) == 1 and not call.keywords
    if not (isinstance(func, ast.Attribute) and func.attr in MUTATORS and plain):
        raise NotCompilable("only append and extend may stand alone", call)
    operation = f"V.{func.attr}"

    def change(value: str) -> str:
        return _update(scope, func.value, lambda old: f"{operation} {old} {value}", after)

    if func.attr == "extend":
        return walked(scope, call.args[0], change)
    return stored(scope, call.args[0], change)


def _update(scope: Scope, target: ast.expr, operation: Callable[[str], str], after: After) -> str:
    """Replace what `target` (a name, or an element at any depth under a name) holds."""
    name = base_name(target)
    if name is None or name not in scope.locals:
        raise NotCompilable("only a list of the function's own can be changed", target)
    if name in scope.borrowed:
        raise NotCompilable(f"the list {name!r} belongs to the caller or to a loop", target)
    indices: list[ast.expr] = []
    node = target
    while isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Slice):
            raise NotCompilable("assignment to a slice is outside the subset", node)
        indices.insert(0, node.slice)
        node = node.value

    def rebuild(old: str, atoms: list[str], k: Callable[[str], str]) -> str:
        if not atoms:
            return bind(scope, operation(old), k)

        def inside(element: str) -> str:
            return rebuild(element, atoms[1:], lambda new: bind(scope, f"V.set {old} {atoms[0]} {new}", k))

        return bind(scope, f"V.get {old} {atoms[0]}", inside)

    def write(atoms: list[str]) -> str:
        return rebuild(local(name), atoms, lambda new: f"let {local(name)} : V := {new};\n{after()}")

    return emit_all(scope, indices, write, store=False)


def assign(scope: Scope, stmt: ast.Assign, after: After) -> str:
    """`target = value`."""
    if len(stmt.targets) != 1:
        raise NotCompilable("a chained assignment is outside the subset", stmt)
    target = stmt.targets[0]
    if isinstance(target, ast.Tuple):
        return _assign_tuple(scope, target, stmt.value, after)
    return stored(scope, stmt.value, lambda value: _put(scope, target, value, after))


def _put(scope: Scope, target: ast.expr, value: str, after: After) -> str:
    if isinstance(target, ast.Name):
        return f"let {local(target.id)} : V := {value};\n{after()}"
    if isinstance(target, ast.Subscript):
        return _update(scope, target, lambda _: value, after)
    raise NotCompilable("cannot assign to this", target)


def _assign_tuple(scope: Scope, target: ast.Tuple, value: ast.expr, after: After) -> str:
    def put_all(values: list[str]) -> str:
        def go(index: int) -> str:
            if index == len(values):
                return after()
            return _put(scope, target.elts[index], values[index], lambda: go(index + 1))

        return go(0)

    if isinstance(value, ast.Tuple):
        if len(value.elts) != len(target.elts):
            raise NotCompilable("the two sides of the assignment differ in length", target)
        return emit_all(scope, value.elts, put_all, store=True)
    count = len(target.elts)
    # Elements of a fresh result may be lists and move to their new names; others must not be lists.
    guard = "" if is_fresh(scope, value) else "V.unshared "

    def take(whole: str, index: int, values: list[str]) -> str:
        if index == count:
            return put_all(values)
        element = f"V.get {whole} (V.i (Int.ofNat {index}))"
        operation = f"{guard}({element})" if guard else element
        return bind(scope, operation, lambda v: take(whole, index + 1, [*values, v]))

    return emit(scope, value, lambda w: bind(scope, f"V.arity {w} {count}", lambda whole: take(whole, 0, [])))


def augment(scope: Scope, stmt: ast.AugAssign, after: After) -> str:
    """`target += value` and the like."""
    operation = _AUGMENTED.get(type(stmt.op))
    if operation is None:
        raise outside(stmt)
    if isinstance(stmt.target, ast.Name):
        name = local(stmt.target.id)
        step = lambda value: bind(  # noqa: E731 - a continuation
            scope, f"{operation} {name} {value}", lambda new: f"let {name} : V := {new};\n{after()}"
        )
        return emit(scope, stmt.value, step)
    return emit(
        scope,
        stmt.value,
        lambda value: _update(scope, stmt.target, lambda old: f"{operation} {old} {value}", after),
    )
