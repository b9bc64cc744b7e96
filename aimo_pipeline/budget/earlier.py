"""What earlier runs tell about how long problems take: from their journals into the hazard's settings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from aimo_pipeline.budget.endings import Ending, Observation
from aimo_pipeline.config import BudgetConfig, Config
from aimo_pipeline.errors import UserError
from aimo_pipeline.observe.journal import read_journal
from aimo_pipeline.observe.reading import find_runs

_ACCEPTED_EVIDENCE = ("Fits", "Agreed", "CompiledTo", "CheckedTo", "ProvedForAll")


def observations(records: Iterable[dict[str, Any]], config: BudgetConfig) -> Iterator[Observation]:
    """What a journal tells about solve times.

    Args:
        records: of one journal, in order. AccountClosed settles a problem; in journals that are older than
            that event, ProblemStarted and AnswerGiven do.
        config: accept_votes and answer_reserve_s are used for older journals.

    Returns:
        One observation a problem that ended; records that are cut or unknown are passed over.
    """
    records = list(records)
    settled = [one for one in records if one.get("type") == "AccountClosed"]
    if settled:
        known = {ending.name.lower(): ending for ending in Ending}
        for one in settled:
            if one.get("ending") in known and isinstance(one.get("spent_s"), int | float):
                yield Observation(float(one["spent_s"]), known[one["ending"]])
        return
    grants: dict[object, float] = {}
    for one in records:
        if one.get("type") == "ProblemStarted":
            grants[one.get("problem_id")] = float(one.get("grant_s", 0.0))
        elif one.get("type") == "AnswerGiven" and one.get("problem_id") in grants:
            yield _older(one, grants[one["problem_id"]], config)


def _older(given: dict[str, Any], granted_s: float, config: BudgetConfig) -> Observation:
    seconds = float(given.get("seconds", 0.0))
    if given.get("evidence") in _ACCEPTED_EVIDENCE:
        return Observation(seconds, Ending.ACCEPTED)
    votes = re.search(r"votes=(\d+)", str(given.get("detail")))
    if votes and int(votes.group(1)) >= config.accept_votes:
        return Observation(seconds, Ending.ACCEPTED)
    used_up = seconds >= granted_s - 2.0 * config.answer_reserve_s
    return Observation(seconds, Ending.STOPPED if used_up else Ending.EXHAUSTED)


def read_observations(paths: Sequence[Path], config: BudgetConfig) -> list[Observation]:
    """Of all journals together.

    Args:
        paths: journals, runs' folders, or folders of runs.
        config: see observations.

    Raises:
        UserError: a journal cannot be read, or none has a problem that ended.
    """
    found: list[Observation] = []
    for path in (journal for given in paths for journal in find_runs(given)):
        try:
            found += observations(read_journal(path), config)
        except OSError as error:
            raise UserError(f"cannot read {path}: {error.strerror}") from None
    if not found:
        raise UserError(f"no problem ended in these journals: {', '.join(map(str, paths))}")
    return found


def with_earlier(config: Config) -> Config:
    """The settings, with what the journals of earlier runs tell about solve times.

    Raises:
        UserError: see read_observations.
    """
    paths = config.gateway.earlier_runs
    if not paths:
        return config
    seen = read_observations(paths, config.budget)
    told = tuple((round(one.seconds, 1), one.ending.name.lower()) for one in seen)
    hazard = replace(config.budget.hazard, recorded=told)
    return replace(config, budget=replace(config.budget, hazard=hazard))
