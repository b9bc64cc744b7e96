"""The journal: whole lines, whatever happens to the process, the disk or the text."""

from __future__ import annotations

import errno
import io
import json
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.observe.events import (
    SCHEMA_VERSION,
    Cancelled,
    CompletionFinished,
    PredictFailed,
    RunFinished,
    RunStarted,
    TraceFinished,
    VerifyFinished,
)
from aimo_pipeline.observe.journal import Journal, digest_of, read_journal, run_journal
from aimo_pipeline.observe.reading import records_of

ROOT = Path(__file__).parent.parent.parent


def completion(text: str, thinking: str = "") -> CompletionFinished:
    """A completion of which nothing was measured."""
    said = ("0" * 64, "a model", text, thinking, "stop")
    return CompletionFinished("p", "tir", 0, 0, *said, None, None, None, None, None, None, None, seconds=1.0)


def message_of(path: Path, text: str) -> str:
    """What stands in the journal for a text."""
    with Journal.open(path, FakeClock()) as journal:
        journal.write(PredictFailed("p", text))
    return str(list(read_journal(path))[-1]["cause"])


class TestJournal:
    """Each event is one line, there as soon as write returns, stamped with the seconds since the opening."""

    def test_events_are_there_in_order_before_the_journal_is_closed(self, tmp_path: Path) -> None:
        clock = FakeClock()
        with Journal.open(tmp_path / "new" / "journal.jsonl", clock) as journal:
            journal.write(RunStarted("1.0", "local", 3, 9.0, {"tir.attempts": "8"}))
            clock.advance(2.5)
            journal.write(RunFinished(3, 2.5))
            records = list(read_journal(journal.path))
        assert records == [
            {
                "type": "RunStarted",
                "version": SCHEMA_VERSION,
                "at_s": 0.0,
                "package_version": "1.0",
                "gateway": "local",
                "problems": 3,
                "total_s": 9.0,
                "settings": {"tir.attempts": "8"},
            },
            {"type": "RunFinished", "version": SCHEMA_VERSION, "at_s": 2.5, "problems": 3, "seconds": 2.5},
        ]

    def test_events_written_together_are_a_line_each_in_one_write(self) -> None:
        stream = Full(room=1 << 20)
        heard: list[object] = []
        journal = Journal(Path("journal.jsonl"), stream, FakeClock())
        journal.listen(lambda record: heard.append(record["problems"]))
        journal.write(RunFinished(1, 0.0), RunFinished(2, 0.0))
        journal.write()
        records = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert [one["problems"] for one in records] == heard == [1, 2]
        assert [size for size in stream.sizes if size] == [len(stream.getvalue())]

    def test_a_second_run_appends(self, tmp_path: Path) -> None:
        for number in range(2):
            with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
                journal.write(RunFinished(number, 0.0))
        assert [record["problems"] for record in read_journal(tmp_path / "journal.jsonl")] == [0, 1]

    def test_a_line_break_in_a_text_does_not_end_the_line(self, tmp_path: Path) -> None:
        text = "a\nb\r\nc\u2028d\x85e\0"
        assert message_of(tmp_path / "journal.jsonl", text) == text
        assert (tmp_path / "journal.jsonl").read_bytes().count(b"\n") == 1

    def test_a_lone_surrogate_does_not_lose_the_event(self, tmp_path: Path) -> None:
        assert message_of(tmp_path / "journal.jsonl", "a\ud800b") == "a?b"

    def test_a_huge_text_is_cut_and_says_so(self, tmp_path: Path) -> None:
        kept = message_of(tmp_path / "journal.jsonl", "x" * 1_000_000)
        assert len(kept) < 21_000
        assert kept.endswith("[cut]")

    def test_what_a_model_said_is_never_cut(self, tmp_path: Path) -> None:
        text = "".join(f"token {number} ∞ " for number in range(94_000))
        with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
            journal.write(completion(text, thinking=text[::-1]))
        [record] = read_journal(tmp_path / "journal.jsonl")
        assert (record["text"], record["thinking"]) == (text, text[::-1])
        assert "cleaned" not in record

    def test_a_text_is_kept_once_however_often_it_comes(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
            names = [journal.keep(text) for text in ("x" * 30_000, "y", "x" * 30_000)]
            journal.stands_elsewhere("z")
            names.append(journal.keep("z"))
        records = list(read_journal(tmp_path / "journal.jsonl"))
        assert names == [digest_of(text) for text in ("x" * 30_000, "y", "x" * 30_000, "z")]
        assert [(one["digest"], one["text"]) for one in records] == [
            (digest_of("x" * 30_000), "x" * 30_000),
            (digest_of("y"), "y"),
        ]

    def test_a_kept_text_stands_before_the_event_that_names_it(self, tmp_path: Path) -> None:
        path = tmp_path / "journal.jsonl"
        with Journal.open(path, FakeClock()) as journal:
            journal.keep("y")
            assert not list(read_journal(path))  # nothing names it yet
            journal.write(Cancelled("p", "outside"))
            assert [one["type"] for one in read_journal(path)] == ["TextKept", "Cancelled"]

    def test_who_listens_hears_the_records_as_they_are_written(self, tmp_path: Path) -> None:
        heard: list[dict[str, object]] = []
        with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
            journal.write(RunFinished(0, 0.0))
            journal.listen(heard.append)
            journal.write(Cancelled("p", "/a/b/c"))
        assert heard == list(read_journal(tmp_path / "journal.jsonl"))[1:]

    def test_closing_twice_is_safe(self, tmp_path: Path) -> None:
        journal = Journal.open(tmp_path / "journal.jsonl", FakeClock())
        journal.close()
        journal.close()

    def test_lines_of_several_threads_do_not_mix(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:

            def write_many(name: str) -> None:
                for _ in range(200):
                    journal.write(Cancelled(name, "x" * 500))

            threads = [threading.Thread(target=write_many, args=(f"t{n}",)) for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        lines = (tmp_path / "journal.jsonl").read_text().splitlines()
        ids = [json.loads(line)["problem_id"] for line in lines]
        assert sorted(ids) == sorted(f"t{n}" for n in range(4) for _ in range(200))


class TestPaths:
    """Absolute paths, which tell about the machine, are cut to their last part; all else is left alone."""

    @pytest.mark.parametrize(
        ("text", "kept"),
        [
            ('File "/opt/some/where/lib/run.py", line 3', 'File ".../run.py", line 3'),
            ("no /a/b/c.txt and no /d/e-f/g@h/i+j", "no .../c.txt and no .../i+j"),
            ("[/a/b/c]", "[.../c]"),
        ],
    )
    def test_an_absolute_path_keeps_its_last_part(self, tmp_path: Path, text: str, kept: str) -> None:
        assert message_of(tmp_path / "journal.jsonl", text) == kept

    @pytest.mark.parametrize(
        "text", ["1/2/3", r"\frac{a}{b}/c", "a // b", "x / y / z", "tests/fixtures/demo.csv", "/"]
    )
    def test_fractions_and_relative_paths_stay(self, tmp_path: Path, text: str) -> None:
        assert message_of(tmp_path / "journal.jsonl", text) == text

    def test_paths_deep_inside_an_event_are_cut_too(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
            journal.write(VerifyFinished("p", 0, "wasm", {"trace": "unknown"}, {"trace": "/a/b/c"}, 1.0))
            journal.write(TraceFinished("p", 0, "ok", "", 0, ("/a/b/c",), 1.0))
        verify, trace = read_journal(tmp_path / "journal.jsonl")
        assert (verify["messages"], trace["terms"]) == ({"trace": ".../c"}, [".../c"])


class Full(io.BytesIO):
    """A disk with room for so many bytes; as a real one it takes the beginning of what does not fit."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room
        self.sizes: list[int] = []

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.sizes.append(len(data))
        if not self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        taken = super().write(data[: self.room])
        self.room -= taken
        return taken


class TestFullDisk:
    """A disk that takes nothing more costs events, which are counted, and nothing else."""

    def test_events_that_could_not_be_written_are_counted_and_told_once_there_is_room(self) -> None:
        stream = Full(room=0)
        journal = Journal(Path("journal.jsonl"), stream, FakeClock())
        journal.write(RunFinished(1, 0.0))
        journal.write(RunFinished(2, 0.0))
        stream.room = 1 << 20
        journal.write(RunFinished(3, 0.0))
        assert journal.lost == 2
        journal.write(RunFinished(4, 0.0))
        records = [json.loads(line) for line in stream.getvalue().splitlines()]
        assert [one["problems"] for one in records if one["type"] == "RunFinished"] == [3, 4]
        assert [one["times"] for one in records if one["type"] == "RecordsLost"] == [2]

    def test_half_a_line_on_a_disk_that_filled_up_spoils_no_other(self) -> None:
        stream = Full(room=20)
        journal = Journal(Path("journal.jsonl"), stream, FakeClock())
        journal.write(RunFinished(1, 0.0))
        stream.room = 1 << 20
        journal.write(RunFinished(2, 0.0))
        records = list(records_of(stream.getvalue().splitlines()))
        assert [(one["type"], one.get("problems")) for one in records] == [
            ("RunFinished", 2),
            ("RecordsLost", None),
        ]

    def test_of_events_written_together_those_that_did_not_get_whole_onto_the_disk_are_lost(self) -> None:
        stream = Full(room=0)
        journal = Journal(Path("journal.jsonl"), stream, FakeClock())
        journal.write(RunFinished(0, 0.0), RunFinished(1, 0.0))
        assert journal.lost == 2
        events = [RunFinished(number, 0.0) for number in range(2, 6)]
        stream.room = len('{"type":"RunFinished","version":5,"at_s":0.0,"problems":2,"seconds":0.0}\n') + 20
        journal.write(*events)
        assert journal.lost == 5
        stream.room = 1 << 20
        journal.write(RunFinished(6, 0.0), RunFinished(7, 0.0))
        records = list(records_of(stream.getvalue().splitlines()))
        assert [one["problems"] for one in records if one["type"] == "RunFinished"] == [2, 6, 7]
        assert [one["times"] for one in records if one["type"] == "RecordsLost"] == [5]

    def test_writing_after_the_end_is_counted_too(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path / "journal.jsonl", FakeClock()) as journal:
            pass
        journal.write(RunFinished(1, 0.0))
        assert journal.lost == 1

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full")
    def test_a_real_full_device_stops_neither_the_writing_nor_the_closing(self) -> None:
        with Journal.open(Path("/dev/full"), FakeClock()) as journal:
            journal.write(RunFinished(1, 0.0))
            journal.write(RunFinished(2, 0.0))
        assert journal.lost == 2


class TestKilled:
    """A kill costs at most the line that was being written."""

    def test_a_killed_process_leaves_every_event_it_wrote(self, tmp_path: Path) -> None:
        path = tmp_path / "journal.jsonl"
        code = (
            "import os, sys\nfrom pathlib import Path\n"
            "from aimo_pipeline.deadline import MonotonicClock\n"
            "from aimo_pipeline.observe.events import RunFinished\n"
            "from aimo_pipeline.observe.journal import Journal\n"
            "journal = Journal.open(Path(sys.argv[1]), MonotonicClock())\n"
            "for number in range(5): journal.write(RunFinished(number, 0.0))\n"
            'os.write(journal._stream.fileno(), b\'{"type": "RunFin\')\n'
            "os.kill(os.getpid(), 9)\n"
        )
        ended = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
        assert ended.returncode == -signal.SIGKILL
        assert [record["problems"] for record in read_journal(path)] == list(range(5))

    def test_a_journal_cut_at_any_byte_can_be_read(self, tmp_path: Path) -> None:
        path = tmp_path / "journal.jsonl"
        with Journal.open(path, FakeClock()) as journal:
            for text in ("first", "größer als ∞", "last — 最後"):
                journal.write(PredictFailed("p", text))
        whole = path.read_bytes()
        for end in range(len(whole) + 1):
            path.write_bytes(whole[:end])
            complete = [json.loads(line) for line in whole[:end].split(b"\n")[:-1]]
            assert list(read_journal(path))[: len(complete)] == complete

    def test_a_run_after_a_kill_loses_no_event_of_its_own(self, tmp_path: Path) -> None:
        path = tmp_path / "journal.jsonl"
        path.write_text('{"type":"RunStarted","problems":1}\n{"type":"Ru')
        with Journal.open(path, FakeClock()) as journal:
            journal.write(RunFinished(2, 0.0))
        assert [record["problems"] for record in read_journal(path)] == [1, 2]

    def test_lines_that_are_no_objects_are_left_out(self, tmp_path: Path) -> None:
        path = tmp_path / "journal.jsonl"
        path.write_text('[1]\n5\n\n{"type":"RunStarted"}\nnull\n')
        assert list(read_journal(path)) == [{"type": "RunStarted"}]


class TestRunJournal:
    """A run's journal is packed when it is closed; nothing of an earlier run in the folder is lost."""

    def test_a_closed_run_is_one_zstd_file_with_the_same_records(self, tmp_path: Path) -> None:
        path = tmp_path / "journal.jsonl"
        with run_journal(path, FakeClock(), ()) as journal:
            for number in range(1000):
                journal.write(RunFinished(number, 0.0))
            open_records = list(read_journal(path))
        assert [one.name for one in tmp_path.iterdir()] == ["journal.jsonl.zst"]
        assert journal.path == tmp_path / "journal.jsonl.zst"
        assert list(read_journal(path)) == list(read_journal(journal.path)) == open_records
        assert len(open_records) == 1000

    def test_an_error_in_the_run_closes_and_packs_too(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt), run_journal(tmp_path / "j.jsonl", FakeClock(), ()) as journal:
            journal.write(RunFinished(1, 0.0))
            raise KeyboardInterrupt
        assert [one["problems"] for one in read_journal(tmp_path / "j.jsonl")] == [1]

    def test_runs_in_one_folder_are_kept_apart(self, tmp_path: Path) -> None:
        for number in range(3):
            with run_journal(tmp_path / "journal.jsonl", FakeClock(), ()) as journal:
                journal.write(RunFinished(number, 0.0))
        names = ["journal.1.jsonl.zst", "journal.2.jsonl.zst", "journal.jsonl.zst"]
        assert sorted(one.name for one in tmp_path.iterdir()) == names
        assert [next(read_journal(tmp_path / name))["problems"] for name in names] == [0, 1, 2]

    def test_a_disk_without_room_for_the_packed_form_keeps_the_plain_one(self, tmp_path: Path) -> None:
        (tmp_path / "journal.jsonl.zst.part").mkdir()
        with run_journal(tmp_path / "journal.jsonl", FakeClock(), ()) as journal:
            journal.write(RunFinished(1, 0.0))
        assert journal.path == tmp_path / "journal.jsonl"
        assert [one["problems"] for one in read_journal(journal.path)] == [1]

    def test_a_packed_journal_cut_anywhere_gives_its_first_records(self, tmp_path: Path) -> None:
        noise = random.Random(9)
        with run_journal(tmp_path / "journal.jsonl", FakeClock(), ()) as journal:
            for _ in range(300):
                journal.write(PredictFailed("p", noise.randbytes(2_000).hex()))
        records, whole = list(read_journal(journal.path)), journal.path.read_bytes()
        counts = []
        for share in (0.0, 0.001, 0.3, 0.5, 0.7, 0.9, 0.999):
            journal.path.write_bytes(whole[: int(share * len(whole))])
            found = list(read_journal(journal.path))
            assert found == records[: len(found)]
            counts.append(len(found))
        assert counts[0] == 0
        assert counts[-1] > 0.5 * len(records)
        assert counts == sorted(counts)

    def test_a_packed_journal_with_a_flipped_byte_gives_what_comes_before_it(self, tmp_path: Path) -> None:
        noise = random.Random(10)
        with run_journal(tmp_path / "journal.jsonl", FakeClock(), ()) as journal:
            for _ in range(300):
                journal.write(PredictFailed("p", noise.randbytes(2_000).hex()))
        records, broken = list(read_journal(journal.path)), bytearray(journal.path.read_bytes())
        broken[len(broken) // 2] ^= 0x55
        journal.path.write_bytes(broken)
        found = list(read_journal(journal.path))
        same = sum(one == other for one, other in zip(found, records, strict=False))
        assert same >= 0.2 * len(records)
