"""Which variables may still be read from a point on; what is read no more needs no place in a loop's state.

Backward data flow over the statements of one function (Aho et al., Compilers, 9.2.5). A variable that is
dropped costs Lean's kernel nothing, and a loop's proof need not speak of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from aimo_pipeline.translate.analysis import touched
from aimo_pipeline.translate.parts import parts_of

Names = frozenset[str]
Live = dict[ast.stmt, Names]


@dataclass(frozen=True)
class _Around:
    """What is live where `break` and `continue` lead."""

    leave: Names
    again: Names


def _reads(nodes: Iterable[ast.AST | None]) -> Names:
    """Every name that may be read; names of comprehensions count too, which errs on the safe side."""
    found = {
        part.id
        for node in nodes
        if node is not None
        for part in parts_of(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }
    return frozenset(found)


def _bound(target: ast.expr) -> Names:
    """Names that an assignment gives a new value; xs[i] = v changes xs and so reads it."""
    parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
    return frozenset(part.id for part in parts if isinstance(part, ast.Name))


def _block(stmts: list[ast.stmt], after: Names, around: _Around | None, found: Live) -> Names:
    for stmt in reversed(stmts):
        found.setdefault(stmt, frozenset())
        found[stmt] |= after
        after = _before(stmt, after, around, found)
    return after


def _before(stmt: ast.stmt, after: Names, around: _Around | None, found: Live) -> Names:
    match stmt:
        case ast.Return():
            return _reads([stmt.value])
        case ast.Break() if around is not None:
            return around.leave
        case ast.Continue() if around is not None:
            return around.again
        case ast.Assign():
            bound = frozenset[str]().union(*(_bound(target) for target in stmt.targets))
            return (after - bound) | _reads([stmt.value, *stmt.targets])
        case ast.AugAssign():
            return after | _reads([stmt.value, stmt.target]) | _bound(stmt.target)
        case ast.If():
            yes = _block(stmt.body, after, around, found)
            return yes | _block(stmt.orelse, after, around, found) | _reads([stmt.test])
        case ast.For():
            targets = _bound(stmt.target)
            return _loop(stmt, after, targets, found) | _reads([stmt.iter])
        case ast.While():
            return _loop(stmt, after | _reads([stmt.test]), frozenset(), found)
    return after | _reads([stmt])


def _loop(stmt: ast.For | ast.While, after: Names, targets: Names, found: Live) -> Names:
    head = after
    while True:  # grows until it no longer does; at most once for each variable
        grown = head | (_block(stmt.body, head, _Around(after, head), found) - targets)
        if grown == head:
            found[stmt] = head
            return head
        head = grown


def live_names(function: ast.FunctionDef) -> Live:
    """For each statement, what is live after it; for a loop, what is where a turn begins or none follows."""
    found: Live = {}
    _block(function.body, frozenset(), None, found)
    return found


def carried(function: ast.FunctionDef, loop: ast.stmt) -> list[str]:
    """Variables that a loop hands from turn to turn, sorted."""
    live = live_names(function)[loop]
    parameters = {arg.arg for arg in function.args.args}
    bound = {
        node.id
        for node in parts_of(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return [name for name in touched([loop]) if name in live and name in bound | parameters]
