"""The miners on classical sequences, taken from their definitions (mine_classics.py).

Run from the repository's root:
    python -m tests.bench.mine_blind [--half tune|held] [--seed 1] [--rounds 2] [--count 24] [--json FILE]

Each is shown as a user would: 12 to 60 terms, sometimes begun late, with or without its offset, asked for
the ten terms that follow and for one twice as far out, sometimes modulo m. `--half` picks one half of the
named sequences (by a checksum of the name) and its own random numbers for everything else, so that one half
and one set of seeds can be kept away from whoever tunes. Exit status 1 if any later term is foretold wrongly.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import random
import sys
import zlib
from collections import defaultdict
from dataclasses import asdict
from itertools import islice
from pathlib import Path

from tests.bench.mine import VERDICTS, Score, ask, detail, judge, row
from tests.bench.mine_classics import DRAWN, ISSUE, TEXTBOOK, Named

LENGTHS = (12, 15, 20, 25, 30, 40, 50, 60)
MODULI = (10, 97, 1_000, 10**9 + 7, 2**20)
MAX_BITS = 40_000  # towers are cut where their terms get longer


def shown(named: Named, rng: random.Random) -> Score:
    """One way to show the sequence, and how the miners do on it."""
    count = rng.choice(LENGTHS)
    skipped = rng.choice([0] * 8 + [1, 2, 3])
    listed: list[int] = []
    for term in islice(named.terms(), skipped, skipped + 2 * count + 1):
        if term.bit_length() > MAX_BITS:
            break
        listed.append(term)
    count = min(count, max(4, len(listed) - 2))
    asked = [*range(count, min(count + 10, len(listed))), len(listed) - 1]
    modulus = rng.choice([None, None, None, *MODULI])
    offset = named.first + skipped if rng.random() < 0.7 or skipped else None
    answer, ms = ask(tuple(listed[:count]), offset, asked, modulus)
    truth = [listed[place] if modulus is None else listed[place] % modulus for place in asked]
    how = f"{count} from {skipped}, offset {offset}, mod {modulus}"
    return Score(f"{named.name} ({how})", judge(answer["predicted"], list(truth)), ms, (), detail(answer))


def in_half(name: str, half: str) -> bool:
    return half == "all" or zlib.crc32(name.encode()) % 2 == (half == "held")


def scores(options: argparse.Namespace) -> list[tuple[str, Score]]:
    """(family, score) of every sequence shown."""
    found = []
    for named in TEXTBOOK:
        rng = random.Random(f"{options.seed} {options.half} {named.name}")
        if in_half(named.name, options.half) and options.kinds in ("", "textbook"):
            found += [(named.family, shown(named, rng)) for _ in range(options.rounds)]
    for kind, draw in DRAWN.items():
        if options.kinds not in ("", kind):
            continue
        rng = random.Random(f"{options.seed} {options.half} {kind}")
        for _ in range(options.count):
            named = draw(rng)
            found.append((named.family, shown(named, rng)))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="The miners on sequences written without a look at them.")
    parser.add_argument("--half", default="tune", choices=["tune", "held", "all"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=2, help="times each named sequence is shown")
    parser.add_argument("--count", type=int, default=24, help="sequences drawn of each family")
    parser.add_argument("--kinds", default="", help=f"textbook or one of {', '.join(DRAWN)}; all if left out")
    parser.add_argument("--json", type=Path, help="every single result, one JSON object a line")
    options = parser.parse_args()
    found = scores(options)
    families: dict[str, list[Score]] = defaultdict(list)
    for family, one in found:
        families[family].append(one)
    heads = "".join(f"{head:>7}" for head in VERDICTS)
    print(f"{'family':34}{heads}{'':21}{'median':>10}{'p95':>10}{'worst':>10}  (processor ms)")
    for family in sorted(families):
        print(row(f"{family} {ISSUE[family]}", families[family]))
    print(row("all", [one for _, one in found]))
    wrong = [(family, one) for family, one in found if one.verdict == "wrong"]
    for family, one in wrong:
        print(f"WRONG {family}: {one.name}: {one.detail[:200]}")
    if options.json:
        lines = [json.dumps({"family": family, **asdict(one)}) for family, one in found]
        options.json.write_text("\n".join(lines) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
