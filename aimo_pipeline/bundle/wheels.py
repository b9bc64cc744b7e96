"""Which wheels an environment needs on the target: resolved without installing, as uv sees the target.

uv evaluates environment markers for the target's Python and platform; pip would use those of the Python that
runs it. Further indexes and folders of wheels come from the target and from the user's own pip configuration,
so that what pip can find on this machine is found here too.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packaging.tags import Tag, compatible_tags, cpython_tags, sys_tags
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from uv import find_uv_bin

from aimo_pipeline.bundle.target import Target
from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import UserError
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import run_process

_UNLIMITED = LimitsConfig(0, 0, 8 << 20, 0, 0, 0, 0)
_RESOLVE_S = 600.0
_MANYLINUX = re.compile(r"(\w+?)-manylinux_(\d+)_(\d+)")


@dataclass(frozen=True)
class Wheel:
    """A wheel to fetch.

    Attributes:
        name, version: of the package.
        file: its name, by which installers know what it fits.
        url: https or file.
        sha256: in hexadecimal.
        bytes: its size; 0 where the index does not tell.
    """

    name: str
    version: str
    file: str
    url: str
    sha256: str
    bytes: int

    @property
    def local(self) -> Path | None:
        """The file on this machine that the url names, if it does."""
        parts = urlsplit(self.url)
        return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


async def resolve(
    lines: Iterable[str],
    target: Target,
    *,
    environ: Mapping[str, str],
    folder: Path,
    clock: Clock,
    no_deps: bool = False,
) -> tuple[Wheel, ...]:
    """Find the wheels for a set of requirements.

    Args:
        lines: requirements, pinned as far as the user pinned them.
        target: Python and platform.
        environ: the user's environment; pip's and uv's own variables count.
        folder: for the resolver's files; pylock.resolved.toml is left there.
        clock: for the time-out.
        no_deps: the requirements are all there is to be.

    Returns:
        One wheel a package, by name.

    Raises:
        UserError: no set of wheels fits, with the resolver's reason; or no network.
    """
    wanted, lock = folder / "requirements.in", folder / "pylock.resolved.toml"
    wanted.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = [find_uv_bin(), "pip", "compile", "--quiet", "--no-progress", "--format", "pylock.toml"]
    command += ["--only-binary", ":all:", "--output-file", str(lock), *_target_options(target)]
    # Nothing is built, so that no Python of the target's version has to be looked for or fetched.
    command += ["--python", sys.executable]
    command += ["--no-deps"] if no_deps else []
    command += [*_sources(target, await _pip_settings(environ, clock)), str(wanted)]
    lock.unlink(missing_ok=True)
    outcome = await run_process(
        command, stdin=b"", limits=_UNLIMITED, deadline=Deadline.after(_RESOLVE_S, clock), env=environ
    )
    if not isinstance(outcome, Exited) or outcome.status != 0:
        told = outcome.stderr.decode("utf-8", "replace")
        raise UserError(f"cannot resolve wheels for {target.name}: {_reason(told)}")
    return read_pylock(lock.read_text(encoding="utf-8"), tags_of(target))


def _target_options(target: Target) -> list[str]:
    options = ["--python-version", target.python]
    return options + (["--python-platform", target.platform] if target.platform else [])


def _sources(target: Target, pip: Mapping[str, list[str]]) -> list[str]:
    indexes = [*target.indexes, *pip.get("extra-index-url", [])]
    options = [word for url in indexes for word in ("--extra-index-url", url)]
    options += [word for place in pip.get("find-links", []) for word in ("--find-links", place)]
    for url in pip.get("index-url", [])[-1:]:
        options += ["--index-url", url]
    if pip.get("no-index", ["0"])[-1].lower() in ("1", "true", "yes"):
        return [*options, "--no-index"]
    # As pip does: the best version over all of them.
    return [*options, "--index-strategy", "unsafe-best-match"] if options else options


async def _pip_settings(environ: Mapping[str, str], clock: Clock) -> dict[str, list[str]]:
    """index-url, extra-index-url and find-links as the user's pip has them."""
    outcome = await run_process(
        [sys.executable, "-m", "pip", "config", "list"],
        stdin=b"",
        limits=_UNLIMITED,
        deadline=Deadline.after(60.0, clock),
        env=environ,
    )
    return parse_pip_settings(outcome.stdout.decode("utf-8", "replace"))


