"""What the run's supervisor takes for a model and for vLLM's interpreter, and how its server is to behave.

The run starts, watches, kills and restarts the scripted server itself, by the same code that does so with
`vllm serve`; this is only the folder that it is told of.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from aimo_pipeline.stress.model import MOOD, Mood, set_mood

_ROOT = Path(__file__).parent.parent.parent
INTERPRETER = "python"
# A file of weights that holds none: the length of its header, and the header.
_NO_WEIGHTS = len(b"{}").to_bytes(8, "little") + b"{}"


class ModelFolder:
    """A folder with problems and script, made the model of a run.

    Args:
        folder: holds what model.py reads; an interpreter is put there that takes vLLM's arguments.
    """

    def __init__(self, folder: Path) -> None:
        self._mood = folder / MOOD
        self.be(Mood.GOOD)
        (folder / "config.json").write_text('{"model_type": "scripted"}', encoding="ascii")
        (folder / "model.safetensors").write_bytes(_NO_WEIGHTS)
        interpreter = folder / INTERPRETER
        root, python = shlex.quote(str(_ROOT)), shlex.quote(sys.executable)
        interpreter.write_text(
            f'#!/bin/sh\nPYTHONPATH={root} exec {python} -m aimo_pipeline.stress.model "$@"\n',
            encoding="utf-8",
        )
        interpreter.chmod(0o755)

    def be(self, mood: Mood) -> None:
        """How the server answers from now on, in this life and in later ones."""
        set_mood(self._mood, mood)
