"""What the fork server has in memory, so that no program has to import it."""

from __future__ import annotations

import importlib
import sys

# What mathematical programs import time and again.
USUAL = """
__future__ array bisect cmath collections.abc contextlib copy dataclasses datetime decimal enum fractions
functools gc heapq inspect io itertools json math numbers operator os pprint random re resource secrets
signal statistics string struct sys textwrap threading time timeit traceback types typing unicodedata warnings
weakref
numpy numpy.linalg numpy.fft numpy.random numpy.polynomial
mpmath
sympy sympy.abc sympy.combinatorics sympy.ntheory sympy.ntheory.modular sympy.functions.combinatorial.numbers
sympy.geometry sympy.matrices.normalforms sympy.parsing.sympy_parser sympy.polys.numberfields
sympy.solvers.diophantine sympy.utilities.iterables sympy.utilities.lambdify
networkx
"""
# What they import now and then. Each module makes every fork dearer, so these are left to the children,
# unless the children cannot import anything.
RARE = """
abc ast asyncio base64 calendar collections colorsys concurrent.futures contextvars csv difflib dis doctest
graphlib hashlib keyword linecache locale logging multiprocessing pickle platform queue reprlib select
selectors shutil site socket sqlite3 stat subprocess tempfile tokenize unittest uuid zlib
numpy.ma numpy.testing
sympy.plotting sympy.solvers.ode sympy.stats sympy.tensor
networkx.algorithms.approximation networkx.algorithms.isomorphism
"""


def import_all(*, rare: bool) -> list[str]:
    """Import what there is; returns the names of what there is not."""
    missing = []
    for name in (USUAL + (RARE if rare else "")).split():
        try:
            importlib.import_module(name)
        except ImportError:
            missing.append(name)
    return missing


def warm_up() -> None:
    """Fill the caches and load the modules that libraries put off until their first use."""
    if "sympy" in sys.modules:
        import sympy

        x, y, n = sympy.symbols("x y n")
        sympy.factor(x**4 - 1)
        sympy.solve([x + y - 3, x - y - 1], [x, y])
        sympy.solve(x**2 - 2, x)
        sympy.simplify(sympy.sin(x) ** 2 + sympy.cos(x) ** 2)
        sympy.summation(n**2, (n, 1, x))
        sympy.factorint(600851475143)
        sympy.isprime(10**18 + 9)
        sympy.integrate(x**2 * sympy.exp(x), x)
        sympy.limit(sympy.sin(x) / x, x, 0)
        repr(sympy.Matrix([[1, 2], [3, 4]]).inv())
    if "numpy" in sys.modules:
        import numpy

        numpy.linalg.eigvals(numpy.array([[1.0, 2.0], [3.0, 4.0]]))
        numpy.random.default_rng(0).integers(9)
        repr(numpy.fft.fft(numpy.arange(8)))
