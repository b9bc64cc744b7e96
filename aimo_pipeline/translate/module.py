"""The top level of a trace program: functions, constants, and that every name means what we take it for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from aimo_pipeline.translate.advice import outside
from aimo_pipeline.translate.analysis import NotCompilable, first_line
from aimo_pipeline.translate.scope import IDENTIFIER, ITERATORS, MEANINGFUL, MODULES

# How much a cache keeps changes no value.
_CACHE = re.compile(r"(functools\.)?(cache|lru_cache(\((maxsize ?= ?)?(None|\d+|\d+ \*\* \d+)?\))?)")
# What the harness reads, not the function; their values may be any arithmetic.
_QUESTION = frozenset({"FIRST", "TARGET", "MODULUS"})
_MAX_CONSTANT_BITS = 13_000
_RESERVED = ITERATORS | frozenset(MODULES) | MODULES["functools"]


@dataclass(frozen=True)
class Module:
    """The program's functions and integer constants.

    Attributes:
        functions: by name.
        constants: by name.
        cached: functions under functools.cache, which return the same object again.
    """

    functions: dict[str, ast.FunctionDef]
    constants: dict[str, int]

    @property
    def cached(self) -> frozenset[str]:
        """Names of the functions that have a decorator; only caches are allowed."""
        return frozenset(name for name, node in self.functions.items() if node.decorator_list)


def read_module(tree: ast.Module) -> Module:
    """Sort the top level out.

    Raises:
        NotCompilable: something else stands there, or a name is given twice or a built-in meaning changed.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Global | ast.Nonlocal | ast.NamedExpr):
            raise outside(node)
        _check_plain(node)
    module = Module({}, {})
    seen: set[str] = set()
    for stmt in tree.body:
        for name in _given(stmt):
            if name in seen:
                raise NotCompilable(f"{name} is given a meaning twice", stmt)
            seen.add(name)
        _add(module, stmt)
    entry = module.functions.get("a")
    if entry is None or len(entry.args.args) != 1:
        raise NotCompilable("the program must define a(n), with one parameter", entry or first_line())
    return module


def _check_plain(node: ast.AST) -> None:
    """That a name can be one in Lean, and a number be printed."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name):
            if not IDENTIFIER.fullmatch(name):
                reason = "is no name of at most 61 ASCII letters, digits and _: give it another"
                raise NotCompilable(f"{name[:80]!r} {reason}", node)
        case ast.Constant(value=int() as value) if value.bit_length() > _MAX_CONSTANT_BITS:
            raise NotCompilable("a number of more than 4000 digits: write it as a power or a product", node)


def _given(stmt: ast.stmt) -> Iterator[str]:
    """Names that a top-level statement gives a meaning."""
    match stmt:
        case ast.FunctionDef(name=name):
            yield name
        case ast.Assign(targets=[ast.Name(id=name)]):
            yield name
        case ast.Import(names=names):
            for alias in names:
                yield _imported(stmt, alias, alias.name in MODULES)
        case ast.ImportFrom(module=module, names=names):
            for alias in names:
                yield _imported(stmt, alias, alias.name in MODULES.get(module or "", ()))


def _imported(stmt: ast.stmt, alias: ast.alias, known: bool) -> str:
    name = alias.asname or alias.name.split(".")[0]
    expected = known and alias.asname in (None, alias.name)
    if name == "*" or (name in MEANINGFUL and not expected):
        raise NotCompilable(f"this import may change what {name} means", stmt)
    return name


def _add(module: Module, stmt: ast.stmt) -> None:
    match stmt:
        case ast.FunctionDef(name=name):
            _check_signature(stmt)
            module.functions[name] = stmt
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=int() as value)):
            module.constants[name] = int(value)
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in _QUESTION:
            _check_arithmetic(value)
        case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
            pass
        case ast.Assign(value=ast.Dict() | ast.DictComp() | ast.Set() | ast.SetComp() as value):
            raise outside(value)
        case _:
            reason = (
                "only functions and integer constants may stand at the top: move the rest into a function"
            )
            raise NotCompilable(reason, stmt)


def _check_arithmetic(value: ast.expr) -> None:
    # A call could run any code of the program before a(n) does.
    for node in ast.walk(value):
        if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id == "pow"):
            raise NotCompilable("a call at the top level is outside the subset", node)


def _check_signature(function: ast.FunctionDef) -> None:
    args = function.args
    if function.name in _RESERVED:
        raise NotCompilable(f"a function of one's own cannot be called {function.name}", function)
    if args.vararg or args.kwarg or args.kwonlyargs or args.defaults or args.posonlyargs or not args.args:
        raise NotCompilable("functions take plain positional parameters", function)
    for decorator in function.decorator_list:
        if not _CACHE.fullmatch(ast.unparse(decorator)):
            reason = "this decorator is outside the subset: leave it out, or use functools.cache"
            raise NotCompilable(reason, decorator)
    for node in ast.walk(function):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and node is not function:
            raise outside(node)


def callees_first(module: Module, entry: str) -> list[str]:
    """The functions that `entry` needs, each after those that it calls.

    Raises:
        NotCompilable: two functions call each other.
    """
    order: list[str] = []

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise NotCompilable(
                "functions that call each other are outside the subset", module.functions[name]
            )
        for callee in sorted(_callees(module.functions[name], module)):
            visit(callee, (*above, name))
        if name not in order:
            order.append(name)

    visit(entry, ())
    return order


def _callees(function: ast.FunctionDef, module: Module) -> set[str]:
    named = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    return {name for name in named if name in module.functions and name != function.name}
