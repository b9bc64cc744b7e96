"""The protocol by itself, and a real native worker behind it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aimo_pipeline.config import LeanPoolConfig
from aimo_pipeline.verify.decode import Message
from aimo_pipeline.verify.lsp import (
    LeanCommand,
    LeanWorker,
    NotStarted,
    OutOfTime,
    OverLimit,
    Superseded,
    WorkerLost,
)
from aimo_pipeline.verify.lsp_messages import Frames, ProtocolError, Transcript, frame
from tests.lean_native import END, FALSE, GOOD, HEADER, POOL, NativeLean, errors, leaves, numbered, proved


def diagnostics(version: int | None, *texts: str, **more: Any) -> bytes:
    """What a worker writes when it has something to say of a version."""
    place = {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 1}}
    found = [{"range": place, "severity": 1, "message": text} for text in texts]
    params = {"uri": "untitled:x", "version": version, "diagnostics": found, **more}
    return json.dumps({"method": "textDocument/publishDiagnostics", "params": params}).encode()


class TestFrames:
    """However the stream is cut, the same bodies come out; what is no header is no protocol."""

    @given(st.lists(st.binary(max_size=30), max_size=5), st.data())
    def test_any_pieces_give_the_same_bodies(self, bodies: list[bytes], data: st.DataObject) -> None:
        stream = b"".join(b"Content-Length: %d\r\n\r\n%s" % (len(body), body) for body in bodies)
        cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
        frames, found = Frames(), []
        for first, last in zip([0, *cuts], [*cuts, len(stream)], strict=True):
            found += frames.feed(stream[first:last])
        assert found == bodies

    @pytest.mark.parametrize(
        "stream",
        [b"\r\n\r\n", b"Content-Length: x\r\n\r\n", b"Content-Length: -1\r\n\r\n", b"y" * 5000],
        ids=["empty", "no number", "negative", "endless"],
    )
    def test_a_malformed_header_is_told(self, stream: bytes) -> None:
        with pytest.raises(ProtocolError):
            list(Frames().feed(stream))

    def test_a_request_is_framed_by_its_bytes_not_its_characters(self) -> None:
        assert list(Frames().feed(frame("check", {"text": "∀ ⟨x⟩"}, request=3))) == [
            b'{"jsonrpc": "2.0", "id": 3, "method": "check", "params": {"text": "'
            + json.dumps("∀ ⟨x⟩").strip('"').encode()
            + b'"}}'
        ]


class TestTranscript:
    """Only what was said of the newest version counts."""

    def test_what_is_said_of_another_version_is_dropped(self) -> None:
        transcript = Transcript()
        transcript.begin()
        transcript.begin()
        for version in (1, 3, None):
            transcript.read(diagnostics(version, "of another"))
        assert transcript.messages == ()
        transcript.read(diagnostics(2, "of this"))
        assert transcript.messages == (Message("error", 1, "of this"),)
        transcript.begin()
        assert transcript.messages == ()

    def test_increments_are_added_and_the_rest_replaces(self) -> None:
        transcript = Transcript()
        transcript.begin()
        transcript.read(diagnostics(1, "a"))
        transcript.read(diagnostics(1, "b", isIncremental=True))
        assert [message.text for message in transcript.messages] == ["a", "b"]
        transcript.read(diagnostics(1, "c"))
        assert [message.text for message in transcript.messages] == ["c"]

    def test_messages_are_in_the_documents_order_whenever_they_came(self) -> None:
        transcript = Transcript()
        transcript.begin()
        for line, column in ((3, 0), (1, 9), (1, 2)):
            place = {"start": {"line": line, "character": column}}
            found = {"range": place, "severity": 3, "message": f"{line}:{column}"}
            params = {"version": 1, "diagnostics": [found], "isIncremental": True}
            transcript.read(
                json.dumps({"method": "textDocument/publishDiagnostics", "params": params}).encode()
            )
        assert [message.text for message in transcript.messages] == ["1:2", "1:9", "3:0"]

    def test_an_answer_to_an_old_request_does_not_answer_the_new_one(self) -> None:
        transcript = Transcript()
        transcript.begin()
        transcript.begin()
        transcript.read(b'{"id": 1, "error": {"code": -32801, "message": "File changed."}}')
        assert transcript.answered < transcript.version
        transcript.read(b'{"id": 2, "method": "workspace/semanticTokens/refresh", "params": null}')
        assert transcript.answered < transcript.version
        transcript.read(b'{"id": 2, "result": {}}')
        assert transcript.answered == transcript.version

    def test_a_message_without_a_known_severity_is_an_error(self) -> None:
        transcript = Transcript()
        transcript.begin()
        place = {"start": {"line": 4, "character": 2}}
        params = {"version": 1, "diagnostics": [{"range": place, "severity": 9, "message": "odd"}]}
        transcript.read(json.dumps({"method": "textDocument/publishDiagnostics", "params": params}).encode())
        assert transcript.messages == (Message("error", 5, "odd"),)

    @pytest.mark.parametrize("body", [diagnostics(1, "x")[:-9], b"[]", b"3", b"\xff", b"[" * 100_000])
    def test_garbage_is_told(self, body: bytes) -> None:
        with pytest.raises(ProtocolError):
            Transcript().read(body)

    @given(st.binary(max_size=60))
    def test_no_bytes_at_random_make_a_message_or_an_answer(self, body: bytes) -> None:
        transcript = Transcript()
        transcript.begin()
        with suppress(ProtocolError):
            transcript.read(body)
        assert transcript.messages == ()
        assert transcript.answered == 0


@asynccontextmanager
async def worker_of(
    native: NativeLean, *, header: str = HEADER, command: LeanCommand | None = None, **settings: Any
) -> AsyncIterator[LeanWorker]:
    """A worker that must come up."""
    config: LeanPoolConfig = replace(POOL, **settings)
    started = await LeanWorker.start(
        command or native.command, header, deadline=native.deadline(), config=config
    )
    assert isinstance(started, LeanWorker), started
    try:
        yield started
    finally:
        await started.aclose()


def stopped(pid: int) -> bool:
    """Whether none of its threads runs."""
    stats = [path.read_text("ascii") for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    return all(stat.rpartition(")")[2].split()[0] == "T" for stat in stats)


@pytest.mark.lean
class TestLeanWorker:
    """A header is loaded once, documents follow each other, and each gets what was said of it alone."""

    def test_documents_follow_each_other_without_mixing(self, native_lean: NativeLean) -> None:
        async def work() -> list[Any]:
            async with worker_of(native_lean) as worker:
                bodies = (GOOD, FALSE, numbered(7), FALSE, GOOD)
                return [await worker.check(body, deadline=native_lean.deadline()) for body in bodies]

        outcomes = asyncio.run(work())
        assert [proved(outcome) for outcome in outcomes] == [True, False, True, False, True]
        assert "`decide` proved that the proposition\n  False\nis false" in errors(outcomes[1])[0].text
        assert errors(outcomes[1])[0].line == 2
        assert outcomes[1] == outcomes[3]

    def test_a_later_check_takes_over_and_gets_no_message_of_the_first(self, native_lean: NativeLean) -> None:
        async def work() -> tuple[Any, Any]:
            async with worker_of(native_lean) as worker:
                wrong = FALSE.removesuffix(END) + leaves(40)
                slow = asyncio.create_task(worker.check(wrong, deadline=native_lean.deadline()))
                await asyncio.sleep(0.3)  # it has reported the false theorem and works on the endless one
                right = await worker.check(GOOD, deadline=native_lean.deadline())
                return await slow, right

        slow, right = asyncio.run(work())
        assert slow == Superseded()
        assert proved(right)

    def test_a_header_that_does_not_load_answers_every_check(self, native_lean: NativeLean) -> None:
        async def work() -> list[Any]:
            async with worker_of(native_lean, header="import Nowhere\n") as worker:
                return [await worker.check(GOOD, deadline=native_lean.deadline()) for _ in range(2)]

        for outcome in asyncio.run(work()):
            assert "unknown module prefix 'Nowhere'" in errors(outcome)[0].text

    def test_what_is_no_worker_is_not_started(self, native_lean: NativeLean) -> None:
        async def work() -> list[Any]:
            programs = ("/bin/false", "/bin/cat", "/nonexistent")
            commands = [LeanCommand((program,), {}, program) for program in programs]
            return [
                await LeanWorker.start(command, HEADER, deadline=native_lean.deadline(1.0), config=POOL)
                for command in commands
            ]

        for outcome in asyncio.run(work()):
            assert isinstance(outcome, NotStarted)

    def test_a_flood_on_stderr_hinders_nothing(self, native_lean: NativeLean) -> None:
        lean, *options = native_lean.command.argv
        flood = ("/bin/sh", "-c", 'yes flood >&2 & exec "$0" "$@"', lean, *options)

        async def work() -> list[Any]:
            async with worker_of(native_lean, command=replace(native_lean.command, argv=flood)) as worker:
                return [await worker.check(numbered(n), deadline=native_lean.deadline()) for n in range(5)]

        assert all(proved(outcome) for outcome in asyncio.run(work()))

    def test_too_much_output_and_too_much_memory_end_a_check(self, native_lean: NativeLean) -> None:
        many = '#check "one of many"\n' * 2000

        async def work() -> tuple[Any, Any]:
            async with worker_of(native_lean, output_bytes=50_000) as worker:
                output = await worker.check(many, deadline=native_lean.deadline())
            async with worker_of(native_lean, limit_bytes=140 << 20) as worker:
                return output, await worker.check(leaves(40), deadline=native_lean.deadline())

        assert asyncio.run(work()) == (OverLimit("output"), OverLimit("memory"))

    def test_a_worker_that_does_not_read_blocks_nobody(self, native_lean: NativeLean) -> None:
        async def work() -> tuple[bool, Any]:
            async with worker_of(native_lean) as worker:
                os.kill(worker.pid, signal.SIGSTOP)
                while not stopped(worker.pid):  # a signal takes its time, and until then it reads
                    await asyncio.sleep(0.01)
                long = asyncio.create_task(
                    worker.check(f"-- {'x' * 500_000}\n", deadline=native_lean.deadline(0.2))
                )
                await asyncio.sleep(0)
                return not long.done(), await long

        assert asyncio.run(work()) == (True, OutOfTime("Lean did not read the document in time"))

    def test_a_worker_that_stands_still_counts_as_killed(self, native_lean: NativeLean) -> None:
        async def work() -> Any:
            async with worker_of(native_lean) as worker:
                os.kill(worker.pid, signal.SIGSTOP)
                worker._config = replace(worker._config, look_s=0.05, still_looks=5)
                return await worker.check(GOOD, deadline=native_lean.deadline())

        lost = asyncio.run(work())
        assert isinstance(lost, WorkerLost)
        assert lost.killed and "halt" in lost.reason

    def test_a_killed_worker_is_told_with_its_signal(self, native_lean: NativeLean) -> None:
        async def work() -> Any:
            async with worker_of(native_lean) as worker:
                slow = asyncio.create_task(worker.check(leaves(40), deadline=native_lean.deadline()))
                await asyncio.sleep(0.1)
                os.kill(worker.pid, signal.SIGKILL)
                return await slow

        outcome = asyncio.run(work())
        assert isinstance(outcome, WorkerLost)
        assert "exit status -9" in outcome.reason

    def test_a_worker_has_a_scratch_folder_no_sockets_and_leaves_nothing(
        self, native_lean: NativeLean
    ) -> None:
        async def work() -> tuple[Path, int, str]:
            async with worker_of(native_lean) as worker:
                proc = Path(f"/proc/{worker.pid}")
                return (proc / "cwd").readlink(), worker.pid, (proc / "status").read_text()

        scratch, pid, status = asyncio.run(work())
        assert scratch.name.startswith("aimo-lean-")
        assert not scratch.exists()
        assert not Path(f"/proc/{pid}").exists()
        assert "Seccomp:\t2" in status
