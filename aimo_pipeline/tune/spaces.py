"""Which settings a search may move, and how far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aimo_pipeline.config import check_acts
from aimo_pipeline.errors import UserError


@dataclass(frozen=True)
class Range:
    """Values of one setting: from `low` to `high`, whole numbers or not, on a logarithmic scale or not.

    Attributes:
        named_only: searched only when it is named, since each trial then runs programs again.
    """

    low: float
    high: float
    whole: bool
    log: bool = False
    named_only: bool = False


# What can be judged on a replay without new tokens. Samples, attempts and turns can only become fewer.
REPLAYED: Mapping[str, Range] = {
    "trace.samples": Range(1, 4, True),
    "mine.min_spare": Range(4, 24, True),
    "mine.decisive_bits": Range(12.0, 60.0, False),
    "verify.min_compared": Range(2, 8, True),
    "tir.attempts": Range(1, 8, True),
    "tir.lead": Range(2, 6, True),
    "tir.rounds": Range(1, 3, True),
    "effort.presets.full.trace_wall_s": Range(1.0, 10.0, False, named_only=True),
    "trace.fresh_s": Range(0.5, 5.0, False, named_only=True),
    "trace.beside_s": Range(0.5, 10.0, False, named_only=True),
    "tir.cell_s": Range(2.0, 30.0, False, named_only=True),
}
SIMULATED: Mapping[str, Range] = {
    "budget.floor_s": Range(0.5, 120.0, False, log=True),
    "budget.ceiling_s": Range(300.0, 3_600.0, False, log=True),
    "budget.reserve_s": Range(60.0, 600.0, False, log=True),
    "budget.accept_votes": Range(2, 5, True),
}
# Of the time bank that ours is compared with: what it can do at its best.
BANK: Mapping[str, Range] = {
    "budget.bank_base_s": Range(60.0, 360.0, False, log=True),
    "budget.bank_alpha": Range(0.05, 1.0, False),
}
# They need a live model: a replay cannot tell what other tokens would have come.
LIVE_ONLY = frozenset({"tir.temperature", "trace.temperature", "trace.temperature_again", "tir.top_p"})
# Lean would be asked about other documents than the recording has.
LEAN_ONLY = frozenset(
    {"verify.max_compared", "verify.program_steps", "verify.natural_steps", "verify.check_s"}
)


def check_space(names: Sequence[str], space: Mapping[str, Range]) -> dict[str, Range]:
    """The ranges of the named settings; all that are searched unasked where none is named.

    Raises:
        UserError: a setting is unknown, does nothing, or cannot be judged without new tokens or verdicts.
    """
    check_acts(names)
    for name in names:
        if name in LIVE_ONLY:
            raise UserError(f"{name} changes what a model says: it needs live runs; use compare on those")
        if name in LEAN_ONLY:
            raise UserError(
                f"{name} changes what Lean is asked, which a recording cannot tell; use replay --lean, and "
                "compare on the replays"
            )
        if name not in space:
            raise UserError(f"{name} cannot be searched here; there are {', '.join(space)}")
    chosen = names or [name for name, of in space.items() if not of.named_only]
    return {name: space[name] for name in chosen}
