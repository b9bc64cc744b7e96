"""What the values of a trace program look like as natural numbers.

A number that is never negative is one Nat; any other is a pair (p, q) that stands for p - q. A list of
numbers is its length and one large Nat with SLOT bits for each element. A tuple is its parts in order.
"""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.translate.analysis import NotCompilable

SLOT = 256  # bits for an element of a list; one of more than SLOT - 1 bits ends the program without a value
HALF = 1 << (SLOT - 1)  # added to the elements of a list with negative ones


@dataclass(frozen=True)
class Number:
    """An integer; `signed` if it may be negative."""

    signed: bool


@dataclass(frozen=True)
class Row:
    """A list of numbers; None when nothing is known of its elements, as of []."""

    element: Number | None


@dataclass(frozen=True)
class Record:
    """A tuple."""

    parts: tuple[Shape, ...]


Shape = Number | Row | Record
NATURAL, SIGNED = Number(False), Number(True)


@dataclass(frozen=True)
class Value:
    """A value at hand: one Lean term of type Nat for each place of its shape."""

    shape: Shape
    atoms: tuple[str, ...]


def places(shape: Shape) -> int:
    """How many Nats a value of this shape is."""
    match shape:
        case Number(signed):
            return 2 if signed else 1
        case Row():
            return 2
        case Record(parts):
            return sum(places(part) for part in parts)


def parts_of(value: Value) -> list[Value]:
    """The parts of a tuple."""
    if not isinstance(value.shape, Record):
        raise NotCompilable("only a tuple can be taken apart", None)
    found, at = [], 0
    for part in value.shape.parts:
        size = places(part)
        found.append(Value(part, value.atoms[at : at + size]))
        at += size
    return found


def record(values: list[Value]) -> Value:
    """A tuple of values."""
    shape = Record(tuple(value.shape for value in values))
    return Value(shape, tuple(atom for value in values for atom in value.atoms))


def joined(one: Shape | None, other: Shape | None) -> Shape:
    """The smallest shape that holds both.

    Raises:
        NotCompilable: there is none.
    """
    match one, other:
        case None, Number() | Row() | Record():
            return other
        case Number() | Row() | Record(), None:
            return one
        case Number(a), Number(b):
            return Number(a or b)
        case Row(a), Row(b):
            element = a if b is None else b if a is None else Number(a.signed or b.signed)
            return Row(element)
        case Record(a), Record(b) if len(a) == len(b):
            return Record(tuple(joined(x, y) for x, y in zip(a, b, strict=True)))
    raise NotCompilable("a variable holds values of different kinds", None)


def widened(value: Value, shape: Shape) -> Value:
    """The same value in a shape that holds it."""
    match value.shape, shape:
        case Number(False), Number(True):
            return Value(shape, (value.atoms[0], "0"))
        case Row(Number(False)), Row(Number(True)):
            length, data = value.atoms
            return Value(shape, (length, f"(Nat.add {data} (Nat.mul {HALF} (ones {SLOT} {length})))"))
        case Record(), Record(parts):
            pairs = zip(parts_of(value), parts, strict=True)
            return record([widened(part, wanted) for part, wanted in pairs])
    return Value(shape, value.atoms)


def has_row(shape: Shape) -> bool:
    """True when a list is in it."""
    return isinstance(shape, Row) or (isinstance(shape, Record) and any(map(has_row, shape.parts)))
