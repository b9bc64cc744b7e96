"""What each threshold of the miners is worth: solved and wrong at a looser, the default and a tighter value.

Run from the repository's root:
    python -m tests.bench.mine_thresholds [--only min_spare,p_recursive] [--rules 60] [--without 600]
        [--seed 5] [--jobs 2] [--json FILE]

Each value is tried with all else at its default: on sequences of the families that it bears on, half of
them cut short, and on sequences without a rule (noise, primes, partitions, near-rules such as floor(n pi),
broken and corrupted rules; see mine_pool.py). Solved: all later terms right. Wrong: one of them wrong; the
interval is Wilson's, 95 %, of the sequences without a rule. All sequences are the same for all values.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from flint import fmpz
from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn

from aimo_pipeline.config import Config, MineConfig, with_settings
from aimo_pipeline.deadline import MonotonicClock
from aimo_pipeline.mine.jsonl import encode, mine_lines
from tests.bench.mine import as_lists, judge
from tests.bench.mine_pool import RULES, Shown, of_rule, tables, tables_without, without_rule

LINEAR = ("c-finite", "unit roots")
# Dotted name under mine.: families that it bears on, a looser value, a tighter one (some with two of them).
SPACE: dict[str, tuple[tuple[str, ...], tuple[float, ...], tuple[float, ...]]] = {
    "min_spare": (("c-finite", "unit roots", "p-recursive"), (4, 8), (14,)),
    "min_spare_per_order": (LINEAR, (0.0,), (2.0,)),
    "max_transient": (("c-finite",), (6,), (0,)),
    "min_surprise_bits": (("digits", "multiplicative"), (0.0,), (18.0,)),
    "decisive_bits": (tuple(RULES), (8.0,), (48.0,)),
    "bits_beyond_doubt": (LINEAR, (40.0,), (1e9,)),
    "polynomial.min_spare_constant": (LINEAR, (15, 40), (160,)),
    "polynomial.min_distinct_differences": (LINEAR, (2,), (10,)),
    "unit_roots.min_spare": (LINEAR, (8, 14), (30,)),
    "unit_roots.min_bits": (LINEAR, (0.0, 20.0), (60.0,)),
    "unit_roots.min_spare_per_order": (LINEAR, (1.0,), (3.0,)),
    "unit_roots.min_terms_per_slope_period": (("unit roots", "beatty"), (4,), (48,)),
    "unit_roots.min_spare_curve": (LINEAR, (7,), (21,)),
    "unit_roots.min_spare_per_part": (LINEAR, (1,), (3,)),
    "unit_roots.max_transient": (LINEAR, (3,), (0,)),
    "unit_roots.more_after_transient": (LINEAR, (0.0,), (1.0,)),
    "periodic.min_periods": (("unit roots",), (2.0,), (4.0,)),
    "periodic.min_periods_plain": (("unit roots",), (3.0,), (9.0,)),
    "periodic.min_periods_word": (("unit roots", "beatty"), (4,), (30,)),
    "periodic.min_periods_curve": (("unit roots",), (2,), (10,)),
    "periodic.min_period_rotation": (("unit roots",), (30,), (4,)),
    "periodic.min_periods_rotation": (("unit roots",), (3,), (30,)),
    "periodic.min_periods_long_transient": (("unit roots",), (3.0,), (6.0,)),
    "periodic.min_bits_long_transient": (("unit roots",), (30.0,), (90.0,)),
    "periodic.max_transient_share": (("unit roots", "modular"), (0.3,), (0.0,)),
    "periodic.decimal_end": (("unit roots", "digits"), (0,), (200,)),
    "periodic.max_unrolled": (("unit roots", "beatty"), (0,), (40,)),
    "modular.min_bits": (("modular",), (10.0, 20.0), (60.0,)),
    "modular.min_spare": (("modular",), (3,), (10,)),
    "modular.min_rate": (("modular",), (0.0,), (0.8,)),
    "modular.min_descents": (("modular",), (0,), (4,)),
    "modular.min_wrap_bits": (("modular",), (0.0,), (20.0,)),
    "modular.min_wraps_line": (("modular",), (1,), (8,)),
    "modular.integral_spare": (("modular",), (6,), (1,)),
    "modular.few_values": (("modular",), (0,), (8,)),
    "p_recursive.min_spare": (("p-recursive",), (1, 2), (8,)),
    "p_recursive.integer_terms": (("p-recursive",), (0,), (60,)),
    "p_recursive.max_coefficients": (("p-recursive",), (60,), (24,)),
    "algebraic.min_spare": (("algebraic",), (1,), (8,)),
    "algebraic.min_spare_per_unknown": (("algebraic",), (0.0,), (1.0,)),
    "algebraic.integer_terms": (("algebraic",), (0,), (60,)),
    "algebraic.min_saved_bits_first": (("algebraic",), (8.0,), (0.0,)),
    "products.min_spare": (("products",), (4,), (12,)),
    "products.min_spare_doubling": (("products",), (2,), (8,)),
    "products.min_distinct_exponents": (("products",), (2,), (6,)),
    "products.max_power_shift": (("products",), (8,), (1,)),
    "products.min_spare_map": (("products",), (2,), (6,)),
    "products.min_bits_map": (("products",), (30.0,), (200.0,)),
    "products.min_spare_quotient": (("products", "p-recursive"), (2,), (8,)),
    "products.min_growth_quotient": (("products", "p-recursive"), (1.5,), (3.5,)),
    "beatty.min_terms": (("beatty",), (8,), (20,)),
    "beatty.min_share": (("beatty", "unit roots"), (0.8, 0.9), (0.995,)),
    "beatty.min_bits_settled": (("beatty",), (10.0,), (40.0,)),
    "beatty.lines.small": (("beatty",), (0.0,), (0.9,)),
    "beatty.min_share_irrational": (("beatty",), (0.6, 0.8), (0.96,)),
    "beatty.max_chance": (("beatty",), (0.05,), (0.005,)),
    "beatty.min_terms_irrational": (("beatty",), (20,), (100,)),
    "beatty.min_terms_per_denominator": (("beatty",), (3.0,), (8.0,)),
    "beatty.min_rarer_steps": (("beatty",), (1,), (6,)),
    "beatty.max_reach": (("beatty",), (10,), (2,)),
    "digits.min_terms": (("digits",), (10,), (24,)),
    "digits.min_rows": (("digits",), (1,), (4,)),
    "digits.min_surplus": (("digits",), (1,), (4,)),
    "digits.min_bits": (("digits",), (10.0,), (40.0,)),
    "digits.max_periods": (("digits",), (9.0,), (2.0,)),
    "digits.rival_periods": (("digits",), (9.0,), (1.7,)),
    "digits.max_dimension_sure": (("digits",), (8,), (2,)),
    "digits.compared_terms": (("digits",), (1,), (60,)),
    "multiplicative.min_terms": (("multiplicative",), (8,), (20,)),
    "multiplicative.min_spare": (("multiplicative",), (3,), (10,)),
    "multiplicative.min_bits": (("multiplicative",), (5.0,), (40.0,)),
    "multiplicative.min_tail": (("multiplicative",), (2,), (5,)),
    "multiplicative.min_checked_primes": (("multiplicative",), (1,), (7,)),
    "outlier.odd_first": (LINEAR, (1.0,), (4.0,)),
    "outlier.min_dimension": (("digits",), (8,), (1,)),
    "grid.min_lines": (("grid",), (4,), (8,)),
    "grid.min_spare": (("grid",), (4,), (24,)),
    "grid.min_bits": (("grid",), (10.0,), (80.0,)),
    "grid.decisive_bits": (("grid",), (80.0,), (1e9,)),
    "grid.min_spare_edge": (("grid",), (2,), (6,)),
    "grid.rival_lines": (("grid",), (0,), (8,)),
    "grid.min_cells_per_residue": (("grid",), (1,), (8,)),
    "grid.min_reduced_share": (("grid",), (0.0,), (0.6,)),
}  # fmt: skip


ALL = "all at once"  # every threshold at its loosest, or at its tightest: each by itself has others behind it


@dataclass(frozen=True)
class Trial:
    """One value of one threshold, and what came of it.

    Attributes:
        kind: "looser", "default" or "tighter".
        rules, solved, wrong_rules: sequences with a rule, those that were solved, those foretold wrongly.
        without, right_without, wrong_without: those without a rule, those foretold rightly all the same (a
            constant for a while, a rule of these families after all), those foretold wrongly.
    """

    threshold: str
    value: float
    kind: str
    rules: int
    solved: int
    wrong_rules: int
    without: int
    right_without: int
    wrong_without: int
    wrong_names: tuple[str, ...]

    @property
    def interval(self) -> tuple[float, float]:
        """Of the share of wrong ones among those without a rule, 95 %."""
        return wilson(self.wrong_without, self.without)


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Source: Wilson, Probable inference, JASA 22 (1927)."""
    if count == 0:
        return 0.0, 1.0
    share, extra = hits / count, z * z / count
    middle = share + extra / 2
    spread = z * math.sqrt(share * (1 - share) / count + extra / (4 * count))
    return max(0.0, (middle - spread) / (1 + extra)), min(1.0, (middle + spread) / (1 + extra))


