"""The report's numbers equal those that other code computes from the journal; a browser shows it whole."""

from __future__ import annotations

import html
import json
import re
import shutil
import statistics
import subprocess
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
import zstandard
from typer.testing import CliRunner

from aimo_pipeline.__main__ import app
from aimo_pipeline.cli.notebook import summary_of
from aimo_pipeline.observe import figures, words, work
from aimo_pipeline.observe.reading import RunRecords, read_run
from aimo_pipeline.observe.report import render_html, write_report
from aimo_pipeline.observe.report_markdown import markdown

RECORDED = Path(__file__).parents[1] / "fixtures/recorded/six_problems"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --virtual-time-budget=10000"
).split()


@pytest.fixture(scope="module")
def run(compressed_run: Path) -> RunRecords:
    return read_run(compressed_run)


@pytest.fixture(scope="module")
def lines(compressed_run: Path) -> list[dict[str, Any]]:
    """The journal, read without the package."""
    packed = (compressed_run / "journal.jsonl.zst").read_bytes()
    with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
        return [json.loads(line) for line in reader.read().splitlines()]


def cells_of(text: str, heading: str) -> list[list[str]]:
    """The rows of the table under a heading of the Markdown report."""
    part = text.split(f"## {heading}\n\n")[1].split("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines()[2:]]


def independent_causes(lines: list[dict[str, Any]]) -> dict[str, set[str]]:
    """Cause -> problems with it, without any code of the report's."""
    having: defaultdict[str, set[str]] = defaultdict(set)
    words = {"no_code": "no code", "syntax": "syntax", "timed_out": "time-out"}
    for one in lines:
        kind, id_ = one["type"], one.get("problem_id", "")
        if kind == "TraceFinished" and one["cause"] != "ok":
            having[words.get(one["cause"], "wrong trace")].add(id_)
        if kind == "MineFinished" and not one["family"]:
            having["wrong trace" if "contradicts" in one["reason"] else "nothing fits"].add(id_)
        if kind == "VerifyFinished" and "refuted" in one["verdicts"].values():
            having["Lean refuted"].add(id_)
        elif kind == "VerifyFinished" and {"unknown", "rejected"} & set(one["verdicts"].values()):
            having["Lean unknown"].add(id_)
        if kind == "VoteCounted":
            counts = sorted(map(int, one["votes"].values()))
            if len(counts) >= 2 and counts[-1] <= sum(counts[:-1]):
                having["votes split"].add(id_)
            if one["rejected"]:
                having["contract broken"].add(id_)
        if kind == "CompletionMissing" and one["cause"] in (
            *("engine_died", "bad_header", "refused", "empty", "context"),
        ):
            having["engine fault"].add(id_)
        if kind in ("StageFailed", "PredictFailed"):
            having["stage broken"].add(id_)
        if kind == "Cancelled" and one["where"] == "deadline":
            having["out of time"].add(id_)
    return dict(having)


class TestNumbers:
    """Every table of the report, against sums taken here from the journal's own lines."""

    def test_the_headline(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        given = {one["problem_id"]: one for one in lines if one["type"] == "AnswerGiven"}
        expected = {one["problem_id"]: one["value"] for one in lines if one["type"] == "AnswerExpected"}
        right = sum(given[id_]["value"] == value for id_, value in expected.items())
        tokens = sum(one["completion_tokens"] or 0 for one in lines if one["type"] == "CompletionFinished")
        verified = sum(one["evidence"] in ("CheckedTo", "ProvedForAll") for one in given.values())
        assert len(given) == 50
        assert 25 <= right < 50
        said = markdown(run.records)
        assert f"50 of 50 problems answered, {right} of 50 right; {verified} verified" in said
        faults = sum(one["type"] in ("StageFailed", "PredictFailed") for one in lines)
        last_s = max(one["at_s"] for one in lines)
        guessed = sum(one["evidence"] == "Guessed" for one in given.values())
        assert f" {guessed} guessed, {faults} faults, {tokens:,} tokens, {last_s:.0f} s." in said

    def test_each_problem(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        began = {one["problem_id"]: one["at_s"] for one in lines if one["type"] == "ProblemStarted"}
        expected = {one["problem_id"]: one["value"] for one in lines if one["type"] == "AnswerExpected"}
        tokens: Counter[str] = Counter()
        for one in lines:
            if one["type"] == "CompletionFinished":
                tokens[one["problem_id"]] += one["completion_tokens"] or 0
        given = [one for one in lines if one["type"] == "AnswerGiven"]
        wanted = [
            [
                *(one["problem_id"], str(one["value"]), str(expected[one["problem_id"]]), one["evidence"]),
                *(str(round(one["at_s"] - began[one["problem_id"]], 2)), str(tokens[one["problem_id"]])),
            ]
            for one in given
        ]
        rows = cells_of(markdown(run.records), "Problems")
        assert [[*row[:5], row[6]] for row in rows] == wanted

    def test_what_the_seconds_bought(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        expected = {one["problem_id"]: one["value"] for one in lines if one["type"] == "AnswerExpected"}
        counts: Counter[str] = Counter()
        right: Counter[str] = Counter()
        for one in lines:
            if one["type"] == "AnswerGiven":
                counts[one["evidence"]] += 1
                right[one["evidence"]] += one["value"] == expected[one["problem_id"]]
        rows = cells_of(markdown(run.records), "What the seconds bought")
        assert {row[0]: (int(row[1]), int(row[2])) for row in rows} == {
            rung: (count, right[rung]) for rung, count in counts.items()
        }

    def test_the_seconds_and_tokens_of_each_rung(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        began = {one["problem_id"]: one["at_s"] for one in lines if one["type"] == "ProblemStarted"}
        seconds: defaultdict[str, float] = defaultdict(float)
        tokens: Counter[str] = Counter()
        rung_of = {one["problem_id"]: one["evidence"] for one in lines if one["type"] == "AnswerGiven"}
        for one in lines:
            if one["type"] == "AnswerGiven":
                seconds[one["evidence"]] += one["at_s"] - began[one["problem_id"]]
            if one["type"] == "CompletionFinished":
                tokens[rung_of[one["problem_id"]]] += one["completion_tokens"] or 0
        found = figures.what_seconds_bought(figures.problem_rows(run.records))
        assert {one.evidence: one.tokens for one in found} == {rung: tokens[rung] for rung in seconds}
        for one in found:
            assert one.seconds == pytest.approx(seconds[one.evidence])

    def test_answers_that_took_equally_long_are_one_point(self) -> None:
        took = {"a": 2.0, "b": 1.0, "c": 2.0}
        records = [
            record
            for id_, seconds in took.items()
            for record in (
                {"type": "ProblemStarted", "at_s": 0.0, "problem_id": id_, "grant_s": 9.0},
                {"type": "AnswerGiven", "at_s": seconds, "problem_id": id_, "value": 7, "evidence": "Voted"},
            )
        ]
        points = figures.answered_by_second(figures.problem_rows(records))
        assert points == [(1.0, 1), (2.0, 3)]

    def test_answers_by_the_second(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        began = {one["problem_id"]: one["at_s"] for one in lines if one["type"] == "ProblemStarted"}
        took = [
            one["at_s"] - began[one["problem_id"]]
            for one in lines
            if one["type"] == "AnswerGiven" and one["evidence"] != "Guessed"
        ]
        points = figures.answered_by_second(figures.problem_rows(run.records))
        assert [at_s for at_s, _ in points] == sorted(set(took))
        for at_s, count in points:
            assert sum(one <= at_s for one in took) == count

    def test_the_budget(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        spent = {one["problem_id"]: one["spent_s"] for one in lines if one["type"] == "AccountClosed"}
        grants = [one for one in lines if one["type"] == "GrantGiven"]
        assert [
            (one.problem_id, one.at_s, one.left_s, one.grant_s, one.spent_s, one.price)
            for one in work.budget_points(run.records)
        ] == [
            (id_, one["at_s"], one["left_s"], one["grant_s"], spent[id_], one["price"])
            for one in grants
            for id_ in [one["problem_id"]]
        ]
        assert len(grants) == 50

    def test_who_worked_when(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        lane_of = {
            **dict.fromkeys(("CompletionFinished", "CompletionMissing"), "model"),
            **{"ProgramRan": "programs", "MineFinished": "mining", "VerifyFinished": "Lean"},
        }
        wanted = Counter(
            (one["problem_id"], lane_of[one["type"]], one["at_s"]) for one in lines if one["type"] in lane_of
        )
        found = work.spans(run.records)
        assert Counter((one.problem_id, one.lane, one.ended_s) for one in found) == wanted
        took: Counter[str] = Counter()
        for line in lines:
            if line["type"] in lane_of:
                took[lane_of[line["type"]]] += min(line["seconds"], line["at_s"])
        for lane in work.LANES:
            of = sum(one.ended_s - one.began_s for one in found if one.lane == lane)
            assert of == pytest.approx(took[lane], abs=1e-6)

    def test_the_stages(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        of: defaultdict[str, list[float]] = defaultdict(list)
        for one in lines:
            if one["type"] == "StageEnded" and one["stage"] != "pipeline":
                of[one["stage"]].append(one["seconds"])
        found = {one.stage: one for one in work.latencies(run.records)}
        assert set(found) == set(of)
        for stage, seconds in of.items():
            ordered = sorted(seconds)
            at_least = [v for v in ordered if sum(w <= v for w in ordered) >= 0.95 * len(ordered)]
            assert found[stage].runs == len(seconds)
            assert found[stage].median_s == statistics.median(seconds)
            assert found[stage].p95_s == at_least[0]
            assert found[stage].total_s == pytest.approx(sum(seconds))
        assert 0.5 < sum(one.critical_share for one in found.values()) <= 1.0

    def test_the_critical_path_by_another_way(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        """Cut the time of each problem at every event, and ask for each piece who was youngest."""
        total: Counter[str] = Counter()
        for id_ in {one["problem_id"] for one in lines if one["type"] == "ProblemStarted"}:
            events = [
                one
                for one in lines
                if one.get("problem_id") == id_
                and one["type"] in ("StageStarted", "StageEnded")
                and one["stage"] != "pipeline"
            ]
            for place in range(len(events) - 1):
                open_now: list[str] = []
                for one in events[: place + 1]:
                    if one["type"] == "StageStarted":
                        open_now.append(one["stage"])
                    else:
                        open_now.reverse()
                        open_now.remove(one["stage"])
                        open_now.reverse()
                if open_now:
                    total[open_now[-1]] += events[place + 1]["at_s"] - events[place]["at_s"]
        found = work.critical_seconds(run.records)
        assert set(total) <= set(found)
        for stage, seconds in total.items():
            assert found[stage] == pytest.approx(seconds, abs=1e-6)

    def test_what_went_wrong(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        having = independent_causes(lines)
        assert {"no code", "syntax", "time-out", "nothing fits", "engine fault", "Lean refuted"} <= set(
            having
        )
        rung_of = {one["problem_id"]: one["evidence"] for one in lines if one["type"] == "AnswerGiven"}
        rows = cells_of(markdown(run.records), "What went wrong")
        assert {row[0]: (int(row[1]), int(row[2])) for row in rows} == {
            cause: (len(ids), sum(rung_of[id_] not in ("CheckedTo", "ProvedForAll") for id_ in ids))
            for cause, ids in having.items()
        }

    def test_tokens(self, run: RunRecords, lines: list[dict[str, Any]]) -> None:
        ends = [one for one in lines if one["type"] == "CompletionFinished"]
        for one in work.tokens_by_purpose(run.records):
            of = [end for end in ends if end["stage"] == one.stage]
            assert one.completions == len(of)
            assert one.completion_tokens == sum(end["completion_tokens"] for end in of)
            assert one.prompt_tokens == sum(end["prompt_tokens"] for end in of)
            assert one.cached_tokens == sum(end["cached_tokens"] for end in of)
            assert one.ttft_s == statistics.median(end["ttft_s"] for end in of)
            assert one.tpot_s == statistics.median(end["tpot_s"] for end in of)

    def test_the_page_tells_the_same(self, run: RunRecords) -> None:
        page = html.unescape(re.sub(r"<script.*?</script>", "", render_html(run.records), flags=re.DOTALL))
        for row in figures.problem_rows(run.records):
            assert f"<td>{row.id}</td><td>{row.value}</td><td>{row.expected}</td>" in page
        assert not re.findall(r"""(?:src|href)=["']https?:""", page), "it must open offline"


def is_json(line: bytes) -> bool:
    """Whether a line is whole."""
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


class TestCut:
    """A journal that a kill cut anywhere still gives a report."""

    @pytest.mark.parametrize("share", [0.0005, 0.1, 0.5, 0.99])
    def test_cut_lines(self, compressed_run: Path, tmp_path: Path, share: float) -> None:
        packed = (compressed_run / "journal.jsonl.zst").read_bytes()
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            whole = reader.read()
        path = tmp_path / "journal.jsonl"
        path.write_bytes(whole[: int(share * len(whole))] + b'{"type": "Answ')
        cut = read_run(path) if share > 0.001 else RunRecords(path, (), False)
        page, text = write_report(cut, tmp_path / "report")
        assert "The journal ends before the run did." in text.read_text()
        assert page.stat().st_size > 1_000_000

    def test_cut_at_any_byte_the_numbers_are_those_of_the_whole_lines(self, tmp_path: Path) -> None:
        """On a small recorded run, at some sixty places; the headline is counted here once more."""
        packed = (RECORDED / "journal.jsonl.zst").read_bytes()
        with zstandard.ZstdDecompressor().stream_reader(packed) as reader:
            whole = reader.read()
        path = tmp_path / "journal.jsonl"
        for end in range(0, len(whole), -(-len(whole) // 60)):
            path.write_bytes(whole[:end])
            *ended, rest = whole[:end].split(b"\n")
            lines = [json.loads(line) for line in ended + [rest] * rest.endswith(b"}") if is_json(line)]
            begun = {one["problem_id"] for one in lines if one["type"] == "ProblemStarted"}
            answered = sum(one["type"] == "AnswerGiven" for one in lines)
            said = markdown(read_run(path).records)
            assert f"{answered} of {len(begun)} problems answered" in said
            assert len(cells_of(said, "Problems")) == len(begun) or not begun

    @pytest.mark.parametrize("text", ["", '{"type": "RunSta'])
    def test_an_empty_journal_gives_a_report_that_says_so(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "journal.jsonl").write_text(text)
        shown = CliRunner().invoke(app, ["report", str(tmp_path)])
        assert shown.exit_code == 0, shown.output
        assert "0 of 0 problems answered" in shown.output
        assert "The journal ends before the run did." in (tmp_path / "report.md").read_text()
        assert "Nothing in the journal." in (tmp_path / "report.html").read_text()

    def test_events_and_fields_of_a_later_version_change_nothing(self) -> None:
        records = read_run(RECORDED).records
        later = [
            record
            for one in records
            for record in (
                one | {"a_new_field": {"x": 1}},
                {"type": "NewKind", "version": 5, "at_s": one["at_s"], "problem_id": one.get("problem_id")},
                {"type": "AnotherKind", "version": 5, "at_s": one["at_s"]},
            )
        ]
        assert markdown(later) == markdown(records)


class TestNotebooksLog:
    """A notebook's log ends with the report's tables, but for that of the problems, which it has already."""

    def test_it_is_the_report_without_the_problems(self) -> None:
        said = summary_of(RECORDED / "journal.jsonl.zst")
        assert "6 of 6 problems answered" in said
        assert all(f"## {part}" in said for part in ("What the seconds bought", "Stages", "Tokens"))
        assert "## Problems" not in said

    def test_a_journal_that_cannot_be_read_costs_the_summary_alone(self, tmp_path: Path) -> None:
        assert summary_of(tmp_path / "none.jsonl").startswith("no summary of the journal: report: UserError")


class TestCauses:
    """Each kind of failure has its own word."""

    @pytest.mark.parametrize(
        ("told", "cause"),
        [
            ({"type": "TraceFinished", "cause": "no_code"}, "no code"),
            ({"type": "TraceFinished", "cause": "syntax"}, "syntax"),
            ({"type": "TraceFinished", "cause": "timed_out"}, "time-out"),
            ({"type": "TraceFinished", "cause": "crashed"}, "wrong trace"),
            ({"type": "MineFinished", "family": None, "reason": "a(9) contradicts it"}, "wrong trace"),
            ({"type": "MineFinished", "family": None, "reason": "too few terms"}, "nothing fits"),
            ({"type": "VerifyFinished", "verdicts": {"a": "proved", "b": "refuted"}}, "Lean refuted"),
            ({"type": "VerifyFinished", "verdicts": {"a": "proved", "b": "unknown"}}, "Lean unknown"),
            ({"type": "VoteCounted", "votes": {"0x1": "1", "0x2": "1"}, "rejected": []}, "votes split"),
            ({"type": "VoteCounted", "votes": {"0x1": "3"}, "rejected": ["negative"]}, "contract broken"),
            ({"type": "CompletionMissing", "cause": "engine_died"}, "engine fault"),
            ({"type": "StageFailed"}, "stage broken"),
            ({"type": "Cancelled", "where": "deadline"}, "out of time"),
        ],
    )
    def test_each(self, told: dict[str, Any], cause: str) -> None:
        assert figures.causes_of([told]) == (cause,)
        assert independent_causes([told | {"problem_id": "p"}]) == {cause: {"p"}}

    def test_every_word_of_a_report_is_explained(self) -> None:
        assert set(words.CAUSES) == set(figures.CAUSES)
        assert set(words.RUNGS) == {*figures.RUNGS, "none"}
        assert set(words.MARKS) == set(figures.RUNGS)

    def test_tokens_that_came_for_nothing_are_counted_apart(self) -> None:
        dropped = {"type": "CompletionDropped", "problem_id": "p", "stage": "tir", "tokens": 40}
        [purpose] = work.tokens_by_purpose([dropped, dropped])
        assert (purpose.completions, purpose.completion_tokens, purpose.dropped_tokens) == (0, 0, 80)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian's package chromium)")
class TestInABrowser:
    """A real headless Chromium shows it filled and without a horizontal scroll bar, wide and narrow."""

    def test_nothing_is_empty_and_nothing_overflows(self, run: RunRecords, tmp_path: Path) -> None:
        # Headless windows are never narrower than 500 px, a frame may be.
        widths = (1280, 390)
        report = html.escape(render_html(run.records), quote=True)
        frames = "".join(
            f'<iframe style="border:0;display:block" width="{width}" height=5000 srcdoc="{report}"></iframe>'
            for width in widths
        )
        measure = (
            "document.title=JSON.stringify([...document.querySelectorAll('iframe')].map(f=>{"
            "const d=f.contentDocument, e=d.documentElement;"
            "const plots=[...d.querySelectorAll('.js-plotly-plot')];"
            "const drawn=plots.filter(p=>p.querySelectorAll('.trace,.point').length>0).length;"
            "return {scroll:e.scrollWidth,client:e.clientWidth,height:e.scrollHeight,"
            "plots:plots.length,drawn:drawn,wide:plots.filter(p=>p.getBoundingClientRect().right>"
            "e.clientWidth+1).length}}))"
        )
        page = tmp_path / "frames.html"
        repeat = f"<script>setInterval(()=>{{{measure}}},1000)</script>"
        page.write_text(f'<title>x</title><body style="margin:0">{frames}{repeat}')
        shot = tmp_path / "shot.png"
        window = [f"--window-size={max(widths)},10000", f"--user-data-dir={tmp_path / 'profile'}"]
        command = [str(CHROMIUM), *CHROMIUM_FLAGS, *window]
        done = subprocess.run(
            [*command, f"--screenshot={shot}", "--dump-dom", page.as_uri()],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        title = re.search(r"<title>(\[.*?\])</title>", html.unescape(done.stdout))
        assert title, done.stderr[-2000:]
        for width, seen in zip(widths, json.loads(title.group(1)), strict=True):
            assert seen["scroll"] <= seen["client"] == width
            assert seen["plots"] >= 6
            assert (seen["drawn"], seen["wide"]) == (seen["plots"], 0)
            assert seen["height"] > 2000
