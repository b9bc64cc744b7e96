"""The run under stress."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StressConfig:
    """The run under stress.

    Attributes:
        scale: by how much a run is compressed: of five hours for fifty problems, each gets so much less.
        least_scale: on a machine that is busy with other things a run is compressed less, but this much.
        usual_share: of the processors, by trying; with that much or more a run gets the full scale.
        probe_s: how long that is tried.
        per_problem_s: wall clock for each problem at scale 1, five hours by fifty.
        cold_s: further wall clock for the cold start, which cannot be compressed.
        short: a run of at most so many problems is the short form, with less time for each and the start.
        short_per_problem_s, short_cold_s: of the short form.
        check_s: longest check by Lean at scale 1. It ends only what hangs unnoticed: the embedded Lean takes
            20 s for a small document where two cores are shared, and is lost on the way; a busy machine needs
            more, and gets it by a smaller scale.
        live: the model's server is the one that the environment names (AIMO_MODEL), in earnest; nothing is
            compressed, nothing is known of what it says, and only it is hit.
        live_cold_s, live_per_problem_s, live_tokens: for its start, for each problem, and most in one turn; a
            small model on two cores takes a minute to start and writes ten tokens a second for several.
        grace_s: how long after its wall clock the run is still waited for.
        close_s: longest wait for a run to end that was told to.
        look_s: between a fault's event and the looks for something to hit.
    """

    scale: float = 18.0
    least_scale: float = 4.0
    usual_share: float = 0.75
    probe_s: float = 1.0
    per_problem_s: float = 360.0
    cold_s: float = 60.0
    short: int = 10
    short_per_problem_s: float = 234.0
    short_cold_s: float = 40.0
    check_s: float = 1_800.0
    live: bool = False
    live_cold_s: float = 300.0
    live_per_problem_s: float = 150.0
    live_tokens: int = 48
    grace_s: float = 60.0
    close_s: float = 30.0
    look_s: float = 0.1
