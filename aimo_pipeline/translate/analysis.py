"""What a block of a trace program touches: which names it binds, changes in place, or gives away."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from aimo_pipeline.translate.parts import parts_of

MUTATORS = frozenset({"append", "extend"})


class NotCompilable(Exception):
    """The program leaves the subset; caught by compile_program, which returns Unsupported."""

    def __init__(self, reason: str, node: ast.AST | None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line: int | None = getattr(node, "lineno", None)


def first_line() -> ast.AST:
    """Stands for the whole program where no place in it is to blame."""
    return ast.Pass(lineno=1, col_offset=0)


def base_name(node: ast.expr) -> str | None:
    """The name at the bottom of xs, xs[i], xs[i][j], ...; None when there is none."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def method_base(node: ast.AST) -> str | None:
    """The name whose list `name.append(...)` or `name[i].append(...)` changes."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in MUTATORS:
        return base_name(node.func.value)
    return None


def _targets(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        yield from node.targets
    elif isinstance(node, ast.AugAssign):
        yield node.target


def mutated(stmts: Iterable[ast.stmt]) -> set[str]:
    """Names whose value is changed in place: xs[i] = v, xs[i] += v, xs.append(v), xs.extend(v)."""
    names: set[str] = set()
    for stmt in stmts:
        for node in parts_of(stmt):
            names |= {method_base(node) or ""}
            for target in _targets(node):
                # At any depth: x, (ys[0], z) = ... changes ys.
                stored = (p for p in parts_of(target) if isinstance(p, ast.Subscript))
                names |= {base_name(p) or "" for p in stored if isinstance(p.ctx, ast.Store)}
    return names - {""}


def _stored_values(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Assign):
        yield node.value
    elif isinstance(node, ast.List | ast.Tuple) and isinstance(node.ctx, ast.Load):
        yield from node.elts
    elif method_base(node) is not None and isinstance(node, ast.Call):
        yield from node.args


def touched(stmts: Iterable[ast.stmt]) -> list[str]:
    """Every name whose value may differ after the block, sorted: bound, changed, or given away."""
    block = list(stmts)
    names = mutated(block)
    for stmt in block:
        for node in parts_of(stmt):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            names |= {value.id for value in _stored_values(node) if isinstance(value, ast.Name)}
    return sorted(names)


def loop_targets(function: ast.FunctionDef) -> set[str]:
    """Names bound by for loops and comprehensions: their values belong to somebody else's list."""
    names: set[str] = set()
    for node in parts_of(function):
        if isinstance(node, ast.For | ast.comprehension):
            names |= {part.id for part in parts_of(node.target) if isinstance(part, ast.Name)}
    return names


def always_leaves(stmts: list[ast.stmt]) -> bool:
    """True when control never falls out of the block's end."""
    if not stmts:
        return False
    last = stmts[-1]
    if isinstance(last, ast.Return | ast.Break | ast.Continue):
        return True
    return isinstance(last, ast.If) and always_leaves(last.body) and always_leaves(last.orelse)
