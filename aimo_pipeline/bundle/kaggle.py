"""Sends a bundle to Kaggle with the `kaggle` command and the user's own credentials.

Which credentials those are is between the user and that command: they are not read here, and what the command
prints passes a filter before it is shown. A part whose data set holds the same part.json already is not sent
again; the version's note is the part's hash.

Source: `kaggle` 2.2.5 (PyPI), its `--help` and docs.
"""

from __future__ import annotations

import re
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aimo_pipeline.bundle.inspect import inspect
from aimo_pipeline.bundle.manifest import MANIFEST, PART, Manifest, Part, part_json, read_manifest
from aimo_pipeline.bundle.notebook import FOLDER, KERNEL_SLUG, NOBODY
from aimo_pipeline.bundle.pack import seal
from aimo_pipeline.config import LimitsConfig
from aimo_pipeline.deadline import Clock, Deadline
from aimo_pipeline.errors import UserError
from aimo_pipeline.outcome import Exited
from aimo_pipeline.process import run_process

PROGRAM = "kaggle"
_UNLIMITED = LimitsConfig(0, 0, 8 << 20, 0, 0, 0, 0)
_QUESTION_S = 120.0
_UPLOAD_S = 12 * 3600.0
_READY_S = 1_800.0
_LOOK_S = 15.0
_ABSENT = re.compile(r"\b(403|404)\b|not found|forbidden", re.IGNORECASE)
_SECRET = re.compile(
    r"(?i)((?:key|token|secret|password)[\"']?\s*[:=]\s*[\"']?)[^\s\"',}]+|KGAT_\w+|\b[0-9a-f]{32}\b"
)


@dataclass(frozen=True)
class Call:
    """One call of the kaggle command.

    Attributes:
        arguments: without the program.
        changes: False for a question, which --dry-run may ask.
    """

    arguments: tuple[str, ...]
    changes: bool

    def shown(self) -> str:
        """As one types it."""
        return shlex.join([PROGRAM, *self.arguments])


