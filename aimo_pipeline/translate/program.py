"""Compiles a trace program, written in a stated subset of Python, into Lean definitions.

The subset: integers, bools, lists and tuples; functions with positional parameters, recursion of a function
on itself; assignment, augmented assignment, xs[i] = v, append, extend; if, for, while, break, continue,
return; the expressions of expression.py. Anything else is Unsupported, with its line.

Each Python statement becomes a Lean term in continuation style, so that `return`, `break` and `continue`
need no flags. For and while loops are List.rec and Nat.rec (with fuel), which the kernel runs directly.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass

from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate.advice import outside
from aimo_pipeline.translate.analysis import (
    MUTATORS,
    NotCompilable,
    always_leaves,
    base_name,
    first_line,
    loop_targets,
    mutated,
    touched,
)
from aimo_pipeline.translate.expression import (
    emit,
    emit_all,
    is_fresh,
    iterated_names,
    stored,
    unpack,
    walked,
)
from aimo_pipeline.translate.liveness import live_names
from aimo_pipeline.translate.loop import LoopProgram, find_loop
from aimo_pipeline.translate.module import Module, callees_first, read_module
from aimo_pipeline.translate.natural.program import natural_program
from aimo_pipeline.translate.plain import made_plain
from aimo_pipeline.translate.scope import Scope, bind, local

After = Callable[[], str]
_MAX_SOURCE_CHARACTERS = 20_000
_MAX_LEAN_CHARACTERS = 200_000
_AUGMENTED: dict[type[ast.operator], str] = {
    ast.Add: "V.iadd",
    ast.Sub: "V.sub",
    ast.Mult: "V.imul",
    ast.FloorDiv: "V.floordiv",
    ast.Mod: "V.mod",
    ast.Pow: "V.pow",
}


@dataclass(frozen=True)
class CompiledProgram:
    """Lean definitions of the program's functions.

    Attributes:
        definitions: Lean text.
        entry: the name of a(n), of type V → V.
        loop: what a(n) is, if it is a recurrence itself.
        natural: all its values are natural numbers in Lean, with which the kernel is quick.
    """

    definitions: str
    entry: str
    loop: LoopProgram | None = None
    natural: bool = False


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
            return _return(scope, stmt)
        case ast.Break() if loop is not None:
            return loop.leave()
        case ast.Continue() if loop is not None:
            return loop.again()
        case ast.Pass():
            return after()
        case ast.Expr(value=ast.Constant(value=str())):
            return after()
        case ast.Expr(value=ast.Call() as call):
            return _method(scope, call, after)
        case ast.Assign():
            return _assign(scope, stmt, after)
        case ast.AugAssign():
            return _augment(scope, stmt, after)
        case ast.If():
            return _if(scope, stmt, loop, after)
        case ast.For():
            return _for(scope, stmt, after)
        case ast.While():
            return _while(scope, stmt, after)
    raise outside(stmt)


def _return(scope: Scope, stmt: ast.Return) -> str:
    if stmt.value is None:
        raise NotCompilable("a function must return a value", stmt)
    if scope.own_name in scope.cached:
        # The cache would hand the same list to every caller.
        return stored(scope, stmt.value, lambda atom: f"V.unshared {atom}")
    if isinstance(stmt.value, ast.Name) and stmt.value.id not in scope.borrowed:
        return emit(scope, stmt.value, lambda atom: atom)
    return stored(scope, stmt.value, lambda atom: atom)


def _method(scope: Scope, call: ast.Call, after: After) -> str:
    func = call.func
    plain = len(call.args) == 1 and not call.keywords
    if not (isinstance(func, ast.Attribute) and func.attr in MUTATORS and plain):
        raise NotCompilable("only append and extend may stand alone", call)
    operation = f"V.{func.attr}"

    def change(value: str) -> str:
        return _update(scope, func.value, lambda old: f"{operation} {old} {value}", after)

    if func.attr == "extend":
        return walked(scope, call.args[0], change)
    return stored(scope, call.args[0], change)


def _update(scope: Scope, target: ast.expr, operation: Callable[[str], str], after: After) -> str:
    """Replace what `target` (a name, or an element at any depth under a name) holds."""
    name = base_name(target)
    if name is None or name not in scope.locals:
        raise NotCompilable("only a list of the function's own can be changed", target)
    if name in scope.borrowed:
        raise NotCompilable(f"the list {name!r} belongs to the caller or to a loop", target)
    indices: list[ast.expr] = []
    node = target
    while isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Slice):
            raise NotCompilable("assignment to a slice is outside the subset", node)
        indices.insert(0, node.slice)
        node = node.value

    def rebuild(old: str, atoms: list[str], k: Callable[[str], str]) -> str:
        if not atoms:
            return bind(scope, operation(old), k)

        def inside(element: str) -> str:
            return rebuild(element, atoms[1:], lambda new: bind(scope, f"V.set {old} {atoms[0]} {new}", k))

        return bind(scope, f"V.get {old} {atoms[0]}", inside)

    def write(atoms: list[str]) -> str:
        return rebuild(local(name), atoms, lambda new: f"let {local(name)} : V := {new};\n{after()}")

    return emit_all(scope, indices, write, store=False)


def _assign(scope: Scope, stmt: ast.Assign, after: After) -> str:
    if len(stmt.targets) != 1:
        raise NotCompilable("a chained assignment is outside the subset", stmt)
    target = stmt.targets[0]
    if isinstance(target, ast.Tuple):
        return _assign_tuple(scope, target, stmt.value, after)
    return stored(scope, stmt.value, lambda value: _put(scope, target, value, after))


def _put(scope: Scope, target: ast.expr, value: str, after: After) -> str:
    if isinstance(target, ast.Name):
        return f"let {local(target.id)} : V := {value};\n{after()}"
    if isinstance(target, ast.Subscript):
        return _update(scope, target, lambda _: value, after)
    raise NotCompilable("cannot assign to this", target)


def _assign_tuple(scope: Scope, target: ast.Tuple, value: ast.expr, after: After) -> str:
    def put_all(values: list[str]) -> str:
        def go(index: int) -> str:
            if index == len(values):
                return after()
            return _put(scope, target.elts[index], values[index], lambda: go(index + 1))

        return go(0)

    if isinstance(value, ast.Tuple):
        if len(value.elts) != len(target.elts):
            raise NotCompilable("the two sides of the assignment differ in length", target)
        return emit_all(scope, value.elts, put_all, store=True)
    count = len(target.elts)
    # Elements of a fresh result may be lists and move to their new names; others must not be lists.
    guard = "" if is_fresh(scope, value) else "V.unshared "

    def take(whole: str, index: int, values: list[str]) -> str:
        if index == count:
            return put_all(values)
        element = f"V.get {whole} (V.i (Int.ofNat {index}))"
        operation = f"{guard}({element})" if guard else element
        return bind(scope, operation, lambda v: take(whole, index + 1, [*values, v]))

    return emit(scope, value, lambda w: bind(scope, f"V.arity {w} {count}", lambda whole: take(whole, 0, [])))


def _augment(scope: Scope, stmt: ast.AugAssign, after: After) -> str:
    operation = _AUGMENTED.get(type(stmt.op))
    if operation is None:
        raise outside(stmt)
    if isinstance(stmt.target, ast.Name):
        name = local(stmt.target.id)
        step = lambda value: bind(  # noqa: E731 - a continuation
            scope, f"{operation} {name} {value}", lambda new: f"let {name} : V := {new};\n{after()}"
        )
        return emit(scope, stmt.value, step)
    return emit(
        scope,
        stmt.value,
        lambda value: _update(scope, stmt.target, lambda old: f"{operation} {old} {value}", after),
    )


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


def _function(function: ast.FunctionDef, module: Module) -> str:
    params = [arg.arg for arg in function.args.args]
    names = set(params) | set(_bound_names(function))
    borrowed = set(params) | loop_targets(function)
    arity = {name: len(node.args.args) for name, node in module.functions.items()}
    live = live_names(function)
    scope = Scope(arity, module.constants, names, borrowed, function.name, module.cached, live)
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


def _compile(source: str, quick: bool) -> CompiledProgram:
    module = read_module(made_plain(ast.parse(source)))
    loop = find_loop(module)
    if loop is None and quick:  # what is proved about a loop for every index is proved of the general form
        try:
            return CompiledProgram(_held(natural_program(module)), "n_a", natural=True)
        except (NotCompilable, RecursionError):
            pass  # the general form holds more kinds of values, and longer programs
    return CompiledProgram(_general(module), "f_a", loop)


def _general(module: Module) -> str:
    parts = [_function(module.functions[name], module) for name in callees_first(module, "a")]
    return _held("\n".join(parts))


def _held(text: str) -> str:
    if len(text) > _MAX_LEAN_CHARACTERS:
        raise NotCompilable("the compiled program is too long: shorten it, or nest less", first_line())
    return text


def compile_program(source: str) -> CompiledProgram | Unsupported:
    """Compile the function a(n) of a trace program, with everything it calls.

    Args:
        source: the program's text.

    Returns:
        The Lean definitions, which import TraceToLean.Value; or Unsupported with the reason and line.
        Wherever the compiled program gives an integer, Python gives the same one.

    Not covered: running out of memory or time; integers are unbounded in both.
    """
    return _compiled(source, True)


def compile_general(source: str) -> CompiledProgram | Unsupported:
    """The same, but in the general form also where the program is on natural numbers."""
    return _compiled(source, False)


def _compiled(source: str, quick: bool) -> CompiledProgram | Unsupported:
    if len(source) > _MAX_SOURCE_CHARACTERS:
        return Unsupported(f"the program is too long: {_MAX_SOURCE_CHARACTERS} characters at most", 1)
    try:
        return _compile(source, quick)
    except NotCompilable as error:
        return Unsupported(error.reason, error.line)
    except SyntaxError as error:
        return Unsupported(f"not Python: {error.msg}", error.lineno or 1)
    except ValueError as error:
        return Unsupported(f"not Python: {error}", 1)
    except (RecursionError, MemoryError):
        return Unsupported("the program is nested too deeply: use assignments in between", 1)
