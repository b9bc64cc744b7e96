"""Python's integer arithmetic on terms of type Nat; a signed number is a pair (p, q), for p - q.

Terms are atoms: a name, a numeral, or a term in brackets. Operands that a formula uses twice must be names or
numerals, or the text would double with every operation.
"""

from __future__ import annotations

from aimo_pipeline.translate.natural.shapes import NATURAL, SIGNED, Number, Value


def add(a: str, b: str) -> str:
    """a + b."""
    if a.isdigit() and b.isdigit():
        return str(int(a) + int(b))
    return a if b == "0" else b if a == "0" else f"(Nat.add {a} {b})"


def sub(a: str, b: str) -> str:
    """a - b, or 0 if that is negative."""
    if a.isdigit() and b.isdigit():
        return str(max(0, int(a) - int(b)))
    return a if b == "0" else "0" if a == "0" else f"(Nat.sub {a} {b})"


def mul(a: str, b: str) -> str:
    """a * b."""
    if a.isdigit() and b.isdigit():
        return str(int(a) * int(b))
    if "0" in (a, b):
        return "0"
    return a if b == "1" else b if a == "1" else f"(Nat.mul {a} {b})"


def div(a: str, b: str) -> str:
    """a // b for b > 0."""
    return a if b == "1" else f"(Nat.div {a} {b})"


def mod(a: str, b: str) -> str:
    """a % b for b > 0."""
    return f"(Nat.mod {a} {b})"


def less(a: str, b: str) -> str:
    """a < b, of type Bool."""
    return f"(Nat.ble (Nat.succ {a}) {b})"


def at_most(a: str, b: str) -> str:
    """a <= b."""
    return f"(Nat.ble {a} {b})"


def same(a: str, b: str) -> str:
    """a == b."""
    return f"(Nat.beq {a} {b})"


def either(test: str, yes: str, no: str) -> str:
    """One of two Nats."""
    return yes if yes == no else f"(pickNat {test} {yes} {no})"


def literal(value: int) -> Value:
    """A constant."""
    return Value(NATURAL, (str(value),)) if value >= 0 else Value(SIGNED, ("0", str(-value)))


def is_signed(value: Value) -> bool:
    """True for a pair."""
    return isinstance(value.shape, Number) and value.shape.signed


def pair(value: Value) -> tuple[str, str]:
    """p and q."""
    return (value.atoms[0], value.atoms[1]) if is_signed(value) else (value.atoms[0], "0")


def natural(atom: str) -> Value:
    """A number that is not negative."""
    return Value(NATURAL, (atom,))


def signed(p: str, q: str) -> Value:
    """p - q."""
    return natural(p) if q == "0" else Value(SIGNED, (p, q))


def plus(x: Value, y: Value) -> Value:
    """x + y."""
    (p, q), (r, s) = pair(x), pair(y)
    return signed(add(p, r), add(q, s)) if is_signed(x) or is_signed(y) else natural(add(p, r))


def minus(x: Value, y: Value) -> Value:
    """x - y."""
    (p, q), (r, s) = pair(x), pair(y)
    if (p + q + r + s).isdigit():
        return literal(int(p) - int(q) - int(r) + int(s))
    return signed(add(p, s), add(q, r))


def times(x: Value, y: Value) -> Value:
    """x * y; a square is not negative."""
    (p, q), (r, s) = pair(x), pair(y)
    if x == y and is_signed(x):
        size = magnitude(x).atoms[0]
        return natural(mul(size, size))
    return signed(add(mul(p, r), mul(q, s)), add(mul(p, s), mul(q, r)))


def magnitude(x: Value) -> Value:
    """|x|."""
    p, q = pair(x)
    return natural(add(sub(p, q), sub(q, p)))


def reduced(x: Value) -> Value:
    """The same number with p or q zero."""
    p, q = pair(x)
    return x if q == "0" or not is_signed(x) else Value(SIGNED, (sub(p, q), sub(q, p)))


def quotient(x: Value, d: Value) -> Value:
    """x // d for d != 0, rounded down: floor((p - q)/d) = floor((p + q (d - 1))/d) - q for d > 0."""
    (p, q), (r, s) = pair(x), pair(d)
    if not is_signed(d):
        return signed(div(_lifted(p, q, r), r), q)
    u, w = sub(r, s), sub(s, r)
    positive = same(w, "0")
    top = either(positive, div(_lifted(p, q, u), u), div(_lifted(q, p, w), w))
    return Value(SIGNED, (top, either(positive, q, p)))


def remainder(x: Value, d: Value) -> Value:
    """x % d for d != 0, with d's sign."""
    (p, q), (r, s) = pair(x), pair(d)
    if not is_signed(d):
        return natural(mod(_lifted(p, q, r), r))
    u, w = sub(r, s), sub(s, r)
    positive = same(w, "0")
    return Value(
        SIGNED,
        (either(positive, mod(_lifted(p, q, u), u), "0"), either(positive, "0", mod(_lifted(q, p, w), w))),
    )


def _lifted(p: str, q: str, d: str) -> str:
    """Not negative, and p - q modulo d."""
    return add(p, mul(q, sub(d, "1")))


def raised(x: Value, e: str) -> Value:
    """x ** e for a natural e."""
    if not is_signed(x):
        return natural(f"(Nat.pow {x.atoms[0]} {e})")
    (p, q), size = pair(x), magnitude(x).atoms[0]
    power = f"(Nat.pow {size} {e})"
    if e.isdigit() and int(e) % 2 == 0:
        return natural(power)
    up = f"(orB {same(mod(e, '2'), '0')} {at_most(q, p)})"
    return Value(SIGNED, (either(up, power, "0"), either(up, "0", power)))


def compared(operation: str, x: Value, y: Value) -> str:
    """<, <=, ==, of two numbers, as a Bool."""
    (p, q), (r, s) = pair(x), pair(y)
    relation = {"<": less, "<=": at_most, "==": same}[operation]
    return relation(add(p, s), add(r, q))


def chosen(test: str, x: Value, y: Value) -> Value:
    """x if test else y."""
    if is_signed(x) or is_signed(y):
        (p, q), (r, s) = pair(x), pair(y)
        return Value(SIGNED, (either(test, p, r), either(test, q, s)))
    return natural(either(test, x.atoms[0], y.atoms[0]))
