"""Constants at the top of a program: arithmetic is done, tables are written where they are read.

MOD = 10**9 + 7 becomes MOD = 1000000007. COINS = [1, 5, 10] vanishes; each `for c in COINS`, COINS[i] and
so on gets the list itself. Where a list at the top could be changed, or get a second name, the name stays,
which the compiler then refuses.
"""

from __future__ import annotations

import ast

from aimo_pipeline.translate.rewrite.names import at, given_names, locals_of

_MAX_BITS = 13_000
_MAX_TABLE = 200
# Functions that only look at their arguments' elements, which are numbers here.
_READERS = frozenset(
    {"len", "sum", "min", "max", "any", "all", "sorted", "enumerate", "zip", "reversed", "set"}
)


def with_constants(tree: ast.Module) -> ast.Module:
    """The program with its constants computed."""
    given = list(given_names(tree))
    numbers: dict[str, int] = {}
    tables: dict[str, ast.List | ast.Tuple] = {}
    body: list[ast.stmt] = []
    for stmt in tree.body:
        match stmt:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                number = _number(value, numbers)
                if number is not None:
                    numbers[name] = number
                    stmt.value = at(value, ast.Constant(number))
                elif (table := _table(value, numbers)) is not None and _once(tree, name):
                    tables[name] = table
                    continue
        body.append(stmt)
    tree.body = body
    if tables:
        for function in (stmt for stmt in tree.body if isinstance(stmt, ast.FunctionDef)):
            own = set(locals_of(function))
            _Written({name: t for name, t in tables.items() if name not in own}, set(given)).visit(function)
    return tree


def _once(tree: ast.Module, name: str) -> bool:
    """Whether one statement at the top gives it a meaning."""
    top = [stmt for stmt in tree.body if not isinstance(stmt, ast.FunctionDef)]
    meanings = [given for stmt in top for given in given_names(stmt) if given == name]
    functions = [stmt.name for stmt in tree.body if isinstance(stmt, ast.FunctionDef)]
    return len(meanings) == 1 and name not in functions


def _number(value: ast.expr, known: dict[str, int]) -> int | None:
    """What an expression of constants is; None if it is none, raises, or is too long."""
    match value:
        case ast.Constant(value=bool()):
            return None  # True is another text than 1
        case ast.Constant(value=int() as number):
            return int(number)
        case ast.Name(id=name) if name in known:
            return known[name]
        case ast.UnaryOp(op=ast.USub()):
            operand = _number(value.operand, known)
            return None if operand is None else -operand
        case ast.BinOp():
            left, right = _number(value.left, known), _number(value.right, known)
            return None if left is None or right is None else _binary(value.op, left, right)
    return None


def _binary(op: ast.operator, left: int, right: int) -> int | None:
    match op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult() if left.bit_length() + right.bit_length() <= _MAX_BITS:
            return left * right
        case ast.FloorDiv() if right:
            return left // right
        case ast.Mod() if right:
            return left % right
        case ast.Pow() if 0 <= right <= _MAX_BITS and left.bit_length() * right <= _MAX_BITS:
            return int(left**right)
    return None


def _table(value: ast.expr, known: dict[str, int]) -> ast.List | ast.Tuple | None:
    """A list or tuple of numbers, or of tuples of numbers."""
    if not isinstance(value, ast.List | ast.Tuple) or len(value.elts) > _MAX_TABLE:
        return None
    elements: list[ast.expr] = []
    for element in value.elts:
        number = _number(element, known)
        inner = _table(element, known) if isinstance(element, ast.Tuple) else None
        if number is not None:
            elements.append(ast.Constant(number))
        elif inner is not None:
            elements.append(inner)
        else:
            return None
    return type(value)(elements, ast.Load())


class _Written(ast.NodeTransformer):
    """Writes tables where they are read; a list only where nobody can change it or name it anew."""

    def __init__(self, tables: dict[str, ast.List | ast.Tuple], given: set[str]) -> None:
        self._tables = tables
        self._readers = _READERS - given

    def _read(self, node: ast.expr) -> ast.expr:
        if isinstance(node, ast.Name) and node.id in self._tables:
            table = self._tables[node.id]
            return at(node, ast.parse(ast.unparse(table), mode="eval").body)
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Anywhere else: a tuple cannot be changed."""
        return self._read(node) if isinstance(self._tables.get(node.id), ast.Tuple) else node

    def visit_For(self, node: ast.For) -> ast.For:
        """for x in table."""
        node.iter = self._read(node.iter)
        self.generic_visit(node)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.comprehension:
        """The same in a comprehension."""
        node.iter = self._read(node.iter)
        self.generic_visit(node)
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.Subscript:
        """table[i]; a slice of it is a new list."""
        if isinstance(node.ctx, ast.Load):
            node.value = self._read(node.value)
        self.generic_visit(node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """len(table) and the like."""
        if isinstance(node.func, ast.Name) and node.func.id in self._readers:
            node.args = [self._read(arg) for arg in node.args]
        self.generic_visit(node)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.Compare:
        """x in table."""
        node.comparators = [
            self._read(right) if isinstance(op, ast.In | ast.NotIn) else right
            for op, right in zip(node.ops, node.comparators, strict=True)
        ]
        self.generic_visit(node)
        return node
