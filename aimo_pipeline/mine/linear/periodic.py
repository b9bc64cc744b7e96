"""Sequences that repeat, from the first term on or from the second."""

from __future__ import annotations

from dataclasses import dataclass

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Formula, Periodic, Prefixed
from aimo_pipeline.mine.base import found
from aimo_pipeline.mine.trust.evidence import impostor, surprise_bits
from aimo_pipeline.mine.words import shortest_cycle
from aimo_pipeline.outcome import FitOutcome, NothingFits


@dataclass(frozen=True)
class PeriodicMiner:
    """Finds the shortest cycle that gives all terms, perhaps after one odd first term.

    It asks for min_periods full periods and spare terms that would surprise by unit_roots.min_bits bits; or,
    where few values carry few bits, for periodic.min_periods_plain periods and unit_roots.min_spare spare
    terms. What could be a rounded line, an irrational rotation or a rule about decimal digits needs more
    periods. Up to max_transient odd terms, or periodic.max_transient_share of all, are passed over where the
    cycle is beyond doubt and at least two of them are not those of the cycle: a single one is a wrong term.

    Not covered: longer transients; constants, which the polynomial miner judges.
    """

    name: str = "periodic"

    def find(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """See Miner."""
        transient, period = shortest_cycle(
            terms, config.unit_roots.max_transient, config.periodic.min_periods
        )
        if period == 0:
            return self._after_several(terms, first_index, config)
        if period == 1:
            return NothingFits("it is a constant")
        cyclic = terms[transient:]
        weakness = _weakness(cyclic, period, transient, config) or impostor(terms, period, config)
        if weakness:
            return NothingFits(weakness)
        return self._found(terms, transient, period, first_index)

    def _after_several(self, terms: tuple[int, ...], first_index: int, config: MineConfig) -> FitOutcome:
        """The cycle after several odd terms."""
        longest = max(config.max_transient, int(config.periodic.max_transient_share * len(terms)))
        transient, period = shortest_cycle(terms, longest, config.periodic.min_periods_long_transient)
        if period < 2:
            return NothingFits("no cycle is seen often enough")
        cyclic = terms[transient:]
        odd = sum(
            term != cyclic[(place - transient) % period] for place, term in enumerate(terms[:transient])
        )
        enough = config.periodic.min_bits_long_transient
        if odd < 2 or surprise_bits(cyclic, period, enough) < enough:
            return NothingFits(f"a cycle of {period} sets in after {transient} terms")
        disguised = impostor(terms, period, config)
        return NothingFits(disguised) if disguised else self._found(terms, transient, period, first_index)

    def _found(self, terms: tuple[int, ...], transient: int, period: int, first_index: int) -> FitOutcome:
        rule: Formula = Periodic(first_index + transient, terms[transient : transient + period])
        if transient:
            rule = Prefixed(first_index, terms[:transient], rule)
        return found(rule, family=self.name, terms=terms, unknowns=transient + period)


def _weakness(terms: tuple[int, ...], period: int, transient: int, config: MineConfig) -> str | None:
    """Why a cycle is not seen often enough; an odd first term has to be outweighed by more."""
    spare, factor = len(terms) - period, 1 + transient * config.unit_roots.more_after_transient
    enough = factor * config.unit_roots.min_bits
    plain = (
        len(terms) >= factor * config.periodic.min_periods_plain * period
        and spare >= factor * config.unit_roots.min_spare
    )
    if not plain and surprise_bits(terms, period, enough) < enough:
        return f"period {period} is seen {len(terms) / period:.1f} times in {len(terms)} terms"
    return None
