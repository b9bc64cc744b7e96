"""The package's rules that a parser can check: who imports whom, and what nobody does."""

from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = "aimo_pipeline"
ROOT = Path(__file__).parent.parent / PACKAGE

# Each group may import the groups above it and itself; units of one group never import each other.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"__init__"}),
    frozenset({"formula"}),
    frozenset({"domain"}),
    frozenset({"outcome"}),
    frozenset({"errors"}),
    frozenset({"deadline"}),
    frozenset({"config"}),
    frozenset({"observe"}),
    frozenset({"pipes", "sigterm"}),
    frozenset({"process", "child_entry", "budget"}),
    frozenset({"llm"}),
    frozenset({"verify"}),
    frozenset({"route", "trace", "mine", "translate", "answer", "tir", "logic"}),
    frozenset({"proof", "fresh"}),
    # One problem's state, events and programs: what pipeline strings the stages together with.
    frozenset({"solving"}),
    frozenset({"pipeline"}),
    frozenset({"gateway", "tune", "flywheel", "bundle"}),
    frozenset({"stress", "batch"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
RANK = {unit: rank for rank, layer in enumerate(LAYERS) for unit in layer}

# Started by its path inside a child, where the package cannot be imported.
CHILD_PROGRAMS = ("child_entry.py", "llm/keeper.py")
# Runs in the fork server and behind its layers, where nothing else of the package is; only this forks.
INSIDE = "trace/inside/"
# Becomes the parent of the model's server, and so forks once.
KEEPER = "llm/keeper.py"
# What a program raises, whatever it is, is its outcome.
BROAD_EXCEPT = ("errors.py", "trace/inside/cells.py", "trace/inside/harness.py", "trace/inside/attempts.py")
STARTERS = re.compile(
    r"subprocess|multiprocessing|pty|os\.(fork|forkpty|system|popen|spawn\w+|posix_spawnp?)"
    r"|(\w+\.)?create_subprocess_\w+|(\w+\.)?ProcessPoolExecutor"
)
WALL_CLOCK = re.compile(r"time\.time(_ns)?|datetime(\.datetime)?\.(now|utcnow|today)|date\.today")
TIMERS = re.compile(r"asyncio\.(timeout(_at)?|wait_for)")
SPAWNS = re.compile(r"(asyncio\.|\w*loop\.|asyncio\.get_running_loop\(\)\.)?(create_task|ensure_future)")


def unit_of(path: str) -> str:
    """The top-level module or folder of a path inside the package."""
    return path.split("/")[0].removesuffix(".py")


def imported(tree: ast.AST, path: str) -> Iterator[str]:
    """Dotted names of everything that a module imports, also inside functions."""
    folder = ".".join([PACKAGE, *Path(path).parent.parts])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), folder)
            yield from (f"{module}.{alias.name}" for alias in node.names)


def wrong_imports(path: str, source: str) -> list[str]:
    """Imports of the package that do not point leftwards."""
    mine = unit_of(path)
    if mine not in RANK:
        return [f"{path}: {mine} has no place in the order of imports"]
    found = []
    for name in imported(ast.parse(source), path):
        parts = name.split(".")
        if parts[0] != PACKAGE:
            continue
        # `from aimo_pipeline import __version__` takes something out of the package itself.
        other = parts[1] if len(parts) > 1 and parts[1] in RANK else "__init__"
        own = name.startswith(f"{PACKAGE}.{INSIDE.replace('/', '.')}"[:-1])
        outside = path in CHILD_PROGRAMS or (path.startswith(INSIDE) and not own)
        if outside or (other != mine and RANK[other] >= RANK[mine]):
            found.append(f"{path}: imports {name}")
    return found


def offences(path: str, source: str) -> list[str]:
    """Everything else that the rules forbid, as "path:line: what"."""
    found = []
    for node in ast.walk(ast.parse(source)):
        for what in [*_of_calls(node), *_of_handlers(node, path), *_of_names(node, path)]:
            found.append(f"{path}:{getattr(node, 'lineno', 0)}: {what}")
    return found


