"""Stands in for `vllm serve` where a test needs a fault that the real one does not have on demand.

Run as `python fake_vllm.py -s -m MODULE serve FOLDER --served-model-name NAME --host H --port P ...`, as the
supervisor runs vLLM's interpreter. The file FOLDER/script.json has a list with one entry for each life:
"good", "mute" (answers with nothing), "noise", "exit" (ends at once), "late" (never healthy), "sick" (healthy
until its first request, then never again), "silent" (healthy, but no tokens after the canary), "slow" (good,
after seconds in which it only writes to its log), "crowded" (good, but not with more than 0.9 of the GPU),
"babbler" (answers the canary and nothing else), "eagle" (the same, while it decodes speculatively).
A good life has a child of its own, as vLLM has.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

FOLDER = Path(sys.argv[sys.argv.index("serve") + 1])
PORT = int(sys.argv[sys.argv.index("--port") + 1])
METRICS = 'vllm:num_requests_running{engine="0"} 1.0\nvllm:generation_tokens_total{engine="0"} 7.0\n'


def next_life() -> str:
    script = json.loads((FOLDER / "script.json").read_text())
    (FOLDER / "script.json").write_text(json.dumps(script[1:] or script))
    return str(script[0])


LIFE = next_life()


class Handler(BaseHTTPRequestHandler):
    asked = 0

    def do_GET(self) -> None:
        sick = LIFE == "late" or (LIFE == "sick" and Handler.asked > 1)
        if self.path == "/metrics":
            self._reply(200, METRICS.encode())
        else:
            self._reply(503 if sick else 200, b"")

    def do_POST(self) -> None:
        Handler.asked += 1
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.end_headers()
        if LIFE in ("silent", "sick") and Handler.asked > 1:
            time.sleep(600)
        word = {"mute": "", "noise": "!" * 40}.get(LIFE, "12")
        if Handler.asked > 1 and (
            LIFE == "babbler" or (LIFE == "eagle" and "--speculative-config" in sys.argv)
        ):
            word = ""
        for delta, finish in (({"content": word}, None), ({}, "stop")):
            told = {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
            self.wfile.write(f"data: {json.dumps(told)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    if LIFE == "exit":
        sys.exit("RuntimeError: no GPU here")
    if LIFE == "crowded" and float(sys.argv[sys.argv.index("--gpu-memory-utilization") + 1]) > 0.9:
        sys.stderr.write(
            "ValueError: Free memory on device cuda:0 is less than desired\n" + "  frame()\n" * 60
        )
        sys.exit("RuntimeError: Engine core initialization failed. See root cause above.")
    for shard in range(12 if LIFE == "slow" else 0):
        sys.stderr.write(f"Loading safetensors checkpoint shards: {shard}/12\n")
        time.sleep(0.1)
    marker = sys.argv[sys.argv.index("--served-model-name") + 1]
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", f"{marker}-engine"])
    threading.Thread(target=child.wait, daemon=True).start()
    ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
