"""Which names and expressions may be bools: True is 1 wherever a program computes, but not as a text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aimo_pipeline.translate.parts import parts_of
from aimo_pipeline.translate.rewrite.names import given_names

_ARITHMETIC = ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.Mod | ast.Pow | ast.LShift | ast.RShift
_NUMBER_CALLS = frozenset(
    {"len", "sum", "abs", "int", "gcd", "lcm", "isqrt", "comb", "factorial", "pow", "prod"}
)


class Bools:
    """May an expression inside a function be a bool? Where that cannot be seen, it may."""

    def __init__(self, tree: ast.Module) -> None:
        self._functions = {stmt.name: stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)}
        self._own = set(given_names(tree))
        self._constants = {
            stmt.targets[0].id: isinstance(stmt.value.value, bool)
            for stmt in tree.body
            if isinstance(stmt, ast.Assign)
            and isinstance(stmt.targets[0], ast.Name)
            and isinstance(stmt.value, ast.Constant)
        }
        self._maybe: set[tuple[str, str]] = set()
        calls = [node for node in parts_of(tree) if isinstance(node, ast.Call)]
        called = {id(call.func) for call in calls}
        # A function that is handed on as a value may be called with anything.
        self._handed_on = {
            node.id for node in parts_of(tree) if isinstance(node, ast.Name) and id(node) not in called
        }
        while any([self._spread(name, function) for name, function in self._functions.items()]):
            pass

    def possible(self, function: str, node: ast.expr) -> bool:
        """Whether the expression may be one."""
        match node:
            case ast.Constant(value=value):
                return not isinstance(value, int) or isinstance(value, bool)
            case ast.Name(id=name):
                if name in self._constants and name not in self._bound(function):
                    return self._constants[name]
                return (function, name) in self._maybe or name not in self._bound(function)
            case ast.UnaryOp(op=ast.USub()):
                return False
            case ast.BinOp(op=op):
                both = self.possible(function, node.left) or self.possible(function, node.right)
                return False if isinstance(op, _ARITHMETIC) else both
            case ast.IfExp():
                return self.possible(function, node.body) or self.possible(function, node.orelse)
            case ast.Call(func=ast.Name(id="sum"), args=args, keywords=words) if len(args) + len(words) > 1:
                return True  # of nothing the sum is the start itself
            case ast.Call(func=ast.Name(id=name)) | ast.Call(func=ast.Attribute(attr=name)):
                return self._call(name)
        return True

    def _call(self, name: str) -> bool:
        if name in self._functions:
            returns = [n for n in parts_of(self._functions[name]) if isinstance(n, ast.Return) and n.value]
            return any((name, "return") in self._maybe for _ in returns)
        return name in self._own or name not in _NUMBER_CALLS

    def _bound(self, function: str) -> set[str]:
        return set(given_names(self._functions[function])) if function in self._functions else set()

    def _spread(self, name: str, function: ast.FunctionDef) -> bool:
        """Follow one function's bindings; True if anything new may be a bool."""
        before = len(self._maybe)
        for owner, variable, value in self._bindings(name, function):
            if value is None or self.possible(name, value):
                self._maybe.add((owner, variable))
        return len(self._maybe) > before

    def _bindings(self, name: str, function: ast.FunctionDef) -> Iterator[tuple[str, str, ast.expr | None]]:
        """Whose variable gets which value; None for one that is not followed."""
        args = function.args
        parameters = [*args.posonlyargs, *args.args, *args.kwonlyargs]
        if name in self._handed_on or args.vararg or args.kwarg:
            yield from ((name, arg.arg, None) for arg in parameters if name != "a")
        yield from ((name, inner.arg, None) for inner in _inner_parameters(function))
        seen = set[int]()
        for node in parts_of(function):
            match node:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        if isinstance(target, ast.Name):
                            seen.add(id(target))
                            yield name, target.id, value
                case ast.AugAssign(target=ast.Name() as target, op=op, value=value):
                    seen.add(id(target))
                    yield name, target.id, ast.BinOp(ast.Name(target.id, ast.Load()), op, value)
                case (
                    ast.For(target=ast.Name() as target, iter=walked)
                    | ast.comprehension(target=ast.Name() as target, iter=walked)
                ) if _is_range(walked) and "range" not in self._own:
                    seen.add(id(target))
                case ast.Call(func=ast.Name(id=callee)) if callee in self._functions:
                    yield from self._arguments(callee, node)
                case ast.Return(value=value) if value is not None:
                    yield name, "return", value
        for node in parts_of(function):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in seen:
                yield name, node.id, None

    def _arguments(self, callee: str, call: ast.Call) -> Iterator[tuple[str, str, ast.expr | None]]:
        names = [arg.arg for arg in self._functions[callee].args.args]
        if any(isinstance(arg, ast.Starred) for arg in call.args) or len(call.args) > len(names):
            yield from ((callee, name, None) for name in names)
            return
        yield from ((callee, name, value) for name, value in zip(names, call.args, strict=False))
        yield from ((callee, word.arg or "", word.value) for word in call.keywords)
        defaults = self._functions[callee].args.defaults
        yield from ((callee, name, value) for name, value in zip(names[::-1], defaults[::-1], strict=False))


def _inner_parameters(function: ast.FunctionDef) -> Iterator[ast.arg]:
    """Parameters of functions and lambdas inside, which are called with anything."""
    for node in parts_of(function):
        if isinstance(node, ast.Lambda | ast.FunctionDef) and node is not function:
            yield from (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)


def _is_range(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range"
