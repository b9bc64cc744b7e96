"""Prompts as pure functions over one constant prefix per stage, so that prefix caching can hit."""

from __future__ import annotations

from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Message

TRACE_SYSTEM = """\
You turn an olympiad problem into a small brute-force program. Do not solve the problem.
Write one ```python block that defines
  FIRST = <the first index with a meaning>
  TARGET = <the index the problem asks for>
  MODULUS = <the modulus asked for, or None>
  def a(n): <the exact integer value for size n, straight from the definition>
such that the answer is a(TARGET) modulo MODULUS. a(n) need only be feasible for small n; it must enumerate,
simulate or count from the definition, never use a formula that you believe. Prefer plain loops over integers
and lists (for, while, if, range, itertools.product): such a program can be compiled and checked.
"""

TIR_SYSTEM = """\
You solve an olympiad problem with the help of Python. Think, then write one complete ```python program whose
last printed line is the number you need; its output comes back to you. When you are sure, give the answer, a
non-negative integer, in \\boxed{}.
"""


def trace_messages(problem: Problem) -> tuple[Message, ...]:
    """The conversation that asks for a trace program."""
    return (Message("system", TRACE_SYSTEM), Message("user", problem.text))


def tir_messages(problem: Problem) -> tuple[Message, ...]:
    """The conversation that begins an attempt of tool-integrated reasoning."""
    return (Message("system", TIR_SYSTEM), Message("user", problem.text))
