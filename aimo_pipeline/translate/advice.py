"""What to write instead of a construct that no program of the subset has."""

from __future__ import annotations

import ast

from aimo_pipeline.translate.analysis import NotCompilable

_INSTEAD: dict[type[ast.AST], str] = {
    ast.Dict: "use a list that is indexed by the key, or a function under functools.cache",
    ast.DictComp: "use a list that is indexed by the key",
    ast.Set: "use a list and `in`",
    ast.SetComp: "use a list and `in`",
    ast.JoinedStr: "work on the digits of a number with // and %",
    ast.Lambda: "define a function",
    ast.FunctionDef: "define it at the top level and pass what it needs",
    ast.ClassDef: "use lists and tuples",
    ast.Global: "pass the value and return the new one",
    ast.Nonlocal: "pass the value and return the new one",
    ast.NamedExpr: "assign in a statement of its own",
    ast.Try: "test for the case before with `if`",
    ast.With: "only arithmetic on integers and lists can be compiled",
    ast.Assert: "leave it out",
    ast.Raise: "return a value instead",
    ast.Delete: "leave it out, or make a new list",
    ast.Yield: "append to a list and return it",
    ast.YieldFrom: "append to a list and return it",
    ast.Import: "import at the top",
    ast.ImportFrom: "import at the top",
    ast.AnnAssign: "leave the annotation out",
    ast.Match: "use if and elif",
    ast.GeneratorExp: "use it up where it is made, or make a list",
    ast.Starred: "write the arguments out",
    ast.Attribute: "only functions of math, itertools and functools can be called by their module",
    ast.Expr: "assign the value, or leave the statement out",
}
_CONSTANTS: dict[type, str] = {
    str: "a string is outside the subset: work on the digits of a number with // and %",
    bytes: "bytes are outside the subset: use a list of integers",
    float: "a float is outside the subset: use integers and //",
    complex: "a complex number is outside the subset: use pairs of integers",
    type(None): "None is outside the subset: use an integer such as -1",
    type(...): "an ellipsis is outside the subset: write the program out",
}
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Div: "/ is outside the subset: use // on integers",
    ast.MatMult: "@ is outside the subset: use loops",
}


def outside(node: ast.AST) -> NotCompilable:
    """The refusal of a node, with its line and what to write instead."""
    match node:
        case ast.Constant(value=value) if type(value) in _CONSTANTS:
            return NotCompilable(_CONSTANTS[type(value)], node)
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _OPERATORS:
            return NotCompilable(_OPERATORS[type(op)], node)
        case ast.BinOp(op=op) | ast.AugAssign(op=op):
            return NotCompilable(
                f"{type(op).__name__} is outside the subset where lists of lists or tuples are used: "
                "use //, % and **",
                node,
            )
    name = type(node).__name__
    instead = _INSTEAD.get(type(node), "use assignments, if, for, while and integer arithmetic")
    return NotCompilable(f"{name} is outside the subset: {instead}", node)
