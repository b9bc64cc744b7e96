"""How often the miners foretell a wrong term of a sequence that only looks as if it had a rule.

Run from the repository's root:
    python -m tests.bench.mine_stress [--rounds 20] [--drawn 1000] [--seed 1] [--json FILE]

Each is shown as a user would: 10 to 120 terms, sometimes begun late, with or without its offset, asked for
ten terms that follow and one far beyond. Exit status 1 if any is foretold wrongly.
"""

# ruff: noqa: T201

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from pathlib import Path

from tests.bench.mine import ask, detail, judge
from tests.bench.mine_traps_drawn import drawn
from tests.bench.mine_traps_named import NAMED, NEEDED

LENGTHS = (10, 12, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 45, 50, 60, 70, 80, 100, 120)
MODULI = (2, 10, 97, 1_000, 10**9 + 7)


def shown(name: str, listed: list[int], needed: int, rng: random.Random) -> dict:
    skipped = min(rng.choice([0] * 6 + [1, 2, 3, rng.randrange(30)]), len(listed) // 2)
    listed = listed[skipped:]
    count = min(max(rng.choice(LENGTHS), needed - skipped + rng.randrange(3)), max(4, len(listed) - 6))
    asked = sorted({*range(count, min(count + 10, len(listed))), min(2 * count, len(listed) - 1)})
    modulus = rng.choice([None] * 8 + [*MODULI])
    told = bool(skipped) or rng.random() < 0.6
    answer, ms = ask(tuple(listed[:count]), skipped if told else None, asked, modulus)
    truth = [listed[p] if modulus is None else listed[p] % modulus for p in asked]
    verdict = judge(answer["predicted"], list(truth))
    how = f"{name} ({count} from {skipped}, told {told}, mod {modulus})"
    return {"name": name, "how": how, "verdict": verdict, "ms": ms, "detail": detail(answer)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Traps for the miners.")
    parser.add_argument("--rounds", type=int, default=10, help="times each named sequence is shown")
    parser.add_argument("--drawn", type=int, default=1_000, help="sequences drawn by chance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="every single result, one JSON object a line")
    options = parser.parse_args()
    results = []
    for name, values in NAMED.items():
        rng, listed = random.Random(f"{options.seed} {name}"), values(160)
        results += [shown(name, listed, NEEDED.get(name, 0), rng) for _ in range(options.rounds)]
        show(results)
    rng = random.Random(f"{options.seed} drawn")
    for _ in range(options.drawn):
        results.append(shown(*drawn(rng), rng))
        show(results)
    counts = Counter(one["verdict"] for one in results)
    print(f"{len(results)} shown: {dict(counts)}, slowest {max(one['ms'] for one in results):.0f} ms")
    for one in results:
        if one["verdict"] == "wrong":
            print(f"WRONG {one['how']}: {one['detail'][:220]}")
    if options.json:
        options.json.write_text("".join(json.dumps(one) + "\n" for one in results))
    return 1 if counts["wrong"] else 0


def show(results: list[dict]) -> None:
    wrong = sum(one["verdict"] == "wrong" for one in results)
    print(f"\r{len(results)} shown, {wrong} wrong", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
