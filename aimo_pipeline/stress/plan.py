"""Which problem meets which fault: one of its kind, shared with faults of other parts only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from aimo_pipeline.errors import UserError
from aimo_pipeline.stress.faults import Fault
from aimo_pipeline.stress.load import Kind

# Of the problems beyond those that a fault needs: mostly attempts, some with Lean.
_FILLERS = (Kind.REASON, Kind.REASON, Kind.REASON, Kind.COUNT)


def plan(faults: Sequence[Fault], problems: int) -> list[tuple[Kind, list[Fault]]]:
    """Lay the faults out over a run.

    Args:
        faults: each is met at least once.
        problems: how many the run has; the more, the oftener each fault comes.

    Returns:
        One (kind, faults) a problem. The last problem meets none, so that recovery can be seen, of Lean too.

    Raises:
        UserError: there are too few problems.
    """
    places = problems - 1
    rounds = max(1, places // max(1, len(faults)))
    while rounds > 1 and len(_kinds([*faults] * rounds)) > places:
        rounds -= 1
    asked = [*faults] * rounds
    kinds = _kinds(asked)
    if places < len(kinds):
        raise UserError(f"{problems} problems are too few for these faults; {len(kinds) + 1} would do")
    kinds += [_FILLERS[number % len(_FILLERS)] for number in range(places - len(kinds))]
    laid: list[tuple[Kind, list[Fault]]] = [(kind, []) for kind in _spread(kinds)]
    for fault in asked:
        open_to = [met for kind, met in laid if kind is fault.kind and not _meets(met, fault.part)]
        min(open_to, key=len).append(fault)
    return [*laid, (Kind.COUNT if Kind.COUNT in kinds else Kind.REASON, [])]


def _meets(met: Sequence[Fault], part: str) -> bool:
    return any(fault.part == part for fault in met)


def _kinds(asked: Sequence[Fault]) -> list[Kind]:
    """As many problems of each kind as it has faults of one part."""
    counts = Counter((fault.kind, fault.part) for fault in asked)
    kinds = dict.fromkeys(fault.kind for fault in asked)
    return [kind for kind in kinds for _ in range(max(n for (one, _), n in counts.items() if one is kind))]


def _spread(chosen: list[Kind]) -> list[Kind]:
    """Kinds in turn rather than in blocks, so that one part is not hit again before it has recovered."""
    counts = {kind: chosen.count(kind) for kind in dict.fromkeys(chosen)}
    order = [(turn / count, kind) for kind, count in counts.items() for turn in range(count)]
    return [kind for _, kind in sorted(order, key=lambda one: one[0])]
