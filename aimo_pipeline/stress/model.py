"""A server that speaks as vLLM does and says what the script says; the run's supervisor takes it for vLLM.

    python -m aimo_pipeline.stress.model [VLLM'S OWN ARGUMENTS] serve FOLDER ... --port P ...

FOLDER is what the supervisor takes for the model. A file in it tells the server how to behave, and is looked
at for each request.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aimo_pipeline.stress.script import Script

MODEL = "scripted"
PROBLEMS, SCRIPT, MOOD = "problems.csv", "script.jsonl", "mood"
_PIECE = 40  # characters that are sent together
_THINK_S = 0.4  # before the first, so that there is time to be hit in
_PAUSE_S = 0.01
_SLOW_S = 0.25
_SILENT_S = 600.0


class Mood(StrEnum):
    """How the server behaves. EMPTY: it ends without a word. GARBAGE: no JSON, no UTF-8. SLOW: piecemeal.
    SILENT: it says that it is well, and brings no token."""

    GOOD = "good"
    EMPTY = "empty"
    GARBAGE = "garbage"
    SLOW = "slow"
    SILENT = "silent"


def set_mood(path: Path, mood: Mood) -> None:
    """From the next request on."""
    path.write_text(mood, encoding="ascii")


class ModelServer(ThreadingHTTPServer):
    """Serves a script.

    Args:
        port: of the loopback interface.
        script: what is said.
        mood: file that says how.
    """

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, port: int, script: Script, mood: Path) -> None:
        self.script, self._mood = script, mood
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def mood(self) -> Mood:
        """As the file says now."""
        return Mood(self._mood.read_text(encoding="ascii"))


class _Handler(BaseHTTPRequestHandler):
    server: ModelServer

    def log_message(self, format: str, *args: object) -> None:
        """Nothing to standard error."""

    def do_GET(self) -> None:
        listed = {"object": "list", "data": [{"id": MODEL, "object": "model", "max_model_len": 65_536}]}
        self._json(listed if self.path.endswith("/models") else {})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(_THINK_S)
        mood = self.server.mood
        if mood is Mood.SILENT:
            time.sleep(_SILENT_S)
        text = "" if mood is Mood.EMPTY else self.server.script.answer(request.get("messages", []))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        if mood is Mood.GARBAGE:
            self.wfile.write(b'data: {"choices": [{"delta": \xff\xfe\x00 not json\n\n<html>502</html>\n')
            return
        for event in _events(text):
            self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            self.wfile.flush()
            time.sleep(_SLOW_S if mood is Mood.SLOW else _PAUSE_S)
        self.wfile.write(b"data: [DONE]\n\n")

    def _json(self, body: object) -> None:
        data = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def _events(text: str) -> Iterator[dict[str, object]]:
    head = {"id": "scripted", "object": "chat.completion.chunk", "created": 0, "model": MODEL}
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]
    for piece in pieces:
        yield head | {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
    yield head | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    usage = {"prompt_tokens": 1, "completion_tokens": len(pieces), "total_tokens": 1 + len(pieces)}
    yield head | {"choices": [], "usage": usage}


def main(folder: Path, port: int) -> None:
    """Serve until killed."""
    with (folder / PROBLEMS).open(encoding="utf-8", newline="") as stream:
        texts = {row["id"]: row["problem"] for row in csv.DictReader(stream)}
    rows = [json.loads(line) for line in (folder / SCRIPT).read_text(encoding="utf-8").splitlines()]
    ModelServer(port, Script(texts, rows), folder / MOOD).serve_forever()


def _after(word: str) -> str:
    return sys.argv[sys.argv.index(word) + 1]


if __name__ == "__main__":
    main(Path(_after("serve")), int(_after("--port")))
