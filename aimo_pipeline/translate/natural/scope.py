"""What is known while one function is written out, and the smallest pieces of text.

Text is in continuation style: whoever evaluates something is given a function that writes the rest of the
program, from the variables as they are then (`Env`) and the value. So `return` and `break` need no flags, and
a check that fails ends the program with V.err.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aimo_pipeline.translate.analysis import NotCompilable, mutated
from aimo_pipeline.translate.liveness import Live
from aimo_pipeline.translate.module import Module
from aimo_pipeline.translate.natural.shapes import Shape, Value, joined
from aimo_pipeline.translate.scope import MODULES

Env = Mapping[str, Value]
Then = Callable[[Env, Value], str]
After = Callable[[Env], str]
Several = Callable[[Env, list[Value]], str]
Evaluate = Callable[["Scope", Env, ast.expr, Then], str]
Decide = Callable[["Scope", Env, ast.expr, After, After], str]
Run = Callable[["Scope", Env, Sequence[ast.stmt], "Around | None", "Rest"], str]


@dataclass(frozen=True)
class Around:
    """Where `break` and `continue` lead."""

    leave: After
    again: After


@dataclass(frozen=True)
class Rest:
    """What comes after a statement; short text may be written more than once."""

    write: After
    short: bool


@dataclass
class Signature:
    """Shapes of a function's parameters and of what it returns, as far as they are known.

    Attributes:
        memos: functions under functools.cache that it may come to call, itself included, sorted.
    """

    params: list[Shape | None]
    result: Shape | None
    memos: tuple[str, ...]


@dataclass
class Scope:
    """One function.

    Attributes:
        module: the program.
        signatures: of the program's functions; they grow while functions are written out.
        function: this one.
        shapes: of its variables; these grow too, and then everything is written again.
        live: what is still read after each statement.
        changed: a shape has grown, so the text is void.
        recursive: it calls itself.
        evaluate: writes an expression (expression.py).
        decide: writes a condition and its two ways on (conditions.py).
        run: writes statements (statement.py).
    """

    module: Module
    signatures: dict[str, Signature]
    function: ast.FunctionDef
    live: Live
    evaluate: Evaluate
    decide: Decide
    run: Run
    shapes: dict[str, Shape] = field(default_factory=dict)
    changed: bool = False
    recursive: bool = False
    counter: itertools.count[int] = field(default_factory=itertools.count)

    def fresh(self, stem: str) -> str:
        """A Lean name that nothing else has."""
        return f"{stem}{next(self.counter)}"

    @property
    def signature(self) -> Signature:
        """The function's own."""
        return self.signatures[self.function.name]

    @property
    def names(self) -> set[str]:
        """Everything that is a variable somewhere in the function."""
        stores = {
            n.id for n in ast.walk(self.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        }
        return stores | set(self.parameters)

    @property
    def variables(self) -> set[str]:
        """Those that are the function's own and no comprehension's."""
        inside = {
            n for c in ast.walk(self.function) if isinstance(c, ast.comprehension) for n in ast.walk(c.target)
        }
        stores = (
            n for n in ast.walk(self.function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        )
        return {n.id for n in stores if n not in inside} | set(self.parameters)

    @property
    def parameters(self) -> list[str]:
        """In order."""
        return [arg.arg for arg in self.function.args.args]

    @property
    def mutated(self) -> set[str]:
        """Names whose list the function changes in place."""
        return mutated(self.function.body)

    def note(self, name: str, shape: Shape) -> Shape:
        """That a variable holds such a value; returns the shape that it has by all that is known."""
        known = self.shapes.get(name)
        grown = joined(known, shape)
        self.changed = self.changed or grown != known
        self.shapes[name] = grown
        return grown

    def note_result(self, shape: Shape) -> Shape:
        """The same for what the function returns."""
        grown = joined(self.signature.result, shape)
        self.changed = self.changed or grown != self.signature.result
        self.signature.result = grown
        return grown

    def note_argument(self, name: str, place: int, shape: Shape) -> Shape:
        """The same for a parameter of a function that is called."""
        known = self.signatures[name].params[place]
        grown = joined(known, shape)
        self.changed = self.changed or grown != known
        self.signatures[name].params[place] = grown
        return grown


def memo_name(function: str) -> str:
    """Where Env keeps the table of a function's results; no Python name has a blank."""
    return f"memo {function}"


def memos_in(scope: Scope, nodes: Sequence[ast.AST]) -> list[str]:
    """The tables that evaluating these nodes may change, as names in Env."""
    called = {
        part.func.id
        for node in nodes
        for part in ast.walk(node)
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)
    }
    found = {memo for name in called if name in scope.signatures for memo in scope.signatures[name].memos}
    return [memo_name(name) for name in sorted(found)]


def builtin(scope: Scope, node: ast.expr) -> str | None:
    """The built-in function that a node calls; None if it calls none.

    Raises:
        NotCompilable: the name stands for something else here, or the module has no such function.
    """
    if not isinstance(node, ast.Call):
        return None
    func = node.func
    base = func.value if isinstance(func, ast.Attribute) else func
    if not isinstance(base, ast.Name):
        raise NotCompilable("only plain functions can be called", node)
    if base.id in scope.names or base.id in scope.module.constants:
        raise NotCompilable(f"{base.id!r} is a variable here, not a function", node)
    if isinstance(func, ast.Attribute):
        if func.attr not in MODULES.get(base.id, ()) or func.attr in scope.signatures:
            raise NotCompilable(f"{base.id}.{func.attr} is outside the subset", node)
        return func.attr
    return None if base.id in scope.module.functions else base.id
