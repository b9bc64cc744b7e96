"""Which dictionaries of a function can be written as lists: those of which every use is known.

d = {}, d[k] = v, d[k] += v, d[k], d.get(k, x), k in d, len(d), d.keys(), d.values(), d.items(), for k in d,
and d = e of two dictionaries; the same of defaultdict(int) and Counter. A dictionary that is used in any
other way is left as it is, and refused.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from aimo_pipeline.translate.rewrite.names import given_names, means_import

PLAIN, DEFAULT, COUNTER = "dict", "defaultdict", "Counter"
_WALKERS = frozenset(
    {"len", "sum", "min", "max", "any", "all", "sorted", "list", "set", "tuple", "enumerate"}
)


@dataclass(frozen=True)
class Meanings:
    """Names that mean Python's own in one program.

    Attributes:
        makers: of PLAIN, DEFAULT and COUNTER, those whose call makes a dictionary of that kind.
        walkers: functions that go through a dictionary's keys and keep nothing of it.
    """

    makers: frozenset[str]
    walkers: frozenset[str]


def meanings_of(tree: ast.Module) -> Meanings:
    """What makes dictionaries in a program, and what goes through them."""
    given = set(given_names(tree))
    makers = {name for name in (DEFAULT, COUNTER) if means_import(tree, name, "collections")}
    if "int" in given:
        makers -= {DEFAULT}
    return Meanings(frozenset(makers | ({PLAIN} - given)), _WALKERS - given)


def dicts_of(function: ast.FunctionDef, meanings: Meanings) -> dict[str, set[str]]:
    """The dictionaries that can be written as lists, each with the kinds that it may be."""
    made = _made(function, meanings)
    candidates = {name for name, kinds in made.items() if kinds}
    while True:
        kept = {name for name in candidates if _only_known_uses(function, name, candidates, made, meanings)}
        if kept == candidates:
            return {name: kinds for name, kinds in made.items() if name in kept}  # in the program's order
        candidates = kept


def _made(function: ast.FunctionDef, meanings: Meanings) -> dict[str, set[str]]:
    """The kinds of dictionary that each name may stand for."""
    made: dict[str, set[str]] = {}
    copied: list[tuple[str, str]] = []
    for name, value in _assignments(function):
        kind = _kind(value, meanings)
        if kind is not None:
            made.setdefault(name, set()).add(kind)
        elif isinstance(value, ast.Name):
            copied.append((name, value.id))
    for _ in copied:  # as far as one dictionary is handed to the next
        for name, other in copied:
            made[name] = made.get(name, set()) | made.get(other, set())
    return made


def _assignments(function: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                yield name, value


def _kind(value: ast.expr, meanings: Meanings) -> str | None:
    match value:
        case ast.Dict(keys=keys) if all(key is not None for key in keys):
            return PLAIN
        case ast.Call(func=ast.Name(id=maker), args=args, keywords=[]) if maker in meanings.makers:
            match maker, args:
                case ("dict", []) | ("defaultdict", [ast.Name(id="int")]) | ("Counter", [] | [_]):
                    return maker
    return None


def _only_known_uses(
    function: ast.FunctionDef, name: str, dicts: set[str], made: dict[str, set[str]], meanings: Meanings
) -> bool:
    """Whether each place where the name stands is one of those that `_uses` tells."""
    if any(arg.arg == name for arg in function.args.args):
        return False
    fine = {id(use) for node in ast.walk(function) for use in _uses(node, dicts, made[name], meanings)}
    return all(id(n) in fine for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name)


def _uses(node: ast.AST, dicts: set[str], kinds: set[str], meanings: Meanings) -> Iterator[ast.expr]:
    """Names of dictionaries that stand in a known place right below the node."""
    match node:
        case ast.Assign(targets=[ast.Name() as target], value=value) if _kind(value, meanings):
            yield target
        case ast.Assign(targets=[ast.Name(id=one) as target], value=ast.Name(id=other) as value):
            yield from (target, value) if {one, other} <= dicts else ()
        case ast.Assign(targets=[ast.Subscript(value=ast.Name() as table)]):
            yield table
        case ast.AugAssign(target=ast.Subscript(value=ast.Name() as table)) if len(kinds) == 1:
            yield table
        # Reading a defaultdict puts the key into it.
        case ast.Subscript(value=ast.Name() as table, ctx=ast.Load()) if kinds in ({PLAIN}, {COUNTER}):
            yield table
        case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[walked]):
            yield from _walked(walked)
        case ast.Call(func=ast.Attribute(value=ast.Name() as table, attr="get"), args=[_, _], keywords=[]):
            yield table
        case ast.For(iter=walked) | ast.comprehension(iter=walked):
            yield from _walked(walked)
        case ast.Call(func=ast.Name(id=name), args=[walked, *_]) if name in meanings.walkers:
            yield from _walked(walked)
        case ast.While(test=ast.Name() as table) | ast.If(test=ast.Name() as table):
            yield table
        case ast.UnaryOp(op=ast.Not(), operand=ast.Name() as table):
            yield table


def _walked(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Name():
            yield node
        case ast.Call(
            func=ast.Attribute(value=ast.Name() as table, attr="items" | "keys" | "values"), args=[]
        ):
            yield table
