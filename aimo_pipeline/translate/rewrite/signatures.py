"""Default values and keyword arguments of a program's own functions: every call names all, in order."""

from __future__ import annotations

import ast

from aimo_pipeline.translate.rewrite.names import at, given_names


def with_plain_signatures(tree: ast.Module) -> ast.Module:
    """The program with positional parameters only, as far as its defaults are numbers."""
    functions = {stmt.name: stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)}
    given = list(given_names(tree))
    plain = {
        name: _parameters(function)
        for name, function in functions.items()
        if given.count(name) == 1 and _fits(function)
    }
    _Calls(plain).visit(tree)
    for name in plain:
        args = functions[name].args
        args.args, args.kwonlyargs = [*args.args, *args.kwonlyargs], []
        args.defaults, args.kw_defaults = [], []
    return tree


def _fits(function: ast.FunctionDef) -> bool:
    args = function.args
    if args.vararg or args.kwarg or args.posonlyargs or function.name == "a":
        return False
    return all(default is None or _is_number(default) for default in (*args.defaults, *args.kw_defaults))


def _is_number(node: ast.expr) -> bool:
    # A list would be one object for all calls.
    match node:
        case ast.Constant(value=int()):
            return True
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int())):
            return True
    return False


def _parameters(function: ast.FunctionDef) -> list[tuple[str, ast.expr | None, bool]]:
    """Name, default, and whether an argument can be given by its place."""
    args = function.args
    missing: list[ast.expr | None] = [None] * (len(args.args) - len(args.defaults))
    places = zip(args.args, [*missing, *args.defaults], strict=True)
    words = zip(args.kwonlyargs, args.kw_defaults, strict=True)
    return [*((arg.arg, default, True) for arg, default in places), *((a.arg, d, False) for a, d in words)]


class _Calls(ast.NodeTransformer):
    def __init__(self, functions: dict[str, list[tuple[str, ast.expr | None, bool]]]) -> None:
        self._functions = functions

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """A call that names all of its arguments; one that Python would refuse is left alone."""
        self.generic_visit(node)
        if not isinstance(node.func, ast.Name) or node.func.id not in self._functions:
            return node
        parameters = self._functions[node.func.id]
        words = {word.arg: word.value for word in node.keywords if word.arg is not None}
        by_place = sum(place for _, _, place in parameters)
        starred = any(isinstance(arg, ast.Starred) for arg in node.args)
        if starred or len(words) != len(node.keywords) or len(node.args) > by_place:
            return node
        full: list[ast.expr] = list(node.args)
        for name, default, _ in parameters[len(node.args) :]:
            value = words.pop(name, default)
            if value is None:
                return node
            full.append(
                at(node, ast.parse(ast.unparse(value), mode="eval").body) if value is default else value
            )
        if not words:
            node.args, node.keywords = full, []
        return node
