"""All nodes of a program's tree, found quickly: some fifty looks are taken at each program."""

from __future__ import annotations

import ast
from functools import cache

# How a name is used stands in it, too, but is asked of the name; the rest are no nodes.
_NO_NODES = frozenset({"ctx", "id", "attr", "kind", "type_comment", "type_ignores"})


@cache
def _holding(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a node's fields that may hold nodes."""
    return tuple(name for name in fields if name not in _NO_NODES)


def parts_of(tree: ast.AST) -> list[ast.AST]:
    """The tree and everything in it, in the order of ast.walk, but for `ctx` (Load, Store and Del)."""
    found = [tree]
    for node in found:
        for name in _holding(node._fields):
            value = getattr(node, name, None)
            if isinstance(value, ast.AST):
                found.append(value)
            elif type(value) is list:
                found += [item for item in value if isinstance(item, ast.AST)]
    return found
