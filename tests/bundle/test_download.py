from __future__ import annotations

import dataclasses
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aimo_pipeline.bundle.download import fetch_all
from aimo_pipeline.bundle.wheels import Wheel
from aimo_pipeline.errors import UserError
from tests.bundle.conftest import as_wheel, make_wheel


class Index:
    """A server of one folder that can cut connections and knows what was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cut_after: int | None = None
        self.ranges: list[str | None] = []
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.answer(self)

            def log_message(self, *_: Any) -> None: ...

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, request: http.server.BaseHTTPRequestHandler) -> None:
        path = self.folder / request.path.lstrip("/")
        wanted = request.headers.get("Range")
        self.ranges.append(wanted)
        if not path.exists():
            request.send_error(404)
            return
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        data = path.read_bytes()[begin:]
        request.send_response(206 if wanted else 200)
        request.send_header("Content-Length", str(len(data)))
        request.end_headers()
        cut, self.cut_after = self.cut_after, None
        request.wfile.write(data[:cut])

    def wheel(self, path: Path) -> Wheel:
        return dataclasses.replace(
            as_wheel(path), url=f"http://127.0.0.1:{self.server.server_port}/{path.name}"
        )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    served = Index(tmp_path / "served")
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.fixture
def wheel(index: Index) -> Wheel:
    return index.wheel(make_wheel(index.folder, "thing", {"thing.txt": "x" * 100_000}))


class TestFetchAll:
    """Every wheel is had once, whole and with the lock's hash; what was begun is gone on with."""

    def fetch(self, wheels: list[Wheel], store: Path) -> tuple[dict[str, Path], int]:
        told: list[int] = []
        found = fetch_all(wheels, store, lambda _, more: told.append(more))
        return found, sum(told)

    def test_fetches_once(self, index: Index, wheel: Wheel, tmp_path: Path) -> None:
        for _ in range(2):
            found, told = self.fetch([wheel], tmp_path / "store")
            assert found[wheel.file].read_bytes() == (index.folder / wheel.file).read_bytes()
            assert told == wheel.bytes
        assert index.ranges == [None]

    def test_a_cut_connection_is_gone_on_with_at_once(
        self, index: Index, wheel: Wheel, tmp_path: Path
    ) -> None:
        index.cut_after = 60_000
        found, told = self.fetch([wheel], tmp_path / "store")
        assert index.ranges == [None, "bytes=60000-"]
        assert told == wheel.bytes
        assert found[wheel.file].stat().st_size == wheel.bytes

    def test_an_earlier_runs_half_is_gone_on_with(self, index: Index, wheel: Wheel, tmp_path: Path) -> None:
        half = tmp_path / "store" / wheel.sha256[:16] / f"{wheel.file}.part"
        half.parent.mkdir(parents=True)
        half.write_bytes((index.folder / wheel.file).read_bytes()[:10])
        assert self.fetch([wheel], tmp_path / "store")[1] == wheel.bytes
        assert index.ranges == ["bytes=10-"]

    def test_a_file_that_is_not_the_locks_is_refused_and_removed(
        self, index: Index, wheel: Wheel, tmp_path: Path
    ) -> None:
        other = dataclasses.replace(wheel, sha256="0" * 64)
        with pytest.raises(UserError, match="is not the file in the lock"):
            self.fetch([other], tmp_path / "store")
        assert not list((tmp_path / "store").rglob("*.whl*"))

    def test_a_stored_wheel_that_was_spoilt_is_fetched_again(
        self, index: Index, wheel: Wheel, tmp_path: Path
    ) -> None:
        path = self.fetch([wheel], tmp_path / "store")[0][wheel.file]
        path.write_bytes(b"spoilt through a hard link")
        self.fetch([wheel], tmp_path / "store")
        assert path.read_bytes() == (index.folder / wheel.file).read_bytes()

    def test_a_wheel_that_is_gone_is_named(self, index: Index, wheel: Wheel, tmp_path: Path) -> None:
        (index.folder / wheel.file).unlink()
        with pytest.raises(UserError, match=f"cannot fetch {wheel.file}: .*run bundle again to go on"):
            self.fetch([wheel], tmp_path / "store")

    def test_local_wheels_are_taken_from_their_place(self, tmp_path: Path) -> None:
        wheel = as_wheel(make_wheel(tmp_path / "mine", "thing", {}))
        found, told = self.fetch([wheel], tmp_path / "store")
        assert (found[wheel.file].read_bytes(), told) == (
            (tmp_path / "mine" / wheel.file).read_bytes(),
            wheel.bytes,
        )

    def test_a_disk_that_is_too_full_is_said_before_anything_comes(
        self, index: Index, wheel: Wheel, tmp_path: Path
    ) -> None:
        with pytest.raises(UserError, match="GB of wheels are to come, but only"):
            self.fetch([dataclasses.replace(wheel, bytes=10**16)], tmp_path / "store")
        assert index.ranges == []
