"""The error model: what a stage's boundary turns into what."""

from __future__ import annotations

import asyncio

import pytest

from aimo_pipeline.errors import AimoError, EngineUnavailable, StageError, UserError, boundary


class TestBoundary:
    """Any exception leaves as a StageError that names the stage; what ends the work passes through."""

    def test_a_block_that_ends_well_is_left_alone(self) -> None:
        with boundary("mine"):
            value = 5
        assert value == 5

    @pytest.mark.parametrize(
        "error",
        [ZeroDivisionError("by zero"), UserError("no file"), EngineUnavailable("no Lean"), MemoryError()],
    )
    def test_an_exception_leaves_as_a_stage_error_with_its_cause(self, error: Exception) -> None:
        with pytest.raises(StageError) as caught, boundary("mine"):
            raise error
        assert (caught.value.stage, caught.value.cause) == ("mine", type(error).__name__)
        assert str(caught.value) == f"mine: {type(error).__name__}: {error}"
        assert caught.value.__cause__ is error

    def test_an_inner_stage_keeps_its_name(self) -> None:
        inner = StageError("verify", "OSError", "no space")
        with pytest.raises(StageError) as caught, boundary("pipeline"):
            raise inner
        assert caught.value is inner

    @pytest.mark.parametrize("kind", [asyncio.CancelledError, KeyboardInterrupt, SystemExit])
    def test_what_ends_the_work_passes_through(self, kind: type[BaseException]) -> None:
        with pytest.raises(kind), boundary("mine"):
            raise kind

    def test_a_huge_message_is_cut(self) -> None:
        with pytest.raises(StageError) as caught, boundary("mine"):
            raise ValueError("x" * 10_000)
        assert len(str(caught.value)) < 600

    def test_the_time_out_around_it_passes_through(self) -> None:
        async def stage() -> None:
            async with asyncio.timeout(0.01):
                with boundary("mine"):
                    await asyncio.sleep(60)

        with pytest.raises(TimeoutError):
            asyncio.run(stage())

    def test_a_time_out_inside_it_is_the_stages_own_trouble(self) -> None:
        async def stage() -> None:
            with boundary("mine"):
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(60)

        with pytest.raises(StageError) as caught:
            asyncio.run(stage())
        assert caught.value.cause == "TimeoutError"


class TestKinds:
    """Whoever catches AimoError catches all that is raised on purpose, and nothing else."""

    def test_every_deliberate_exception_is_an_aimo_error(self) -> None:
        assert all(issubclass(kind, AimoError) for kind in (UserError, StageError, EngineUnavailable))

    def test_a_user_error_is_no_stage_error(self) -> None:
        assert not issubclass(UserError, StageError)
