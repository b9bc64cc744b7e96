"""Programs that are a program with something left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator


def smaller(source: str) -> list[str]:
    """Every text with one statement or expression fewer, the shortest first; they need not run."""
    tree = ast.parse(source)
    found = {ast.unparse(one) for one in _without(tree)}
    return sorted((text for text in found if len(text) < len(source)), key=len)


def _without(tree: ast.Module) -> Iterator[ast.Module]:
    # Changed in place for the moment that it is written out.
    for node in list(ast.walk(tree)):
        for name, old in ast.iter_fields(node):
            for new in _less(old):
                setattr(node, name, new)
                yield tree
            setattr(node, name, old)


def _less(old: object) -> Iterator[object]:
    if isinstance(old, list) and old and isinstance(old[0], ast.stmt):
        for place, stmt in enumerate(old):
            others = [*old[:place], *old[place + 1 :]]
            if others:
                yield others
            yield from (
                [*old[:place], *inner, *old[place + 1 :]]
                for inner in (getattr(stmt, "body", []), getattr(stmt, "orelse", []))
                if inner and not isinstance(stmt, ast.FunctionDef)
            )
    elif isinstance(old, ast.expr) and not isinstance(old, ast.Constant | ast.Name):
        yield from (part for part in ast.iter_child_nodes(old) if isinstance(part, ast.expr))
        yield ast.Constant(1)
