"""Every attack in every mode, as a table; tests/trace/test_threats.py asserts the same."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.trace.threats import modes
from tests.trace.threats.catalogue import CATALOGUE
from tests.trace.threats.trial import NAMES, NOTHING, Trial, tried

_LIMIT_S = 300.0


def _cell(trial: Trial, name: str) -> str:
    verdict = trial.verdicts.get(name)
    if verdict is None:
        return "[red]no verdict[/]"
    late = "" if verdict["late_ms"] is None else f" +{verdict['late_ms']:.0f}"
    broken = "; ".join(verdict["broken"])
    sign = f"[red]NOT: {broken}[/]" if broken else "contained"
    return f"{sign} ({verdict['kind']} {verdict['ran_ms']:.0f}{late} ms)"


def _unprotected(trial: Trial, name: str) -> str:
    verdict = trial.verdicts.get(name)
    return "" if verdict is None else "; ".join(verdict["broken"])


def _table(trials: dict[str, Trial]) -> Table:
    shown = [mode for mode in trials if mode != NOTHING]
    table = Table(
        "attack", *shown, "broken where nothing protects", title="threats (ms: total, after the limit)"
    )
    for group, attacks in CATALOGUE.items():
        table.add_section()
        table.add_row(f"[bold]{group}[/]")
        for attack in attacks:
            for name in (attack.name, f"{attack.name} (cell)")[: 1 + attack.cell]:
                table.add_row(
                    name, *(_cell(trials[mode], name) for mode in shown), _unprotected(trials[NOTHING], name)
                )
    return table


def _summary(mode: str, trial: Trial) -> str:
    bad = sum(bool(verdict["broken"]) for verdict in trial.verdicts.values())
    late = sorted(v["late_ms"] for v in trial.verdicts.values() if v["late_ms"] is not None)
    after = f"limit to gone: median {late[len(late) // 2]:.0f} ms, worst {late[-1]:.0f} ms; " if late else ""
    died = f"the judge died in {trial.died_in!r}: {trial.said}; " if trial.died_in else ""
    return f"{mode}: {len(trial.verdicts) - bad} contained, {bad} not; {after}{died}{trial.protections}"


def bench(console: Console) -> dict[str, Any]:
    """Run, print, return the verdicts; one mode after another, so that the times mean something."""
    grounds = [*modes.here(), NOTHING]
    trials = {ground: tried({ground: NAMES}, limit_s=_LIMIT_S)[ground] for ground in grounds}
    console.print(_table(trials))
    for mode in grounds[:-1]:
        console.print(_summary(mode, trials[mode]))
    return {mode: asdict(trial) for mode, trial in trials.items()}
