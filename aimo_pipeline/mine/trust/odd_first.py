"""One odd first term: a start of the sequence's own or a wrong term, and it does not matter which.

All later terms are the same either way, so a rule that is strong without the first term is accepted after it.
The term is kept as it is, and the result says what the rule would have it be.
"""

from __future__ import annotations

import math
from dataclasses import replace

from aimo_pipeline.config import MineConfig
from aimo_pipeline.formula import Beatty, CFinite, Formula, Interlaced, Periodic, Polynomial, Prefixed
from aimo_pipeline.mine.linear.cfinite import cyclotomic_orders
from aimo_pipeline.mine.search import Search
from aimo_pipeline.mine.transform import PLAIN, STURMIAN
from aimo_pipeline.mine.trust.backwards import extended_back
from aimo_pipeline.mine.trust.question import Question
from aimo_pipeline.mine.trust.rivals import decide
from aimo_pipeline.outcome import Found


async def after_odd_first(question: Question, search: Search) -> Found | None:
    """A plain rule or a line's floors for all terms but the first, which it would have otherwise.

    Args:
        question: as it was asked, the odd term included.
        search: runs the miners of those, within its deadline.
    """
    first, odd = question.first_indices[0], question.terms[:1]
    later = Question(
        question.terms[1:], (first + 1,), tuple(p - 1 for p in question.positions), question.modulus
    )
    miners = tuple(one for one in search.miners if one.name in PLAIN | STURMIAN)
    rules = await replace(search, miners=miners, reasons=[]).direct_rules(later)
    rule = decide(rules, later, search.config) if rules else None
    before = extended_back(rule.formula, 1) if isinstance(rule, Found) else None
    if not isinstance(rule, Found) or before is None or before == odd:
        return None
    if rule.spare < search.config.outlier.odd_first * _asked_for(rule.formula, search.config):
        return None
    rivals = [replace(one, formula=Prefixed(first, odd, one.formula)) for one in rule.rivals]
    return replace(
        rule,
        formula=Prefixed(first, odd, rule.formula),
        unknowns=rule.unknowns + 1,
        rivals=tuple(rivals),
        odd_first=before[0],
    )


def _asked_for(formula: Formula, config: MineConfig) -> float:
    """Spare terms that such a rule needs where no term is odd; without end for other kinds."""
    unit = config.unit_roots
    match formula:
        case CFinite() if cyclotomic_orders(formula.coefficients) is None:
            return max(config.min_spare, config.min_spare_per_order * len(formula.coefficients))
        case CFinite():
            return max(unit.min_spare, unit.min_spare_per_order * len(formula.coefficients))
        case Polynomial() if formula.degree > 0:
            return config.min_spare if formula.degree > 1 else unit.min_spare
        case Interlaced(parts=parts):
            sizes = [len(part.differences) for part in parts if isinstance(part, Polynomial)]
            return max(unit.min_spare, sum(sizes))
        case Periodic():
            return max(unit.min_spare, (config.periodic.min_periods - 1) * len(formula.cycle))
        case Beatty():
            return config.beatty.min_terms
        case _:
            return math.inf
