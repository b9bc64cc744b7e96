"""What names mean while a function is compiled, and the smallest pieces of Lean text."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.liveness import Live

Then = Callable[[str], str]
Evaluate = Callable[["Scope", ast.expr, Then], str]

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
BINARY: dict[type[ast.operator], str] = {
    ast.Add: "V.add",
    ast.Sub: "V.sub",
    ast.Mult: "V.mul",
    ast.FloorDiv: "V.floordiv",
    ast.Mod: "V.mod",
    ast.Pow: "V.pow",
}
# Number of arguments -> Lean operation, for functions whose arguments are plain values.
CALLS: dict[str, dict[int, str]] = {
    "abs": {1: "V.abs"},
    "len": {1: "V.len"},
    "int": {1: "V.toInt"},
    "bool": {1: "V.not"},
    "sum": {1: "V.sum"},
    "any": {1: "V.anyOf"},
    "all": {1: "V.allOf"},
    "list": {1: "V.toList"},
    "tuple": {1: "V.toTuple"},
    "min": {1: "V.minOf", 2: "V.min"},
    "max": {1: "V.maxOf", 2: "V.max"},
    "gcd": {2: "V.gcd"},
    "pow": {2: "V.pow", 3: "V.powmod"},
    "enumerate": {1: "V.enumerate"},
    "zip": {2: "V.zip"},
    "permutations": {1: "V.permutations"},
    "combinations": {2: "V.combinations"},
}
# Functions that walk through their argument before they return.
WALKERS = frozenset({"sum", "any", "all", "list", "tuple", "min", "max"})
ITERATORS = frozenset({"range", "enumerate", "zip", "reversed", "product", "permutations", "combinations"})
# What modules have under these names, and nothing else, is what the tables above mean.
MODULES: dict[str, frozenset[str]] = {
    "math": frozenset({"gcd", "lcm", "isqrt", "comb", "factorial"}),
    "itertools": frozenset({"product", "permutations", "combinations"}),
    "functools": frozenset({"cache", "lru_cache"}),
}
MEANINGFUL = (
    frozenset(CALLS) | ITERATORS | frozenset(MODULES) | frozenset({"divmod"}).union(*MODULES.values())
)


def local(name: str) -> str:
    """Lean's name of a Python variable."""
    if not IDENTIFIER.fullmatch(name):
        raise NotCompilable(f"the name {name!r} is not plain ASCII", None)
    return f"v_{name}"


def integer(value: int) -> str:
    """A Lean value for a Python integer, in the constructors that the kernel computes with."""
    return f"(V.i (Int.ofNat {value}))" if value >= 0 else f"(V.i (Int.negSucc {-value - 1}))"


@dataclass
class Scope:
    """What the names inside one function mean.

    Attributes:
        evaluate: writes the evaluation of an expression (expression.emit).
        walk: the same of one that is walked through at once (expression.walked).
        functions: callable functions -> number of parameters.
        constants: module-level integer constants.
        locals: the function's own variables.
        borrowed: locals whose value may be shared (parameters, loop variables).
        cached: functions that hand out the same object again for the same arguments.
        live: what is still read after each if and from each turn of a loop on.
        own_name: the function itself, and whether it was found to call itself.
        sealed: depth of comprehensions and branches around; inside one nothing can be moved away, because
            the rest of the program would not see that it is gone.
    """

    evaluate: Evaluate
    walk: Evaluate
    functions: dict[str, int]
    constants: dict[str, int]
    locals: set[str]
    borrowed: set[str]
    own_name: str
    cached: frozenset[str] = frozenset()
    live: Live = field(default_factory=dict)
    recursive: bool = False
    sealed: int = 0
    bound: list[str] = field(default_factory=list)
    counter: itertools.count[int] = field(default_factory=itertools.count)

    def fresh(self, stem: str) -> str:
        """A Lean name that nothing else has."""
        return f"{stem}{next(self.counter)}"


def bind(scope: Scope, operation: str, k: Then) -> str:
    """Evaluate an operation, then go on with its value."""
    name = scope.fresh("x")
    return f"V.bind ({operation}) fun {name} =>\n{k(name)}"