def parse_pip_settings(text: str) -> dict[str, list[str]]:
    """Read the output of `pip config list`: setting to its values, without repeats."""
    found: dict[str, list[str]] = {}
    for key, value in re.findall(r"^\S*?\.([\w-]+)='(.*)'$", text, flags=re.MULTILINE):
        values = found.setdefault(key, [])
        values += [word for word in re.split(r"\\n|\s+", value) if word and word not in values]
    return found


def _reason(stderr: str) -> str:
    """The line that says what is wrong: uv's first cause, without its repeated markers."""
    text = re.sub(r"\{[^}]*\}", "", stderr)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    chosen = [line for line in lines if line.startswith(("cause:", "error:"))]
    return re.sub(r"^(cause|error): ", "", (chosen or lines or ["no message"])[-1])[:400]


def tags_of(target: Target) -> tuple[Tag, ...]:
    """Wheel tags that the target accepts, best first."""
    if target.platform is None:
        return tuple(sys_tags())
    version = tuple(int(part) for part in target.python.split("."))
    platforms = list(_platforms(target.platform))
    interpreter = f"cp{version[0]}{version[1]}"
    return (
        *cpython_tags(version, platforms=platforms),
        *compatible_tags(version, interpreter, platforms),
    )


def _platforms(name: str) -> Iterator[str]:
    match = _MANYLINUX.fullmatch(name)
    if match is None:
        raise UserError(f"targets.toml: the platform {name!r} is not of the form x86_64-manylinux_2_35")
    machine, major, newest = match[1], int(match[2]), int(match[3])
    aliases = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    for minor in range(newest, 4, -1):
        yield f"manylinux_{major}_{minor}_{machine}"
        if minor in aliases:
            yield f"{aliases[minor]}_{machine}"
    yield f"linux_{machine}"


def fits(file: str, tags: Iterable[Tag]) -> bool:
    """Whether a wheel of this file name can be installed where these tags are accepted."""
    try:
        return not parse_wheel_filename(file)[3].isdisjoint(tags)
    except InvalidWheelFilename:
        return False


def read_pylock(text: str, tags: tuple[Tag, ...]) -> tuple[Wheel, ...]:
    """Read a lock in the form of PEP 751 and choose the best wheel of each package.

    Raises:
        UserError: a package has no wheel for these tags.
    """
    packages: list[dict[str, Any]] = tomllib.loads(text).get("packages", [])
    rank = {tag: place for place, tag in enumerate(tags)}
    return tuple(_best(package, rank) for package in packages)


def _best(package: dict[str, Any], rank: Mapping[Tag, int]) -> Wheel:
    candidates = []
    for wheel in package.get("wheels", []):
        file = (
            wheel.get("name") or unquote(urlsplit(wheel.get("url") or wheel["path"]).path).rpartition("/")[2]
        )
        places = [rank[tag] for tag in parse_wheel_filename(file)[3] if tag in rank]
        if places:
            candidates.append((min(places), file, wheel))
    if not candidates:
        raise UserError(f"{package['name']} {package.get('version')} has no wheel for this target")
    _, file, wheel = min(candidates, key=lambda one: one[:2])
    url = wheel.get("url") or Path(wheel["path"]).absolute().as_uri()
    size, digest = int(wheel.get("size", 0)), wheel["hashes"]["sha256"]
    return Wheel(package["name"], str(package["version"]), file, url, digest, size)


def lock_text(wheels: Iterable[Wheel]) -> str:
    """The lock that an installer reads offline: versions and hashes, one package a line."""
    return "".join(f"{wheel.name}=={wheel.version} --hash=sha256:{wheel.sha256}\n" for wheel in wheels)
