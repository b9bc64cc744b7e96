"""Calls of Python's functions and of the program's own, in the general form."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.comprehension import backwards
from aimo_pipeline.translate.evaluation import emit_all
from aimo_pipeline.translate.scope import CALLS, ITERATORS, MODULES, WALKERS, Scope, Then, bind


def iterated_names(scope: Scope, node: ast.expr) -> set[str]:
    """Names whose list a for loop reads while its body runs; the body must not change them."""
    match node:
        case ast.Subscript():
            return iterated_names(scope, node.value)
        case ast.Call():
            # Calls of the program's own functions and range are done before the loop begins.
            name = called(scope, node)
            done = name in scope.functions or name == "range"
            return set() if done else set().union(*(iterated_names(scope, arg) for arg in node.args))
        case ast.List() | ast.Tuple() | ast.ListComp():
            return set()
    # A generator looks its names up anew in every turn.
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def called(scope: Scope, node: ast.Call) -> str:
    """The name of the function that a call means.

    Raises:
        NotCompilable: it is not a plain function, or the name stands for something else here.
    """
    func = node.func
    base = func.value if isinstance(func, ast.Attribute) else func
    if not isinstance(base, ast.Name):
        raise NotCompilable("only plain functions can be called", node)
    if base.id in scope.locals or base.id in scope.bound or base.id in scope.constants:
        raise NotCompilable(f"{base.id!r} is a variable here, not a function", node)
    if not isinstance(func, ast.Attribute):
        return base.id
    if func.attr not in MODULES.get(base.id, ()) or func.attr in scope.functions:
        raise NotCompilable(f"{base.id}.{func.attr} is outside the subset", node)
    return func.attr


def call(scope: Scope, node: ast.Call, k: Then) -> str:
    """The value of a call."""
    name = called(scope, node)
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        raise NotCompilable("*arguments are outside the subset", node)
    if name in scope.functions:
        return _own_call(scope, node, name, k)
    if name == "range":
        return _range(scope, node, k)
    if name == "product":
        return _product(scope, node, k)
    if name == "reversed" and len(node.args) == 1 and not node.keywords:
        return _reversed(scope, node, k)
    if name == "enumerate" and len(node.args) == 2 and not node.keywords:
        return _enumerate(scope, node, k)
    if name == "divmod" and len(node.args) == 2 and not node.keywords:
        return _divmod(scope, node, k)
    operation = CALLS.get(name, {}).get(len(node.args))
    if operation is None or node.keywords:
        raise NotCompilable(f"{name}() with these arguments is outside the subset", node)
    if name == "bool":
        return scope.evaluate(scope, node.args[0], lambda a: bind(scope, f"V.not (V.not {a})", k))
    return _operands(scope, node, name, lambda a: bind(scope, f"{operation} {' '.join(a)}", k))


def _operands(scope: Scope, node: ast.Call, name: str, k: Callable[[list[str]], str]) -> str:
    """Evaluate a built-in function's arguments; those that it walks through may be iterators."""
    first, *rest = node.args
    length_of_range = name == "len" and isinstance(first, ast.Call) and called(scope, first) == "range"
    walks = (name in WALKERS and not rest) or name in ITERATORS - {"range"} or length_of_range
    one = scope.walk if walks else scope.evaluate

    def then(atom: str) -> str:
        if name == "zip":
            return one(scope, rest[0], lambda second: k([atom, second]))
        return emit_all(scope, rest, lambda more: k([atom, *more]), store=False)

    return one(scope, first, then)


def _own_call(scope: Scope, node: ast.Call, name: str, k: Then) -> str:
    if node.keywords or len(node.args) != scope.functions[name]:
        raise NotCompilable(f"{name}() is called with other arguments than it has", node)
    recursive = name == scope.own_name
    scope.recursive = scope.recursive or recursive
    callee = "self" if recursive else f"f_{name}"
    # A cache needs arguments that can be hashed, so no lists.
    guard = "V.unshared " if name in scope.cached else ""

    def call(atoms: list[str]) -> str:
        # Bound first: an argument that is an error must end the program, as it would have in Python.
        def go(index: int, ready: list[str]) -> str:
            if index == len(atoms):
                return bind(scope, f"{callee} {' '.join(ready)}", k)
            return bind(scope, f"{guard}{atoms[index]}", lambda a: go(index + 1, [*ready, a]))

        return go(0, [])

    return emit_all(scope, node.args, call, store=False)


def _range(scope: Scope, node: ast.Call, k: Then) -> str:
    args = node.args
    if node.keywords or not 1 <= len(args) <= 3:
        raise NotCompilable("range() takes one to three arguments here", node)
    full = [ast.Constant(0), args[0]] if len(args) == 1 else list(args)
    if len(full) == 2:
        full.append(ast.Constant(1))
    return emit_all(scope, full, lambda a: bind(scope, f"V.range {' '.join(a)}", k), store=False)


def _divmod(scope: Scope, node: ast.Call, k: Then) -> str:
    def divided(a: list[str]) -> str:
        pair = lambda q: bind(scope, f"V.mod {a[0]} {a[1]}", lambda r: k(f"(V.t [{q}, {r}])"))  # noqa: E731
        return bind(scope, f"V.floordiv {a[0]} {a[1]}", pair)

    return emit_all(scope, node.args, divided, store=False)


def _enumerate(scope: Scope, node: ast.Call, k: Then) -> str:
    """From another number than 0 on."""

    def counted(items: str, start: str, stop: str) -> str:
        places = f"V.range {start} {stop} (V.i (Int.ofNat 1))"
        return bind(scope, places, lambda numbers: bind(scope, f"V.zip {numbers} {items}", k))

    def behind(items: str, start: str) -> str:
        stop = lambda count: bind(scope, f"V.add {start} {count}", lambda s: counted(items, start, s))  # noqa: E731
        return bind(scope, f"V.len {items}", stop)

    first, second = node.args
    return scope.walk(scope, first, lambda i: scope.evaluate(scope, second, lambda start: behind(i, start)))


def _product(scope: Scope, node: ast.Call, k: Then) -> str:
    repeat = [word.value for word in node.keywords if word.arg == "repeat"]
    if len(node.args) != 1 or len(node.keywords) != 1 or not repeat:
        raise NotCompilable("product() is supported as product(xs, repeat=n)", node)

    def times(items: str) -> str:
        return scope.evaluate(scope, repeat[0], lambda count: bind(scope, f"V.product {items} {count}", k))

    return scope.walk(scope, node.args[0], times)


def _reversed(scope: Scope, node: ast.Call, k: Then) -> str:
    one_way = isinstance(node.args[0], ast.GeneratorExp) or (
        isinstance(node.args[0], ast.Call) and called(scope, node.args[0]) in ITERATORS - {"range"}
    )
    if one_way:
        raise NotCompilable("Python cannot go through this backwards: make a list of it first", node)
    return scope.walk(scope, node.args[0], lambda items: backwards(scope, items, k))
