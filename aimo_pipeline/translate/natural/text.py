"""The smallest pieces of text: names for values, checks, joins, and Lean's functions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.natural.arithmetic import at_most, is_signed, natural, pair, reduced, sub
from aimo_pipeline.translate.natural.scope import After, Env, Scope, Several, Then
from aimo_pipeline.translate.natural.shapes import NATURAL, Number, Shape, Value, places, widened

_SHORT = 60


def arrows(count: int, end: str = "V") -> str:
    """The type of something that takes so many Nats."""
    return "Nat → " * count + end


def lambda_(names: Sequence[str], body: str) -> str:
    """A function, or the body itself where nothing is taken."""
    return f"fun {' '.join(names)} => {body}" if names else body


def apply(function: str, atoms: Sequence[str]) -> str:
    """A call."""
    return f"({' '.join((function, *atoms))})" if atoms else function


def bound(scope: Scope, env: Env, value: Value, k: Then) -> str:
    """Give names to the parts of a value that are not names or numerals already."""
    lets, atoms = "", []
    for atom in value.atoms:
        if " " in atom:
            name = scope.fresh("x")
            lets += f"let {name} : Nat := {atom};\n"
            atom = name
        atoms.append(atom)
    return lets + k(env, Value(value.shape, tuple(atoms)))


def forced(scope: Scope, atoms: Sequence[str], known: Sequence[str], k: Callable[[list[str]], str]) -> str:
    """Have the kernel compute these atoms now, so that a loop does not pile up what is still to be computed.

    Args:
        scope: for names.
        atoms: terms.
        known: names of values that are computed already.
        k: writes the rest.
    """

    def step(index: int, ready: list[str]) -> str:
        if index == len(atoms):
            text = k(ready)
            # Something must be unfolded in each turn, or the kernel's stack grows from turn to turn.
            return text if "force" in opened else f"(go {text})"
        atom = atoms[index]
        if atom.isdigit() or atom in known:
            return step(index + 1, [*ready, atom])
        opened.add("force")
        name = scope.fresh("x")
        return f"(force {atom} fun {name} =>\n{step(index + 1, [*ready, name])})"

    opened: set[str] = set()
    return step(0, [])


def check(test: str, rest: str) -> str:
    """Go on if the test holds; the program has no value otherwise."""
    return f"(pick {test} (\n{rest}) V.err)"


def new_names(scope: Scope, shape: Shape) -> tuple[str, ...]:
    """Names for the parts of a value."""
    return tuple(scope.fresh("x") for _ in range(places(shape)))


def one(scope: Scope, env: Env, node: ast.expr, k: Then) -> str:
    """Evaluate an expression, and give the parts of its value names."""
    return scope.evaluate(scope, env, node, lambda e, v: bound(scope, e, v, k))


def several(scope: Scope, env: Env, nodes: Sequence[ast.expr], k: Several) -> str:
    """Evaluate expressions from left to right."""

    def step(index: int, e: Env, found: list[Value]) -> str:
        if index == len(nodes):
            return k(e, found)
        return one(scope, e, nodes[index], lambda e, v: step(index + 1, e, [*found, v]))

    return step(0, env, [])


def shape_of(scope: Scope, env: Env, node: ast.expr) -> Shape:
    """What an expression's value looks like."""
    found: list[Shape] = []

    def look(_: Env, v: Value) -> str:
        found.append(v.shape)
        return ""

    scope.evaluate(scope, env, node, look)
    return found[0]


def as_natural(scope: Scope, env: Env, value: Value, node: ast.AST, k: Then) -> str:
    """A number with which the program goes on only if it is not negative."""
    if not is_signed(number(value, node)):
        return bound(scope, env, value, k)
    p, q = pair(value)
    return check(at_most(q, p), bound(scope, env, natural(sub(p, q)), k))


def number(value: Value, node: ast.AST) -> Value:
    """The value, which must be a number."""
    if not isinstance(value.shape, Number):
        raise NotCompilable("a number is needed here", node)
    return value


def fitted(value: Value, shape: Shape) -> Value:
    """Widened, and with one part of a signed number zero, so that it does not grow from turn to turn."""
    value = widened(value, shape)
    return reduced(value) if isinstance(shape, Number) else value


def joining(scope: Scope, env: Env, memos: Sequence[str], shape: Shape | None, k: Then) -> tuple[str, Then]:
    """A name for the rest of the program, for branches that all go on with it.

    Returns:
        the `let` that comes before the branches, and the short way on.
    """
    join = scope.fresh("j")
    names = new_names(scope, shape) if shape is not None else ()
    tables = [scope.fresh("x") for _ in memos]
    inner = {**env, **{memo: natural(table) for memo, table in zip(memos, tables, strict=True)}}
    rest = k(inner, Value(shape or NATURAL, names))
    every = (*names, *tables)
    head = f"let {join} : {arrows(len(every))} := {lambda_(every, rest)};\n"

    def onward(here: Env, value: Value) -> str:
        return bound(
            scope, here, value, lambda e, v: apply(join, [*_atoms(v), *(e[m].atoms[0] for m in memos)])
        )

    def _atoms(value: Value) -> tuple[str, ...]:
        return fitted(value, shape).atoms if shape is not None else ()

    return head, onward


def shared(scope: Scope, env: Env, memos: Sequence[str], after: After) -> tuple[str, After]:
    """The same for a rest that takes no value; what is short is written out each time."""
    if not memos and len(text := after(env)) <= _SHORT:
        return "", lambda _: text
    head, onward = joining(scope, env, memos, None, lambda e, _: after(e))
    return head, lambda e: onward(e, Value(NATURAL, ()))
