"""Trace programs that are a recurrence themselves, so that program = rule can be proved for every index.

The class: a(n) that begins with any number of `if n < c: return ...` (or <=, ==, n on the left), sets integer
variables, walks at most one `for` over range(n + c) or range(c, n + d) whose body computes new values of the
variables from the old ones and the loop's variable by +, - and *, and returns such an expression, perhaps
divided by a constant: loops for Fibonacci numbers or sums of squares, `return n * (n + 1) // 2`.

What such a loop puts out obeys, from every state on, a recurrence that linear algebra finds here: a
polynomial identity, which Lean proves by `grind`. This module only guesses it; what Lean does not prove is
not claimed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from flint import Ordering, fmpq_mat, fmpz_mpoly, fmpz_mpoly_ctx

from aimo_pipeline.translate.liveness import carried
from aimo_pipeline.translate.module import Module
from aimo_pipeline.translate.polynomials import Expression, NotOfTheClass, Reader

MAX_ORDER = 8
_MAX_VARIABLES = 6
_MAX_MONOMIALS = 60
_COUNTER = "i"


@dataclass(frozen=True)
class Guard:
    """`if n < constant: return`: Lean's operation and the constant."""

    operation: str
    constant: int


@dataclass(frozen=True)
class LoopProgram:
    """A program of the class, and the recurrence that it obeys.

    Attributes:
        guards: that stand at its beginning.
        state: the loop's variables, sorted; none when there is no loop.
        start: their values before the first turn.
        step: their values after a turn, in terms of s and i.
        out: what is returned times `divisor`, in terms of s and i, the loop's variable after the last turn
            (n itself when there is no loop).
        divisor: 1 when nothing is divided.
        low: the loop variable's first value.
        high: a(n) ends before n + high; None when there is no loop.
        coefficients: of the recurrence, oldest term's first.
    """

    guards: tuple[Guard, ...]
    state: tuple[str, ...]
    start: tuple[int, ...]
    step: tuple[str, ...]
    out: str
    divisor: int
    low: int
    high: int | None
    coefficients: tuple[int, ...]


def find_loop(module: Module) -> LoopProgram | None:
    """The loop that the module's a(n) is, if it is one."""
    try:
        return _read(module.functions["a"], module.constants)
    except (NotOfTheClass, RecursionError):
        return None


def _read(function: ast.FunctionDef, constants: dict[str, int]) -> LoopProgram:
    argument = function.args.args[0].arg
    guards, rest = _guards(_plain(function.body), argument)
    places = [place for place, stmt in enumerate(rest) if isinstance(stmt, ast.For)]
    if not rest or len(places) > 1 or not isinstance(rest[-1], ast.Return) or rest[-1].value is None:
        raise NotOfTheClass
    if not places:
        return _straight(rest, guards, argument, constants)
    loop = rest[places[0]]
    assert isinstance(loop, ast.For)
    parts = _Parts(rest[: places[0]], loop, rest[places[0] + 1 :], tuple(carried(function, loop)))
    return _looped(parts, guards, argument, constants)


def _plain(stmts: list[ast.stmt]) -> list[ast.stmt]:
    return [s for s in stmts if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]


_GUARDS: dict[type[ast.cmpop], str] = {ast.Lt: "lt", ast.LtE: "le", ast.Eq: "eq"}


def _guards(stmts: list[ast.stmt], argument: str) -> tuple[tuple[Guard, ...], list[ast.stmt]]:
    found: list[Guard] = []
    for place, stmt in enumerate(stmts):
        match stmt:
            case ast.If(
                test=ast.Compare(
                    left=ast.Name(id=name), ops=[operation], comparators=[ast.Constant(value=int() as value)]
                ),
                body=[ast.Return()],
                orelse=[],
            ) if name == argument and type(operation) in _GUARDS and value >= 0:
                found.append(Guard(_GUARDS[type(operation)], int(value)))
            case _:
                return tuple(found), stmts[place:]
    raise NotOfTheClass


def _reader(names: dict[str, str], constants: dict[str, int]) -> Reader:
    """Names of variables and what each is called in Lean."""
    context = fmpz_mpoly_ctx.get(tuple(names), Ordering.lex)
    generators = {
        name: Expression(generator, names[name])
        for name, generator in zip(names, context.gens(), strict=True)
    }
    return Reader(constants, generators, dict(generators))


def _returned(reader: Reader, stmt: ast.stmt) -> tuple[Expression, int]:
    assert isinstance(stmt, ast.Return) and stmt.value is not None
    match stmt.value:
        case ast.BinOp(op=ast.FloorDiv(), right=ast.Constant(value=int() as divisor)) if divisor > 0:
            return reader.expression(stmt.value.left), int(divisor)
    return reader.expression(stmt.value), 1