def verdict(one: Shown, config: MineConfig) -> str:
    question = {"id": 0, "terms": one.terms, "predict": one.asked}
    question |= {} if one.offset is None else {"offset": one.offset}
    (line,) = mine_lines([encode(as_lists(question)).encode()], config=config, clock=MonotonicClock())
    answer = json.loads(line, parse_int=lambda digits: int(fmpz(digits)))
    return judge(answer["predicted"], list(one.truth))


@cache
def pool_without(kind: str, count: int, seed: int) -> tuple[Shown, ...]:
    return tuple(tables_without(count, seed) if kind == "tables" else without_rule(count, seed))


@cache
def by_default(kind: str, count: int, seed: int) -> tuple[int, tuple[str, ...]]:
    return foretold(pool_without(kind, count, seed), MineConfig())


def foretold(pool: tuple[Shown, ...], config: MineConfig) -> tuple[int, tuple[str, ...]]:
    """How many rightly, and the names of those wrongly."""
    verdicts = [verdict(one, config) for one in pool]
    wrong = (one.name for one, said in zip(pool, verdicts, strict=True) if said == "wrong")
    return verdicts.count("solved"), tuple(wrong)


def tried(name: str, value: float, kind: str, options: argparse.Namespace) -> Trial:
    """In a process of its own perhaps: it draws its sequences itself, always the same."""
    families, count, seed = SPACE[name][0] if name != ALL else tuple(RULES), options.without, options.seed
    default, config = kind == "default", configured(name, value, kind)
    if families == ("grid",):
        shape, count, known = "tables", count // 3, tables(2 * options.rules, seed)
    else:
        each = max(12, options.rules // len(families))
        shape, known = "sequences", [one for family in families for one in of_rule(family, each, seed)]
    pool = pool_without(shape, count, seed)
    verdicts = [verdict(one, config) for one in known]
    right, wrong = by_default(shape, count, seed) if default else foretold(pool, config)
    counts = (len(known), verdicts.count("solved"), verdicts.count("wrong"), len(pool), right, len(wrong))
    return Trial(name, value, kind, *counts, wrong)


def configured(name: str, value: float, kind: str) -> MineConfig:
    if kind == "default":
        return MineConfig()
    values = {name: value}
    if name == ALL:
        values = {
            one: looser[0] if kind == "looser" else tighter[-1] for one, (_, looser, tighter) in SPACE.items()
        }
    return with_settings(Config(), {f"mine.{one}": repr(value) for one, value in values.items()}).mine


def trials(names: list[str]) -> Iterator[tuple[str, float, str]]:
    for name in names:
        _, looser, tighter = SPACE[name] if name != ALL else ((), (0.0,), (0.0,))
        yield from ((name, value, "looser") for value in looser)
        yield name, default_of(name), "default"
        yield from ((name, value, "tighter") for value in tighter)


def default_of(name: str) -> float:
    value: object = MineConfig() if name != ALL else 0.0
    for part in name.split(".") if name != ALL else ():
        value = getattr(value, part)
    assert isinstance(value, int | float)
    return value


def row(trial: Trial) -> str:
    low, high = trial.interval
    solved, wrong = 100 * trial.solved / trial.rules, 100 * trial.wrong_rules / trial.rules
    rate = 100 * trial.wrong_without / trial.without
    return (
        f"{trial.threshold:38}{trial.value:>9g} {trial.kind:8}{trial.rules:6}{solved:8.1f}{wrong:7.1f}"
        f"{trial.without:8}{trial.right_without:6}{trial.wrong_without:6}{rate:8.2f}"
        f"  {100 * low:.2f} to {100 * high:.2f}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Looser and tighter thresholds of the miners.")
    parser.add_argument("--only", default="", help="how the names begin, such as min_spare,p_recursive")
    parser.add_argument("--rules", type=int, default=60, help="sequences with a rule per threshold")
    parser.add_argument("--without", type=int, default=600, help="sequences without a rule")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--json", type=Path, help="every trial, one JSON object a line")
    options = parser.parse_args()
    names = [
        name for name in (ALL, *SPACE) if not options.only or name.startswith(tuple(options.only.split(",")))
    ]
    planned = list(trials(names))
    done: list[Trial] = []
    columns = (*Progress.get_default_columns()[:3], TimeRemainingColumn())
    print(f"{'threshold (mine.)':38}{'value':>9} {'':8}{'rules':>6}{'solved%':>8}{'wrong%':>7}", end="")
    print(f"{'none':>8}{'right':>6}{'wrong':>6}{'wrong%':>8}  95 % interval", flush=True)
    with (
        Progress(*columns, console=Console(stderr=True)) as progress,
        ProcessPoolExecutor(options.jobs) as pool,
    ):
        task = progress.add_task("thresholds", total=len(planned))
        for trial in pool.map(tried, *zip(*planned, strict=True), [options] * len(planned)):
            done.append(trial)
            progress.advance(task)
            print(row(trial), flush=True)
    if options.json:
        lines = [json.dumps({**asdict(one), "interval": one.interval}) for one in done]
        options.json.write_text("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
