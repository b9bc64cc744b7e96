"""Expressions of the Python subset, as Lean terms in continuation style.

`emit(node, k)` gives Lean text that evaluates `node`, then goes on with `k(atom)`, where the atom names a
value already computed. The Lean side of every operation is in lean_toolchain/TraceToLean/Value.lean.

Python's lists are shared by name and Lean's values are not. So wherever a value is stored under a second
name (`stored`), a list is moved: its old name holds an error from then on, and a program that goes on to
use it gets no proof. A value that may belong to somebody else (a parameter, a loop variable, an element)
must not be or contain a list there at all, and the elements of a copied list must not be lists.

Python's iterators (generators, zip, ...) are used up by walking through them, and a range equals no list. So
they compile only where they are walked through at once (`walked`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from aimo_pipeline.translate.advice import outside
from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.scope import (
    BINARY,
    CALLS,
    ITERATORS,
    MODULES,
    WALKERS,
    Scope,
    Then,
    bind,
    integer,
    local,
)


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
            return f"V.bind {old} fun {name} =>\nlet {old} : V := V.unshared {old};\n{k(name)}"
    if isinstance(node, ast.IfExp):
        return _if_exp(scope, node, k, stored)
    guard = "" if is_fresh(scope, node) else "V.copied " if _is_copy(node) else "V.unshared "
    return emit(scope, node, lambda atom: bind(scope, f"{guard}{atom}", k))


def is_fresh(scope: Scope, node: ast.expr) -> bool:
    """True when every list in the node's value is new, so that nothing else has a name for it."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in scope.functions
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, ast.Add)
    return isinstance(node, ast.List | ast.Tuple | ast.ListComp | ast.Constant | ast.Compare | ast.UnaryOp)


def _is_copy(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Slice)
    return isinstance(node, ast.BinOp | ast.Call)


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
        case ast.BinOp(op=op) if type(op) in BINARY:
            operation = BINARY[type(op)]
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
            return _if_exp(scope, node, k, emit)
        case ast.List():
            return emit_all(scope, node.elts, lambda a: k(f"(V.l [{', '.join(a)}])"), store=True)
        case ast.Tuple():
            return emit_all(scope, node.elts, lambda a: k(f"(V.t [{', '.join(a)}])"), store=True)
        case ast.ListComp():
            return _comprehension(scope, node, k)
        case ast.Subscript():
            return _subscript(scope, node, k)
        case ast.Call():
            if called(scope, node) in ITERATORS:
                raise NotCompilable("an iterator or range must be walked through where it is made", node)
            return _call(scope, node, k)
    raise outside(node)


def walked(scope: Scope, node: ast.expr, k: Then) -> str:
    """Evaluate a node whose elements are used at once and whose value is not kept."""
    if isinstance(node, ast.GeneratorExp):
        return _comprehension(scope, node, k)
    if isinstance(node, ast.Call):
        return _call(scope, node, k)
    return emit(scope, node, k)


def iterated_names(scope: Scope, node: ast.expr) -> set[str]:
    """Names whose list a for loop reads while its body runs; the body must not change them."""
    match node:
        case ast.Subscript():
            return iterated_names(scope, node.value)
        case ast.Call():
            # Calls of the program's own functions and range are done before the loop begins.
            name = called(scope, node)
            done = name in scope.functions or name == "range"
            return set() if done else set().union(*(iterated_names(scope, arg) for arg in node.args))
        case ast.List() | ast.Tuple() | ast.ListComp():
            return set()
    # A generator looks its names up anew in every turn.
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _name(scope: Scope, name: str, node: ast.AST) -> str:
    if name in scope.bound or name in scope.locals:
        return local(name)
    if name in scope.constants:
        return integer(scope.constants[name])
    raise NotCompilable(f"the name {name!r} is not a variable of the function", node)


def _join(scope: Scope, k: Then, body: Callable[[str], str]) -> str:
    """Give the rest of the program a name, for branches that both go on with it."""
    name, value = scope.fresh("j"), scope.fresh("x")
    rest = k(value)
    scope.sealed += 1
    branches = body(name)
    scope.sealed -= 1
    return f"let {name} : V → V := fun {value} =>\n{rest};\n{branches}"


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

        member = isinstance(node.ops[index], ast.In | ast.NotIn)
        one = walked if member and index + 1 == len(node.ops) else emit
        return one(scope, node.comparators[index], compared)

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


def _if_exp(scope: Scope, node: ast.IfExp, k: Then, one: Callable[[Scope, ast.expr, Then], str]) -> str:
    def branches(j: str) -> str:
        yes = one(scope, node.body, lambda a: f"{j} {a}")
        no = one(scope, node.orelse, lambda a: f"{j} {a}")
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

        return walked(scope, generator.iter, loop)

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
    if part.lower is part.upper is None and part.step is not None and ast.unparse(part.step) == "-1":
        # Only of a list: what a tuple gives is a tuple.
        listed = lambda x: bind(scope, f"V.add {x} (V.l [])", lambda xs: _backwards(scope, xs, k))  # noqa: E731
        return emit(scope, node.value, listed)
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