def _straight(
    stmts: list[ast.stmt], guards: tuple[Guard, ...], argument: str, constants: dict[str, int]
) -> LoopProgram:
    reader = _reader({argument: _COUNTER}, constants)
    reader.run(stmts[:-1])
    out, divisor = _returned(reader, stmts[-1])
    counter = reader.generators[argument].polynomial
    found = _recurrence(out.polynomial, lambda p: p.compose(counter + 1))
    return LoopProgram(guards, (), (), (), out.text, divisor, 0, None, found)


@dataclass(frozen=True)
class _Parts:
    """A function with one loop: the statements before and behind it, and the variables that it carries."""

    before: list[ast.stmt]
    loop: ast.For
    behind: list[ast.stmt]
    state: tuple[str, ...]


def _looped(
    parts: _Parts, guards: tuple[Guard, ...], argument: str, constants: dict[str, int]
) -> LoopProgram:
    loop, state = parts.loop, parts.state
    if not isinstance(loop.target, ast.Name) or loop.orelse or not 0 < len(state) <= _MAX_VARIABLES:
        raise NotOfTheClass
    counter = loop.target.id
    if counter == argument or {counter, argument} & set(state):
        raise NotOfTheClass
    low, high = _range(loop.iter, argument)
    fixed = _fixed(parts.before, constants)
    if not set(state) <= set(fixed):
        raise NotOfTheClass
    names = {counter: _COUNTER} | {name: _component(j, len(state)) for j, name in enumerate(state)}
    known = constants | {name: value for name, value in fixed.items() if name not in state}
    turn = _reader(names, known)
    turn.run(_plain(loop.body))
    step = [turn.values[name] for name in state]
    end = _reader(names, known)
    del end.values[counter]  # the last value of the loop's variable, where there was a turn
    end.run(parts.behind[:-1])
    out, divisor = _returned(end, parts.behind[-1])
    images = [turn.generators[counter].polynomial + 1, *(after.polynomial for after in step)]
    found = _recurrence(out.polynomial, lambda p: p.compose(*images))
    start = tuple(fixed[name] for name in state)
    texts = tuple(after.text for after in step)
    return LoopProgram(guards, state, start, texts, out.text, divisor, low, high, found)


def _fixed(stmts: list[ast.stmt], constants: dict[str, int]) -> dict[str, int]:
    """The integers that names stand for after these statements."""
    reader = _reader({_COUNTER: _COUNTER}, constants)
    reader.values.clear()
    reader.run(stmts)
    return {name: int(value.polynomial.to_dict().get((0,), 0)) for name, value in reader.values.items()}


def _component(place: int, size: int) -> str:
    """Of nested pairs."""
    if size == 1:
        return "s"
    return "s" + ".2" * place + ("" if place == size - 1 else ".1")


def _range(node: ast.expr, argument: str) -> tuple[int, int]:
    match node:
        case ast.Call(func=ast.Name(id="range"), args=[stop], keywords=[]):
            return 0, _above(stop, argument)
        case ast.Call(func=ast.Name(id="range"), args=[ast.Constant(value=int() as low), stop], keywords=[]):
            return int(low), _above(stop, argument)
    raise NotOfTheClass


def _above(node: ast.expr, argument: str) -> int:
    """c of n + c."""
    match node:
        case ast.Name(id=name) if name == argument:
            return 0
        case ast.BinOp(
            left=ast.Name(id=name), op=ast.Add() | ast.Sub(), right=ast.Constant(value=int() as more)
        ) if name == argument:
            return int(more) if isinstance(node.op, ast.Add) else -int(more)
    raise NotOfTheClass


def _recurrence(out: fmpz_mpoly, step: Callable[[fmpz_mpoly], fmpz_mpoly]) -> tuple[int, ...]:
    """The shortest c with c[0] out + c[1] out' + ... = the next, for what each turn puts out: out, ..."""
    rows = [out]
    for _ in range(MAX_ORDER):
        rows.append(step(rows[-1]))
        monomials = sorted({monomial for row in rows for monomial in row.to_dict()})
        if len(monomials) > _MAX_MONOMIALS:
            raise NotOfTheClass
        found = _dependence(rows, monomials)
        if found is not None:
            return found
    raise NotOfTheClass


def _dependence(rows: list[fmpz_mpoly], monomials: list[tuple[int, ...]]) -> tuple[int, ...] | None:
    """Integers by which the last row is a combination of the others, which are independent."""
    *first, last = [[int(row.to_dict().get(monomial, 0)) for monomial in monomials] for row in rows]
    order = len(first)
    columns = [[*(row[place] for row in first), last[place]] for place in range(len(monomials))]
    if len(monomials) == 0:
        return (0,)
    reduced, rank = fmpq_mat(len(columns), order + 1, [x for column in columns for x in column]).rref()
    if rank != order or any(reduced[j, j] != 1 for j in range(order)):
        return None
    found = [reduced[j, order] for j in range(order)]
    if any(value.q != 1 for value in found):
        raise NotOfTheClass
    return tuple(int(value.p) for value in found)
