"""The attempts of one problem: a first round, last words, and a further round while nothing agrees."""

from __future__ import annotations

from aimo_pipeline.answer.extract import boxed_answer, marked_answer
from aimo_pipeline.answer.harvest import harvest, last_word_messages
from aimo_pipeline.budget.signals import Agreement
from aimo_pipeline.config import TirConfig
from aimo_pipeline.observe.events import RoundStarted
from aimo_pipeline.outcome import Attempted, AttemptOutcome
from aimo_pipeline.solving import records
from aimo_pipeline.solving.case import Case
from aimo_pipeline.solving.workshop import Workshop
from aimo_pipeline.tir.attempts import Round
from aimo_pipeline.tir.rounds import opening
from aimo_pipeline.tir.talk import Table, Talk


class Reasoning:
    """Tool-integrated reasoning about one problem."""

    def __init__(self, shop: Workshop, case: Case) -> None:
        self._shop, self._case = shop, case

    async def rounds(self) -> None:
        """Rounds of attempts, until answers agree, time is up, or none is left."""
        self._shop.choose_effort(self._case, "tir")
        config = self._shop.under(self._case).tir
        samples = range(config.attempts)
        for number in range(config.rounds):
            if number and not self._worth_another(config):
                return
            await self._round(number, samples, config)
            samples = range(samples.stop, samples.stop + config.later_attempts)

    def _worth_another(self, config: TirConfig) -> bool:
        case = self._case
        unsure = case.signals().agreement is not Agreement.SOME
        return bool(case.attempts) and unsure and self._left_s() >= config.round_s and not case.stop.is_set()

    def _left_s(self) -> float:
        return self._case.deadline.remaining_s()

    async def _round(self, number: int, samples: range, config: TirConfig) -> None:
        case, shop = self._case, self._shop
        shown = sorted(set(case.values())) if number else []
        deadline = shop.for_programs(case.deadline.earlier(shop.harvest_s(case.deadline)))
        attempts = Round(
            case.problem,
            opening(case.problem, shown),
            samples,
            self._table(config),
            deadline,
            case.stop,
            self._report,
            earlier=case.votes(),
        )
        shop.journal.write(RoundStarted(case.problem.id, number, len(samples), tuple(map(hex, shown))))
        with shop.stage(case.problem, "tir"):
            await attempts.reason()
            case.settled = attempts.settled

    def _report(self, sample: int, outcome: AttemptOutcome) -> None:
        self._case.attempts[sample] = outcome
        self._shop.journal.write(records.attempt_finished(self._case.problem.id, sample, outcome))
        self._case.changed.set()

    def _table(self, config: TirConfig) -> Table:
        contract = self._case.contract
        return Table(
            completer=self._shop.completer,
            sandbox=self._shop.sandbox,
            config=config,
            read=lambda text: boxed_answer(text, contract),
            marked=lambda text: marked_answer(text, contract),
            admit=self._case.admit,
            last_word=self._last_word,
        )

    async def _last_word(self, talk: Talk, *, cramped: bool) -> Attempted | None:
        case, config = self._case, self._shop.under(self._case).tir
        whole, shorter = (
            last_word_messages(talk.messages, talk.unfinished, most_chars=most)
            for most in (None, config.harvest_chars)
        )
        with self._shop.stage(case.problem, "harvest"):
            return await harvest(
                case.problem,
                sample=talk.sample,
                turn=talk.turns,
                messages=shorter if cramped else whole,
                shorter=shorter,
                completer=self._shop.completer,
                deadline=self._shop.for_programs(case.deadline.capped(config.harvest_s)),
                config=config,
                contract=case.contract,
            )
        return None
