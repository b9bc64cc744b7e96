"""`else` after a loop, chained assignment, sum with a start, and a cached a(n).

`else` becomes a flag that `break` sets and an `if` behind the loop; x = y = v becomes x = v and y = x;
sum(xs, v) becomes v + sum(xs); an a(n) under a cache becomes another function that a(n) calls.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aimo_pipeline.translate.rewrite.names import assigned, at, fresh_names, given_names, names_of


def with_plain_loops(tree: ast.Module) -> ast.Module:
    """The same program, as far as these constructs go; the tree that is given is changed."""
    names = names_of(tree)
    changed = _Plain(names, set(given_names(tree))).visit(tree)
    assert isinstance(changed, ast.Module)
    _uncached(changed, next(fresh_names("a", names)))
    return changed


def _uncached(tree: ast.Module, other: str) -> None:
    """Give a cached a(n) another name, and have a(n) call it."""
    found = [stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef) and stmt.name == "a"]
    if len(found) != 1 or not found[0].decorator_list or len(found[0].args.args) != 1:
        return
    if any(isinstance(n, ast.Name) and n.id == "a" and isinstance(n.ctx, ast.Store) for n in ast.walk(tree)):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id == "a":
            node.id = other
    cached, parameter = found[0], found[0].args.args[0].arg
    cached.name = other
    call = ast.Call(ast.Name(other, ast.Load()), [ast.Name(parameter, ast.Load())], [])
    arguments = ast.arguments([], [ast.arg(parameter)], None, [], [], None, [])
    entry = ast.FunctionDef("a", arguments, [at(cached, ast.Return(at(cached, call)))], [])
    tree.body.append(at(cached, entry))


class _Plain(ast.NodeTransformer):
    """From the inside out; `taken` are the program's names, `given` those that are its own."""

    def __init__(self, taken: set[str], given: set[str]) -> None:
        self._flags = fresh_names("left", taken)
        self._own_sum = "sum" in given

    def visit_For(self, node: ast.For) -> list[ast.stmt]:
        """A loop over something."""
        return self._loop(node)

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        """A loop under a condition."""
        return self._loop(node)

    def _loop(self, loop: ast.For | ast.While) -> list[ast.stmt]:
        self.generic_visit(loop)
        behind, loop.orelse = loop.orelse, []
        breaks = list(_breaks(loop.body))
        if not behind or not breaks:
            return [loop, *behind]
        flag = next(self._flags)
        for block, place in reversed(breaks):
            block.insert(place, at(block[place], assigned(flag, ast.Constant(1))))
        whole = ast.Compare(ast.Name(flag, ast.Load()), [ast.Eq()], [ast.Constant(0)])
        return [
            at(loop, assigned(flag, ast.Constant(0))),
            loop,
            at(behind[0], ast.If(whole, behind, [])),
        ]

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | list[ast.stmt]:
        """x = y = v, of names."""
        self.generic_visit(node)
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if len(node.targets) == 1 or len(names) != len(node.targets):
            return node
        first, *others = names
        more = (at(node, assigned(name, ast.Name(first, ast.Load()))) for name in others)
        return [at(node, assigned(first, node.value)), *more]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """sum(xs, v)."""
        self.generic_visit(node)
        if self._own_sum:
            return node
        match node:
            case ast.Call(func=ast.Name(id="sum"), args=[items, start], keywords=[]):
                pass
            case ast.Call(func=ast.Name(id="sum"), args=[items], keywords=[ast.keyword("start", start)]):
                pass
            case _:
                return node
        return at(node, ast.BinOp(start, ast.Add(), at(node, ast.Call(node.func, [items], []))))


def _breaks(block: list[ast.stmt]) -> Iterator[tuple[list[ast.stmt], int]]:
    """Where a loop's own `break`s stand: in which block, at which place."""
    for place, stmt in enumerate(block):
        if isinstance(stmt, ast.Break):
            yield block, place
        elif isinstance(stmt, ast.If):
            yield from _breaks(stmt.body)
            yield from _breaks(stmt.orelse)
