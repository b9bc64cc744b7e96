"""Metrics are served on loopback, joined with the model server's own; the Grafana board names what exists."""

from __future__ import annotations

import json
import re
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import resources
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from aimo_pipeline.config import ObserveConfig
from aimo_pipeline.deadline import FakeClock
from aimo_pipeline.errors import UserError
from aimo_pipeline.llm import gauges
from aimo_pipeline.observe.events import (
    CompletionFinished,
    HealthSampled,
    ProblemStarted,
    RunStarted,
    ServerReady,
)
from aimo_pipeline.observe.journal import Journal
from aimo_pipeline.observe.metrics import RunCollector, check_address, metrics_server
from aimo_pipeline.observe.reading import read_run

# What a real vLLM 0.32.0 for the CPU told while it served SmolLM2-135M-Instruct, four requests under way.
VLLM = (Path(__file__).parents[1] / "fixtures/recorded/vllm-0.32.0-cpu-metrics.txt").read_text()


@pytest.fixture
def engine() -> Iterator[str]:
    """A server that tells vLLM's metrics."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(VLLM.encode())

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/metrics"
    server.shutdown()
    server.server_close()
    thread.join()


def samples(text: str) -> dict[str, float]:
    """Name with its labels -> value."""
    return {
        sample.name + json.dumps(sample.labels, sort_keys=True): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def told(journal: Journal) -> None:
    """A few events."""
    journal.write(RunStarted("1", "local", 50, 18_000.0, {}))
    journal.write(ProblemStarted("p1", "", "", 0, 30.0))
    journal.write(HealthSampled(1, 8 << 30, 3, 1, 2, 1, 0, 5, 2))
    said = ("p1", "tir", 0, 0, "0" * 64, "m", "text", "", "stop")
    journal.write(CompletionFinished(*said, 10, 0, 500, 0.5, 0.01, None, None, 5.5))


def asked(port: int) -> dict[str, float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as reply:
        return samples(reply.read().decode())


class TestMetrics:
    """The run's figures under conventional names, and the model server's beside them."""

    def test_off_by_default(self, tmp_path: Path) -> None:
        with Journal.open(tmp_path / "j", FakeClock()) as journal:
            before = threading.active_count()
            with metrics_server(journal, ObserveConfig()) as port:
                assert port is None
                assert threading.active_count() == before

    def test_a_scrape_tells_the_run_and_the_engine(self, tmp_path: Path, engine: str) -> None:
        config = ObserveConfig(metrics_port=0, engine_metrics=engine)
        with (
            Journal.open(tmp_path / "j", FakeClock()) as journal,
            metrics_server(journal, config) as port,
        ):
            told(journal)
            assert port is not None
            found = asked(port)
        assert found['aimo_problems{"phase": "generating"}'] == 1
        assert found['aimo_problems{"phase": "pending"}'] == 49
        assert found["aimo_tokens_generated_total{}"] == 500
        assert found["aimo_memory_available_bytes{}"] == 8 << 30
        assert found["aimo_lean_restarts_total{}"] == 0
        assert (found["aimo_lean_checks_total{}"], found["aimo_lean_cache_hits_total{}"]) == (5, 2)
        assert found['aimo_problem_grant_seconds{"problem": "p1"}'] == 30.0
        assert found['aimo_problem_elapsed_seconds{"problem": "p1"}'] == 0.0
        assert found["aimo_engine_up{}"] == 1
        share = found['vllm:kv_cache_usage_perc{"engine": "0", "model_name": "SmolLM2-135M-Instruct"}']
        assert share == pytest.approx(0.005525, abs=1e-6)
        assert not any(name.startswith("python_info") for name in found)

    def test_a_server_that_the_run_started_is_found_and_found_again_in_its_next_life(
        self, tmp_path: Path, engine: str
    ) -> None:
        port_of_engine = int(engine.split(":")[2].split("/")[0])
        with (
            Journal.open(tmp_path / "j", FakeClock()) as journal,
            metrics_server(journal, ObserveConfig(metrics_port=0)) as port,
        ):
            assert port is not None
            assert "aimo_engine_up{}" not in asked(port)
            journal.write(ServerReady(1, 9.0, 9))  # nobody listens there
            assert asked(port)["aimo_engine_up{}"] == 0
            journal.write(ServerReady(2, 9.0, port_of_engine))
            assert asked(port)["aimo_engine_up{}"] == 1

    def test_an_engine_that_is_gone_costs_nothing_but_its_metrics(self, tmp_path: Path) -> None:
        config = ObserveConfig(metrics_port=0, engine_metrics="http://127.0.0.1:9/metrics")
        with (
            Journal.open(tmp_path / "j", FakeClock()) as journal,
            metrics_server(journal, config) as port,
        ):
            told(journal)
            assert port is not None
            found = asked(port)
        assert found["aimo_engine_up{}"] == 0
        assert found["aimo_completions_total{}"] == 1

    @pytest.mark.parametrize(
        "address", ["http://example.org/metrics", "file:///etc/passwd", "ftp://127.0.0.1"]
    )
    def test_nothing_but_this_machine_is_asked(self, address: str) -> None:
        with pytest.raises(UserError, match="on this machine"):
            check_address(address)

    def test_a_taken_port_is_an_error_that_names_it(self, tmp_path: Path, engine: str) -> None:
        port = int(engine.split(":")[2].split("/")[0])
        with (
            Journal.open(tmp_path / "j", FakeClock()) as journal,
            pytest.raises(UserError, match=f"port {port}"),
            metrics_server(journal, ObserveConfig(metrics_port=port)),
        ):
            pass

    def test_only_loopback_listens(self, tmp_path: Path) -> None:
        with (
            Journal.open(tmp_path / "j", FakeClock()) as journal,
            metrics_server(journal, ObserveConfig(metrics_port=0)) as port,
        ):
            listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
            ours = [line.split()[1] for line in listening if line.split()[1].endswith(f":{port:04X}")]
            assert ours
            assert all(address.startswith("0100007F") for address in ours)


class TestRecordedEngine:
    """What we read of vLLM is there in what a real one tells."""

    def test_every_figure_that_we_sample_is_told(self) -> None:
        names = {sample.name for family in text_string_to_metric_families(VLLM) for sample in family.samples}
        assert set(gauges._NAMES) <= names

    def test_the_figures_are_read(self) -> None:
        found = gauges.read_gauges(VLLM)
        assert (found.running, found.waiting, found.generated, found.prefix_asked) == (1.0, 0.0, 73.0, 122.0)
        assert 0.0 < found.kv_share < 0.01


class TestGrafana:
    """The board loads, and each metric that its queries name exists."""

    def test_every_query_names_metrics_that_exist(self, compressed_run: Path) -> None:
        board = json.loads(resources.files("aimo_pipeline.observe").joinpath("grafana.json").read_text())
        collector = RunCollector(None)
        for record in read_run(compressed_run).records:
            collector.tell(record)
        told = {"available_bytes": 1, "lean_workers": 1, "lean_busy": 1, "programs_running": 1}
        told |= {"programs_waiting": 1, "kv_share": 0.5, "waiting": 1, "running": 1}
        told |= {"lean_restarts": 1, "lean_checks": 1, "lean_cache_hits": 1}
        collector.tell({"type": "ProblemStarted", "at_s": 1.0, "problem_id": "x", "grant_s": 9.0})
        collector.tell({"type": "HealthSampled", "at_s": 1.0, **told})
        known = {sample.name for family in collector.collect() for sample in family.samples}
        known |= {sample.name for family in text_string_to_metric_families(VLLM) for sample in family.samples}
        queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        assert len(queries) >= 15
        for query in queries:
            named = set(re.findall(r"(?:aimo_|vllm:)\w+", query))
            assert named and named <= known, query

    def test_panels_have_places_of_their_own(self) -> None:
        board = json.loads(resources.files("aimo_pipeline.observe").joinpath("grafana.json").read_text())
        assert {"title", "uid", "schemaVersion", "panels", "templating"} <= board.keys()
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            at = panel["gridPos"]
            cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
            assert not cells & taken
            assert at["x"] + at["w"] <= 24
            taken |= cells
