"""Why each problem got the time that it got and what came of it, a line each, from a run's journal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from aimo_pipeline.observe.reading import Record


def ledger_lines(records: Iterable[Record]) -> Iterator[str]:
    """One line a grant, in order: what was granted, why, and how its account was closed; then the sums.

    Args:
        records: of one run; GrantGiven and AccountClosed are looked at.
    """
    grants: dict[str, Record] = {}
    ended: list[Record] = []
    for one in records:
        if one.get("type") == "GrantGiven":
            grants[one["problem_id"]] = one
        elif one.get("type") == "AccountClosed" and one["problem_id"] in grants:
            ended.append(one)
            yield _line(grants.pop(one["problem_id"]), one)
    for grant in grants.values():
        yield _line(grant, None)
    yield _sums(ended)


def _line(grant: Record, closed: Record | None) -> str:
    """As Bank.explain says it."""
    end = f"{closed['ending']} after {closed['spent_s']:.1f} s" if closed else "in work"
    return f"{grant['problem_id']}: {grant['grant_s']:.1f} s ({grant['why']}); {end}"


def _sums(ended: list[Record]) -> str:
    over = [one["spent_s"] - one["granted_s"] for one in ended]
    returned_s, overdraft_s = (sum(max(0.0, sign * one) for one in over) for sign in (-1.0, 1.0))
    spent_s = sum(one["spent_s"] for one in ended)
    return (
        f"{len(ended)} closed: {spent_s:.1f} s spent, {returned_s:.1f} returned, {overdraft_s:.1f} overdrawn"
    )
