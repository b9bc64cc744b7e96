"""Calls of further functions of Python's: by functions of the subset that are added, or by other expressions.

sorted, prod, accumulate, min and max with a default, product of two or three, zip of three, bit_length,
bit_count, len(set(x)), map, filter, enumerate with start=, xs.copy(), xs.count(x), xs.index(x), xs[::-1],
`in` a set of numbers.
"""

from __future__ import annotations

import ast

from aimo_pipeline.translate.rewrite.added import Added, as_list
from aimo_pipeline.translate.rewrite.names import at, fresh_names, names_of, read


def with_helpers(tree: ast.Module) -> ast.Module:
    """The program with these calls written out."""
    changed = _Calls(tree).visit(tree)
    assert isinstance(changed, ast.Module)
    return changed


class _Calls(ast.NodeTransformer):
    """From the inside out."""

    def __init__(self, tree: ast.Module) -> None:
        self._added = Added(tree)
        self._variables = fresh_names("item", names_of(tree))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call."""
        items = self._set(node)
        self.generic_visit(node)
        if items is not None:
            distinct = self._added.call("distinct", node, as_list(items))
            return at(node, ast.Call(node.func, [distinct], []))
        if any(isinstance(arg, ast.Starred) for arg in node.args):
            return node
        words = {word.arg: word.value for word in node.keywords}
        changed = None
        if isinstance(node.func, ast.Attribute) and not words:
            changed = self._method(node, node.func)
        if changed is None:
            changed = self._function(self._added.means(node.func), node, words)
        return node if changed is None else changed

    def _method(self, node: ast.Call, func: ast.Attribute) -> ast.expr | None:
        match func.attr, node.args:
            case "bit_length" | "bit_count" as known, []:
                return self._added.call(known, node, func.value)
            case "count" | "index" as known, [value]:
                return self._added.call(known, node, as_list(func.value), value)
            case "copy", [] if isinstance(func.value, ast.Name):
                # A tuple has no copy, and cannot be added to a list.
                return at(node, ast.BinOp(func.value, ast.Add(), ast.List([], ast.Load())))
        return None

    def _function(
        self, name: str | None, node: ast.Call, words: dict[str | None, ast.expr]
    ) -> ast.expr | None:
        match name, node.args, words:
            case "sorted", [items], {**rest} if not rest or set(rest) == {"reverse"}:
                return self._sorted(node, items, rest.get("reverse"))
            case "prod", [items], {**rest} if not rest:
                return self._added.call("prod", node, as_list(items))
            case "accumulate", [items], {**rest} if not rest:
                return self._added.iterator("accumulate", node, as_list(items))
            case "min" | "max" as known, [items], {"default": default} if len(words) == 1:
                return self._added.call(known, node, as_list(items), default)
            case "product", [xs, ys], {**rest} if not rest:
                return self._added.iterator("pairs", node, as_list(xs), as_list(ys))
            case "product", [xs, ys, zs], {**rest} if not rest:
                return self._added.iterator("triples", node, as_list(xs), as_list(ys), as_list(zs))
            case "zip", [xs, ys, zs], {**rest} if not rest:
                return self._added.iterator("zip", node, as_list(xs), as_list(ys), as_list(zs))
            case "enumerate", [items], {"start": start} if len(words) == 1:
                return at(node, ast.Call(node.func, [items, start], []))
            case "map", [function, items], {**rest} if not rest:
                return self._mapped(node, function, items)
            case "filter", [ast.Lambda() as test, items], {**rest} if not rest:
                return _kept(node, test, items)
        return None

    def _sorted(self, node: ast.Call, items: ast.expr, reverse: ast.expr | None) -> ast.expr | None:
        if reverse is not None and not isinstance(reverse, ast.Constant):
            return None
        falling = isinstance(reverse, ast.Constant) and bool(reverse.value)
        return self._added.call("falling" if falling else "sorted", node, as_list(items))

    def _mapped(self, node: ast.Call, function: ast.expr, items: ast.expr) -> ast.expr | None:
        match function:
            case ast.Lambda(args=args, body=body) if (only := _only(args)) is not None:
                variable, element = only, body
            case ast.Name():
                variable = next(self._variables)
                element = ast.Call(function, [read(variable)], [])
            case _:
                return None
        walk = ast.comprehension(ast.Name(variable, ast.Store()), items, [], 0)
        return at(node, ast.GeneratorExp(element, [walk]))

    def _set(self, node: ast.Call) -> ast.expr | None:
        """What the set is made of whose len is asked for."""
        match node:
            case ast.Call(func=func, args=[made], keywords=[]) if self._added.means(func) == "len":
                pass
            case _:
                return None
        match made:
            case ast.SetComp():
                return at(made, ast.ListComp(made.elt, made.generators))
            case ast.Call(func=func, args=[items], keywords=[]) if self._added.means(func) == "set":
                return items
        return None

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """`in` a set of numbers."""
        self.generic_visit(node)
        match node:
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Set(elts=elements) as right]):
                if _numbers(elements):
                    # In a set a list raises; so it does when a number is added.
                    node.left = at(node.left, ast.BinOp(node.left, ast.Add(), ast.Constant(0)))
                    node.comparators = [at(right, ast.Tuple(elements, ast.Load()))]
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """xs[::-1]."""
        self.generic_visit(node)
        match node.slice:
            case ast.Slice(lower=None, upper=None, step=ast.expr() as step) if ast.unparse(step) == "-1":
                # A range backwards is a range.
                if self._added.knows("len") and not isinstance(node.value, ast.Call):
                    return self._added.call("backwards", node, node.value)
        return node


def _numbers(elements: list[ast.expr]) -> bool:
    return all(isinstance(element, ast.Constant) and isinstance(element.value, int) for element in elements)


def _only(args: ast.arguments) -> str | None:
    """The name of the only parameter."""
    plain = not (args.vararg or args.kwarg or args.kwonlyargs or args.posonlyargs or args.defaults)
    return args.args[0].arg if plain and len(args.args) == 1 else None


def _kept(node: ast.Call, test: ast.Lambda, items: ast.expr) -> ast.expr | None:
    variable = _only(test.args)
    if variable is None:
        return None
    walk = ast.comprehension(ast.Name(variable, ast.Store()), items, [test.body], 0)
    return at(node, ast.GeneratorExp(read(variable), [walk]))
