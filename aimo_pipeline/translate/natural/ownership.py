"""That a list has one name: Python shares lists by name, these values are copied.

A list may be given another name only where its first name is not read any more, and nothing but the
function's own lists may be given away at all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aimo_pipeline.translate.analysis import NotCompilable, base_name, touched
from aimo_pipeline.translate.natural.scope import Scope
from aimo_pipeline.translate.natural.shapes import NATURAL, has_row


def check_moves(scope: Scope, stmt: ast.stmt, value: ast.expr, target: ast.expr | None) -> None:
    """Look at the lists that a statement gives another name.

    Raises:
        NotCompilable: one of them may be read under two names afterwards.
    """
    given = [name for name in _yielded(value) if has_row(scope.shapes.get(name, NATURAL))]
    places = list(ast.walk(target)) if target else []
    targets = {n.id for n in places if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    # x[0], y = 1, x changes the list that y is now.
    changed = {base_name(n) for n in places if isinstance(n, ast.Subscript)}
    for name in given:
        kept = target is not None and name not in targets and name in scope.live[stmt]
        if kept or name in scope.parameters or name in changed or given.count(name) > 1:
            raise NotCompilable(f"the list {name!r} would have two names", stmt)


def _yielded(node: ast.expr) -> Iterator[str]:
    """Variables whose value may be (part of) the expression's value."""
    match node:
        case ast.Name(id=name):
            yield name
        case ast.IfExp():
            yield from _yielded(node.body)
            yield from _yielded(node.orelse)
        case ast.Tuple() | ast.List():
            for part in node.elts:
                yield from _yielded(part)
        case ast.BoolOp():
            for part in node.values:
                yield from _yielded(part)


def check_walk(stmt: ast.For) -> None:
    """That a loop does not change a list in place while it walks through it, under whatever name.

    Raises:
        NotCompilable: it does, or gives the list another name under which it might.
    """
    changed = set(_walked(stmt.iter)) & set(touched(stmt.body))
    if changed:
        raise NotCompilable(f"the loop changes {min(changed)!r}, which it walks through", stmt)


def _walked(node: ast.expr) -> Iterator[str]:
    match node:
        case ast.Name(id=name):
            yield name
        case ast.Call(func=ast.Name(id="enumerate" | "zip" | "reversed"), args=args):
            for arg in args:
                yield from _walked(arg)
        case ast.IfExp():
            yield from _walked(node.body)
            yield from _walked(node.orelse)
        case ast.GeneratorExp():
            # It looks its names up anew in every turn.
            yield from (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
