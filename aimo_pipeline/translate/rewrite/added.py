"""Which functions of Python's a program's names mean, and the functions that are added to the program."""

from __future__ import annotations

import ast

from aimo_pipeline.translate.rewrite.library import SOURCES
from aimo_pipeline.translate.rewrite.names import (
    at,
    fresh_names,
    given_names,
    means_import,
    means_module,
    names_of,
    read,
)

# Function -> the module that has it, None for a built-in.
_HOMES = {
    **dict.fromkeys(
        ("sorted", "min", "max", "bin", "str", "int", "len", "set", "map", "filter", "enumerate")
    ),
    **dict.fromkeys(("zip", "reversed", "list")),
    "prod": "math",
    "accumulate": "itertools",
    "product": "itertools",
}


class Added:
    """Functions of library.py in one program, under names that it has not."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree
        given = set(given_names(tree))
        self._known = {
            name
            for name, home in _HOMES.items()
            if (name not in given if home is None else means_import(tree, name, home))
        }
        self._modules = {home for home in _HOMES.values() if home and means_module(tree, home)}
        self._fresh = fresh_names("helper", names_of(tree))
        self._variables = fresh_names("each", names_of(tree))
        self._added: dict[str, str] = {}

    def means(self, node: ast.expr) -> str | None:
        """Which function of Python's an expression is, however it is reached; None for any other."""
        match node:
            case ast.Name(id=name) if name in self._known:
                return name
            case ast.Attribute(value=ast.Name(id=module), attr=name) if module in self._modules:
                return name if _HOMES.get(name) == module else None
        return None

    def knows(self, *names: str) -> bool:
        """Whether these names mean Python's functions."""
        return self._known.issuperset(names)

    def call(self, what: str, place: ast.AST, *arguments: ast.expr) -> ast.expr:
        """A call of a function of library.py, which is added at the program's end."""
        if what not in self._added:
            self._added[what] = next(self._fresh)
            function = ast.parse(SOURCES[what]).body[0]
            assert isinstance(function, ast.FunctionDef)
            function.name = self._added[what]
            for part in ast.walk(function):
                if hasattr(part, "lineno"):
                    ast.copy_location(part, place)
            self._tree.body.append(function)
        return at(place, ast.Call(read(self._added[what]), list(arguments), []))

    def iterator(self, what: str, place: ast.AST, *arguments: ast.expr) -> ast.expr:
        """The same of a function that gives an iterator."""
        return as_iterator(self.call(what, place, *arguments), next(self._variables))


def as_iterator(items: ast.expr, variable: str) -> ast.expr:
    """What goes through a list once: to keep it, count it or index it is refused, as Python would."""
    walk = ast.comprehension(ast.Name(variable, ast.Store()), items, [], 0)
    return at(items, ast.GeneratorExp(read(variable), [walk]))


def as_list(items: ast.expr) -> ast.expr:
    """list(items)."""
    return at(items, ast.Call(read("list"), [items], []))
