"""Vote rules replayed over recorded attempts: ours, the majority, the public notebooks', and others.

Run from the repository's root: python -m tests.bench.selection [--subsets 400] [--resamples 4000]

For each problem with at least k recorded attempts, k of them are drawn many times, in random order, since the
order in which they were recorded means nothing; a rule's score is the share of draws in which it gives the
expected answer. Rules are compared on the same draws. Intervals are paired bootstraps with families of
problems as the unit, because variants of one problem are no independent observations; within one family they
are over its problems, which says less.

What the recordings cannot tell: they carry no entropies, no attempt that was cut off, and none without an
answer, so the tie-breaks of our rule, last words and abstention cannot be replayed. What is left of it is the
majority, and the contract of those problems whose text is here.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from aimo_pipeline.answer.contract import read_contract
from aimo_pipeline.outcome import Attempted
from tests.bench.rules import RULES
from tests.recordings import Row, attempts_by_problem, family, present, texts_by_sha256

SIZES = (2, 4, 8)
SEED = 20_261
_OTHERS = "other families"
_LARGE = 2  # a family of so many problems is a split of its own


@dataclass(frozen=True)
class Scores:
    """Scores of one rule at one size.

    Attributes:
        by_problem: problem -> share of draws with the right answer.
    """

    by_problem: Mapping[str, float]

    def minus(self, other: Scores) -> dict[str, float]:
        """The difference for each problem."""
        return {name: score - other.by_problem[name] for name, score in self.by_problem.items()}


def attempted(row: Row) -> Attempted:
    """A recorded attempt; "thinking" where its box was not in the final channel."""
    source = "boxed" if row["end_channel"] == "final" else "thinking"
    return Attempted(row["answer"], source, row["n_python_calls"] + 1, None, row["n_model_tokens"])


def as_stated(attempts: Sequence[Attempted]) -> list[Attempted]:
    """For our own rule: the recorder stopped all of them at their answer, and nothing cut them off."""
    return [Attempted(one.value, "boxed", one.turns, one.entropy, one.tokens) for one in attempts]


def scores(k: int, subsets: int) -> dict[str, Scores]:
    """Every rule on the same draws of k attempts."""
    texts, found = texts_by_sha256(), defaultdict[str, dict[str, float]](dict)
    for name, rows in attempts_by_problem().items():
        if len(rows) < k:
            continue
        rng = random.Random(f"{SEED}-{k}-{name}")
        draws = [[attempted(row) for row in rng.sample(rows, k)] for _ in range(subsets)]
        contract = read_contract(texts.get(rows[0]["problem_sha256"], ""))
        for title, rule in RULES.items():
            right = [
                rule(as_stated(draw) if title == "ours" else draw, contract) == rows[0]["expected_answer"]
                for draw in draws
            ]
            found[title][name] = sum(right) / subsets
    return {title: Scores(by_problem) for title, by_problem in found.items()}


def splits(problems: Sequence[str]) -> dict[str, list[str]]:
    """All problems; each large family; the small ones together; and two halves by name."""
    families = defaultdict[str, list[str]](list)
    for name in problems:
        families[family(name)].append(name)
    large = {title: names for title, names in families.items() if len(names) > _LARGE}
    rest = [name for title, names in families.items() if title not in large for name in names]
    ordered = sorted(problems)
    return {
        "all": ordered,
        **large,
        _OTHERS: rest,
        "half a": ordered[::2],
        "half b": ordered[1::2],
    }


def interval(
    differences: Mapping[str, float], names: Sequence[str], resamples: int
) -> tuple[float, float, float]:
    """Mean and 95 % interval of a difference, resampling families, or problems where there is one family."""
    units = defaultdict[str, list[float]](list)
    alone = len({family(name) for name in names}) == 1
    for name in names:
        units[name if alone else family(name)].append(differences[name])
    sums = np.array([sum(values) for values in units.values()])
    counts = np.array([len(values) for values in units.values()])
    drawn = np.random.default_rng(SEED).integers(0, len(sums), (resamples, len(sums)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(sums.sum() / counts.sum()), float(low), float(high)


def report(k: int, subsets: int, resamples: int) -> list[str]:
    """The table of one size, as lines."""
    found = scores(k, subsets)
    names = list(found["majority"].by_problem)
    lines = [f"k = {k}: {len(names)} problems of {len({family(name) for name in names})} families"]
    for title, score in found.items():
        right = np.mean([score.by_problem[name] for name in names])
        lines.append(f"  {title:<34} {right:.3f} right; against the majority:")
        for split, part in splits(names).items():
            if part and title != "majority":
                mean, low, high = interval(score.minus(found["majority"]), part, resamples)
                lines.append(f"      {split:<18} {len(part):>3}  {mean:+.4f}  ({low:+.4f} to {high:+.4f})")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--subsets", type=int, default=400)
    parser.add_argument("--resamples", type=int, default=4_000)
    arguments = parser.parse_args()
    if not present("recorded_attempts.jsonl"):
        raise SystemExit("the recordings are not here: shared/data/recorded_attempts.jsonl")
    for k in SIZES:
        print("\n".join(report(k, arguments.subsets, arguments.resamples)))


if __name__ == "__main__":
    main()
