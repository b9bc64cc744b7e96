"""Random programs of the subset, run by Python and by Lean's kernel: the two never differ."""

from __future__ import annotations

import itertools
from collections import Counter

import pytest

from aimo_pipeline.outcome import Proved, Refuted, Unsupported
from aimo_pipeline.translate import CompiledProgram, compile_program
from tests.translate.claims import Claim, forms
from tests.translate.constructs import TRAPS, WRITTEN_OUT
from tests.translate.random_programs.outcomes import MAX_STEPS, outcome
from tests.translate.random_programs.statements import Writer

PROGRAMS = 120
WRONG = 12
TERMS = range(4)

# What the random programs do not use.
WRITTEN = (
    """from functools import lru_cache

@lru_cache(maxsize=None)
def paths(i, j):
    if i < 0 or j < 0:
        return 0
    return 1 if i == 0 else paths(i - 1, j) - 2 * paths(i - 1, j - 1) + paths(i, j - 1)

def a(n):
    return sum(paths(i, n - i) for i in range(n + 1))
""",
    """import math

def a(n):
    q, r = divmod(n - 7, -3)
    bits = (n << 3 | 5) ^ (n * n & 6) + (77 >> n)
    return bits + math.isqrt(1000 * n + 8) * q - r + math.comb(n + 2, 2) + math.factorial(n) + math.lcm(n, 6)
""",
    """def a(n):
    total = 0
    for i, x in enumerate(reversed([3, -1, n, -n])):
        for y in range(x, -3, -2):
            total = total * 3 + y * i
        if x in (3, n) and total % 4 != 1 or x in range(-2, 1):
            continue
        total -= 5
    return total
""",
    *WRITTEN_OUT.values(),
)


def values_of(source: str, most_steps: int = MAX_STEPS) -> tuple[int, ...] | None:
    """The first values; None where Python raises, and for programs that are too long for the kernel."""
    found = outcome(source, TERMS, most_steps)
    return found.values if found is not None and found.raised is None else None


def written() -> list[tuple[str, tuple[int, ...], Counter[str]]]:
    """Programs that Python runs, the same ones every time."""
    found = [(source, values_of(source, 10_000) or (), Counter[str]()) for source in WRITTEN]
    for seed in itertools.count():
        writer = Writer(seed)
        source = writer.program()
        values = values_of(source)
        if values is not None:
            found.append((source, values, writer.used))
        if len(found) == PROGRAMS + len(WRITTEN):
            return found
    raise AssertionError


@pytest.mark.lean
class TestRandomPrograms:
    """Where the compiled program gives an integer, Python gives the same one."""

    def test_no_program_is_refuted_and_most_are_proved(self, kernel) -> None:
        made = written()
        compiled = [(*one, program) for one in made if (program := compiled_or_none(one[0])) is not None]
        assert len(compiled) >= 0.9 * len(made)
        true = [Claim(program, values) for _, values, _, program in compiled]
        wrong = [Claim(claim.program, (*claim.values[:-1], claim.values[-1] + 1)) for claim in true[:WRONG]]
        traps = trapped()
        verdicts = kernel([*true, *wrong, *traps])
        misled = [v for v in verdicts[len(true) + len(wrong) :] if isinstance(v, Refuted)]
        assert len(traps) >= 30 and misled == []
        verdicts = verdicts[: len(true) + len(wrong)]
        results = list(zip(compiled, verdicts, strict=False))
        refuted = [source for (source, _, _, _), v in results if isinstance(v, Refuted)]
        proved = [one for one, v in results if isinstance(v, Proved)]
        assert refuted == []
        told = verdicts[: len(WRITTEN)]
        assert all(isinstance(verdict, Proved) for verdict in told), told
        assert len(proved) >= 0.8 * len(made), Counter(str(v) for v in verdicts)
        features = sum((used for _, _, used, _ in proved), Counter[str]())
        assert len(features) >= 40 and min(features.values()) >= 3, features
        # A wrong value is told from a program that gives none.
        told = [v for v, one in zip(verdicts[len(true) :], verdicts, strict=False) if isinstance(one, Proved)]
        assert told and all(isinstance(v, Refuted) for v in told), told


def trapped() -> list[Claim]:
    """Programs that are easily written out wrongly: Python's values, and none where it raises."""
    claims = []
    for source in TRAPS.values():
        found = outcome(source, TERMS, 10_000)
        assert found is not None
        raises = found.raised is not None
        compiled = forms(source)
        if not isinstance(compiled, Unsupported):
            claims += [Claim(form, found.values, raises=raises) for form in compiled]
    return claims


def compiled_or_none(source: str) -> CompiledProgram | None:
    program = compile_program(source)
    return program if isinstance(program, CompiledProgram) else None
