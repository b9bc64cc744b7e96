"""Functions of programs in the general form: blocks of statements, branches and loops.

Each Python statement becomes a Lean term in continuation style, so that `return`, `break` and `continue`
need no flags. For and while loops are List.rec and Nat.rec (with fuel), which the kernel runs directly.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from aimo_pipeline.translate.advice import outside
from aimo_pipeline.translate.analysis import NotCompilable, always_leaves, loop_targets, mutated, touched
from aimo_pipeline.translate.assignment import After, assign, augment, method, return_
from aimo_pipeline.translate.calls import iterated_names
from aimo_pipeline.translate.comprehension import unpack
from aimo_pipeline.translate.expression import emit, walked
from aimo_pipeline.translate.liveness import live_names
from aimo_pipeline.translate.module import Module
from aimo_pipeline.translate.scope import Scope, local


@dataclass(frozen=True)
class _Loop:
    leave: After
    again: After


def _lambda(names: list[str]) -> str:
    return "fun " + (" ".join(local(name) for name in names) or "_") + " =>"


def _arguments(names: list[str]) -> str:
    return " ".join(local(name) for name in names) or "V.err"


def _apply(function: str, names: list[str]) -> str:
    return f"({function} {_arguments(names)})"


def _arrows(names: list[str]) -> str:
    return "V → " * max(1, len(names)) + "V"


def _state(scope: Scope, stmt: ast.stmt, stmts: list[ast.stmt]) -> list[str]:
    """Variables that the statement may change and that may be read afterwards, sorted."""
    return [name for name in touched(stmts) if name in scope.locals and name in scope.live[stmt]]


def _block(scope: Scope, stmts: list[ast.stmt], loop: _Loop | None, after: After) -> str:
    if not stmts:
        return after()
    return _statement(scope, stmts[0], loop, lambda: _block(scope, stmts[1:], loop, after))


def _statement(scope: Scope, stmt: ast.stmt, loop: _Loop | None, after: After) -> str:
    match stmt:
        case ast.Return():
            return return_(scope, stmt)
        case ast.Break() if loop is not None:
            return loop.leave()
        case ast.Continue() if loop is not None:
            return loop.again()
        case ast.Pass():
            return after()
        case ast.Expr(value=ast.Constant(value=str())):
            return after()
        case ast.Expr(value=ast.Call() as call):
            return method(scope, call, after)
        case ast.Assign():
            return assign(scope, stmt, after)
        case ast.AugAssign():
            return augment(scope, stmt, after)
        case ast.If():
            return _if(scope, stmt, loop, after)
        case ast.For():
            return _for(scope, stmt, after)
        case ast.While():
            return _while(scope, stmt, after)
    raise outside(stmt)


def _if(scope: Scope, stmt: ast.If, loop: _Loop | None, after: After) -> str:
    if always_leaves(stmt.body) or always_leaves(stmt.orelse):
        return emit(scope, stmt.test, lambda t: _branches(scope, stmt, t, loop, after))
    names = _state(scope, stmt, [*stmt.body, *stmt.orelse])
    join = scope.fresh("j")
    head = f"let {join} : {_arrows(names)} := {_lambda(names)}\n{after()};\n"
    return head + emit(
        scope, stmt.test, lambda t: _branches(scope, stmt, t, loop, lambda: _apply(join, names))
    )


def _branches(scope: Scope, stmt: ast.If, test: str, loop: _Loop | None, after: After) -> str:
    yes, no = (_block(scope, part, loop, after) for part in (stmt.body, stmt.orelse))
    return f"V.test {test} (\n{yes}) (\n{no})"


def _loop_names(scope: Scope, stmt: ast.For | ast.While) -> list[str]:
    if stmt.orelse:
        raise NotCompilable("else after a loop is outside the subset", stmt)
    return _state(scope, stmt, [stmt])


def _for(scope: Scope, stmt: ast.For, after: After) -> str:
    changed = iterated_names(scope, stmt.iter) & (mutated(stmt.body) | set(touched(stmt.body)))
    if changed:
        raise NotCompilable(f"the loop changes {min(changed)!r}, which it walks through", stmt)
    names = _loop_names(scope, stmt)
    leave, ih, x = scope.fresh("j"), scope.fresh("ih"), scope.fresh("y")
    again = _Loop(lambda: _apply(leave, names), lambda: _apply(ih, names))
    body = unpack(scope, stmt.target, x, lambda: _block(scope, stmt.body, again, again.again))
    # The list may change after the loop, and its last element, still in the loop's variable, with it.
    targets = sorted(_names_in(stmt.target) & set(names))
    last = "".join(f"let {local(name)} : V := V.unshared {local(name)};\n" for name in targets)
    rest = f"let {leave} : {_arrows(names)} := {_lambda(names)}\n{last}{after()};\n"
    return rest + walked(
        scope,
        stmt.iter,
        lambda items: (
            f"V.items {items} fun ys =>\nList.rec (motive := fun _ => {_arrows(names)}) {leave}\n"
            f"(fun {x} _ {ih} => {_lambda(names)}\n{body}) ys {_arguments(names)}"
        ),
    )


def _names_in(target: ast.expr) -> set[str]:
    return {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}


def _while(scope: Scope, stmt: ast.While, after: After) -> str:
    names = _loop_names(scope, stmt)
    leave, ih = scope.fresh("j"), scope.fresh("ih")
    again = _Loop(lambda: _apply(leave, names), lambda: _apply(ih, names))
    body = _block(scope, stmt.body, again, again.again)
    turn = emit(scope, stmt.test, lambda t: f"V.test {t} (\n{body}) {_apply(leave, names)}")
    empty = "fun " + " ".join("_" for _ in names or "_") + " => V.err"
    return (
        f"let {leave} : {_arrows(names)} := {_lambda(names)}\n{after()};\n"
        f"Nat.rec (motive := fun _ => {_arrows(names)}) ({empty})\n"
        f"(fun _ {ih} => {_lambda(names)}\n{turn}) fuel {_arguments(names)}"
    )


def general_function(function: ast.FunctionDef, module: Module) -> str:
    """Lean's definition of one function."""
    params = [arg.arg for arg in function.args.args]
    names = set(params) | set(_bound_names(function))
    borrowed = set(params) | loop_targets(function)
    arity = {name: len(node.args.args) for name, node in module.functions.items()}
    live = live_names(function)
    scope = Scope(emit, walked, arity, module.constants, names, borrowed, function.name, module.cached, live)
    # On one line: Lean's layout rules would read an argument at the start of a line as something else.
    body = _block(scope, function.body, None, lambda: "V.err").replace("\n", " ")
    # A variable that is read before it was bound is an error in Python, and so it is here.
    start = "".join(f"let {local(name)} : V := V.err; " for name in sorted(names - set(params)))
    heading = f"({_lambda(params)} {start}{body})"
    lean_type = _arrows(params)
    if not scope.recursive:
        return f"def f_{function.name} : {lean_type} := {heading}\n"
    empty = "fun " + " ".join("_" for _ in params) + " => V.err"
    return (
        f"def r_{function.name} : Nat → {lean_type} :=\n"
        f"Nat.rec (motive := fun _ => {lean_type}) ({empty}) (fun _ self => {heading})\n\n"
        f"def f_{function.name} : {lean_type} := r_{function.name} fuel\n"
    )


def _bound_names(function: ast.FunctionDef) -> set[str]:
    """Names that the function's own statements bind; comprehensions have their own scope."""
    inner: set[ast.AST] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.comprehension):
            inner |= set(ast.walk(node.target))
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node not in inner
    }
