"""The controller's memory once all is loaded: in huge pages, and out of the collector's sight.

The controller sleeps most of the time. Whenever it wakes up it walks through memory that the processor has
forgotten meanwhile, and where pages are small, finding them is a fourth of its work. Looking through all that
was loaded for something to free takes as long as two problems, and frees nothing.
"""

from __future__ import annotations

import gc

from aimo_pipeline.trace.inside.memory import in_huge_pages


def settle_memory() -> bool:
    """Settle what is loaded, in a tenth of a second; tells whether the kernel gave huge pages."""
    gc.collect()
    gc.freeze()
    return in_huge_pages()
