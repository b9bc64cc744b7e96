"""What says nothing to the values of a program is left out, and what raises becomes a division by zero.

x: int = v becomes x = v. sys.setrecursionlimit(...), print(...) and `if __name__ == "__main__"` at the top
go: the harness imports the program, and a(n) is asked for when all of it was run. `raise` and a failed
`assert` become `return 1 // 0`: no program here catches an exception, so one error is like another.
"""

from __future__ import annotations

import ast

from aimo_pipeline.translate.rewrite.names import at, fresh_names, names_of


def without_small_things(tree: ast.Module) -> ast.Module:
    """The program without them."""
    tree.body = [stmt for stmt in tree.body if not _idle(stmt)]
    changed = _Small(tree).visit(tree)
    assert isinstance(changed, ast.Module)
    return changed


def _idle(stmt: ast.stmt) -> bool:
    """Whether a statement at the top changes nothing that a(n) can see."""
    match stmt:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="sys"), attr="setrecursionlimit"))):
            return True
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"), ops=[ast.Eq()], comparators=[right])):
            return isinstance(right, ast.Constant) and right.value == "__main__" and not stmt.orelse
    return False


class _Small(ast.NodeTransformer):
    def __init__(self, tree: ast.Module) -> None:
        self._fresh = fresh_names("part", names_of(tree))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        """A name with a type; without a value it only makes the name a local one, which is refused."""
        if isinstance(node.target, ast.Name) and node.value is not None:
            return at(node, ast.Assign([node.target], node.value))
        return node

    def visit_For(self, node: ast.For) -> ast.stmt:
        """for (x, y), z in items: the inner tuple gets a name, and is taken apart in the body."""
        self.generic_visit(node)
        names = [part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)]
        if not isinstance(node.target, ast.Tuple) or len(set(names)) != len(names):
            return node
        apart: list[ast.stmt] = []
        for place, target in enumerate(node.target.elts):
            if isinstance(target, ast.Tuple):
                name = next(self._fresh)
                node.target.elts[place] = at(target, ast.Name(name, ast.Store()))
                apart.append(at(target, ast.Assign([target], ast.Name(name, ast.Load()))))
        node.body = [*apart, *node.body]
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.stmt:
        """The function ends, and so does everything."""
        return at(node, _raised())

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        """A test that ends everything if it fails."""
        return at(node, ast.If(ast.UnaryOp(ast.Not(), node.test), [_raised()], []))


def _raised() -> ast.Return:
    return ast.Return(ast.BinOp(ast.Constant(1), ast.FloorDiv(), ast.Constant(0)))
