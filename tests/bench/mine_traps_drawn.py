"""Almost rules, drawn: a rule of the miners' families, broken somewhere a miner can see, or noise."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from tests.bench.mine_arithmetic import factors, iterate

TERMS = 160
Drawn = tuple[str, list[int], int]  # name, terms, and how many of them show that the rule is broken


def recurrence(rng: random.Random) -> list[int]:
    k = rng.randint(1, 4)
    return iterate(
        [rng.choice([-1, 1]) * rng.randint(1, 3), *(rng.randint(-3, 3) for _ in range(k - 1))],
        [rng.randint(-4, 4) or 1 for _ in range(k)],
        TERMS,
    )


def polynomial(rng: random.Random) -> list[int]:
    c = [rng.randint(-5, 5) for _ in range(rng.randint(2, 5))]
    return [sum(a * math.comb(n, i) for i, a in enumerate(c)) for n in range(TERMS)]


def cycle(rng: random.Random) -> list[int]:
    word = [rng.randint(0, rng.choice([1, 2, 9])) for _ in range(rng.randint(2, 9))]
    return [word[n % len(word)] for n in range(TERMS)]


def quasi(rng: random.Random) -> list[int]:
    q, d = rng.randint(3, 40), rng.choice([1, 2, 2, 3])
    a = rng.randint(1, 5)
    return [(a * n**d + rng.choice([0, 1]) * 0) // q for n in range(TERMS)]


def smooth(rng: random.Random) -> list[int]:
    kinds: list[Callable[[int], int]] = [
        lambda n: math.comb(2 * n, n),
        lambda n: math.factorial(n),
        lambda n: math.comb(2 * n, n) // (n + 1),
        lambda n: sum(math.comb(n, k) ** 2 * math.comb(n + k, k) for k in range(n + 1)) if n < 40 else 0,
        lambda n: 2**n + 3**n,
        lambda n: n * 2**n,
    ]
    f = rng.choice(kinds)
    return [f(n) for n in range(40)]


RULES = (recurrence, recurrence, polynomial, cycle, cycle, quasi, smooth)


def parting(values: list[int], others: list[int]) -> int:
    """How many terms it takes to tell the two apart; all but a few if they are the same."""
    pairs = enumerate(zip(values, others, strict=False), 1)
    return next((place for place, (a, b) in pairs if a != b), TERMS - 12)


def changes(rng: random.Random) -> Drawn:
    """Two rules, the second from a place on that lies well within the terms."""
    one, other = rng.choice(RULES)(rng), rng.choice(RULES)(rng)
    at = rng.randint(5, 30)
    values = [*one[:at], *other[at:]]
    return f"changes at {at}", values, parting(values, one)


def several_wrong(rng: random.Random) -> Drawn:
    values = rng.choice(RULES)(rng)
    for _ in range(rng.randint(2, 4)):
        values[rng.randrange(min(30, len(values)))] += rng.choice([-2, -1, 1, 3])
    return "several wrong", values, 30


def period_changes(rng: random.Random) -> Drawn:
    one, other, at = cycle(rng), cycle(rng), rng.randint(8, 40)
    values = [*one[:at], *other[: TERMS - at]]
    return f"period changes at {at}", values, parting(values, one)


def slowly(rng: random.Random) -> Drawn:
    """A cycle of which one place counts its turns, or goes wrong ever more often."""
    word, every = [rng.randint(0, 3) for _ in range(rng.randint(2, 6))], rng.randint(2, 9)
    turns = [n // len(word) for n in range(TERMS)]
    values = [word[n % len(word)] + (turns[n] % every == 0 and n % len(word) == 0) for n in range(TERMS)]
    return f"cycle of {len(word)}, every {every}", values, 2 * every * len(word)


def noisy(rng: random.Random) -> Drawn:
    """A rule with noise in its last bit, or at random places."""
    rate, true = rng.choice([0.05, 0.1, 0.3, 0.5]), rng.choice(RULES)(rng)
    values = [value + (rng.random() < rate) for value in true]
    return f"noise at {rate}", values, parting(values, true) + 1


def coin(rng: random.Random) -> Drawn:
    weights = rng.choice([[0.5, 0.5], [0.9, 0.1], [0.97, 0.03], [0.4, 0.3, 0.2, 0.1]])
    return f"coin {weights}", rng.choices(range(len(weights)), weights, k=TERMS), 0


def sums_of_noise(rng: random.Random) -> Drawn:
    values, total = [], 0
    for _ in range(TERMS):
        total += rng.choice([0, 0, 0, 1, rng.randint(0, 3)])
        values.append(total)
    return "sums of noise", values, 0


def markov(rng: random.Random) -> Drawn:
    size = rng.randint(2, 4)
    rows = [[rng.random() ** 3 for _ in range(size)] for _ in range(size)]
    state, values = 0, []
    for _ in range(TERMS):
        values.append(state)
        state = rng.choices(range(size), rows[state])[0]
    return "Markov chain", values, 0


def multiplicative(rng: random.Random) -> Drawn:
    """Any values at prime powers: no template has them."""
    at: dict[tuple[int, int], int] = {}
    low, high = rng.choice([(0, 1), (-1, 1), (0, 3), (1, 9)])
    kind = rng.choice(["any", "almost phi", "almost tau"])

    def value(p: int, e: int) -> int:
        if kind == "almost phi":
            return (p - 1) * p ** (e - 1) + (p == 7)
        if kind == "almost tau":
            return e + 1 + (e == 3)
        if (p, e) not in at:
            at[p, e] = rng.randint(low, high)
        return at[p, e]

    return (
        f"multiplicative, {kind}",
        [math.prod(value(p, e) for p, e in factors(n)) for n in range(1, TERMS)],
        17,
    )


def divisor_sums(rng: random.Random) -> Drawn:
    """Sums over divisors of noise, or of an almost constant function."""
    weights = [rng.choice([1, 1, 1, 1, rng.randint(-1, 2)]) for _ in range(TERMS)]
    values, plain = (
        [sum(row[d] for d in range(1, n + 1) if n % d == 0) for n in range(1, TERMS)]
        for row in (weights, [1] * TERMS)
    )
    return "sums over divisors", values, parting(values, plain) + 1


def digitwise(rng: random.Random) -> Drawn:
    """A rule on digits that takes another turn from three digits on."""
    base = rng.randint(2, 6)
    table = [[rng.randint(0, 3) for _ in range(base)] for _ in range(8)]

    def value(n: int) -> int:
        total, place = 0, 0
        while n:
            n, d = divmod(n, base)
            total, place = total + table[place % 8][d], place + 1
        return total

    return f"digits in base {base}, by their place", [value(n) for n in range(TERMS)], base * base + 1


def rotation(rng: random.Random) -> Drawn:
    alpha, beta, cuts = rng.random(), rng.random(), sorted(rng.random() for _ in range(rng.randint(1, 3)))
    near = rng.random() < 0.5
    if near:
        q = rng.randint(2, 12)
        alpha = rng.randint(1, q) / q + rng.choice([-1, 1]) * rng.uniform(0.0003, 0.02)
    return "rotation", [sum((n * alpha + beta) % 1 > c for c in cuts) for n in range(TERMS)], 0


def rounded(rng: random.Random) -> Drawn:
    """Rounded curves, of slopes that may lie close to simple ones."""
    q = rng.randint(2, 9)
    alpha = rng.randint(1, 2 * q) / q + rng.choice([-1, 1]) * rng.uniform(0.002, 0.05)
    kinds: list[tuple[str, Callable[[int], int]]] = [
        (f"floor({alpha:.4f} n)", lambda n: math.floor(alpha * n)),
        (
            f"floor({alpha:.4f} n) + floor({alpha / 2:.4f} n)",
            lambda n: math.floor(alpha * n) + math.floor(alpha / 2 * n),
        ),
        (f"floor({alpha:.4f} n^2)", lambda n: math.floor(alpha * n * n)),
        (f"n floor({alpha:.4f} n)", lambda n: n * math.floor(alpha * n)),
        (f"floor(n^{1 + alpha / 9:.3f})", lambda n: math.floor(n ** (1 + alpha / 9))),
        (f"floor(50 sin({alpha:.3f} n))", lambda n: math.floor(50 * math.sin(alpha * n))),
        (f"floor({1 + alpha / 20:.4f}^n)", lambda n: math.floor((1 + alpha / 20) ** n)),
        (f"floor(n log(n + {q}))", lambda n: math.floor(n * math.log(n + q))),
    ]
    name, f = rng.choice(kinds)
    return name, [f(n) for n in range(TERMS)], 0


def modular(rng: random.Random) -> Drawn:
    m = rng.choice([7, 10, 64, 97, 1_000, 10_007])
    kinds: list[tuple[str, Callable[[int], int]]] = [
        (f"n^n mod {m}", lambda n: pow(n, n, m)),
        (f"n! mod {m}", lambda n: math.factorial(n) % m),
        (f"2^(n^2) mod {m}", lambda n: pow(2, n * n, m)),
        (f"2^2^n mod {m}", lambda n: pow(2, 2**n, m)),
        (f"floor(7^n / 3^n) mod {m}", lambda n: 7**n // 3**n % m),
        (
            f"inverse of n^2 + 1 mod {m}",
            lambda n: pow(n * n + 1, -1, m) if math.gcd(n * n + 1, m) == 1 else 0,
        ),
    ]
    name, f = rng.choice(kinds)
    return name, [f(n) for n in range(TERMS)], 0


def unimodal(rng: random.Random) -> Drawn:
    """P-recursive with a zero of its coefficients among or after the terms."""
    top = rng.randint(15, 90)
    kinds: list[tuple[str, Callable[[int], int]]] = [
        (f"C({top}, n)", lambda n: math.comb(top, n)),
        (f"{top}! / ({top} - n)!", lambda n: math.perm(top, n)),
        (f"|n - {top}|", lambda n: abs(n - top)),
        (f"(n - {top})^2 or 7", lambda n: (n - top) ** 2 if n < top else 7),
        (f"n! below {top}, then n! + 1", lambda n: math.factorial(n) + (n >= top)),
        (f"max(n, {top})", lambda n: max(n, top)),
    ]
    name, f = rng.choice(kinds)
    return name, [f(n) for n in range(TERMS)], top + 2


KINDS = (changes, several_wrong, period_changes, slowly, noisy, coin, sums_of_noise, markov, multiplicative,
         divisor_sums, digitwise, rotation, rounded, modular, unimodal)  # fmt: skip


def drawn(rng: random.Random) -> Drawn:
    return rng.choice(KINDS)(rng)
