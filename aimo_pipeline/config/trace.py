"""How far a trace program is run."""

from __future__ import annotations

from dataclasses import dataclass, field

from aimo_pipeline.config.sandbox import LimitsConfig


@dataclass(frozen=True)
class TraceConfig:
    """How far a trace program is run.

    Attributes:
        wall_s: wall clock for one program.
        max_terms: terms asked for; it is stopped there.
        max_digits: a term with more decimal digits ends the trace.
        samples: recorded or sampled programs tried per problem.
        fresh_s: wall clock for the further terms that are to test a mined rule.
    """

    wall_s: float = 5.0
    max_terms: int = 48
    max_digits: int = 2_000
    samples: int = 4
    fresh_s: float = 2.0
    limits: LimitsConfig = field(default_factory=LimitsConfig)
