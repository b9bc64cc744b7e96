"""Lists of numbers: a length, and one large Nat with SLOT bits for each element."""

from __future__ import annotations

import ast
from functools import reduce

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.natural.arithmetic import (
    add,
    at_most,
    either,
    is_signed,
    less,
    mul,
    natural,
    pair,
    reduced,
    same,
    sub,
)
from aimo_pipeline.translate.natural.scope import Env, Scope, Then
from aimo_pipeline.translate.natural.shapes import (
    HALF,
    NATURAL,
    SIGNED,
    SLOT,
    Number,
    Row,
    Shape,
    Value,
    joined,
    widened,
)
from aimo_pipeline.translate.natural.text import bound, check


def element_of(row: Value, node: ast.AST) -> Number:
    """The shape of a list's elements; of [] any will do."""
    if not isinstance(row.shape, Row):
        raise NotCompilable("a list is needed here", node)
    return row.shape.element or NATURAL


def decoded(slot: str, element: Number) -> Value:
    """The number that a slot holds; the slot is a name."""
    if not element.signed:
        return natural(slot)
    return Value(SIGNED, (sub(slot, str(HALF)), sub(str(HALF), slot)))


def encoded(scope: Scope, env: Env, number: Value, element: Number, k: Then) -> str:
    """What a slot holds, if the number is small enough."""

    def write(e: Env, v: Value) -> str:
        if not element.signed:
            # One bit less than a slot has, so that widened() can add HALF without a carry into the next slot.
            return _fits(v.atoms[0], SLOT - 1, k(e, v))
        p, q = pair(reduced(v))
        size = SLOT - 1
        return _fits(p, size, _fits(q, size, k(e, natural(sub(add(str(HALF), p), q)))))

    return bound(scope, env, number, write)


def _fits(atom: str, bits: int, rest: str) -> str:
    if atom.isdigit() and int(atom) >> bits == 0:
        return rest
    return check(same(f"(Nat.shiftRight {atom} {bits})", "0"), rest)


def place(scope: Scope, env: Env, row: Value, index: Value, k: Then) -> str:
    """Where Python's index points, counted from 0; a negative one counts from the end."""
    length = row.atoms[0]

    def inside(e: Env, v: Value) -> str:
        return check(less(v.atoms[0], length), k(e, v))

    if not is_signed(index):
        return bound(scope, env, index, inside)

    def resolve(e: Env, v: Value) -> str:
        p, q = v.atoms
        at = natural(sub(length, q) if p == "0" else either(same(q, "0"), p, sub(length, q)))
        return check(at_most(q, length), bound(scope, e, at, inside))

    return bound(scope, env, index, lambda e, v: bound(scope, e, reduced(v), resolve))


def get(scope: Scope, env: Env, row: Value, index: Value, k: Then) -> str:
    """row[index], a name's worth."""
    element, data = _element(row), row.atoms[1]

    def read(e: Env, at: Value) -> str:
        slot = natural(f"(fetch {SLOT} {data} {at.atoms[0]})")
        return bound(scope, e, slot, lambda e, v: k(e, decoded(v.atoms[0], element)))

    return place(scope, env, row, index, read)


def _element(row: Value) -> Number:
    assert isinstance(row.shape, Row)
    return row.shape.element or NATURAL


def put(scope: Scope, env: Env, row: Value, index: Value, new: Value, k: Then) -> str:
    """The list with row[index] = new; the list's elements have a shape that holds it."""
    length, data = row.atoms

    def write(e: Env, at: Value) -> str:
        def stored(e: Env, slot: Value) -> str:
            return k(e, Value(row.shape, (length, f"(store {SLOT} {data} {at.atoms[0]} {slot.atoms[0]})")))

        return encoded(scope, e, new, _element(row), stored)

    return place(scope, env, row, index, write)


def append(scope: Scope, env: Env, row: Value, new: Value, k: Then) -> str:
    """The list with one more element, which fits its elements' shape."""
    length, data = row.atoms

    def write(e: Env, slot: Value) -> str:
        moved = f"(Nat.shiftLeft {slot.atoms[0]} {mul(str(SLOT), length)})"
        return k(e, Value(row.shape, (add(length, "1"), add(data, moved))))

    return encoded(scope, env, new, _element(row), write)


def listed(scope: Scope, env: Env, numbers: list[Value], k: Then) -> str:
    """[x, y, ...] of numbers whose parts are names or numerals."""
    shape: Shape = Row(None)
    for number in numbers:
        assert isinstance(number.shape, Number)
        shape = joined(shape, Row(number.shape))
    element = shape.element or NATURAL if isinstance(shape, Row) else NATURAL
    every = [widened(number, element) for number in numbers]
    if all(atom.isdigit() and int(atom) < HALF for number in every for atom in number.atoms):
        slots = [int(pair(v)[0]) - int(pair(v)[1]) + (HALF if element.signed else 0) for v in every]
        data = sum(slot << (SLOT * at) for at, slot in enumerate(slots))
        return k(env, Value(shape, (str(len(slots)), str(data))))

    def step(index: int, e: Env, row: Value) -> str:
        if index == len(every):
            return k(e, row)
        return append(scope, e, row, every[index], lambda e, v: step(index + 1, e, v))

    return step(0, env, Value(shape, ("0", "0")))


def concatenated(one: Value, other: Value) -> Value:
    """one + other; their parts are names."""
    shape = joined(one.shape, other.shape)
    (length, data), (more, rest) = widened(one, shape).atoms, widened(other, shape).atoms
    return Value(shape, (add(length, more), add(data, f"(Nat.shiftLeft {rest} {mul(str(SLOT), length)})")))


def repeated(row: Value, times: Value) -> Value:
    """row * times; a negative number of times is none."""
    length, data = row.atoms
    count = sub(*pair(times))
    if data == "0":
        return Value(row.shape, (mul(length, count), "0"))
    return Value(row.shape, (mul(length, count), mul(data, f"(ones {mul(str(SLOT), length)} {count})")))


def sliced(scope: Scope, env: Env, row: Value, low: Value, high: Value | None, k: Then) -> str:
    """row[low:high]; parts are names or numerals, those of signed numbers reduced."""
    length, data = row.atoms
    ends = (_clamped(low, length), _clamped(high, length) if high is not None else length)

    def cut(e: Env, v: Value) -> str:
        begin, end = v.atoms
        moved = f"(Nat.shiftRight {data} {mul(str(SLOT), begin)})" if begin != "0" else data

        def sized(e: Env, v: Value) -> str:
            size = v.atoms[0]
            kept = f"(Nat.mod {moved} (Nat.pow 2 {mul(str(SLOT), size)}))"
            return k(e, Value(row.shape, (size, kept)))

        return bound(scope, e, natural(sub(end, begin)), sized)

    return bound(scope, env, Value(row.shape, ends), cut)


def _clamped(index: Value, length: str) -> str:
    if not is_signed(index):
        p = index.atoms[0]
        return p if p == "0" else either(at_most(p, length), p, length)
    p, q = index.atoms
    return either(same(q, "0"), either(at_most(p, length), p, length), sub(length, q))


def equal(one: Value, other: Value) -> str:
    """one == other, as a Bool."""
    shape = joined(one.shape, other.shape)
    tests = [same(a, b) for a, b in zip(widened(one, shape).atoms, widened(other, shape).atoms, strict=True)]
    return reduce(lambda a, b: f"(andB {a} {b})", tests)
