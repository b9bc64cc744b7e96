"""Compiles trace programs whose values are numbers and lists of numbers."""

from __future__ import annotations

import ast

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.liveness import live_names
from aimo_pipeline.translate.module import Module, callees_first
from aimo_pipeline.translate.natural.arithmetic import natural
from aimo_pipeline.translate.natural.assigned import check_assigned
from aimo_pipeline.translate.natural.conditions import test
from aimo_pipeline.translate.natural.expression import value
from aimo_pipeline.translate.natural.own_calls import Pending
from aimo_pipeline.translate.natural.scope import Env, Rest, Scope, Signature, memo_name
from aimo_pipeline.translate.natural.shapes import NATURAL, Number, Shape, Value, places
from aimo_pipeline.translate.natural.statement import block
from aimo_pipeline.translate.natural.text import arrows

_MAX_ROUNDS = 12


def natural_program(module: Module) -> str:
    """Lean definitions of the program, the last of which is `n_a : V → V`.

    Raises:
        NotCompilable: it has other values, or does with them what is outside this subset.
    """
    names = callees_first(module, "a")
    if "a" in module.cached:
        raise NotCompilable("a(n) under a cache is outside this subset", module.functions["a"])
    signatures = {name: _unknown(module, name) for name in names}
    for name in names:
        check_assigned(module.functions[name])
    shapes: dict[str, dict[str, Shape]] = {name: {} for name in names}
    for _ in range(_MAX_ROUNDS):
        texts, changed, fault = {}, False, None
        for name in reversed(names):  # callers first: they tell what parameters look like
            scope = _scope(module, signatures, name, shapes[name])
            try:
                texts[name] = _function(scope)
            except (Pending, NotCompilable) as error:
                fault = fault if isinstance(fault, NotCompilable) else error
            changed = changed or scope.changed
        if not changed:
            break
    if isinstance(fault, NotCompilable):
        raise fault
    if changed or fault is not None:
        raise NotCompilable("the shapes of the program's values cannot be found out", None)
    entry = _entry(signatures["a"])
    return "".join(texts[name] for name in names) + entry


def _unknown(module: Module, name: str) -> Signature:
    params: list[Shape | None] = [None for _ in module.functions[name].args.args]
    if name == "a":
        params = [NATURAL]
    return Signature(params, None, tuple(sorted(_reached(module, name) & module.cached)))


def _reached(module: Module, name: str) -> set[str]:
    """The function and all that it may come to call."""
    found, new = set[str](), {name}
    while new:
        found |= new
        nodes = [node for one in new for node in ast.walk(module.functions[one])]
        new = {n.id for n in nodes if isinstance(n, ast.Name) and n.id in module.functions} - found
    return found


def _scope(module: Module, signatures: dict[str, Signature], name: str, shapes: dict[str, Shape]) -> Scope:
    function = module.functions[name]
    scope = Scope(module, signatures, function, live_names(function), value, test, block, shapes)
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    scope.recursive = any(isinstance(func, ast.Name) and func.id == name for func in calls)
    return scope


def _function(scope: Scope) -> str:
    signature, name = scope.signature, scope.function.name
    if any(shape is None for shape in signature.params):
        raise Pending
    env: dict[str, Value] = {}
    taken: list[str] = []
    for parameter, shape in zip(scope.parameters, signature.params, strict=True):
        assert shape is not None
        scope.note(parameter, shape)
        env[parameter] = Value(shape, tuple(scope.fresh("p") for _ in range(places(shape))))
        taken += env[parameter].atoms
    for memo in signature.memos:
        env[memo_name(memo)] = natural(scope.fresh("p"))
        taken += env[memo_name(memo)].atoms
    # On one line: Lean's layout rules would read an argument at the start of a line as something else.
    body = block(scope, env, scope.function.body, None, _no_value()).replace("\n", " ")
    return _definition(scope, taken, body, name)


def _no_value() -> Rest:
    def write(_: Env) -> str:
        return "V.err"

    return Rest(write, True)


def _definition(scope: Scope, taken: list[str], body: str, name: str) -> str:
    signature = scope.signature
    size = places(signature.result or NATURAL) + len(signature.memos)
    after = arrows(size)
    kind = f"{arrows(len(taken), '')}({after}) → V"
    head = f"fun {' '.join(taken)} k => {body}"
    if not scope.recursive:
        return f"def q_{name} : {kind} := {head}\n"
    stop = f"fun {' '.join('_' for _ in taken)} _ => V.err"
    turns = f"Nat.rec (motive := fun _ => {kind}) ({stop}) (fun _ self => {head})"
    return f"def s_{name} : Nat → {kind} := {turns}\ndef q_{name} : {kind} := s_{name} fuel\n"


def _entry(signature: Signature) -> str:
    result = signature.result
    if not isinstance(result, Number):
        raise NotCompilable("a(n) must return a number", None)
    # n is not negative, but where a(n) calls itself its parameter may be.
    tables = " 0" * (places(signature.params[0] or NATURAL) - 1 + len(signature.memos))
    unused = " _" * len(signature.memos)
    out = f"fun p q{unused} => signed p q" if result.signed else f"fun p{unused} => V.i (Int.ofNat p)"
    return f"def n_a : V → V := fun v => onNatural v (fun n => q_a n{tables} ({out}))\n"
