"""Expressions of the Python subset, as Lean terms in continuation style.

`emit(node, k)` gives Lean text that evaluates `node`, then goes on with `k(atom)`, where the atom names a
value already computed. The Lean side of every operation is in lean_toolchain/TraceToLean/Value.lean.

Python's lists are shared by name and Lean's values are not. So wherever a value is stored under a second
name (`stored`), a list is moved: its old name holds an error from then on, and a program that goes on to
use it gets no proof. A value that may belong to somebody else (a parameter, a loop variable, an element)
must not be a list there at all.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from aimo_pipeline.translate.analysis import NotCompilable

Then = Callable[[str], str]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,60}")
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "V.add",
    ast.Sub: "V.sub",
    ast.Mult: "V.mul",
    ast.FloorDiv: "V.floordiv",
    ast.Mod: "V.mod",
    ast.Pow: "V.pow",
}
# Number of arguments -> Lean operation, for functions whose arguments are plain values.
_CALLS: dict[str, dict[int, str]] = {
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
_MODULES = frozenset({"math", "itertools"})


def local(name: str) -> str:
    """Lean's name of a Python variable."""
    if not _IDENTIFIER.fullmatch(name):
        raise NotCompilable(f"the name {name!r} is not plain ASCII", None)
    return f"v_{name}"


def integer(value: int) -> str:
    """A Lean value for a Python integer, in the constructors that the kernel computes with."""
    return f"(V.i (Int.ofNat {value}))" if value >= 0 else f"(V.i (Int.negSucc {-value - 1}))"


@dataclass
class Scope:
    """What the names inside one function mean.

    Attributes:
        functions: callable functions -> number of parameters.
        constants: module-level integer constants.
        locals: the function's own variables.
        borrowed: locals whose value may be shared (parameters, loop variables).
        own_name: the function itself, and whether it was found to call itself.
        sealed: depth of comprehensions around; inside one nothing can be moved away.
    """

    functions: dict[str, int]
    constants: dict[str, int]
    locals: set[str]
    borrowed: set[str]
    own_name: str
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


def emit_all(scope: Scope, nodes: list[ast.expr], k: Callable[[list[str]], str], *, store: bool) -> str:
    """Evaluate several nodes from left to right."""

    def go(index: int, atoms: list[str]) -> str:
        if index == len(nodes):
            return k(atoms)
        one = stored if store else emit
        return one(scope, nodes[index], lambda atom: go(index + 1, [*atoms, atom]))

    return go(0, [])


def stored(scope: Scope, node: ast.expr, k: Then) -> str:
    """Evaluate a node whose value is about to be kept under another name or inside a list."""
    if isinstance(node, ast.Name) and node.id in scope.locals and not scope.sealed:
        if node.id not in scope.borrowed:
            name, old = scope.fresh("x"), local(node.id)
            return f"V.bind {old} fun {name} =>\nlet {old} : V := V.kept {old};\n{k(name)}"
    if isinstance(node, ast.Name | ast.Subscript | ast.IfExp | ast.BoolOp):
        if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice)):
            return emit(scope, node, lambda atom: bind(scope, f"V.unshared {atom}", k))
    return emit(scope, node, lambda atom: bind(scope, atom, k))


def emit(scope: Scope, node: ast.expr, k: Then) -> str:
    """Evaluate any expression of the subset.

    Raises:
        NotCompilable: the expression lies outside the subset.
    """
    match node:
        case ast.Constant(value=bool() | int() as value):
            return k(integer(int(value)))
        case ast.Name(id=name):
            return k(_name(scope, name, node))
        case ast.BinOp(op=op) if type(op) in _BINARY:
            operation = _BINARY[type(op)]
            return emit_all(
                scope,
                [node.left, node.right],
                lambda a: bind(scope, f"{operation} {a[0]} {a[1]}", k),
                store=False,
            )
        case ast.UnaryOp(op=ast.USub()):
            return emit(scope, node.operand, lambda a: bind(scope, f"V.neg {a}", k))
        case ast.UnaryOp(op=ast.UAdd()):
            return emit(scope, node.operand, lambda a: bind(scope, f"V.toInt {a}", k))
        case ast.UnaryOp(op=ast.Not()):
            return emit(scope, node.operand, lambda a: bind(scope, f"V.not {a}", k))
        case ast.Compare():
            return _compare(scope, node, k)
        case ast.BoolOp():
            return _bool_op(scope, node, k)
        case ast.IfExp():
            return _if_exp(scope, node, k)
        case ast.List():
            return emit_all(scope, node.elts, lambda a: k(f"(V.l [{', '.join(a)}])"), store=True)
        case ast.Tuple():
            return emit_all(scope, node.elts, lambda a: k(f"(V.t [{', '.join(a)}])"), store=True)
        case ast.ListComp() | ast.GeneratorExp():
            return _comprehension(scope, node, k)
        case ast.Subscript():
            return _subscript(scope, node, k)
        case ast.Call():
            return _call(scope, node, k)
    raise NotCompilable(f"{type(node).__name__} is outside the subset", node)


