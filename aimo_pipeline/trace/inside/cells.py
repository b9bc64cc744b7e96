"""Runs a piece of Python and says how it ended, in a dict that goes back as JSON.

Like a Jupyter cell: the value of a last expression is given back as text, and a traceback shows the
program's own lines only.
"""

from __future__ import annotations

import ast
import linecache
import sys
import threading
import traceback
import types
from typing import Any

_TEXT_CHARS = 20_000
_MESSAGE_CHARS = 2_000
_TRACEBACK_CHARS = 4_000
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_VALUES = (ast.Constant, ast.Tuple, ast.List, ast.Set, ast.Dict)
_NAMES = (ast.Name, ast.Tuple, ast.expr_context)
_CONSTANT = (*_VALUES, ast.UnaryOp, ast.unaryop, ast.BinOp, ast.operator, ast.expr_context)
_ADVICE: tuple[tuple[type[BaseException], str], ...] = (
    (ModuleNotFoundError, "only the standard library, numpy, sympy, mpmath and networkx are installed"),
    (PermissionError, "programs here have no network, no files to write and no other processes"),
    (MemoryError, "the program needs more memory than it may use"),
)


class Program:
    """The module in which a program, or one session's cells, live."""

    def __init__(self, name: str) -> None:
        self._module = types.ModuleType(name)
        self.names: dict[str, Any] = self._module.__dict__
        self._file = ""
        self._files: set[str] = set()
        sys.modules[name] = self._module  # dataclasses and pickle look their module up

    def run(self, code: str, filename: str, *, definitions: bool = False) -> dict[str, Any]:
        """Execute the code.

        Args:
            code: Python; may be anything.
            filename: what it is called in tracebacks.
            definitions: execute only its imports, functions, classes, and constants with new names.

        Returns:
            {"value": text or None} or {"error": {"kind", "message", "line", "traceback"}}.
        """
        self._files.add(filename)
        self._file = filename
        lines = code.splitlines(keepends=True)
        linecache.cache[filename] = (len(code), None, lines, filename)  # no time, so never looked up on disk
        try:
            value = self._evaluated(code, filename, definitions)
            _join_threads()
            return {"value": None if value is None else shortened(repr(value), _TEXT_CHARS)}
        except SystemExit as error:
            return {"value": None} if error.code in (None, 0) else {"error": self._left(error)}
        except BaseException as error:
            return {"error": self._described(error)}
        finally:
            _flush()

    def _evaluated(self, code: str, filename: str, definitions: bool) -> object:
        """Run all statements; the value of the last one if it is an expression, else None."""
        tree = ast.parse(code, filename)
        if definitions:
            tree.body = [statement for statement in tree.body if _defines(statement, self.names)]
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, filename, "exec"), self.names)
        if not isinstance(last, ast.Expr):
            return None
        value: object = eval(compile(ast.Expression(last.value), filename, "eval"), self.names)
        return value

    def _left(self, error: SystemExit) -> dict[str, Any]:
        status = f"exit status {error.code}"
        return {"kind": "SystemExit", "message": status, "line": self.line_of(error), "traceback": ""}

    def line_of(self, error: BaseException) -> int | None:
        """The innermost line of the code that runs now, 1-based; not one of an earlier cell's function."""
        if isinstance(error, SyntaxError) and error.filename == self._file:
            return error.lineno
        frames = traceback.walk_tb(error.__traceback__)
        lines = [number for frame, number in frames if frame.f_code.co_filename == self._file]
        return lines[-1] if lines else None

    def _described(self, error: BaseException) -> dict[str, Any]:
        return {
            "kind": type(error).__name__,
            "message": shortened(message_of(error), _MESSAGE_CHARS),
            "line": self.line_of(error),
            "traceback": shortened(self._traceback(error), _TRACEBACK_CHARS),
        }

    def _traceback(self, error: BaseException) -> str:
        """The program's own frames, then the error as Python words it."""
        try:
            frames = traceback.extract_tb(error.__traceback__)
            own = traceback.StackSummary.from_list([one for one in frames if one.filename in self._files])
            return "".join([*own.format(), *traceback.format_exception_only(error)]).rstrip()
        except BaseException:  # the program's own __str__ may raise anything
            return type(error).__name__


def _defines(statement: ast.stmt, names: dict[str, Any]) -> bool:
    """Whether it is a definition, or gives a new name to a constant; variables are left alone."""
    if not isinstance(statement, ast.Assign):
        return isinstance(statement, _DEFINITIONS)
    targets = [node for target in statement.targets for node in ast.walk(target)]
    new = all(isinstance(node, _NAMES) and getattr(node, "id", "") not in names for node in targets)
    return new and all(isinstance(node, _CONSTANT) for node in ast.walk(statement.value))


def message_of(error: BaseException) -> str:
    """What the error says, and advice where its cause lies in the sandbox."""
    try:
        said = (error.msg or "") if isinstance(error, SyntaxError) else str(error)
    except BaseException:  # the program's own __str__ may raise anything
        said = "(its text cannot be made)"
    for kind, advice in _ADVICE:
        if isinstance(error, kind):
            return f"{said} ({advice})" if said else advice
    return said


def shortened(text: str, limit: int) -> str:
    """Beginning and end of a long text."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters left out ...]\n{text[-half:]}"


def _join_threads() -> None:
    """Wait for the program's own threads, as the interpreter does at its end."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BaseException:  # the program may have replaced or closed it
            continue
