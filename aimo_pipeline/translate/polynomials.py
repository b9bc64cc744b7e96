"""Straight-line code of +, - and *, evaluated on polynomials."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from flint import fmpz_mpoly


@dataclass(frozen=True)
class Expression:
    """A polynomial and how Lean reads it, in the order in which Python evaluates it."""

    polynomial: fmpz_mpoly
    text: str


class NotOfTheClass(Exception):
    """The program is none of those; it is compared at its first indices only."""


@dataclass
class Reader:
    """Evaluates straight-line code on polynomials."""

    constants: dict[str, int]
    generators: dict[str, Expression]
    values: dict[str, Expression] = field(default_factory=dict)

    def expression(self, node: ast.expr) -> Expression:
        """Any combination of known names and integers by +, - and *."""
        match node:
            case ast.Constant(value=bool()):
                raise NotOfTheClass
            case ast.Constant(value=int() as value):
                return self.constant(value)
            case ast.Name(id=name) if name in self.values:
                return self.values[name]
            case ast.Name(id=name) if name in self.constants:
                return self.constant(self.constants[name])
            case ast.UnaryOp(op=ast.USub()):
                operand = self.expression(node.operand)
                return Expression(-operand.polynomial, f"(-{operand.text})")
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult()):
                return self._binary(node)
        raise NotOfTheClass

    def constant(self, value: int) -> Expression:
        """An integer."""
        one = next(iter(self.generators.values())).polynomial.context().constant(value)
        return Expression(one, f"({value})" if value < 0 else str(value))

    def _binary(self, node: ast.BinOp) -> Expression:
        left, right = self.expression(node.left), self.expression(node.right)
        p, q = left.polynomial, right.polynomial
        match node.op:
            case ast.Add():
                return Expression(p + q, f"({left.text} + {right.text})")
            case ast.Sub():
                return Expression(p - q, f"({left.text} - {right.text})")
        return Expression(p * q, f"({left.text} * {right.text})")

    def run(self, stmts: list[ast.stmt]) -> None:
        """Assignments and augmented assignments, one after another."""
        for stmt in stmts:
            match stmt:
                case ast.Assign(targets=[ast.Name(id=name)]):
                    self.values[name] = self.expression(stmt.value)
                case ast.Assign(targets=[ast.Tuple() as target], value=ast.Tuple() as value):
                    self._unpack(target, value)
                case ast.AugAssign(target=ast.Name() as target):
                    read = ast.Name(target.id, ast.Load())
                    self.values[target.id] = self.expression(ast.BinOp(read, stmt.op, stmt.value))
                case ast.Pass() | ast.Expr(value=ast.Constant(value=str())):
                    pass
                case _:
                    raise NotOfTheClass

    def _unpack(self, target: ast.Tuple, value: ast.Tuple) -> None:
        names = [part.id for part in target.elts if isinstance(part, ast.Name)]
        if not len(names) == len(target.elts) == len(value.elts):
            raise NotOfTheClass
        self.values |= dict(zip(names, [self.expression(part) for part in value.elts], strict=True))