def _name(scope: Scope, name: str, node: ast.AST) -> str:
    if name in scope.bound or name in scope.locals:
        return local(name)
    if name in scope.constants:
        return integer(scope.constants[name])
    raise NotCompilable(f"the name {name!r} is not a variable of the function", node)


def _join(scope: Scope, k: Then, body: Callable[[str], str]) -> str:
    """Give the rest of the program a name, for branches that both go on with it."""
    name, value = scope.fresh("j"), scope.fresh("x")
    return f"let {name} : V → V := fun {value} =>\n{k(value)};\n{body(name)}"


_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Lt: "V.lt {a} {b}",
    ast.Gt: "V.lt {b} {a}",
    ast.LtE: "V.le {a} {b}",
    ast.GtE: "V.le {b} {a}",
    ast.Eq: "V.eq {a} {b}",
    ast.NotEq: "V.not (V.eq {a} {b})",
    ast.In: "V.elem {a} {b}",
    ast.NotIn: "V.not (V.elem {a} {b})",
}


def _compare(scope: Scope, node: ast.Compare, k: Then) -> str:
    def go(left: str, index: int, end: Then) -> str:
        pattern = _COMPARE.get(type(node.ops[index]))
        if pattern is None:
            raise NotCompilable("'is' is outside the subset", node)

        def compared(right: str) -> str:
            operation = pattern.format(a=left, b=right)
            if index + 1 == len(node.ops):
                return bind(scope, operation, end)
            # Python stops a chain at the first comparison that fails.
            return bind(scope, operation, lambda t: f"V.test {t} ({go(right, index + 1, end)}) ({end(t)})")

        return emit(scope, node.comparators[index], compared)

    if len(node.ops) == 1:
        return emit(scope, node.left, lambda left: go(left, 0, k))
    return _join(scope, k, lambda j: emit(scope, node.left, lambda left: go(left, 0, lambda t: f"{j} {t}")))


def _bool_op(scope: Scope, node: ast.BoolOp, k: Then) -> str:
    def go(index: int, j: str) -> str:
        if index + 1 == len(node.values):
            return emit(scope, node.values[index], lambda a: f"{j} {a}")

        def rest(a: str) -> str:
            more, done = f"({go(index + 1, j)})", f"({j} {a})"
            return (
                f"V.test {a} {more} {done}" if isinstance(node.op, ast.And) else f"V.test {a} {done} {more}"
            )

        return emit(scope, node.values[index], rest)

    return _join(scope, k, lambda j: go(0, j))


def _if_exp(scope: Scope, node: ast.IfExp, k: Then) -> str:
    def branches(j: str) -> str:
        yes = emit(scope, node.body, lambda a: f"{j} {a}")
        no = emit(scope, node.orelse, lambda a: f"{j} {a}")
        return emit(scope, node.test, lambda t: f"V.test {t} ({yes}) ({no})")

    return _join(scope, k, branches)


def _comprehension(scope: Scope, node: ast.ListComp | ast.GeneratorExp, k: Then) -> str:
    outer = list(scope.bound)

    def level(index: int, acc: str, end: Then) -> str:
        if index == len(node.generators):
            return stored(scope, node.elt, lambda e: bind(scope, f"V.append {acc} {e}", end))
        generator = node.generators[index]

        def loop(items: str) -> str:
            x, ih, inner, last = (scope.fresh(stem) for stem in ("y", "ih", "acc", "acc"))
            scope.sealed += 1
            done = lambda a: f"{ih} {a}"  # noqa: E731 - a continuation
            body = unpack(
                scope, generator.target, x, lambda: _filtered(scope, generator.ifs, index, inner, done, level)
            )
            scope.sealed -= 1
            if index == 0:
                scope.bound[:] = outer
            return (
                f"V.items {items} fun ys =>\n"
                f"List.rec (motive := fun _ => V → V) (fun {last} =>\n{end(last)})\n"
                f"(fun {x} _ {ih} {inner} =>\n{body}) ys {acc}"
            )

        return emit(scope, generator.iter, loop)

    return level(0, "(V.l [])", k)


def _filtered(
    scope: Scope,
    conditions: list[ast.expr],
    index: int,
    acc: str,
    done: Then,
    level: Callable[[int, str, Then], str],
) -> str:
    if not conditions:
        return level(index + 1, acc, done)

    def rest(test: str) -> str:
        more = _filtered(scope, conditions[1:], index, acc, done, level)
        return f"V.test {test} ({more}) ({done(acc)})"

    return emit(scope, conditions[0], rest)


