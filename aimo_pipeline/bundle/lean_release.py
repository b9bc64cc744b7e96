"""Where Lean's official release is, or its copy on a mirror, and its verified archive.

AIMO_MIRROR names a folder or an http server that holds the same files below the same host names:
github.com/leanprover/lean4/releases/download/v4.28.0/… and api.github.com/repos/leanprover/lean4/releases/….
The archive's SHA-256 comes from the release's own list, and is verified before anything is unpacked.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aimo_pipeline.bundle.download import Progress, fetch
from aimo_pipeline.bundle.wheels import Wheel
from aimo_pipeline.errors import UserError

_TIMEOUT_S = 60.0
_VERSION = re.compile(r"leanprover/lean4:(v(?P<number>[\w.-]+))")
_SHA256 = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Release:
    """One archive: version, name, address, SHA-256 and size."""

    version: str
    file: str
    url: str
    sha256: str
    bytes: int


def pinned_version(toolchain_file: Path) -> str:
    """The version in lean_toolchain/lean-toolchain, such as "v4.28.0".

    Raises:
        UserError: it names none.
    """
    found = _VERSION.fullmatch(toolchain_file.read_text("utf-8").strip())
    if found is None:
        raise UserError(f"{toolchain_file} names no release of leanprover/lean4")
    return found[1]


def root_of(mirror: str | None) -> str:
    """What stands before the host names: https:// without a mirror."""
    if not mirror:
        return "https://"
    if mirror.startswith(("http://", "https://")):
        return mirror.rstrip("/") + "/"
    folder = Path(mirror).absolute()
    if not folder.is_dir():
        raise UserError(f"AIMO_MIRROR names no folder: {mirror}")
    return folder.as_uri() + "/"


def find_release(version: str, root: str) -> Release:
    """Ask for the release's list of files.

    Args:
        version: such as "v4.28.0".
        root: what root_of gave.

    Raises:
        UserError: it cannot be had, or has no archive for Linux with a SHA-256.
    """
    url = f"{root}api.github.com/repos/leanprover/lean4/releases/tags/{version}"
    file = f"lean-{version[1:]}-linux.tar.zst"
    for asset in _read(url).get("assets", []):
        digest = _SHA256.fullmatch(str(asset.get("digest")))
        if asset.get("name") == file and digest:
            place = f"{root}github.com/leanprover/lean4/releases/download/{version}/{file}"
            return Release(version, file, place, digest[1], int(asset.get("size", 0)))
    raise UserError(f"{url} lists no {file} with a SHA-256")


def _read(url: str) -> dict[str, Any]:
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
            found = json.load(answer)
    except OSError as error:
        why = getattr(error, "reason", None) or error
        raise UserError(
            f"cannot read {url}: {why}; without a network, name a copy of these files with AIMO_MIRROR"
        ) from None
    except ValueError as error:
        raise UserError(f"{url} is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise UserError(f"{url} is not a release's description")
    return found


def fetch_archive(release: Release, store: Path, progress: Progress) -> Path:
    """Have the archive in the store, verified; goes on where an earlier run was cut off.

    Raises:
        UserError: it cannot be had, or is another file than the release's list says.
    """
    wheel = Wheel("lean", release.version, release.file, release.url, release.sha256, release.bytes)
    try:
        store.mkdir(parents=True, exist_ok=True)
        return fetch(wheel, store, progress, threading.Event())
    except UserError as error:
        said = str(error).replace("run bundle again", "run toolchain again")
        raise UserError(said.replace("the file in the lock", "the file in the release's list")) from None
    except OSError as error:
        raise UserError(f"{release.file} cannot be kept in {store}: {error}") from None
