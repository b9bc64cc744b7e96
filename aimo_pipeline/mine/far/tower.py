"""Powers and towers far out: base ^ exponent(n) modulo m, though exponent(n) itself has 10^18 digits.

For E >= log2(m), whatever m and the base have in common, base^E = base^((E mod phi(m)) + phi(m)) modulo m, so
only E mod phi(m) is needed, which for a tower is the same question one storey up. For smaller E the identity
fails (2^1 and 2^3 modulo 4), so a lower bound on E has to be proved first. A residue proves it: E mod M >= B
implies E >= B.

Source: Graham, Knuth, Patashnik, Concrete Mathematics, exercises 4.20 and 4.64 (Euler's theorem without
coprimality).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from flint import fmpz

from aimo_pipeline.formula import Formula, Power, VariablePower
from aimo_pipeline.mine.base import MAX_BITS, CannotEvaluate, Evaluate
from aimo_pipeline.mine.far.sign import is_never_negative

MAX_MODULUS_BITS = 160  # beyond, factoring it for phi may take minutes
MAX_PLAIN_EXPONENT_BITS = 4_096  # one squaring each
PROBES = (2**61 - 1, 2**89 - 1)  # primes larger than every lower bound that is asked for


@dataclass(frozen=True)
class Exponent:
    """The term of `formula` at `index`, known by what `inner` can tell of it."""

    formula: Formula
    index: int
    inner: Evaluate

    def exact(self) -> int | CannotEvaluate:
        """The number itself, if it has at most 10^6 digits."""
        return self.inner(self.formula, self.index, None)

    def residue(self, modulus: int) -> int | CannotEvaluate:
        """The number modulo a positive integer."""
        return self.inner(self.formula, self.index, modulus)

    def is_at_least(self, bound: int) -> bool:
        """True if some residue proves it, for a number that is not negative; False proves nothing."""
        residues = (self.residue(probe) for probe in PROBES)
        return any(isinstance(residue, int) and residue >= bound for residue in residues)


def value(formula: Power, index: int, modulus: int | None, inner: Evaluate) -> int | CannotEvaluate:
    """The power's term at `index`, modulo `modulus` if one is given.

    Args:
        formula: its exponent may be any formula, another Power among them.
        index: from formula.first_index on, of any size that the exponent's family allows.
        modulus: a positive integer, prime or not; None for the term itself.
        inner: evaluates the exponent.

    Returns:
        0..modulus-1, or the exact term; CannotEvaluate if the exponent is negative or cannot be told from a
        negative one, if the exact term has more than 10^6 digits, or if the modulus has more than 160 bits
        and the exponent more than 4096.
    """
    exponent = Exponent(formula.exponent, index, inner)
    power = (
        exact_power(formula.base, exponent) if modulus is None else power_mod(formula.base, exponent, modulus)
    )
    if isinstance(power, CannotEvaluate):
        return power
    term = formula.factor * power + formula.shift
    return term if modulus is None else term % modulus


def variable_value(
    formula: VariablePower, index: int, modulus: int | None, inner: Evaluate
) -> int | CannotEvaluate:
    """The power's term at `index`, modulo `modulus` if one is given.

    Args:
        formula: base and exponent may be any formulas.
        index: from formula.first_index on, of any size that both allow.
        modulus: a positive integer, prime or not; None for the term itself.
        inner: evaluates base and exponent.

    Returns:
        0..modulus-1, or the exact term; CannotEvaluate as tower.value, and for a negative exponent unless the
        base is 1.
    """
    exponent = Exponent(formula.exponent, index, inner)
    base = inner(formula.base, index, None)
    if base == 1:
        return 1 if modulus is None else 1 % modulus
    if modulus is None:
        return base if isinstance(base, CannotEvaluate) else exact_power(base, exponent)
    residue = inner(formula.base, index, modulus)
    return residue if isinstance(residue, CannotEvaluate) else power_mod(residue, exponent, modulus)


def power_mod(base: int, exponent: Exponent, modulus: int) -> int | CannotEvaluate:
    """base ^ exponent modulo `modulus`; CannotEvaluate as in `value`."""
    if modulus == 1:
        return 0
    if not is_never_negative(exponent.formula) or modulus.bit_length() > MAX_MODULUS_BITS:
        return _power_of_known(base, exponent, modulus)
    if math.gcd(base, modulus) > 1 and not exponent.is_at_least(modulus.bit_length()):
        return _power_of_known(base, exponent, modulus)
    totient = int(fmpz(modulus).euler_phi())
    residue = exponent.residue(totient)
    if isinstance(residue, CannotEvaluate):
        return residue
    return pow(base, residue + totient, modulus)


def tetration_mod(base: int, height: int, modulus: int) -> int:
    """base ^ base ^ ... ^ base, `height` times, modulo `modulus`; 1 for height 0.

    Args:
        base: at least 0, with 0^0 = 1.
        height: at least 0, of any size.
        modulus: a positive integer that can be factored.
    """
    if modulus == 1 or height == 0:
        return 1 % modulus
    above = _small_tetration(base, height - 1)
    if above is not None:
        return pow(base, above, modulus)
    totient = int(fmpz(modulus).euler_phi())
    return pow(base, tetration_mod(base, height - 1, totient) + totient, modulus)


def _small_tetration(base: int, height: int) -> int | None:
    """The exact tower if it has at most about 4096 bits, as one of base 0 or 1 always has."""
    if base < 2:
        return 1 if base == 1 else (height + 1) % 2
    tower = 1
    for _ in range(height):
        if tower * (base.bit_length() - 1) > MAX_PLAIN_EXPONENT_BITS:
            return None
        tower = base**tower
    return tower


def _power_of_known(base: int, exponent: Exponent, modulus: int) -> int | CannotEvaluate:
    known = exponent.exact()
    if isinstance(known, CannotEvaluate):
        return CannotEvaluate(f"neither size nor sign of the exponent is certain: {known.reason}")
    if known < 0:
        return CannotEvaluate("the exponent is negative")
    if known.bit_length() <= MAX_PLAIN_EXPONENT_BITS:
        return pow(base, known, modulus)
    if modulus.bit_length() > MAX_MODULUS_BITS:
        return CannotEvaluate(f"a modulus of more than {MAX_MODULUS_BITS} bits is not factored")
    totient = int(fmpz(modulus).euler_phi())
    return pow(base, known % totient + totient, modulus)


def exact_power(base: int, exponent: Exponent) -> int | CannotEvaluate:
    """base ^ exponent if it has at most 10^6 digits and the exponent is not negative."""
    known = exponent.exact()
    if isinstance(known, CannotEvaluate):
        return known
    if known < 0:
        return CannotEvaluate("the exponent is negative")
    if abs(base) < 2:
        return base if known % 2 else abs(base) if known else 1
    if known * (abs(base).bit_length() - 1) > MAX_BITS:
        return CannotEvaluate("the exact term has more than 10^6 digits")
    return int(fmpz(base) ** known)
