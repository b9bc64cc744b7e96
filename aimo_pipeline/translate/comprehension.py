"""Loops inside expressions, of programs in the general form."""

from __future__ import annotations

import ast
from collections.abc import Callable

from aimo_pipeline.translate.analysis import NotCompilable
from aimo_pipeline.translate.evaluation import stored
from aimo_pipeline.translate.scope import Scope, Then, bind, integer, local


def comprehension(scope: Scope, node: ast.ListComp | ast.GeneratorExp, k: Then) -> str:
    """The list that a comprehension makes."""
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

        return scope.walk(scope, generator.iter, loop)

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

    return scope.evaluate(scope, conditions[0], rest)


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


def backwards(scope: Scope, items: str, k: Then) -> str:
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
