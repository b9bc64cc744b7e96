"""That no variable is read before it has a value: in Python that is an error, here it would be a zero."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from aimo_pipeline.translate.analysis import NotCompilable, always_leaves

Names = frozenset[str]


def check_assigned(function: ast.FunctionDef) -> None:
    """Follow the function from its parameters on.

    Raises:
        NotCompilable: a variable may have no value where it is read.
    """
    parameters = frozenset(arg.arg for arg in function.args.args)
    # A comprehension has its variables to itself.
    inside = {n for c in ast.walk(function) if isinstance(c, ast.comprehension) for n in ast.walk(c.target)}
    stored = (n for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))
    _block(function.body, parameters, frozenset(n.id for n in stored if n not in inside) - parameters)


def _block(stmts: Iterable[ast.stmt], known: Names, own: Names) -> Names:
    for stmt in stmts:
        known = _after(stmt, known, own)
    return known


def _after(stmt: ast.stmt, known: Names, own: Names) -> Names:
    match stmt:
        case ast.If():
            _read([stmt.test], known, own)
            ends = [_block(part, known, own) for part in (stmt.body, stmt.orelse)]
            left = [always_leaves(part) for part in (stmt.body, stmt.orelse)]
            if left[0] != left[1]:
                return ends[left[0]]
            return ends[0] & ends[1]
        case ast.For():
            _read([stmt.iter], known, own)
            _block(stmt.body, known | _stored(stmt.target), own)
            return known
        case ast.While():
            _read([stmt.test], known, own)
            _block(stmt.body, known, own)
            return known
        case ast.Assign():
            _read([stmt.value, *stmt.targets], known, own)
            return known.union(*(_stored(target) for target in stmt.targets))
        case ast.AugAssign(target=ast.Name(id=name)):
            _read([stmt.value, ast.Name(name, ast.Load())], known, own)
            return known
    _read([stmt], known, own)
    return known


def _stored(target: ast.expr) -> Names:
    return frozenset(
        n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    )


def _read(nodes: Iterable[ast.AST], known: Names, own: Names) -> None:
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.GeneratorExp | ast.ListComp):
                _check_comprehension(part)
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                if part.id in own and part.id not in known:
                    raise NotCompilable(f"{part.id!r} may have no value here", part)


def _check_comprehension(node: ast.GeneratorExp | ast.ListComp) -> None:
    """Its variables are its own throughout, and have no value before their own `for`."""
    later = [_stored(part.target) for part in node.generators]
    for index, part in enumerate(node.generators):
        missing = frozenset[str]().union(*later[index:]) if index else frozenset[str]()
        _unread([part.iter], missing)
        _unread(part.ifs, frozenset[str]().union(*later[index + 1 :]))


def _unread(nodes: Iterable[ast.AST], missing: Names) -> None:
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id in missing:
                raise NotCompilable(f"{part.id!r} may have no value here", part)
