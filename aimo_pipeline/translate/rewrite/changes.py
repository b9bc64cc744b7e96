"""Changes of a list that are none of the subset's, by those that are: sort, pop, popleft.

Each begins with a change of the subset's own to the same list, xs[-1] = xs[-1]. It changes nothing, raises
where there is nothing to take, and has the compiler look whether the list may be changed under this name;
after that the name may as well stand for a new list.
"""

from __future__ import annotations

import ast

from aimo_pipeline.translate.rewrite.names import (
    assigned,
    at,
    fresh_names,
    given_names,
    means_import,
    names_of,
    read,
)


def with_changes(tree: ast.Module) -> ast.Module:
    """The program with these written out, where they stand alone or are assigned."""
    if means_import(tree, "deque", "collections") and "list" not in set(given_names(tree)):
        _queues(tree)
    changed = _Changes(names_of(tree), set(given_names(tree))).visit(tree)
    assert isinstance(changed, ast.Module)
    return changed


class _Changes(ast.NodeTransformer):
    def __init__(self, names: set[str], given: set[str]) -> None:
        self._fresh = fresh_names("order", names)
        self._plain = not given & {"sorted", "range", "len"}

    def visit_Expr(self, node: ast.Expr) -> ast.stmt | list[ast.stmt]:
        """xs.sort(), xs.pop()."""
        taken = _taken(node.value)
        if taken is not None:
            name, last = taken
            return [at(node, stmt) for stmt in (_same(name, last), _rest(name, last))]
        match node.value:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="sort"), args=[], keywords=words):
                if self._plain:
                    return self._sorted(node, name, words)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.stmt | list[ast.stmt]:
        """x = xs.pop()."""
        taken = _taken(node.value)
        if taken is None or len(node.targets) != 1:
            return node
        name, last = taken
        if any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node.targets[0])):
            return node
        first = ast.Assign(node.targets, _end(name, last))
        return [at(node, stmt) for stmt in (_same(name, last), first, _rest(name, last))]

    def _sorted(self, node: ast.Expr, name: str, words: list[ast.keyword]) -> list[ast.stmt]:
        order, place = next(self._fresh), next(self._fresh)
        element = ast.Subscript(read(name), read(place), ast.Store())
        put = ast.Assign([element], ast.Subscript(read(order), read(place), ast.Load()))
        count = ast.Call(read("len"), [read(name)], [])
        loop = ast.For(ast.Name(place, ast.Store()), ast.Call(read("range"), [count], []), [put], [])
        # Nothing is added; but only a list, and one's own, takes that.
        nothing = ast.Call(ast.Attribute(read(name), "extend", ast.Load()), [ast.List([], ast.Load())], [])
        stmts = [ast.Expr(nothing), assigned(order, ast.Call(read("sorted"), [read(name)], words)), loop]
        return [at(node, stmt) for stmt in stmts]


def _taken(value: ast.expr) -> tuple[str, bool] | None:
    """The list of xs.pop(), xs.pop(0) or xs.popleft(), and whether its last element is taken."""
    match value:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="pop"), args=[], keywords=[]):
            return name, True
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=name), attr="pop"), args=[ast.Constant(value=0)], keywords=[]
        ):
            return name, False
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="popleft"), args=[], keywords=[]):
            return name, False
    return None


def _end(name: str, last: bool, store: bool = False) -> ast.Subscript:
    index = ast.UnaryOp(ast.USub(), ast.Constant(1)) if last else ast.Constant(0)
    return ast.Subscript(read(name), index, ast.Store() if store else ast.Load())


def _same(name: str, last: bool) -> ast.stmt:
    return ast.Assign([_end(name, last, store=True)], _end(name, last))


def _rest(name: str, last: bool) -> ast.stmt:
    minus = ast.UnaryOp(ast.USub(), ast.Constant(1))
    part = ast.Slice(None, minus) if last else ast.Slice(ast.Constant(1), None)
    return assigned(name, ast.Subscript(read(name), part, ast.Load()))


def _queues(tree: ast.Module) -> None:
    """A deque that is only lengthened, taken from, counted and indexed is a list."""
    for function in (stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)):
        for node in ast.walk(function):
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=name)], value=ast.Call(func=ast.Name(id="deque")) as made
                ):
                    if len(made.args) <= 1 and not made.keywords and _like_a_list(function, name):
                        node.value = at(
                            made, ast.Call(read("list"), made.args or [ast.List([], ast.Load())], [])
                        )


def _like_a_list(function: ast.FunctionDef, name: str) -> bool:
    """Whether the name is used in no way in which a deque is not like a list."""
    fine = set[int]()
    for node in ast.walk(function):
        match node:
            case ast.Attribute(value=ast.Name() as used, attr="append" | "popleft" | "pop" | "extend"):
                fine.add(id(used))
            case ast.Call(func=ast.Name(id="len"), args=[ast.Name() as used]):
                fine.add(id(used))
            case ast.While(test=ast.Name() as used) | ast.If(test=ast.Name() as used):
                fine.add(id(used))
            case ast.UnaryOp(op=ast.Not(), operand=ast.Name() as used):
                fine.add(id(used))
            case ast.Subscript(value=ast.Name() as used, slice=part) if not isinstance(part, ast.Slice):
                fine.add(id(used))
            case ast.Call(func=ast.Attribute(attr="pop"), args=[_, *_]):
                return False  # a deque's pop takes no index
    uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
    return all(isinstance(use.ctx, ast.Store) or id(use) in fine for use in uses)
