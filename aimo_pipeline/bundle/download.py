"""Fetches wheels into a folder that all bundles share; goes on where an earlier run was cut off."""

from __future__ import annotations

import concurrent.futures
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from aimo_pipeline.bundle.manifest import sha256_of
from aimo_pipeline.bundle.wheels import Wheel
from aimo_pipeline.errors import UserError

_AT_ONCE = 4
_TRIES = 3
_TIMEOUT_S = 60.0
_CHUNK_BYTES = 1 << 18
_SPARE_BYTES = 2 << 30

# Told the wheel and how many bytes more of it are there.
Progress = Callable[[Wheel, int], None]


def fetch_all(wheels: Sequence[Wheel], store: Path, progress: Progress) -> dict[str, Path]:
    """Have every wheel in the store, verified.

    Args:
        wheels: what is wanted.
        store: folder for finished wheels and for halves (`*.part`).
        progress: told of every piece, also of what was there before.

    Returns:
        Wheel file name to path.

    Raises:
        UserError: a wheel cannot be had, is not the one in the lock, or the disk is too full.
    """
    store.mkdir(parents=True, exist_ok=True)
    _check_room(wheels, store)
    stop = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(_AT_ONCE) as pool:
        work = {pool.submit(fetch, wheel, store, progress, stop): wheel for wheel in wheels}
        try:
            return {work[one].file: one.result() for one in concurrent.futures.as_completed(work)}
        finally:  # of an error or Ctrl-C: the others end at their next piece, and keep what they have
            stop.set()
            for one in work:
                one.cancel()


def _check_room(wheels: Sequence[Wheel], store: Path) -> None:
    missing = sum(wheel.bytes for wheel in wheels if not _place(wheel, store).exists())
    free = shutil.disk_usage(store).free
    if missing + _SPARE_BYTES > free:
        raise UserError(
            f"{missing / 1e9:.1f} GB of wheels are to come, but only {free / 1e9:.1f} GB are free"
        )


def _place(wheel: Wheel, store: Path) -> Path:
    # Two builds of one version may share a file name (torch's CUDA indexes), so the hash tells them apart.
    return store / wheel.sha256[:16] / wheel.file


def fetch(wheel: Wheel, store: Path, progress: Progress, stop: threading.Event) -> Path:
    """Have one wheel in the store; see fetch_all."""
    place = _place(wheel, store)
    # Looked at again: a bundle's copy is the same file under another name, and may have been written to.
    if place.exists() and sha256_of(place) == wheel.sha256:
        progress(wheel, place.stat().st_size)
        return place
    place.unlink(missing_ok=True)
    place.parent.mkdir(exist_ok=True)
    half = place.with_name(place.name + ".part")
    _fill(wheel, half, progress, stop)
    if (digest := sha256_of(half)) != wheel.sha256:
        half.unlink()
        raise UserError(
            f"{wheel.file} is not the file in the lock (SHA-256 {digest[:16]}…); run bundle again"
        )
    half.rename(place)
    return place


def _fill(wheel: Wheel, half: Path, progress: Progress, stop: threading.Event) -> None:
    if wheel.local is not None:
        with suppress(OSError):
            shutil.copyfile(wheel.local, half)
            progress(wheel, half.stat().st_size)
            return
        raise UserError(f"cannot read {wheel.local}")
    begun = half.stat().st_size if half.exists() else 0
    progress(wheel, begun)
    for attempt in range(1, _TRIES + 1):
        try:
            _stream(wheel, half, progress, stop)
            return
        except OSError as error:  # URLError, time-outs and a connection that was cut are all of this kind
            if attempt == _TRIES:
                why = getattr(error, "reason", None) or error
                raise UserError(f"cannot fetch {wheel.file}: {why}; run bundle again to go on") from None


def _stream(wheel: Wheel, half: Path, progress: Progress, stop: threading.Event) -> None:
    begun = half.stat().st_size if half.exists() else 0
    if wheel.bytes and begun >= wheel.bytes:
        return
    request = urllib.request.Request(wheel.url, headers={"Range": f"bytes={begun}-"} if begun else {})
    with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:
        if begun and answer.status != 206:  # the server begins anew
            progress(wheel, -begun)
            half.unlink()
        with half.open("ab") as stream:
            while not stop.is_set() and (chunk := answer.read(_CHUNK_BYTES)):
                stream.write(chunk)
                progress(wheel, len(chunk))
    if stop.is_set():
        raise UserError(f"{wheel.file} was left unfinished; run bundle again to go on")
    if wheel.bytes and half.stat().st_size < wheel.bytes:
        raise ConnectionError("the connection ended early")
