"""The thin loops around the dashboard: inside a run, and from outside by following its journal.

Inside, the journal tells a listener of each record: that folds it into the state, which is quick, and a
thread of its own draws now and then. What goes wrong while drawing ends the drawing, never the run.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from rich.console import Console
from rich.live import Live

from aimo_pipeline.config import ObserveConfig
from aimo_pipeline.observe.alerts import Limits
from aimo_pipeline.observe.dashboard import line_of, render
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.reading import PACKED, Record, journal_in, packed_path, read_journal
from aimo_pipeline.observe.state import RunState


def mode_of(config: ObserveConfig, console: Console) -> str:
    """ "live", "lines" or "off" for this console."""
    if config.dashboard != "auto":
        return config.dashboard
    redrawn = console.is_terminal and not console.is_dumb_terminal and not console.is_jupyter
    return "live" if redrawn else "lines"


def console_on(stream: IO[str]) -> Console:
    """A console that takes a stream for a terminal only if it is one, and writes plain text elsewhere.

    Jupyter sets FORCE_COLOR, also for what its kernel starts, by which Rich would take a notebook's output or
    a pipe for a terminal: thousands of drawings, one after another. Rich's own display in a notebook belongs
    to a cell, and the solver's thread to none.
    """
    return Console(file=stream, force_jupyter=False, force_terminal=stream.isatty())


def limits_of(config: ObserveConfig) -> Limits:
    """The thresholds of the alerts."""
    return Limits(config.memory_low_bytes, config.ttft_slow_s, config.tokens_slow_per_s)


class Watcher:
    """Folds records and shows them; safe to be told from several threads."""

    def __init__(self, console: Console, config: ObserveConfig) -> None:
        self.state = RunState()
        self._console, self._config = console, config
        self._lock = threading.Lock()
        self._told_s = time.monotonic()
        self._mode = mode_of(config, console)

    def tell(self, record: Record) -> None:
        """Take in a record; in "lines" mode an answer is printed at once."""
        with self._lock:
            self.state.apply(record)
            self._told_s = time.monotonic()
            cell = self.state.cells.get(record.get("problem_id", ""))
            if self._mode == "lines" and record["type"] in ("AnswerGiven", "PredictFailed") and cell:
                self._console.print(line_of(self.state, cell, self.state.at_s), markup=False, soft_wrap=True)

    def draw(self, live: Live) -> None:
        """Put the state on the screen."""
        with self._lock:
            now_s = self.state.at_s + (0.0 if self.state.finished else time.monotonic() - self._told_s)
            screen = render(self.state, now_s, limits_of(self._config))
        live.update(screen, refresh=True)

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Draw for as long as the block lasts."""
        if self._mode != "live":
            yield
            return
        over = threading.Event()
        with Live(console=self._console, auto_refresh=False, transient=False) as live:
            loop = threading.Thread(target=self._loop, args=(live, over), name="dashboard", daemon=True)
            loop.start()
            try:
                yield
            finally:
                over.set()
                loop.join()
                self.draw(live)

    def _loop(self, live: Live, over: threading.Event) -> None:
        while not over.wait(self._config.refresh_s):
            self.draw(live)


@contextmanager
def dashboard(journal: Journal, config: ObserveConfig, console: Console) -> Iterator[None]:
    """Show a run while it goes on, from inside."""
    if mode_of(config, console) == "off":
        yield
        return
    watcher = Watcher(console, config)
    journal.listen(watcher.tell)
    with watcher.shown():
        yield


class Follower:
    """Reads a journal that is still being written, from its beginning on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stream: IO[bytes] | None = None
        self._rest = b""

    def fresh(self) -> Iterator[Record]:
        """What came since the last call; a half-written line waits for the next."""
        if self._stream is None:
            self._stream = self._path.open("rb")  # kept: at its end the run packs the file, and it goes
        *lines, self._rest = (self._rest + self._stream.read()).split(b"\n")
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and "type" in record:
                yield record


def follow(run: Path, config: ObserveConfig, console: Console, *, sleep: Callable[[float], None]) -> None:
    """Show a run from outside, until it finishes.

    Args:
        run: its folder or journal; a packed one is shown as it ended.
        config: how.
        console: where.
        sleep: waits between two looks.

    Raises:
        UserError: there is no journal.
    """
    path = journal_in(run)
    watcher = Watcher(console, config)
    with watcher.shown():
        if path.suffix == PACKED:
            for record in read_journal(path):
                watcher.tell(record)
            return
        follower = Follower(path)
        while True:
            over = packed_path(path).exists() and not path.exists()
            for record in follower.fresh():
                watcher.tell(record)
            if over or watcher.state.finished:
                return
            sleep(config.refresh_s)
