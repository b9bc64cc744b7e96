"""Does here what Kaggle will do with a bundle: look at it, mount it, cut the network, run the notebook."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aimo_pipeline.bundle.inspect import inspect
from aimo_pipeline.bundle.manifest import MANIFEST, Manifest, read_manifest
from aimo_pipeline.bundle.mounts import MountMissing, find_mounts
from aimo_pipeline.bundle.rehearse import MODES, OUTCOME, Mode, Rehearsed, Spec
from aimo_pipeline.bundle.stage import Layout, Staged, stage
from aimo_pipeline.bundle.verdict import SUBMISSION, judge, measure_output, read_back
from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import UserError
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import run_process

ROOT = Path(__file__).resolve().parents[2]
_UNLIMITED = LimitsConfig(0, 0, 16 << 20, 0, 0, 0, 0)
# Nothing listens there, so whatever honours it is refused at once.
_REFUSING = "http://127.0.0.1:9"
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_EXTRA_S = 120.0
_BUDGET_SHARE = 2 / 3


@dataclass(frozen=True)
class Options:
    """How to check.

    Attributes:
        layout: of the mounts.
        models: Kaggle's name of a model to a folder on this machine.
        evaluation: folder with the competition's own files, if the user has them.
        modes: which runs to rehearse.
        run_s: longest time for one run.
        image: interpreter of the target's version with ipykernel; None: ours, where that is the version.
        environ: variables for the notebook beyond a bare environment.
    """

    layout: Layout = "nested"
    models: Mapping[str, Path] = field(default_factory=dict)
    evaluation: Path | None = None
    modes: tuple[Mode, ...] = MODES
    run_s: float = 900.0
    image: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Checked:
    """What a check found: faults, and what was measured or left out; each in one line."""

    faults: tuple[str, ...]
    notes: tuple[str, ...]


async def check(
    dist: Path,
    root: Path,
    options: Options,
    *,
    clock: Clock,
    tell: Callable[[str], None],
    progress: Callable[[int], None] = lambda _: None,
) -> Checked:
    """Check a bundle.

    Args:
        dist: its folder.
        root: an empty folder, which will stand in for /kaggle.
        options: see there.
        clock: for time-outs and measures.
        tell: gets a line as each step begins.
        progress: told of the bytes that were hashed.

    Returns:
        Faults and notes; the notebook is only run where the files are without fault.

    Raises:
        UserError: `dist` holds no bundle, or a folder in `options` does not exist.
    """
    manifest = read_manifest(dist / MANIFEST)
    tell("looking at every file")
    faults = tuple(inspect(dist, manifest, progress))
    if faults:
        return Checked(faults, ())
    tell(f"laying out {root} as /kaggle ({options.layout})")
    staged = stage(
        dist,
        manifest,
        root,
        layout=options.layout,
        models=_models(manifest, options, root),
        evaluation=options.evaluation,
    )
    try:
        find_mounts(manifest, root / "input")
    except MountMissing as error:
        return Checked((str(error),), ())
    version = await _version(options.image or Path(sys.executable), clock)
    if manifest.python != version:
        left_out = (
            f"the bundle is for Python {manifest.python}, this is {version or 'none'} (--python names one)"
        )
        return Checked((), (f"not installed and not run: {left_out}",))
    notes, options = _without_placeholders(manifest, options)
    checked = await _rehearse_all(staged, manifest, options, clock, tell)
    return Checked(checked.faults, (*checked.notes, *notes))


def _without_placeholders(manifest: Manifest, options: Options) -> tuple[list[str], Options]:
    """No server is started for a model that is not really there."""
    absent = [model for model in manifest.models if model not in options.models]
    if not absent:
        return [], options
    environ = {**options.environ, "AIMO_MODEL": ""}
    notes = [f"model {model}: none was given (--model), so no server ran" for model in absent]
    return notes, dataclasses.replace(options, environ=environ)


async def _version(python: Path, clock: Clock) -> str:
    """ "3.12", say; empty where the interpreter does not run."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    outcome = await run_process(
        [str(python), "-c", code], stdin=b"", limits=_UNLIMITED, deadline=Deadline.after(60.0, clock), env={}
    )
    return outcome.stdout.decode("utf-8", "replace").strip()


def _models(manifest: Manifest, options: Options, root: Path) -> dict[str, Path]:
    """The user's folders; for a model that was not given, one with nothing but an empty config.json."""
    found = {}
    for model in manifest.models:
        folder = options.models.get(model)
        if folder is None:
            folder = root / "placeholders" / model
            folder.mkdir(parents=True)
            (folder / "config.json").write_text("{}\n")
        elif not folder.is_dir():
            raise UserError(f"--model {model}: {folder} is not a folder")
        found[model] = folder
    return found


