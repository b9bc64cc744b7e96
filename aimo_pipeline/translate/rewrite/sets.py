"""Sets that never leave their function, as lists of distinct elements; only where their order plays no part.

s = set(), s = set(xs), s = {...}, s.add(x), x in s, len(s), min(s), max(s), sum(s), sorted(s), and s = t of
two sets. Elements go through a function with a cache, which like a set takes no list. A set that is used in
any other way, or walked through, is left as it is, and refused: Python's order of a set is no rule.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aimo_pipeline.translate.rewrite.added import Added, as_list
from aimo_pipeline.translate.rewrite.names import (
    appended,
    assigned,
    at,
    fresh_names,
    given_names,
    names_of,
    read,
)

_READERS = frozenset({"len", "min", "max", "sum", "sorted"})


def with_sets(tree: ast.Module) -> ast.Module:
    """The program without the sets that can be written as lists."""
    given = set(given_names(tree))
    if given & {"set", "list", *_READERS}:
        return tree
    fresh = fresh_names("element", names_of(tree))
    for function in [stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)]:
        names = _sets(function)
        if names:
            _Written(tree, names, fresh).visit(function)
    return tree


def _sets(function: ast.FunctionDef) -> set[str]:
    """The function's sets of which all that is done with them is known."""
    assignments = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
    made = {_target(node) for node in assignments if _is_set(node.value)}
    for _ in assignments:  # as far as one set is handed to the next
        made |= {_target(n) for n in assignments if isinstance(n.value, ast.Name) and n.value.id in made}
    sets = {name for name in made if name}
    while True:
        known = {id(use) for node in ast.walk(function) for use in _known(node, sets)}
        uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id in sets]
        odd = {use.id for use in uses if id(use) not in known}
        odd |= {arg.arg for arg in function.args.args if arg.arg in sets}
        if not odd:
            return sets
        sets -= odd


def _target(node: ast.Assign) -> str:
    match node.targets:
        case [ast.Name(id=name)]:
            return name
    return ""


def _is_set(value: ast.expr) -> bool:
    match value:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set"), args=[] | [_], keywords=[]):
            return True
    return False


def _known(node: ast.AST, sets: set[str]) -> Iterator[ast.expr]:
    """Names of sets that stand in a known place right below the node."""
    match node:
        case ast.Assign(targets=[ast.Name() as target], value=value) if _is_set(value):
            yield target
        case ast.Assign(targets=[ast.Name(id=one) as target], value=ast.Name(id=other) as value):
            yield from (target, value) if {one, other} <= sets else ()
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name() as used, attr="add"), args=[_])):
            yield used
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Name() as used]):
            yield used
        case ast.Call(func=ast.Name(id=name), args=[ast.Name() as used]) if name in _READERS:
            yield used
        case ast.While(test=ast.Name() as used) | ast.If(test=ast.Name() as used):
            yield used
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name() as used):
            yield used


class _Written(ast.NodeTransformer):
    def __init__(self, tree: ast.Module, sets: set[str], fresh: Iterator[str]) -> None:
        self._sets, self._fresh, self._added = sets, fresh, Added(tree)

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        """A new set."""
        self.generic_visit(node)
        name = _target(node)
        if name not in self._sets or not _is_set(node.value):
            return node
        items = next(self._fresh)
        stmts = [assigned(items, self._items(node.value)), assigned(name, ast.List([], ast.Load()))]
        loop = ast.For(ast.Name(next(self._fresh), ast.Store()), read(items), [], [])
        assert isinstance(loop.target, ast.Name)
        loop.body = self._add(name, read(loop.target.id))
        return [at(node, stmt) for stmt in (*stmts, loop)]

    def _items(self, value: ast.expr) -> ast.expr:
        match value:
            case ast.Set(elts=elements):
                return ast.List([self._hashed(element) for element in elements], ast.Load())
            case ast.SetComp(elt=element, generators=walks):
                return ast.ListComp(self._hashed(element), walks)
            case ast.Call(args=[items]):
                return as_list(items)
        return ast.List([], ast.Load())

    def _hashed(self, element: ast.expr) -> ast.expr:
        return self._added.call("hashed", element, element)

    def _add(self, name: str, element: ast.expr) -> list[ast.stmt]:
        new = next(self._fresh)
        absent = ast.Compare(read(new), [ast.NotIn()], [read(name)])
        return [assigned(new, self._hashed(element)), ast.If(absent, [appended(name, read(new))], [])]

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        """s.add(x)."""
        self.generic_visit(node)
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="add"), args=[element]):
                if name in self._sets:
                    return [at(node, stmt) for stmt in self._add(name, element)]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """x in s."""
        self.generic_visit(node)
        match node.comparators:
            case [ast.Name(id=name)] if name in self._sets:
                node.left = self._hashed(node.left)
        return node
