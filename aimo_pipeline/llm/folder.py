"""Whether a model's folder is whole, before minutes are spent on a server that will find out.

Source: the safetensors format (a length, a JSON header, then the data), and transformers' index of shards.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aimo_pipeline.llm.pagecache import weight_files

_INDEX = "model.safetensors.index.json"
_MOST_HEADER_BYTES = 100 << 20


def unfit(model: Path) -> str | None:
    """What is wrong with a model's folder.

    Args:
        model: the folder that the server is to read.

    Returns:
        One line, or None where nothing is seen. Reads the headers of weight files, not their data.
    """
    if not model.is_dir():
        return f"there is no folder {model}"
    config = _json(model / "config.json")
    if config is None:
        return f"{model} holds no model: its config.json is missing or broken"
    index = _json(model / _INDEX)
    if (model / _INDEX).exists() and index is None:
        return f"{model / _INDEX} is broken"
    files = weight_files(model)
    missing = _missing(model, index or {})
    if missing:
        return f"{len(missing)} files of weights are missing in {model}, such as {missing[0]}"
    if not files:
        return f"there are no weights in {model}"
    return next((told for file in files if (told := _cut(file)) is not None), None)


def _json(path: Path) -> dict[str, Any] | None:
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) else None


def _missing(model: Path, index: dict[str, Any]) -> list[str]:
    """Shards that the index names and the folder lacks."""
    named = index.get("weight_map")
    names = sorted({str(name) for name in named.values()}) if isinstance(named, dict) else []
    return [name for name in names if not (model / name).is_file()]


def _cut(file: Path) -> str | None:
    """That a file of weights is shorter than its header says."""
    if file.suffix != ".safetensors":
        return f"{file} is empty" if not file.stat().st_size else None
    size = file.stat().st_size
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(length, _MOST_HEADER_BYTES)))
        ends = [int(one["data_offsets"][1]) for name, one in header.items() if name != "__metadata__"]
    except (OSError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        return f"{file} cannot be read as weights ({size} bytes)"
    whole = 8 + length + max(ends, default=0)
    return f"{file} is cut: {size} of {whole} bytes" if size < whole else None