class Uploader:
    """Uploads the parts of one bundle.

    Args:
        dist: the bundle.
        dry_run: changes nothing, only says what would be called.
        environ: for the kaggle command; secret values in it are masked in what is shown.
        clock: for time-outs.
        tell: gets each line.
    """

    def __init__(
        self,
        dist: Path,
        *,
        dry_run: bool,
        environ: Mapping[str, str],
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self._dist, self._dry_run, self._environ, self._clock = dist, dry_run, environ, clock
        self._tell = tell
        self._program = shutil.which(PROGRAM, path=environ.get("PATH"))
        if self._program is None and not dry_run:
            raise UserError("there is no kaggle command on PATH: pip install kaggle six; kaggle auth login")

    async def upload(self, owner: str | None, accelerator: str = "") -> None:
        """Send what is not there yet, then the notebook.

        Args:
            owner: the user's name on Kaggle; None: as the kaggle command knows it.
            accelerator: Kaggle's name for the GPU; empty: its default.

        Raises:
            UserError: the bundle is not whole, no name is known, or the kaggle command failed.
        """
        manifest = read_manifest(self._dist / MANIFEST)
        if fault := next(iter(inspect(self._dist, manifest)), None):
            raise UserError(f"not uploaded, the bundle has a fault: {fault}")
        name = owner or await self._owner()
        seal(self._dist, manifest, owner=name)
        sent = [part for key, part in manifest.parts.items() if await self._send(key, part, name)]
        for part in sent:
            await self._until_ready(f"{name}/{part.slug}")
        wanted = ("--accelerator", accelerator) if accelerator else ()
        await self._change("kernels", "push", "-p", str(self._dist / FOLDER), *wanted)
        self._tell(f"then, when its run has ended well: {_submission(manifest, name)}")

    async def _owner(self) -> str:
        if self._program is None:
            return NOBODY
        text = await self._ask("config", "view")
        match = re.search(r"username: (\S+)", text or "")
        if match is None or match[1] == "None":
            raise UserError("your name on Kaggle is not known; kaggle auth login, or --owner NAME")
        return match[1]

    async def _send(self, name: str, part: Part, owner: str) -> bool:
        """Tells whether anything was sent."""
        dataset, folder = f"{owner}/{part.slug}", str(self._dist / name)
        size = f"{part.bytes / 1e6:,.1f} MB"
        if await self._ask("datasets", "status", dataset) is None:
            self._tell(f"{name}: a new data set, {size}")
            await self._change("datasets", "create", "-p", folder, "-r", "zip")
        elif await self._same(name, part, dataset):
            self._tell(f"{name}: unchanged ({part.sha256[:12]}), not sent")
            return False
        else:
            self._tell(f"{name}: a new version, {size}")
            await self._change("datasets", "version", "-p", folder, "-r", "zip", "-m", part.sha256[:12])
        return True

    async def _same(self, name: str, part: Part, dataset: str) -> bool:
        with tempfile.TemporaryDirectory() as folder:
            await self._ask("datasets", "download", dataset, "-f", PART, "-p", folder, "-q")
            place = Path(folder) / PART
            return place.exists() and place.read_text(encoding="utf-8") == part_json(name, part)

    async def _until_ready(self, dataset: str) -> None:
        """A notebook that is pushed before its data sets are processed would not find them."""
        if self._dry_run:
            return
        limit = Deadline.after(_READY_S, self._clock)
        while "ready" not in (await self._ask("datasets", "status", dataset) or ""):
            if limit.passed:
                raise UserError(f"{dataset} was not ready after {_READY_S:.0f} s; run upload again later")
            await self._clock.sleep(_LOOK_S)

    async def _ask(self, *arguments: str) -> str | None:
        """The answer, or None for a thing that is not there."""
        call = Call(arguments, changes=False)
        self._tell(f"$ {call.shown()}")
        if self._program is None:
            return None
        status, text = await self._run(call, _QUESTION_S)
        if status == 0:
            return text
        if _ABSENT.search(text):
            return None
        raise UserError(f"{call.shown()} failed: {_last_line(text)}")

    async def _change(self, *arguments: str) -> None:
        call = Call(arguments, changes=True)
        self._tell(f"$ {call.shown()}")
        if self._dry_run:
            return
        status, text = await self._run(call, _UPLOAD_S)
        # The command ends with 0 also where the server refused, and says so in its last line.
        if status != 0 or re.search(r"(?i)\berror\b", _last_line(text)):
            raise UserError(f"{call.shown()} failed: {_last_line(text)}")
        self._tell(f"  {_last_line(text)}")

    async def _run(self, call: Call, timeout_s: float) -> tuple[int, str]:
        assert self._program is not None
        outcome = await run_process(
            [self._program, *call.arguments],
            stdin=b"",
            limits=_UNLIMITED,
            deadline=Deadline.after(timeout_s, self._clock),
            env=self._environ,
        )
        text = masked((outcome.stdout + outcome.stderr).decode("utf-8", "replace"), self._environ)
        return (outcome.status if isinstance(outcome, Exited) else -1), text


def masked(text: str, environ: Mapping[str, str]) -> str:
    """Take out whatever may be a credential: values of such variables, and what looks like one."""
    for name, value in environ.items():
        if name in ("KAGGLE_KEY", "KAGGLE_API_TOKEN") and value:
            text = text.replace(value, "***")
    return _SECRET.sub(lambda match: f"{match[1] or ''}***", text)


def _last_line(text: str) -> str:
    # A progress bar redraws its line with carriage returns.
    lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
    return (lines or ["it said nothing"])[-1][:300]


def _submission(manifest: Manifest, owner: str) -> str:
    words: Sequence[str] = (
        *("competitions", "submit", manifest.competition, "-k", f"{owner}/{KERNEL_SLUG}"),
        *("-v", "VERSION", "-f", "submission.parquet", "-m", manifest.version),
    )
    return shlex.join([PROGRAM, *words])
