"""Calls of the program's own functions, and the tables of those under functools.cache.

A table is one large Nat with a slot for each tuple of small arguments, which holds the result plus one, or 0.
"""

from __future__ import annotations

import ast

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.natural import rows
from aimo_pipeline.translate.natural.arithmetic import add, less, literal, mul, natural, pair, same, sub
from aimo_pipeline.translate.natural.scope import Env, Scope, Then, memo_name
from aimo_pipeline.translate.natural.shapes import NATURAL, SLOT, Number, Value, parts_of, record
from aimo_pipeline.translate.natural.text import (
    bound,
    check,
    fitted,
    forced,
    joining,
    lambda_,
    new_names,
    several,
)

# How many values an argument may have, by the number of arguments.
_KEYS = {1: 1 << 12, 2: 1 << 7, 3: 1 << 5, 4: 1 << 4}


class Pending(Exception):
    """A function is called of which it is not known yet what it returns."""


def own_call(scope: Scope, env: Env, node: ast.Call, k: Then) -> str:
    """Write a call of a function of the program."""
    assert isinstance(node.func, ast.Name)
    name = node.func.id
    signature = scope.signatures[name]
    if len(node.args) != len(signature.params):
        raise NotCompilable(f"{name}() is called with other arguments than it has", node)
    if name == scope.function.name:
        scope.recursive = True

    def called(e: Env, values: list[Value]) -> str:
        pairs = enumerate(values)
        shapes = [scope.note_argument(name, place, value.shape) for place, value in pairs]
        arguments = record([fitted(value, shape) for value, shape in zip(values, shapes, strict=True)])
        write = _cached if name in scope.module.cached else _plain
        return bound(scope, e, arguments, lambda e, v: write(scope, e, node, name, v, k))

    return several(scope, env, node.args, called)


def _plain(scope: Scope, env: Env, node: ast.AST, name: str, arguments: Value, k: Then) -> str:
    signature = scope.signatures[name]
    own = name == scope.function.name
    shape = signature.result
    if shape is None:
        if not own:
            raise Pending
        shape = NATURAL
    names = new_names(scope, shape)
    memos = [memo_name(memo) for memo in signature.memos]
    tables = [scope.fresh("x") for _ in memos]
    after = {**env, **{memo: natural(table) for memo, table in zip(memos, tables, strict=True)}}
    rest = lambda_([*names, *tables], k(after, Value(shape, names)))
    atoms = [*arguments.atoms, *(env[memo].atoms[0] for memo in memos)]
    callee = "self" if own else f"q_{name}"
    return forced(scope, atoms, [], lambda ready: f"({callee} {' '.join(ready)} (\n{rest}))")


def _cached(scope: Scope, env: Env, node: ast.AST, name: str, arguments: Value, k: Then) -> str:
    signature = scope.signatures[name]
    shape = signature.result or NATURAL
    size = _KEYS.get(len(signature.params))
    numbers = parts_of(arguments)
    if size is None or not isinstance(shape, Number) or not all(isinstance(v.shape, Number) for v in numbers):
        raise NotCompilable("a cached function takes up to four numbers and returns one here", node)
    element, memo = shape, memo_name(name)
    memos = [memo_name(other) for other in signature.memos]
    head, onward = joining(scope, env, memos, shape, k)
    keys = record([natural(_key(number)) for number in numbers])

    def look_up(e: Env, v: Value) -> str:
        place = "0"
        for atom in v.atoms:
            place = add(mul(place, str(size)), atom)

        def known(e: Env, at: Value) -> str:
            slot = natural(f"(fetch {SLOT} {e[memo].atoms[0]} {at.atoms[0]})")
            return bound(scope, e, slot, lambda e, s: choose(e, at, s))

        text = bound(scope, e, natural(place), known)
        for atom in v.atoms:
            text = check(less(atom, str(size)), text)
        return text

    def choose(e: Env, at: Value, slot: Value) -> str:
        miss = _plain(scope, e, node, name, arguments, lambda e, v: remember(e, at, v))
        held = rows.decoded(sub(slot.atoms[0], "1"), element)
        hit = bound(scope, e, held, onward)
        return f"(pick {same(slot.atoms[0], '0')} (\n{miss}) (\n{hit}))"

    def remember(e: Env, at: Value, found: Value) -> str:
        def write(e: Env, slot: Value) -> str:
            table = f"(store {SLOT} {e[memo].atoms[0]} {at.atoms[0]} {slot.atoms[0]})"
            return bound(scope, e, natural(table), lambda e, t: onward({**e, memo: t}, found))

        more = literal(1)
        return rows.encoded(
            scope,
            e,
            Value(found.shape, (add(found.atoms[0], more.atoms[0]), *found.atoms[1:])),
            element,
            write,
        )

    return head + bound(scope, env, keys, look_up)


def _key(number: Value) -> str:
    """2 p, or 2 q - 1 for a negative number, of which one part is zero."""
    p, q = pair(number)
    return mul(p, "2") if q == "0" else add(mul(p, "2"), sub(mul(q, "2"), "1"))