async def _rehearse_all(
    staged: Staged, manifest: Manifest, options: Options, clock: Clock, tell: Callable[[str], None]
) -> Checked:
    cut = await isolation(clock)
    notes = [f"network: {cut.said}"]
    faults: list[str] = []
    for mode in options.modes:
        (staged.working / SUBMISSION).unlink(missing_ok=True)
        tell(f"running the notebook ({mode}; network: {cut.said})")
        rehearsed = await _rehearse(staged, manifest, mode, options, cut, clock)
        faults += [f"{mode}: {line}" for line in judge(rehearsed, mode, manifest.limits)]
        if not faults:
            faults += read_back(staged.working, staged.competition / "test.csv")
            faults += measure_output(staged.working, manifest.limits)
        notes.append(_note(mode, rehearsed))
        if faults:
            break
    return Checked(tuple(faults), (*notes, *_boot_log(staged)))


def _note(mode: Mode, rehearsed: Rehearsed) -> str:
    serving = "" if rehearsed.serve_s is None else f"serve() after {rehearsed.serve_s:.1f} s, "
    return f"{mode}: {serving}done after {rehearsed.seconds:.1f} s"


def _boot_log(staged: Staged) -> list[str]:
    log = staged.root / "tmp" / "aimo" / "boot.log"
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


@dataclass(frozen=True)
class Isolation:
    """How the network is cut: a command to put in front, or variables."""

    said: str
    prefix: tuple[str, ...]
    environ: Mapping[str, str]


async def isolation(clock: Clock) -> Isolation:
    """A network namespace where that is allowed, else a proxy that refuses."""
    program = shutil.which("unshare")
    for options, said in (
        (["--net"], "off (unshare -n)"),
        (["--map-root-user", "--net"], "off (unshare -rn)"),
    ):
        if program is None:
            break
        prefix = [program, *options]
        outcome = await run_process(
            [*prefix, "true"], stdin=b"", limits=_UNLIMITED, deadline=Deadline.after(10.0, clock), env={}
        )
        if isinstance(outcome, Exited) and outcome.status == 0:
            return Isolation(said, tuple(prefix), {})
    refusing = dict.fromkeys(_PROXIES, _REFUSING) | {"no_proxy": "localhost,127.0.0.1"}
    return Isolation("not cut, only a proxy that refuses (no unshare here)", (), refusing)


async def _rehearse(
    staged: Staged, manifest: Manifest, mode: Mode, options: Options, cut: Isolation, clock: Clock
) -> Rehearsed:
    side = staged.root / "rehearsal"
    side.mkdir(exist_ok=True)
    spec = Spec(
        root=str(staged.root),
        competition=str(staged.competition),
        mode=mode,
        serve_s=manifest.limits.serve_s,
        run_s=options.run_s,
        image=str(options.image or sys.executable),
        isolated=bool(cut.prefix),
    )
    (side / "spec.json").write_text(json.dumps(dataclasses.asdict(spec)), encoding="utf-8")
    (side / OUTCOME).unlink(missing_ok=True)
    outcome = await run_process(
        [*cut.prefix, sys.executable, "-m", "aimo_pipeline.bundle.rehearse", str(side / "spec.json")],
        stdin=b"",
        limits=_UNLIMITED,
        deadline=Deadline.after(options.run_s + _EXTRA_S, clock),
        cwd=ROOT,
        env=_environ(staged, options) | dict(cut.environ),
    )
    if not (side / OUTCOME).exists():
        raise UserError(f"the rehearsal broke: {outcome.stderr.decode('utf-8', 'replace')[-500:]}")
    return Rehearsed(**json.loads((side / OUTCOME).read_text(encoding="utf-8")))


def _environ(staged: Staged, options: Options) -> dict[str, str]:
    """A bare environment: nothing of the user's settings, credentials or packages gets into the run."""
    home = staged.root / "home"
    home.mkdir(exist_ok=True)
    jupyter = ("JUPYTER_CONFIG_DIR", "IPYTHONDIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    private = {name: str(home / "jupyter") for name in jupyter}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}"
    # Dummy problems are not worth hours, whatever the model makes of them.
    budget = {"AIMO_TOTAL_S": str(int(options.run_s * _BUDGET_SHARE))}
    bare = {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "AIMO_KAGGLE_ROOT": str(staged.root)}
    return bare | budget | private | {"JUPYTER_PREFER_ENV_PATH": "1"} | dict(options.environ)
