"""Makes forks cheap: what a fork and its end cost is the number of mappings and of pages, not of bytes.

Each small page of the fork server's memory costs a fork and its end a tenth to half a microsecond; in a huge
page, 512 of them cost as much as one, until something in it is written to while a child lives. So Python's
memory is to lie in one piece, the piece in huge pages, and what is written to together.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator

from aimo_pipeline.trace.inside import kernel

_HUGE_BYTES = 2 << 20
_TRIES = 4
# Python's allocator hands out sizes up to 512 in steps of 16, each size from pools of 16 kB of its own, which
# it takes from arenas of 1 MB.
_STEP_BYTES, _SMALL_BYTES = 16, 512
_POOL_BYTES, _POOL_HEAD_BYTES, _ARENA_BYTES = 16 << 10, 48, 1 << 20
# Larger sizes come from the C library; from here on from mappings of their own.
_MAPPED_BYTES = 64 << 10
# Of each size; where more would be needed, the allocator is not the one described here, and none are kept.
_PLUG_BYTES_MOST = 1 << 20
_EMPTY_BYTES = sys.getsizeof(b"")


def _block(size: int) -> object:
    """A new object of that many bytes, more than an empty one has."""
    return bytes(size - _EMPTY_BYTES)


def _per_pool(size: int) -> int:
    return (_POOL_BYTES - _POOL_HEAD_BYTES) // size


def reserved(arenas: int) -> list[object]:
    """Have the allocator take that many arenas now, when they still come to lie side by side.

    Later each would fill a gap between two libraries. They are empty but for an object each that keeps them.

    Args:
        arenas: megabytes that the preloaded modules will need.

    Returns:
        The objects that keep them.
    """
    each = _per_pool(_SMALL_BYTES) * (_ARENA_BYTES // _POOL_BYTES - 1)
    filling: list[object] = [None] * (arenas * each)
    for place in range(len(filling)):
        filling[place] = _block(_SMALL_BYTES)
    return filling[:: each - _per_pool(_SMALL_BYTES)]


def _small_plugs(size: int) -> list[object]:
    """Objects that fill what is free among those of one size; the next one lies in a new pool."""
    plugs: list[object] = [None] * (_PLUG_BYTES_MOST // size)
    pool, run = 0, 0
    for place in range(len(plugs)):
        plugs[place] = one = _block(size)
        run = run + 1 if id(one) // _POOL_BYTES == pool else 1
        pool = id(one) // _POOL_BYTES
        if run == _per_pool(size):  # a whole pool: given back, it is the one that is used next
            return [plug for plug in plugs[: place + 1] if id(plug) // _POOL_BYTES != pool]
    return []


def _large_plugs(size: int, top: int) -> list[object]:
    """Objects that fill what is free below `top` in the C library's heap and large enough."""
    plugs: list[object] = []
    while id(one := _block(size)) < top:
        plugs.append(one)
        if len(plugs) * size > _PLUG_BYTES_MOST:
            return []
    return plugs


def plugged() -> list[object]:
    """Fill the gaps that the preloading left all over the memory, or every new object would lie in one.

    Returns:
        The objects that fill them.
    """
    small = [_small_plugs(size) for size in range(_STEP_BYTES * 3, _SMALL_BYTES + 1, _STEP_BYTES)]
    top = max(id(_block(_MAPPED_BYTES - _STEP_BYTES)) for _ in range(2))
    sizes = range(_MAPPED_BYTES - _STEP_BYTES, _SMALL_BYTES, -_STEP_BYTES)
    return [*small, *(_large_plugs(size, top) for size in sizes)]


def _huge_pages() -> Iterator[int]:
    """Addresses of the whole huge pages in writable memory that belongs to no file."""
    with open("/proc/self/maps", encoding="ascii") as maps:
        lines = maps.readlines()
    for line in lines:
        span, rights, _, _, inode, *name = line.split()
        if rights == "rw-p" and inode == "0" and name[:1] in ([], ["[heap]"]):
            start, end = (int(part, 16) for part in span.split("-"))
            first = -(-start // _HUGE_BYTES) * _HUGE_BYTES
            yield from range(first, end - _HUGE_BYTES + 1, _HUGE_BYTES)


def _collapsed(address: int) -> bool:
    """Whether the small pages there are one huge page now; one that is busy for a moment is tried again."""
    for _ in range(_TRIES):
        try:
            kernel.collapse(address, _HUGE_BYTES)
        except OSError:
            continue
        return True
    return False  # an old kernel, or nothing lies there


def settle(kept: list[object]) -> bool:
    """Put what is in memory where forks copy little of it: the collector keeps off it, and pages are huge.

    Args:
        kept: takes what must not be freed any more.

    Returns:
        Whether there are huge pages.
    """
    gc.collect()
    kept += plugged()
    gc.freeze()
    return any([_collapsed(address) for address in _huge_pages()])
