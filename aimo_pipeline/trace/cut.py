"""Ends programs before their time; what they gave until then counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Cut:
    """Made once, for all programs that run with it.

    Attributes:
        made: they are to end now.
    """

    def __init__(self) -> None:
        self.made = False
        self._tell: list[Callable[[], object]] = []

    def make(self) -> None:
        """End them."""
        self.made = True
        for tell in self._tell:
            tell()

    @contextmanager
    def told(self, tell: Callable[[], object]) -> Iterator[None]:
        """Call `tell` if it is made during the block; it may be made from another event loop's thread."""
        self._tell.append(tell)
        try:
            yield
        finally:
            self._tell.remove(tell)
