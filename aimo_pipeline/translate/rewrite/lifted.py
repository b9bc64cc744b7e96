"""Functions inside a function, moved to the top: what they read of it becomes parameters.

Only where these names are bound once, before anything can call: then they are at every call what they are in
Python, which looks them up when they are read. `f = lambda x: ...` is such a function, too.
"""

from __future__ import annotations

import ast

from aimo_pipeline.translate.rewrite.names import at, fresh_names, given_names, locals_of, names_of, read


def with_lifted(tree: ast.Module) -> ast.Module:
    """The program without functions in functions, as far as they can be moved."""
    _named_lambdas(tree.body, tree)
    fresh = fresh_names("inner", names_of(tree))
    added: list[ast.stmt] = []
    for function in [stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)]:
        _named_lambdas(function.body, function)
        inner = {stmt.name: stmt for stmt in function.body if isinstance(stmt, ast.FunctionDef)}
        needed = _needed(function, inner)
        if not inner or needed is None:
            continue
        names = {name: next(fresh) for name in inner}
        for name, node in inner.items():
            node.name = names[name]
            node.args.args = [*(ast.arg(free) for free in needed[name]), *node.args.args]
            added.append(node)
        function.body = [stmt for stmt in function.body if stmt not in inner.values()] or [ast.Pass()]
        for block in (function, *inner.values()):
            _Calls(names, needed).visit(block)
    tree.body = [*tree.body, *added]
    return ast.fix_missing_locations(tree)


def _named_lambdas(body: list[ast.stmt], whole: ast.AST) -> None:
    given = list(given_names(whole))
    for place, stmt in enumerate(body):
        match stmt:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=args, body=value)):
                if given.count(name) == 1 and args.args:
                    body[place] = at(stmt, ast.FunctionDef(name, args, [ast.Return(value)], []))


def _needed(function: ast.FunctionDef, inner: dict[str, ast.FunctionDef]) -> dict[str, list[str]] | None:
    """Which names of the outer function each inner one needs, by itself or by those that it calls.

    Returns:
        None where an inner function is more than called, defined elsewhere than in the outer one's first
        level, or needs a name that changes.
    """
    bound = locals_of(function)
    own = {name: set(locals_of(node)) for name, node in inner.items()}
    if any(bound.count(name) != 1 for name in inner) or _more_than_called(function, set(inner)):
        return None
    if _called_early(function, set(inner)):
        return None
    if any(isinstance(n, ast.FunctionDef) for f in inner.values() for s in f.body for n in ast.walk(s)):
        return None
    reads = {
        name: {n.id for s in node.body for n in ast.walk(s) if isinstance(n, ast.Name)} - own[name]
        for name, node in inner.items()
    }
    needed = {name: (reads[name] & set(bound)) - set(inner) for name in inner}
    while True:
        wider = {
            name: needed[name].union(*(needed[other] for other in reads[name] & set(inner))) for name in inner
        }
        if wider == needed:
            break
        needed = wider
    for name, free in needed.items():
        if any(bound.count(one) != 1 or not _bound_first(function, one) for one in free) or free & own[name]:
            return None
    return {name: sorted(free) for name, free in needed.items()}


def _bound_first(function: ast.FunctionDef, name: str) -> bool:
    """Whether it is a parameter, or bound by one of the outer function's own statements."""
    if any(arg.arg == name for arg in function.args.args):
        return True
    return any(
        isinstance(stmt, ast.Assign)
        and any(isinstance(p, ast.Name) and p.id == name for t in stmt.targets for p in ast.walk(t))
        for stmt in function.body
    )


def _called_early(function: ast.FunctionDef, names: set[str]) -> bool:
    """Whether a statement before the last definition may call one of them."""
    last = max(
        (place for place, stmt in enumerate(function.body) if isinstance(stmt, ast.FunctionDef)), default=0
    )
    before = (stmt for stmt in function.body[:last] if not isinstance(stmt, ast.FunctionDef))
    return any(isinstance(n, ast.Name) and n.id in names for stmt in before for n in ast.walk(stmt))


def _more_than_called(function: ast.FunctionDef, names: set[str]) -> bool:
    """Whether one of these functions is handed on as a value."""
    called = {id(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    used = (n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id in names)
    return any(id(node) not in called for node in used)


class _Calls(ast.NodeTransformer):
    """Calls of moved functions, by their new names and with what they need."""

    def __init__(self, names: dict[str, str], needed: dict[str, list[str]]) -> None:
        self._names, self._needed = names, needed

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """A call."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in self._names:
            name = node.func.id
            more = [at(node, read(free)) for free in self._needed[name]]
            node.func = at(node.func, read(self._names[name]))
            node.args = [*more, *node.args]
        return node