def _of_calls(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
        yield "prints"
    dropped = node.value if isinstance(node, ast.Expr) else None
    if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["_"]:
        dropped = node.value
    # A task group keeps its tasks itself.
    if isinstance(dropped, ast.Call) and SPAWNS.fullmatch(ast.unparse(dropped.func)):
        yield "starts a task and drops it"


def _of_handlers(node: ast.AST, path: str) -> Iterator[str]:
    if not isinstance(node, ast.ExceptHandler):
        return
    if node.type is None:
        yield "bare except"
    elif path not in BROAD_EXCEPT and re.search(r"\b(Base)?Exception\b", ast.unparse(node.type)):
        yield "broad except"


def _of_names(node: ast.AST, path: str) -> Iterator[str]:
    for name in _names(node):
        forks = name == "os.fork" and (path.startswith(INSIDE) or path == KEEPER)
        if STARTERS.fullmatch(name) and path != "process.py" and not forks:
            yield f"starts processes: {name}"
        if WALL_CLOCK.fullmatch(name):
            yield f"wall clock: {name}"
        if TIMERS.fullmatch(name) and path != "pipeline.py":
            yield f"timer: {name}"


def _names(node: ast.AST) -> Iterator[str]:
    """Dotted names that a node uses or brings in."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield node.module or ""
        yield from (f"{node.module}.{alias.name}" for alias in node.names)
    elif isinstance(node, ast.Attribute):
        yield ast.unparse(node)


def modules() -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py"))


class TestTheRules:
    """The checker finds what it is there to find: each planted module breaks one rule."""

    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("mine/far.py", "from aimo_pipeline.trace.run import run_trace"),
            ("mine/far.py", "import aimo_pipeline.pipeline"),
            ("mine/far.py", "from aimo_pipeline import proof"),
            ("mine/far.py", "from ..trace import run"),
            ("mine/far.py", "from .. import trace"),
            ("mine/far.py", "def f():\n    from aimo_pipeline.answer import vote"),
            ("outcome.py", "from aimo_pipeline.config import Config"),
            ("config.py", "from aimo_pipeline.observe.events import Event"),
            ("budget/policy.py", "from aimo_pipeline.process import run_process"),
            ("llm/client.py", "from aimo_pipeline.verify.engine import Engine"),
            ("proof/prover.py", "from aimo_pipeline.pipeline import Solver"),
            ("pipeline.py", "from aimo_pipeline.gateway import server"),
            ("tune/search.py", "from aimo_pipeline.gateway import score"),
            ("child_entry.py", "from aimo_pipeline.domain import Target"),
            ("trace/inside/harness.py", "from aimo_pipeline.domain import Target"),
            ("trace/inside/harness.py", "from aimo_pipeline.trace.run import run_trace"),
            ("helpers/misc.py", "x = 1"),
        ],
    )
    def test_a_planted_import_to_the_right_is_found(self, path: str, source: str) -> None:
        assert len(wrong_imports(path, source)) == 1

    @pytest.mark.parametrize(
        ("path", "source"),
        [
            ("mine/far.py", "from aimo_pipeline.mine.base import Miner"),
            ("mine/far.py", "from .base import Miner"),
            ("trace/run.py", "from aimo_pipeline.trace.inside.frames import Frame"),
            ("trace/inside/harness.py", "import json\nfrom aimo_pipeline.trace.inside import frames"),
            ("mine/far.py", "import json\nfrom aimo_pipeline import __version__"),
            ("pipeline.py", "from aimo_pipeline.proof import Prover\nfrom aimo_pipeline.mine import mine"),
            ("__main__.py", "from aimo_pipeline import pipeline\nfrom aimo_pipeline.gateway import server"),
        ],
    )
    def test_imports_to_the_left_and_within_a_stage_pass(self, path: str, source: str) -> None:
        assert wrong_imports(path, source) == []

    @pytest.mark.parametrize(
        ("source", "what"),
        [
            ("print('x')", "prints"),
            ("try:\n    f()\nexcept:\n    pass", "bare except"),
            ("try:\n    f()\nexcept Exception:\n    pass", "broad except"),
            ("try:\n    f()\nexcept (OSError, BaseException) as error:\n    pass", "broad except"),
            ("async def f():\n    asyncio.create_task(g())", "starts a task and drops it"),
            ("async def f():\n    _ = asyncio.ensure_future(g())", "starts a task and drops it"),
            ("async def f():\n    loop.create_task(g())", "starts a task and drops it"),
            ("import subprocess", "starts processes: subprocess"),
            ("import os\nos.system('x')", "starts processes: os.system"),
            ("import asyncio\nasyncio.create_subprocess_exec('x')", "starts processes"),
            ("import asyncio\nasyncio.timeout_at(5)", "timer: asyncio.timeout_at"),
            ("from asyncio import timeout_at", "timer: asyncio.timeout_at"),
            ("import time\ntime.time()", "wall clock: time.time"),
            ("from time import time", "wall clock: time.time"),
            ("import datetime\ndatetime.datetime.now()", "wall clock: datetime.datetime.now"),
        ],
    )
    def test_a_planted_offence_is_found_and_named(self, source: str, what: str) -> None:
        found = offences("mine/far.py", source)
        assert len(found) == 1
        assert what in found[0]

    def test_what_is_allowed_where_it_belongs_passes(self) -> None:
        assert offences("process.py", "import subprocess") == []
        assert offences("trace/inside/server.py", "import os\nos.fork()") == []
        assert offences("trace/run.py", "import os\nos.fork()") != []
        assert offences("pipeline.py", "asyncio.timeout_at(5)") == []
        assert offences("errors.py", "try:\n    f()\nexcept Exception:\n    raise") == []
        assert offences("mine/far.py", "task = asyncio.create_task(f())\ngroup.create_task(f())") == []
        assert offences("mine/far.py", "console.print(1)\ntime.monotonic()") == []


class TestThePackage:
    """Every module keeps to the order of imports and to the list of what is never done."""

    def test_every_module_is_read(self) -> None:
        assert {"domain.py", "pipeline.py", "observe/journal.py", "trace/inside/harness.py"} <= set(modules())
        assert set(CHILD_PROGRAMS) | set(BROAD_EXCEPT) <= set(modules())

    @pytest.mark.parametrize("path", modules())
    def test_a_module_imports_only_leftwards(self, path: str) -> None:
        assert wrong_imports(path, (ROOT / path).read_text(encoding="utf-8")) == []

    @pytest.mark.parametrize("path", modules())
    def test_a_module_does_nothing_that_is_forbidden(self, path: str) -> None:
        assert offences(path, (ROOT / path).read_text(encoding="utf-8")) == []