def _backwards(scope: Scope, items: str, k: Then) -> str:
    """The elements of a list or tuple, from the last to the first."""
    x, ih, inner, last = (scope.fresh(stem) for stem in ("y", "ih", "acc", "acc"))

    def loop(numbers: str) -> str:
        return (
            f"V.items {numbers} fun ys =>\n"
            f"List.rec (motive := fun _ => V → V) (fun {last} =>\n{k(last)})\n"
            f"(fun {x} _ {ih} {inner} =>\n"
            + bind(
                scope,
                f"V.get {items} {x}",
                lambda e: bind(scope, f"V.append {inner} {e}", lambda a: f"{ih} {a}"),
            )
            + ") ys (V.l [])"
        )

    def counted(length: str) -> str:
        down = lambda first: bind(scope, f"V.range {first} {integer(-1)} {integer(-1)}", loop)  # noqa: E731
        return bind(scope, f"V.sub {length} {integer(1)}", down)

    return bind(scope, f"V.len {items}", counted)


def _reversed(scope: Scope, node: ast.Call, k: Then) -> str:
    one_way = isinstance(node.args[0], ast.GeneratorExp) or (
        isinstance(node.args[0], ast.Call) and called(scope, node.args[0]) in ITERATORS - {"range"}
    )
    if one_way:
        raise NotCompilable("Python cannot go through this backwards: make a list of it first", node)
    return walked(scope, node.args[0], lambda items: _backwards(scope, items, k))


def called(scope: Scope, node: ast.Call) -> str:
    """The name of the function that a call means.

    Raises:
        NotCompilable: it is not a plain function, or the name stands for something else here.
    """
    func = node.func
    base = func.value if isinstance(func, ast.Attribute) else func
    if not isinstance(base, ast.Name):
        raise NotCompilable("only plain functions can be called", node)
    if base.id in scope.locals or base.id in scope.bound or base.id in scope.constants:
        raise NotCompilable(f"{base.id!r} is a variable here, not a function", node)
    if not isinstance(func, ast.Attribute):
        return base.id
    if func.attr not in MODULES.get(base.id, ()) or func.attr in scope.functions:
        raise NotCompilable(f"{base.id}.{func.attr} is outside the subset", node)
    return func.attr


def _call(scope: Scope, node: ast.Call, k: Then) -> str:
    name = called(scope, node)
    if any(isinstance(arg, ast.Starred) for arg in node.args):
        raise NotCompilable("*arguments are outside the subset", node)
    if name in scope.functions:
        return _own_call(scope, node, name, k)
    if name == "range":
        return _range(scope, node, k)
    if name == "product":
        return _product(scope, node, k)
    if name == "reversed" and len(node.args) == 1 and not node.keywords:
        return _reversed(scope, node, k)
    if name == "divmod" and len(node.args) == 2 and not node.keywords:
        return _divmod(scope, node, k)
    operation = CALLS.get(name, {}).get(len(node.args))
    if operation is None or node.keywords:
        raise NotCompilable(f"{name}() with these arguments is outside the subset", node)
    if name == "bool":
        return emit(scope, node.args[0], lambda a: bind(scope, f"V.not (V.not {a})", k))
    return _operands(scope, node, name, lambda a: bind(scope, f"{operation} {' '.join(a)}", k))


def _operands(scope: Scope, node: ast.Call, name: str, k: Callable[[list[str]], str]) -> str:
    """Evaluate a built-in function's arguments; those that it walks through may be iterators."""
    first, *rest = node.args
    length_of_range = name == "len" and isinstance(first, ast.Call) and called(scope, first) == "range"
    walks = (name in WALKERS and not rest) or name in ITERATORS - {"range"} or length_of_range
    one = walked if walks else emit

    def then(atom: str) -> str:
        if name == "zip":
            return one(scope, rest[0], lambda second: k([atom, second]))
        return emit_all(scope, rest, lambda more: k([atom, *more]), store=False)

    return one(scope, first, then)


def _own_call(scope: Scope, node: ast.Call, name: str, k: Then) -> str:
    if node.keywords or len(node.args) != scope.functions[name]:
        raise NotCompilable(f"{name}() is called with other arguments than it has", node)
    recursive = name == scope.own_name
    scope.recursive = scope.recursive or recursive
    callee = "self" if recursive else f"f_{name}"
    # A cache needs arguments that can be hashed, so no lists.
    guard = "V.unshared " if name in scope.cached else ""

    def call(atoms: list[str]) -> str:
        # Bound first: an argument that is an error must end the program, as it would have in Python.
        def go(index: int, ready: list[str]) -> str:
            if index == len(atoms):
                return bind(scope, f"{callee} {' '.join(ready)}", k)
            return bind(scope, f"{guard}{atoms[index]}", lambda a: go(index + 1, [*ready, a]))

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


def _divmod(scope: Scope, node: ast.Call, k: Then) -> str:
    def divided(a: list[str]) -> str:
        pair = lambda q: bind(scope, f"V.mod {a[0]} {a[1]}", lambda r: k(f"(V.t [{q}, {r}])"))  # noqa: E731
        return bind(scope, f"V.floordiv {a[0]} {a[1]}", pair)

    return emit_all(scope, node.args, divided, store=False)


def _product(scope: Scope, node: ast.Call, k: Then) -> str:
    repeat = [word.value for word in node.keywords if word.arg == "repeat"]
    if len(node.args) != 1 or len(node.keywords) != 1 or not repeat:
        raise NotCompilable("product() is supported as product(xs, repeat=n)", node)

    def times(items: str) -> str:
        return emit(scope, repeat[0], lambda count: bind(scope, f"V.product {items} {count}", k))

    return walked(scope, node.args[0], times)
