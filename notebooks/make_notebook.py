"""Write submission.ipynb from the cells below; run it after a change: python notebooks/make_notebook.py.

The notebook holds no logic: it notes when it began, finds the package, and starts the server.
"""

from __future__ import annotations

from pathlib import Path

import nbformat

NOTEBOOK = Path(__file__).with_name("submission.ipynb")

INTRODUCTION = """\
# Trace-to-Lean
Made by `notebooks/make_notebook.py`. Settings: `aimo_pipeline/config/environ.py`."""

BEGIN = """\
import time

STARTED_S = time.monotonic()  # the five hours are counted from here"""

FIND = """\
import os
import sys
from pathlib import Path

mounted = Path(os.environ.get("AIMO_KAGGLE_ROOT", "/kaggle")) / "input"
roots = [Path.cwd(), Path.cwd().parent]  # a clone of the project, then what Kaggle mounts
for depth in ("*", "*/*", "*/*/*", "*/*/*/*"):
    roots += [package.parents[1] for package in sorted(mounted.glob(f"{depth}/aimo_pipeline/__init__.py"))]
sys.path.insert(0, str(next(root for root in roots if (root / "aimo_pipeline/__init__.py").is_file())))"""

RUN = """\
from aimo_pipeline.cli import notebook

os.environ.setdefault("AIMO_DASHBOARD", "auto")  # here: one line a problem; "off" for none
notebook.run(STARTED_S)"""


def render() -> str:
    """The notebook's JSON text; the same for the same cells."""
    notebook = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        cells=[
            nbformat.v4.new_markdown_cell(INTRODUCTION, id="introduction"),
            nbformat.v4.new_code_cell(BEGIN, id="begin"),
            nbformat.v4.new_code_cell(FIND, id="find"),
            nbformat.v4.new_code_cell(RUN, id="run"),
        ],
    )
    nbformat.validate(notebook)
    return str(nbformat.writes(notebook)) + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(render(), encoding="utf-8")