def unpack(scope: Scope, target: ast.expr, value: str, rest: Callable[[], str]) -> str:
    """Bind a loop or comprehension target, a name or a tuple of names, to a value."""
    if isinstance(target, ast.Name):
        scope.bound.append(target.id)
        return f"let {local(target.id)} : V := {value};\n{rest()}"
    if isinstance(target, ast.Tuple):
        names = [part for part in target.elts if isinstance(part, ast.Name)]
        if len(names) == len(target.elts):
            scope.bound.extend(part.id for part in names)
            lines = [f"V.bind (V.arity {value} {len(names)}) fun _ =>"]
            for place, part in enumerate(names):
                lines.append(f"V.bind (V.get {value} {integer(place)}) fun {local(part.id)} =>")
            return "\n".join([*lines, rest()])
    raise NotCompilable("a loop variable must be a name or a tuple of names", target)


def _subscript(scope: Scope, node: ast.Subscript, k: Then) -> str:
    if not isinstance(node.slice, ast.Slice):
        return emit_all(
            scope, [node.value, node.slice], lambda a: bind(scope, f"V.get {a[0]} {a[1]}", k), store=False
        )
    part = node.slice
    if part.step is not None:
        raise NotCompilable("a slice with a step is outside the subset", node)

    def bounds(whole: str) -> str:
        low = part.lower or ast.Constant(0)
        if part.upper is None:
            return bind(
                scope,
                f"V.len {whole}",
                lambda n: emit(scope, low, lambda a: bind(scope, f"V.slice {whole} {a} {n}", k)),
            )
        return emit_all(
            scope, [low, part.upper], lambda a: bind(scope, f"V.slice {whole} {a[0]} {a[1]}", k), store=False
        )

    return emit(scope, node.value, bounds)


def _called(node: ast.Call) -> str:
    func = node.func
    if isinstance(func, ast.Name):
        return func.id
    if isinstance(func, ast.Attribute) and isinstance(func.value, ast.Name) and func.value.id in _MODULES:
        return func.attr
    raise NotCompilable("only plain functions can be called", node)


def _call(scope: Scope, node: ast.Call, k: Then) -> str:
    name = _called(node)
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        raise NotCompilable("*arguments are outside the subset", node)
    if name in scope.functions:
        return _own_call(scope, node, name, k)
    if name == "range":
        return _range(scope, node, k)
    if name == "product":
        return _product(scope, node, k)
    operation = _CALLS.get(name, {}).get(len(node.args))
    if operation is None or node.keywords:
        raise NotCompilable(f"{name}() with these arguments is outside the subset", node)
    if name == "bool":
        return emit(scope, node.args[0], lambda a: bind(scope, f"V.not (V.not {a})", k))
    return emit_all(scope, node.args, lambda a: bind(scope, f"{operation} {' '.join(a)}", k), store=False)


def _own_call(scope: Scope, node: ast.Call, name: str, k: Then) -> str:
    if node.keywords or len(node.args) != scope.functions[name]:
        raise NotCompilable(f"{name}() is called with other arguments than it has", node)
    recursive = name == scope.own_name
    scope.recursive = scope.recursive or recursive
    callee = "self" if recursive else f"f_{name}"

    def call(atoms: list[str]) -> str:
        # Bound first: an argument that is an error must end the program, as it would have in Python.
        def go(index: int, ready: list[str]) -> str:
            if index == len(atoms):
                return bind(scope, f"{callee} {' '.join(ready)}", k)
            return bind(scope, atoms[index], lambda a: go(index + 1, [*ready, a]))

        return go(0, [])

    return emit_all(scope, node.args, call, store=False)


def _range(scope: Scope, node: ast.Call, k: Then) -> str:
    args = node.args
    if node.keywords or not 1 <= len(args) <= 3:
        raise NotCompilable("range() takes one to three arguments here", node)
    full = [ast.Constant(0), args[0]] if len(args) == 1 else list(args)
    if len(full) == 2:
        full.append(ast.Constant(1))
    return emit_all(scope, full, lambda a: bind(scope, f"V.range {' '.join(a)}", k), store=False)


def _product(scope: Scope, node: ast.Call, k: Then) -> str:
    repeat = [word.value for word in node.keywords if word.arg == "repeat"]
    if len(node.args) != 1 or len(node.keywords) != 1 or not repeat:
        raise NotCompilable("product() is supported as product(xs, repeat=n)", node)
    nodes = [node.args[0], repeat[0]]
    return emit_all(scope, nodes, lambda a: bind(scope, f"V.product {a[0]} {a[1]}", k), store=False)
