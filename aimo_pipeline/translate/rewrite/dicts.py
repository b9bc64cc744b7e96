"""Dictionaries that never leave their function: two lists, of the keys and of the values, in Python's order.

Which ones, and what may be done with them, is in dict_uses.py. Keys go through a function with a cache, which
like a dictionary takes no list.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from aimo_pipeline.translate.rewrite.added import Added, as_list
from aimo_pipeline.translate.rewrite.dict_uses import COUNTER, DEFAULT, dicts_of, meanings_of
from aimo_pipeline.translate.rewrite.names import appended, assigned, at, fresh_names, names_of, read


def with_dicts(tree: ast.Module) -> ast.Module:
    """The program without the dictionaries that can be written as lists."""
    fresh, meanings = fresh_names("table", names_of(tree)), meanings_of(tree)
    for function in [stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)]:
        kinds = dicts_of(function, meanings)
        if kinds:
            pairs = {name: (next(fresh), next(fresh)) for name in kinds}
            _Written(tree, kinds, pairs, fresh).visit(function)
    return tree


class _Written(ast.NodeTransformer):
    def __init__(
        self,
        tree: ast.Module,
        kinds: dict[str, set[str]],
        pairs: dict[str, tuple[str, str]],
        fresh: Iterator[str],
    ) -> None:
        self._kinds, self._pairs, self._fresh = kinds, pairs, fresh
        self._added = Added(tree)

    def _is(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Name) and node.id in self._pairs

    def _names(self, node: ast.expr) -> tuple[str, str]:
        assert isinstance(node, ast.Name)
        return self._pairs[node.id]

    def _name(self, node: ast.expr) -> str:
        assert isinstance(node, ast.Name)
        return node.id

    def _key(self, key: ast.expr) -> ast.expr:
        return self._added.call("hashed", key, key)

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        """A new dictionary, another one's name, or an element."""
        match node:
            case ast.Assign(targets=[ast.Name() as target], value=value) if self._is(target):
                return [at(node, stmt) for stmt in self._made(target, value)]
            case ast.Assign(targets=[ast.Subscript(value=table, slice=key)], value=value) if self._is(table):
                new = next(self._fresh)
                before = assigned(new, self.visit(value))
                stmts = [before, *self._put(table, self.visit(key), read(new))]
                return [at(node, stmt) for stmt in stmts]
        self.generic_visit(node)
        return node

    def _made(self, target: ast.expr, value: ast.expr) -> Iterable[ast.stmt]:
        keys, values = self._names(target)
        if self._is(value):
            return [
                assigned(mine, read(its))
                for mine, its in zip((keys, values), self._names(value), strict=True)
            ]
        empty = [assigned(keys, ast.List([], ast.Load())), assigned(values, ast.List([], ast.Load()))]
        if isinstance(value, ast.Call) and value.args and self._kinds[self._name(target)] == {COUNTER}:
            return self._counted(target, value.args[0], empty)
        if not isinstance(value, ast.Dict):
            return empty
        puts: list[ast.stmt] = []
        for key, element in zip(value.keys, value.values, strict=True):
            assert key is not None
            puts += self._put(target, self.visit(key), self.visit(element))
        return [*empty, *puts]

    def _counted(self, target: ast.expr, items: ast.expr, empty: list[ast.Assign]) -> list[ast.stmt]:
        """Counter(items)."""
        walked, item = next(self._fresh), next(self._fresh)
        element = ast.Subscript(target, read(item), ast.Store())
        more = ast.AugAssign(element, ast.Add(), ast.Constant(1))
        loop = ast.For(ast.Name(item, ast.Store()), read(walked), self._changed(target, read(item), more), [])
        return [assigned(walked, as_list(self.visit(items))), *empty, loop]

    def _put(self, table: ast.expr, key: ast.expr, value: ast.expr) -> list[ast.stmt]:
        """table[key] = value."""
        keys, values = self._names(table)
        name = next(self._fresh)
        place = self._added.call("index", key, read(keys), read(name))
        element = ast.Subscript(read(values), place, ast.Store())
        return [
            assigned(name, self._key(key)),
            ast.If(
                ast.Compare(read(name), [ast.In()], [read(keys)]),
                [ast.Assign([element], value)],
                [appended(keys, read(name)), appended(values, value)],
            ),
        ]

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt | list[ast.stmt]:
        """table[key] += value."""
        match node.target:
            case ast.Subscript(value=table, slice=key) if self._is(table):
                return [at(node, stmt) for stmt in self._changed(table, self.visit(key), node)]
        self.generic_visit(node)
        return node

    def _changed(self, table: ast.expr, key: ast.expr, node: ast.AugAssign) -> list[ast.stmt]:
        keys, values = self._names(table)
        assert isinstance(table, ast.Name)
        name, new = next(self._fresh), next(self._fresh)
        stmts: list[ast.stmt] = [assigned(name, self._key(key))]
        if self._kinds[table.id] == {DEFAULT}:
            absent = ast.Compare(read(name), [ast.NotIn()], [read(keys)])
            stmts.append(ast.If(absent, [appended(keys, read(name)), appended(values, ast.Constant(0))], []))
        old = self._read(table, read(name), node)
        stmts.append(assigned(new, ast.BinOp(old, node.op, self.visit(node.value))))
        return [*stmts, *self._put(table, read(name), read(new))]

    def _read(self, table: ast.expr, key: ast.expr, place: ast.AST) -> ast.expr:
        keys, values = self._names(table)
        assert isinstance(table, ast.Name)
        if self._kinds[table.id] == {COUNTER}:
            return self._added.call("get", place, read(keys), read(values), key, ast.Constant(0))
        return self._added.call("at", place, read(keys), read(values), key)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """table[key], read."""
        if self._is(node.value):
            return self._read(node.value, self._key(self.visit(node.slice)), node)
        self.generic_visit(node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """key in table."""
        if len(node.comparators) == 1 and self._is(node.comparators[0]):
            keys, _ = self._names(node.comparators[0])
            node.left, node.comparators = self._key(self.visit(node.left)), [at(node, read(keys))]
            return node
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """table.get(key, other), table.keys(), table.values(), table.items()."""
        match node:
            case ast.Call(func=ast.Attribute(value=table, attr=name)) if self._is(table):
                keys, values = self._names(table)
                match name:
                    case "get":
                        key, other = self._key(self.visit(node.args[0])), self.visit(node.args[1])
                        return self._added.call("get", node, read(keys), read(values), key, other)
                    case "items":
                        return at(node, ast.Call(read("zip"), [read(keys), read(values)], []))
                return at(node, read(keys if name == "keys" else values))
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Where the table itself is walked through, counted or tested, its keys are."""
        return at(node, read(self._names(node)[0])) if self._is(node) else node
