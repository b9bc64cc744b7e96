"""What a proof begins with."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.outcome import Found, Traced


@dataclass(frozen=True)
class Fitted:
    """A trace, the rule that was mined from it, and the far value that follows.

    Attributes:
        sample: number of the trace program among those drawn for the problem.
        traced: the program, its first terms, and which term is asked for.
        found: the rule.
        value: the asked-for term, modulo the asked-for modulus if there is one.
    """

    sample: int
    traced: Traced
    found: Found
    value: int
