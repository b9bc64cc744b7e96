"""Whether a line may be a commoner one with a wrong term.

floor(n (1 + sqrt 47) / 3) gives 60 terms of floor(n (3 + sqrt 5) / 2) but for one of them, which is too large
by one. A term that is wrong by so little, where the true line passes just below an integer, leaves a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from aimo_pipeline.mine.floors.interval import corners, slope_interval
from aimo_pipeline.mine.floors.lines import Lines
from aimo_pipeline.mine.floors.slopes import offsets, slopes_between, whole_weight


def may_be_mended(lines: Lines, weight: float, first_index: int) -> bool:
    """Whether some term, changed by one, leaves a far commoner line of irrational slope.

    Args:
        weight: of what is believed of the terms as they are.
    """
    enough = weight * lines.rules.min_lead_mended
    # Two terms that stay as they are bound the slope; nearly always nothing so common lies there.
    room = 2 / max(1, len(lines.terms) - 2)
    if not _has_slope(lines, enough, room):
        return False
    return any(
        _has_slope(mended, enough, 0.0) and _greatest(mended, first_index) > enough
        for mended in _mended(lines)
    )


def _mended(lines: Lines) -> Iterator[Lines]:
    """What is left where one of the terms that bound the slopes and offsets is changed by one."""
    for place, _ in corners(list(enumerate(lines.terms))):
        for error in (-1, 1):
            terms = (*lines.terms[:place], lines.terms[place] - error, *lines.terms[place + 1 :])
            interval = slope_interval(terms)
            if interval is not None:
                yield Lines(terms, interval, lines.rules)


def _has_slope(lines: Lines, enough: float, room: float) -> bool:
    """Whether a named irrational slope that fits, or nearly so, is common enough; a quick look."""
    low, high = (float(end - lines.base) for end in lines.interval)
    near = slopes_between(lines.base, max(0.0, low - room), min(1.0, high + room), lines.rules.lines)
    return any(one.weight * _likeliest_offset() > enough for one in near)


@cache
def _likeliest_offset() -> float:
    return max(one.weight for one in offsets()) * whole_weight(0)


def _greatest(lines: Lines, first_index: int) -> float:
    return max((one.weight for one in lines.weighed(first_index) if one.line is not None), default=0.0)
