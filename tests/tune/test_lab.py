"""The lab plays rules on recorded attempts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from aimo_pipeline.__main__ import app
from aimo_pipeline.answer.contract import Contract
from aimo_pipeline.domain import Candidate, ProvedForAll
from aimo_pipeline.errors import UserError
from aimo_pipeline.outcome import Attempted, NoAnswer
from aimo_pipeline.tune.attempts import Recorded, Tried, read_recorded
from aimo_pipeline.tune.lab import RULES, experiment
from aimo_pipeline.tune.outcomes import read_config


def tried(value: int | None, *, entropy: float | None = None, calls: int | None = None) -> Tried:
    if value is None:
        return Tried(NoAnswer("no_number", 1), calls)
    return Tried(Attempted(value, "boxed", 1, entropy, 100), calls)


def problem(*tries: Tried, expected: int = 7, candidates: tuple[Candidate, ...] = ()) -> Recorded:
    return Recorded("p", "p", expected, Contract(None), tries, candidates)


class TestRules:
    """Each rule on attempts where it differs from the majority."""

    def test_each_differs_where_it_should(self) -> None:
        split = [tried(5, entropy=0.9), tried(5, entropy=0.9), tried(7, entropy=0.1)]
        assert RULES["majority"](split, problem()) == 5
        assert RULES["entropy-weighted"](split, problem()) == 7
        ran = [tried(5, calls=0), tried(7, calls=3), tried(6, calls=0)]
        assert RULES["tool-call-weighted"](ran, problem()) == 7
        both = [tried(5, calls=0), tried(5, calls=0), tried(7, calls=0), tried(7, calls=2)]
        assert RULES["majority"](both, problem()) == 5
        assert RULES["independent recomputation"](both, problem()) == 7
        assert RULES["abstain below half"](both, problem()) is None
        proved = problem(candidates=(Candidate(7, ProvedForAll(), "trace>mine>lean"),))
        assert RULES["evidence ladder (ours)"](both[:2], proved) == 7

    @pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
    def test_attempts_without_an_answer_give_none(self, rule: object) -> None:
        assert rule([tried(None), tried(None)], problem()) is None  # type: ignore[operator]


class TestExperiment:
    """Scores are shares of draws, no rule exceeds pass@k, and failures are named."""

    def test_scores_and_failures(self) -> None:
        good = Recorded("good", "a", 7, Contract(None), (tried(7),) * 4, ())
        bad = Recorded("bad", "b", 7, Contract(None), (tried(5), tried(5), tried(5), tried(7)), ())
        report = experiment([good, bad], k=4, draws=20, seed=1)
        assert (report.k, report.problems, report.reach) == (4, 2, 1.0)
        [first, *_] = report.rules
        assert (first.rule, first.score) == ("majority", 0.5)
        assert [name for name, _ in first.fails] == ["bad"]
        assert all(one.score <= report.reach for one in report.rules)
        assert report.tokens == 400.0
        assert (first.answered, first.wrong) == (1.0, 0.5)
        silent = next(one for one in report.rules if one.rule.startswith("abstain"))
        assert silent.wrong == 0.5, "three of four attempts agree on the wrong one"

    def test_too_few_attempts_are_an_error(self) -> None:
        with pytest.raises(UserError, match="no problem has 9"):
            experiment([problem(tried(7))], k=9, draws=5, seed=1)

    def test_a_file_of_attempts_is_read(self, tmp_path: Path) -> None:
        rows = [
            {"problem_id": "x-1-a", "answer": n, "expected_answer": 1, "n_model_tokens": 9} for n in (1, 2)
        ]
        path = tmp_path / "attempts.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)))
        [found] = read_recorded(path)
        assert (found.id, found.expected, len(found.tries)) == ("x-1-a", 1, 2)
        path.write_text("{broken")
        with pytest.raises(UserError, match="not JSON"):
            read_recorded(path)

    def test_journals_are_read(self, compressed_run: Path) -> None:
        found = read_recorded(compressed_run)
        assert len(found) >= 40
        report = experiment([one for one in found if len(one.tries) >= 4], k=4, draws=20, seed=1)
        assert report.problems >= 15
        config = read_config(compressed_run)
        assert (config.runs, len(config.problems)) == (1, 50)


class TestCommand:
    """As a user types it."""

    def test_the_table_says_what_each_rule_costs_and_where_it_fails(self, tmp_path: Path) -> None:
        rows = [
            {"problem_id": f"x-{n // 4}-a", "answer": n % 3, "expected_answer": 1, "n_model_tokens": 900}
            for n in range(12)
        ]
        path = tmp_path / "attempts.jsonl"
        path.write_text("\n".join(map(json.dumps, rows)))
        shown = CliRunner().invoke(app, ["lab", str(path), "--k", "4", "--draws", "20"])
        assert shown.exit_code == 0, shown.output
        assert "3,600 tokens an answer" in shown.output
        assert all(rule.split()[0] in shown.output for rule in RULES)

    def test_the_help_says_what_each_rule_is(self) -> None:
        shown = CliRunner().invoke(app, ["lab", "--help"], terminal_width=110)
        assert all(rule in shown.output for rule in RULES)
