"""Compiles a trace program, written in a stated subset of Python, into Lean definitions.

The subset: integers, bools, lists and tuples; functions with positional parameters, recursion of a function
on itself; assignment, augmented assignment, xs[i] = v, append, extend; if, for, while, break, continue,
return; the expressions of expression.py; what rewrite/ writes by these. Anything else is Unsupported, with
its line.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from aimo_pipeline.outcome import Unsupported
from aimo_pipeline.translate.analysis import NotCompilable, first_line
from aimo_pipeline.translate.blocks import general_function
from aimo_pipeline.translate.loop import LoopProgram, find_loop
from aimo_pipeline.translate.module import Module, callees_first, read_module
from aimo_pipeline.translate.natural.program import natural_program
from aimo_pipeline.translate.rewrite import made_plain

_MAX_SOURCE_CHARACTERS = 20_000
_MAX_LEAN_CHARACTERS = 200_000


@dataclass(frozen=True)
class CompiledProgram:
    """Lean definitions of the program's functions.

    Attributes:
        definitions: Lean text.
        entry: the name of a(n), of type V → V.
        loop: what a(n) is, if it is a recurrence itself.
        natural: all its values are natural numbers in Lean, with which the kernel is quick.
    """

    definitions: str
    entry: str
    loop: LoopProgram | None = None
    natural: bool = False


def _compile(source: str, quick: bool) -> CompiledProgram:
    module = read_module(made_plain(ast.parse(source)))
    loop = find_loop(module)
    if loop is None and quick:  # what is proved about a loop for every index is proved of the general form
        try:
            return CompiledProgram(_held(natural_program(module)), "n_a", natural=True)
        except (NotCompilable, RecursionError):
            pass  # the general form holds more kinds of values, and longer programs
    return CompiledProgram(_general(module), "f_a", loop)


def _general(module: Module) -> str:
    parts = [general_function(module.functions[name], module) for name in callees_first(module, "a")]
    return _held("\n".join(parts))


def _held(text: str) -> str:
    if len(text) > _MAX_LEAN_CHARACTERS:
        raise NotCompilable("the compiled program is too long: shorten it, or nest less", first_line())
    return text


def compile_program(source: str) -> CompiledProgram | Unsupported:
    """Compile the function a(n) of a trace program, with everything it calls.

    Args:
        source: the program's text.

    Returns:
        The Lean definitions, which import TraceToLean.Value; or Unsupported with the reason and line.
        Wherever the compiled program gives an integer, Python gives the same one.

    Not covered: running out of memory, time or Python's stack. Where Python raises a RecursionError Lean may
    give the value that a larger stack would; so the pipeline compares at no index that Python itself did not
    reach (trace/measure.py). Integers are unbounded in both.
    """
    return _compiled(source, True)


def compile_general(source: str) -> CompiledProgram | Unsupported:
    """The same, but in the general form also where the program is on natural numbers."""
    return _compiled(source, False)


def _compiled(source: str, quick: bool) -> CompiledProgram | Unsupported:
    if len(source) > _MAX_SOURCE_CHARACTERS:
        return Unsupported(f"the program is too long: {_MAX_SOURCE_CHARACTERS} characters at most", 1)
    try:
        return _compile(source, quick)
    except NotCompilable as error:
        return Unsupported(error.reason, error.line)
    except SyntaxError as error:
        return Unsupported(f"not Python: {error.msg}", error.lineno or 1)
    except ValueError as error:
        return Unsupported(f"not Python: {error}", 1)
    except (RecursionError, MemoryError):
        return Unsupported("the program is nested too deeply: use assignments in between", 1)
