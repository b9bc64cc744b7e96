"""What the notebook's kernel tells the pipeline's process: where the model, Lean and the engine's Python are.

Standard library only: the competition image's Python runs it.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from aimo_pipeline.bundle.manifest import Manifest
from aimo_pipeline.bundle.mounts import Mounts

STARTED = "AIMO_STARTED_S"
# Folder in the code part with harmony's vocabulary.
VOCABULARY = "vocabulary"
ENGINE_FAILED = "engine.failed"
_WAITING = """\
#!/bin/sh
work={work}
until [ -e "$work/engine/.complete" ]; do
  if [ -e "$work/engine.failed" ]; then cat "$work/engine.failed" >&2; exit 1; fi
  sleep 0.2
done
exec "$work/engine/bin/python" "$@"
"""


def told(environ: Mapping[str, str], manifest: Manifest, mounts: Mounts, root: Path) -> dict[str, str]:
    """The pipeline's environment.

    Args:
        environ: the kernel's; what the user set there counts.
        manifest: the bundle's.
        mounts: where things are.
        root: /kaggle.
    """
    code = mounts.parts["code"]
    kept = {name: value for name, value in environ.items() if not name.startswith("PYTHON")}
    found = {"AIMO_EXPECT_GPU": manifest.gpu}
    if "lean" in mounts.parts:
        found["AIMO_LEAN_TOOLCHAIN"] = str(mounts.parts["lean"])
    if (code / VOCABULARY).is_dir():
        found["AIMO_HARMONY_VOCABULARY"] = str(code / VOCABULARY)
    for model in manifest.models[:1]:
        found |= {"AIMO_MODEL": str(mounts.models[model]), "AIMO_MODEL_PRESET": manifest.preset}
    ours = {"PYTHONPATH": str(code), "PYTHONUNBUFFERED": "1", "AIMO_KAGGLE_ROOT": str(root)}
    return found | kept | ours  # what the user set in the notebook's environment counts


def engine_told(manifest: Manifest, work: Path) -> dict[str, str]:
    """What it is told of the folder for environments; the engine's Python waits for its installation."""
    found = {"PYTHONPYCACHEPREFIX": str(work / "pycache")}  # the mounts are read-only
    if "engine" in manifest.environments:
        program = work / "engine-python" / "bin" / "python"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(_WAITING.format(work=shlex.quote(str(work))), encoding="utf-8")
        program.chmod(0o755)
        found["AIMO_VLLM_PYTHON"] = str(program)
    return found
