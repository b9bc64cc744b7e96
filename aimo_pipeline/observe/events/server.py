"""What happens to the model's server.

`life` counts its starts, from 1.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerStarted:
    """The server's process was started; it is not ready yet."""

    life: int
    model: str


@dataclass(frozen=True)
class WeightsWarmed:
    """Weight files were read into the page cache; fewer bytes than there are where memory ran low."""

    bytes: int
    of_bytes: int
    seconds: float


@dataclass(frozen=True)
class CanaryAnswered:
    """The question with a known answer was put; `verdict` is right, wrong, empty or noise.

    Attributes:
        tokens_per_s: of this one request, after its first token.
    """

    life: int
    verdict: str
    text: str
    seconds: float
    tokens_per_s: float | None


@dataclass(frozen=True)
class ServerReady:
    """Requests are taken from now on.

    Attributes:
        seconds: since its process was started.
        port: on loopback.
    """

    life: int
    seconds: float
    port: int | None = None


@dataclass(frozen=True)
class ServerSampled:
    """The server's own figures.

    Attributes:
        running, waiting: requests.
        kv_share: of the KV cache in use, 0 to 1.
        tokens_per_s: generated since the last sample, over all requests.
        prefix_hit_share: of prompt tokens, since the last sample; None where none were looked up.
        preempted: requests that lost their KV cache, since the start.
    """

    life: int
    running: int
    waiting: int
    kv_share: float
    tokens_per_s: float
    prefix_hit_share: float | None
    preempted: int


@dataclass(frozen=True)
class ServerStalled:
    """The server's process lives, but does not answer or brings no tokens; it is killed."""

    life: int
    reason: str


@dataclass(frozen=True)
class ServerDied:
    """The server's process is gone.

    Attributes:
        status: its exit status, minus the signal's number when killed by one; None: it was killed by us.
        under_way: requests that broke with it.
        tail: the last lines that it wrote, and the error before them.
        cause: see llm/trouble.py.
    """

    life: int
    status: int | None
    under_way: int
    tail: str
    cause: str = ""


@dataclass(frozen=True)
class ServerRestarting:
    """It will be started again, after a pause.

    Attributes:
        change: what will be different about its settings; "" where nothing is.
    """

    life: int
    pause_s: float
    change: str = ""


@dataclass(frozen=True)
class ServerGivenUp:
    """So many starts came to nothing that requests wait for one more at most; ServerReady revokes it."""

    reason: str
