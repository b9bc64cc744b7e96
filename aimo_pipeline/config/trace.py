"""How trace programs are asked for, and how far they are run."""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config.budget import Reasoning
from aimo_pipeline.config.sandbox import LimitsConfig


@dataclass(frozen=True)
class TraceConfig:
    """How trace programs are asked for, and how far they are run.

    Attributes:
        wall_s: wall clock for one program.
        max_terms: terms asked for; it is stopped there.
        max_digits: a term with more decimal digits ends the trace.
        samples: programs asked for at once per problem, at most: a problem's effort decides.
        fresh_s: wall clock for the further terms that are to test a mined rule.
        beside_s: wall clock that is left to a problem's other programs once one has led to a rule;
            a search whose every term takes twice as long gives two fewer then, and still has its say.
        temperature, temperature_again: of the first draw, and of the one after a program failed.
        top_p, reasoning, max_tokens: of both, see llm/completer.py.
    """

    wall_s: float = 5.0
    max_terms: int = 48
    max_digits: int = 2_000
    samples: int = 4
    fresh_s: float = 2.0
    beside_s: float = 2.0
    temperature: float = 0.7
    temperature_again: float = 0.9
    top_p: float = 1.0
    reasoning: Reasoning = "high"
    max_tokens: int | None = None
    limits: LimitsConfig = field(default_factory=LimitsConfig)
