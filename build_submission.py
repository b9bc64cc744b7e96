#!/usr/bin/env python3
"""Dry-run, test, bundle, check and upload on a machine that has nothing but Python 3.11.

    python3 build_submission.py dry-run      the bundled problems, end to end, through the notebook
    python3 build_submission.py test         the whole test suite
    python3 build_submission.py model        vLLM for the CPU with a small model, for tests and --model cpu
    python3 build_submission.py bundle       everything that a run on Kaggle needs, in dist/
    python3 build_submission.py toolchain    an official Lean to go with it, for those who have a network
    python3 build_submission.py check        that bundle, mounted and run here as Kaggle does, offline
    python3 build_submission.py upload       that bundle to Kaggle, with your own credentials
    python3 build_submission.py mine ...     any other command of the package, see --help

Only the standard library is used, here and in prepare/, which this command is made of. The first call
makes an environment of its own under the user's cache folder, keyed by the pinned requirements, and
fetches the embedded Lean; later calls, and other clones, find both there. Exit status: 0 done; 1 the run
or a test failed; 2 something is missing, said in one line; 130 stopped by Ctrl-C or SIGTERM, with no
child left behind.
"""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from prepare.children import adopt_orphans
from prepare.dry_run import dry_run
from prepare.passed_on import prepare_model, run_package, run_python, run_tests
from prepare.told import ROOT, Missing

DEMO = ROOT / "tests" / "fixtures" / "problems" / "demo.csv"

# Commands of the package itself: they and their options are passed on to it as they are.
PACKAGED = {
    "bundle": "pack what a run on Kaggle needs into dist/ (--target cpu: for this machine)",
    "toolchain": "fetch Lean, pack what checks read of it, try the pack offline (--mathlib: with Mathlib)",
    "check": "mount and run a bundle here as Kaggle does, without a network",
    "upload": "send a bundle to Kaggle with your own credentials (--dry-run: only say how)",
    "doctor": "say what this machine has of what a run can use",
    "solve": "answer one problem and say what stands behind the answer",
    "solve-file": "answer all problems of a file, several at once",
    "serve": "the gateway's loop over a problem file, without the notebook",
    "mine": "the rule behind each sequence on standard input, one JSON object a line",
    "dashboard": "watch a run from outside",
    "report": "report.html and report.md of a run, also of one that was killed",
    "ledger": "why each problem of a run got its time, and what it did with it",
    "statements": "every document that Lean was asked about, for your own Lean",
    "replay": "solve a recorded run again, without a model, also with other settings",
    "compare": "which of two configurations is better, or what it takes to say",
    "lab": "which rule for choosing among attempts is right most often",
    "search": "settings, judged on problems that the search has not seen",
    "simulate": "policies for how long a problem may take, compared; nothing is solved",
    "stress": "a whole run while parts of it are killed, stopped and starved",
}

EPILOG = """\
examples:
  build_submission.py dry-run                               the 30 bundled problems
  build_submission.py dry-run --problems mine.csv           your own: id, problem and, if known, answer
  build_submission.py dry-run --lean off --json out.json    without Lean; results as JSON too
  build_submission.py test -- -m "not lean"                 the tests that need no Lean
  build_submission.py python -- -m mypy                     any tool of the environment
  build_submission.py mine < in.jsonl > out.jsonl           sequences from a file
  build_submission.py report dry-run-output/RUN             a run, explained
  build_submission.py bundle --help                         bundle and all below it have a --help of their own

The environment and the embedded Lean are kept in ~/.cache/aimo-pipeline (or $XDG_CACHE_HOME); remove
that folder to start afresh. AIMO_KAGGLE_EVALUATION may name the folder that holds the competition's
package kaggle_evaluation; AIMO_LEAN_TOOLCHAIN that of an official Lean."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    lines = (__doc__ or "").splitlines()
    top = argparse.ArgumentParser(
        description=lines[0], epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = top.add_subparsers(required=True, metavar="command")
    add_dry_run(commands.add_parser("dry-run", help="run the notebook on a problem file and print a table"))
    for name, run, text in (
        ("test", run_tests, "run the tests; what stands after -- goes to pytest"),
        ("python", run_python, "run the environment's python; what stands after -- goes to it"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("rest", nargs=argparse.REMAINDER, metavar="-- ...")
        command.set_defaults(run=run)
    model = commands.add_parser("model", help="prepare vLLM for the CPU, its small model, and a vocabulary")
    model.set_defaults(run=prepare_model)
    for name, text in PACKAGED.items():
        commands.add_parser(name, help=text)
    return top


def add_dry_run(dry: argparse.ArgumentParser) -> None:
    """The options of dry-run."""
    dry.add_argument(
        "--problems", type=Path, default=DEMO, metavar="CSV", help="default: the bundled problems"
    )
    dry.add_argument("--json", type=Path, metavar="OUT", help="write the results there as well")
    dry.add_argument("--output", type=Path, metavar="DIR", help="default: dry-run-output/<date and time>")
    dry.add_argument(
        "--lean", choices=("auto", "official", "wasm", "off"), default="auto", help="default: auto"
    )
    dry.add_argument(
        "--model",
        choices=("recorded", "cpu"),
        default="recorded",
        help="recorded: completions from files; cpu: live ones, from vLLM with a small model that solves "
        "next to nothing, about a minute for each problem",
    )
    dry.set_defaults(run=dry_run)


def interrupted(number: int, frame: object) -> NoReturn:
    """SIGTERM ends us as Ctrl-C does."""
    raise KeyboardInterrupt


def main(argv: Sequence[str]) -> int:
    """Run one command; see the module's docstring for the exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever runs this may have an older one
        print("Python 3.11 or newer is needed", file=sys.stderr)
        return 2
    if not argv:
        parser().print_help(sys.stderr)
        return 2
    if argv[0] in PACKAGED:
        arguments = argparse.Namespace(run=lambda _: run_package(argv))
    else:
        arguments = parser().parse_args(argv)
    signal.signal(signal.SIGTERM, interrupted)
    adopt_orphans()
    try:
        status: int = arguments.run(arguments)
    except Missing as missing:
        print(f"error: {missing}", file=sys.stderr, flush=True)
        return 2
    except OSError as error:  # a full disk, a folder that may not be written
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 2
    except KeyboardInterrupt:
        print("stopped; no child process is left", file=sys.stderr, flush=True)
        return 130
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
