"""What names a program has, and names that it has not."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator
from typing import TypeVar

from aimo_pipeline.translate.parts import parts_of

Node = TypeVar("Node", bound=ast.AST)


def names_of(tree: ast.AST) -> set[str]:
    """Every name that stands in it."""
    read, given = _names(tree)
    return {*read, *given}


def given_names(tree: ast.AST) -> list[str]:
    """Names to which the program gives a meaning of its own, once for each time."""
    return _names(tree)[1]


def _names(tree: ast.AST) -> tuple[list[str], list[str]]:
    """Names that are read, and names to which a meaning is given."""
    read, given = list[str](), list[str]()
    for node in parts_of(tree):
        # Not by match: nearly all nodes are none of these.
        if isinstance(node, ast.Name):
            (given if isinstance(node.ctx, ast.Store) else read).append(node.id)
        elif isinstance(node, ast.arg):
            given.append(node.arg)
        elif isinstance(node, ast.FunctionDef):
            given.append(node.name)
        elif isinstance(node, ast.alias):
            given.append(node.asname or node.name)
    return read, given


def means_import(tree: ast.Module, name: str, module: str) -> bool:
    """Whether a bare name is the module's own function of that name, everywhere in the program."""
    imports = (stmt for stmt in tree.body if isinstance(stmt, ast.ImportFrom) and stmt.module == module)
    return _only_given(tree, name, (alias for stmt in imports for alias in stmt.names))


def means_module(tree: ast.Module, name: str) -> bool:
    """Whether a bare name is the module of that name, everywhere in the program."""
    imports = (stmt for stmt in tree.body if isinstance(stmt, ast.Import))
    return _only_given(tree, name, (alias for stmt in imports for alias in stmt.names))


def _only_given(tree: ast.Module, name: str, aliases: Iterable[ast.alias]) -> bool:
    """Whether one of the aliases brings the name under itself, and nothing else in the program gives it."""
    there = any(alias.name == name and alias.asname in (None, name) for alias in aliases)
    return there and list(given_names(tree)).count(name) == 1


def fresh_names(stem: str, taken: set[str]) -> Iterator[str]:
    """stem0, stem1, ..., but for those that are taken."""
    numbers = (f"{stem}{number}" for number in itertools.count())
    return (name for name in numbers if name not in taken)


def at(place: ast.AST, node: Node) -> Node:
    """The node, at the line of `place`, whatever is in it as well."""
    for part in parts_of(node):
        if "lineno" in part._attributes and not hasattr(part, "lineno"):
            ast.copy_location(part, place)
    return node


def assigned(name: str, value: ast.expr) -> ast.Assign:
    """`name = value`."""
    return ast.Assign([ast.Name(name, ast.Store())], value)


def appended(name: str, value: ast.expr) -> ast.Expr:
    """`name.append(value)`."""
    return ast.Expr(ast.Call(ast.Attribute(read(name), "append", ast.Load()), [value], []))


def read(name: str) -> ast.Name:
    """The name, read."""
    return ast.Name(name, ast.Load())


def locals_of(function: ast.FunctionDef) -> list[str]:
    """The function's own names, once for each place that binds one, also in inner functions."""
    own = [arg.arg for arg in _arguments(function)]
    for stmt in function.body:
        own += given_names(stmt)
    return own


def _arguments(function: ast.FunctionDef) -> list[ast.arg]:
    args = function.args
    return [*args.posonlyargs, *args.args, *args.kwonlyargs]
