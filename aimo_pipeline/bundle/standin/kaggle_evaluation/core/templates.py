"""What a competition's gateway and inference server are derived from."""

from __future__ import annotations

import abc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

import kaggle_evaluation.core.relay as relay


class Gateway(abc.ABC):
    """Hands out one row at a time and writes the submission after the last."""

    def __init__(self, data_paths: tuple[str, ...] | None) -> None:
        self.data_paths = data_paths

    @abc.abstractmethod
    def batches(self) -> Iterator[pl.DataFrame]:
        """One-row frames."""

    def run(self) -> None:
        """Ask for every prediction, then look at them all."""
        client = relay.Client()
        predictions = []
        for row in self.batches():
            prediction = client.send("predict", *row.iter_columns())
            if prediction is None:
                raise RuntimeError(f"predict returned None for {row['id'][0]}")
            predictions.append((row["id"][0], prediction))
        frames = [checked(*one) for one in predictions]
        pl.concat(frames, how="vertical_relaxed").write_parquet("submission.parquet")


def checked(id_: str, prediction: object) -> pl.DataFrame:
    """What was predicted, if it can be written; only the first column's name and the number of rows count."""
    if not isinstance(prediction, pl.DataFrame):
        raise RuntimeError(f"the prediction for {id_} is of type {type(prediction).__name__}, no DataFrame")
    if prediction.height != 1:
        raise RuntimeError(f"the prediction for {id_} has {prediction.height} rows")
    return prediction


class InferenceServer(abc.ABC):
    """Serves the functions it is given under their names."""

    def __init__(self, *listeners: Callable[..., object]) -> None:
        self._server = relay.make_server({listener.__name__: listener for listener in listeners})

    @abc.abstractmethod
    def _get_gateway_for_test(self, data_paths: tuple[str, ...] | None) -> Gateway:
        """The competition's gateway."""

    def serve(self) -> None:
        """Listen; in the rerun until the process is ended, which the competition does."""
        self._server.start()
        if os.environ.get("KAGGLE_IS_COMPETITION_RERUN"):
            self._server.wait_for_termination()

    def run_local_gateway(self, data_paths: tuple[str, ...] | None = None) -> None:
        """Server and gateway in this process."""
        self._server.start()
        try:
            self._get_gateway_for_test(data_paths).run()
        finally:
            self._server.stop(0)


def test_set() -> Path:
    """Where the competition's test set lies: beside the package."""
    return Path(__file__).resolve().parents[2] / "test.csv"
