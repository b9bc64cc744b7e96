"""What programs do with the text of a number: its digits, by arithmetic.

bin(x).count("1"), len(str(x)), int(str(x)[::-1]), str(x) == str(x)[::-1], map(int, str(x)), and int(d) for
each d of str(x). Only where x cannot be a bool, whose text is none of digits.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from aimo_pipeline.translate.rewrite.added import Added
from aimo_pipeline.translate.rewrite.kinds import Bools
from aimo_pipeline.translate.rewrite.names import names_of


def with_digits(tree: ast.Module) -> ast.Module:
    """The program without these texts."""
    if names_of(tree).isdisjoint({"str", "bin"}):
        return tree
    changed = _Texts(tree).visit(tree)
    assert isinstance(changed, ast.Module)
    return changed


class _Texts(ast.NodeTransformer):
    """From the outside in: what is done with a text is only known as a whole."""

    def __init__(self, tree: ast.Module) -> None:
        self._added, self._bools = Added(tree), Bools(tree)
        self._inside = ast.FunctionDef("", ast.arguments([], [], None, [], [], None, []), [], [])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """A function at the top."""
        self._inside = node
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call that a text, or a function of one, is given to."""
        changed = self._of_text(node)
        if changed is not None:
            return changed
        self.generic_visit(node)
        return node

    def _of_text(self, node: ast.Call) -> ast.expr | None:
        match self._added.means(node.func), node:
            case _, ast.Call(
                func=ast.Attribute(value=ast.Call(func=inner, args=[x], keywords=[]), attr="count"),
                args=[ast.Constant(value="1")],
                keywords=[],
            ) if self._added.means(inner) == "bin":
                return self._added.call("bit_count", node, self._visited(x))
            case "len", ast.Call(args=[argument], keywords=[]):
                return self._digits("length", node, self._text(argument))
            case "int", ast.Call(args=[argument], keywords=[]):
                return self._digits("reverse", node, self._backwards(argument))
            case "map", ast.Call(args=[ast.Name(id="int"), argument], keywords=[]) if self._added.knows(
                "int"
            ):
                shown = self._text(argument)
                return None if shown is None else self._added.iterator("digits", node, self._visited(shown))
        return None

    def _digits(self, what: str, node: ast.expr, x: ast.expr | None) -> ast.expr | None:
        return None if x is None else self._added.call(what, node, self._visited(x))

    def _text(self, node: ast.expr) -> ast.expr | None:
        """x of str(x), where it is surely a number."""
        match node:
            case ast.Call(func=func, args=[x], keywords=[]) if self._added.means(func) == "str":
                return None if self._bools.possible(self._inside.name, x) else x
        return None

    def _visited(self, node: ast.expr) -> ast.expr:
        changed = self.visit(node)
        assert isinstance(changed, ast.expr)
        return changed

    def _backwards(self, node: ast.expr) -> ast.expr | None:
        """x of str(x)[::-1]."""
        match node:
            case ast.Subscript(value=value, slice=ast.Slice(lower=None, upper=None, step=ast.expr() as step)):
                return self._text(value) if ast.unparse(step) == "-1" else None
        return None

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """str(x) == str(x)[::-1]."""
        match node:
            case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
                for one, other in ((left, right), (right, left)):
                    x, y = self._text(one), self._backwards(other)
                    if x is not None and y is not None and ast.dump(x) == ast.dump(y):
                        return self._added.call("palindrome", node, self._visited(x))
        self.generic_visit(node)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        """int(d) for d in str(x)."""
        return self._walked(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        """The same."""
        return self._walked(node)

    def _walked(self, node: ast.ListComp | ast.GeneratorExp) -> ast.expr:
        for walk in node.generators:
            x = self._text(walk.iter)
            if x is None or not isinstance(walk.target, ast.Name) or not self._added.knows("int"):
                continue
            others = (part for g in node.generators for part in (*g.ifs, g.iter) if part is not walk.iter)
            if _only_as_int(walk.target.id, [node.elt, *others]):
                walk.iter = self._added.call("digits", node, x)
        self.generic_visit(node)
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        """The same as a statement; the digit's name stays after the loop, so all of the function counts."""
        x = self._text(node.iter)
        if x is not None and isinstance(node.target, ast.Name) and self._added.knows("int"):
            if _only_as_int(node.target.id, self._inside.body):
                node.iter = self._added.call("digits", node, x)
        self.generic_visit(node)
        return node


def _only_as_int(name: str, parts: list[ast.expr] | list[ast.stmt]) -> bool:
    """Whether a digit is read as int(name) and not otherwise, nor bound anew."""
    reads = [node for node in _reads(name, parts) if isinstance(node.ctx, ast.Load)]
    wrapped = [
        node
        for part in parts
        for node in ast.walk(part)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "int"
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id == name
    ]
    return len(reads) == len(wrapped)


def _reads(name: str, parts: list[ast.expr] | list[ast.stmt]) -> Iterator[ast.Name]:
    for part in parts:
        yield from (node for node in ast.walk(part) if isinstance(node, ast.Name) and node.id == name)
