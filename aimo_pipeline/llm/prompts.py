"""Prompts as pure functions over one constant block, the same bytes for all problems and stages.

A server with prefix caching computes the block once in a run, and the problem after it once for all stages.
So everything that can be said beforehand stands in the block, an example too, and what a stage wants comes
last. A conversation only ever grows at its end, for the same reason.
"""

from __future__ import annotations

from aimo_pipeline.domain import Problem
from aimo_pipeline.llm.completer import Message

SYSTEM = """\
You work on olympiad problems whose answers are non-negative integers. You are given a problem and after it
your task: TRACE or SOLVE, as described here, or another that is explained there. Programs are Python 3 with
numpy, sympy, mpmath and networkx, without network or files; they run as they stand, so write them whole.

TRACE. Turn the problem into a small brute-force program. Do not solve the problem. Write one ```python block
that defines
  FIRST = <the first index with a meaning>
  TARGET = <the index the problem asks for>
  MODULUS = <the modulus asked for, or None>
  def a(n): <the exact integer value for size n, straight from the definition>
such that the answer is a(TARGET) modulo MODULUS. a(n) need only be feasible for small n; it must enumerate,
simulate or count from the definition, never use a formula that you believe. Prefer plain loops over integers
and lists (for, while, if, range, itertools.product): such a program can be compiled and checked.
For example, for "How many binary strings of length 2000 have no two ones next to each other? Give the
remainder when that is divided by 1000.":
```python
import itertools
FIRST = 1
TARGET = 2000
MODULUS = 1000
def a(n):
    count = 0
    for s in itertools.product(range(2), repeat=n):
        good = True
        for i in range(n - 1):
            if s[i] == 1 and s[i + 1] == 1:
                good = False
        if good:
            count += 1
    return count
```

SOLVE. Think, and compute: send code to the tool python if you have it, else write one complete ```python
program. Let its last printed line be the number you need; its output comes back to you. When you are sure,
give the answer, a non-negative integer, in \\boxed{}.
"""

_TRACE = "Your task: TRACE"
_SOLVE = "Your task: SOLVE"


def task_messages(task: str, problem: Problem) -> tuple[Message, ...]:
    """A conversation that begins with the shared block and the problem.

    Args:
        task: what is wanted, in a word that the block explains or in sentences of its own.
        problem: quoted unchanged.
    """
    return (Message("system", SYSTEM), Message("user", f"{problem.text}\n\n{task}"))


def trace_messages(problem: Problem) -> tuple[Message, ...]:
    """The conversation that asks for a trace program."""
    return task_messages(_TRACE, problem)


def tir_messages(problem: Problem) -> tuple[Message, ...]:
    """The conversation that begins an attempt of tool-integrated reasoning."""
    return task_messages(_SOLVE, problem)
