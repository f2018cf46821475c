"""A server of chat completions in a thread, for commands that have a loop of their own; it plays what it is given."""

from __future__ import annotations

import json
import threading
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import attrs


@attrs.frozen
class Answer:
    """What one request is answered with."""

    body: str
    status: int = 200
    kind: str = "text/event-stream"


def streamed(text: str, call: str = "", arguments: str = "{}") -> Answer:
    """One streamed chat completion."""
    deltas: list[dict[str, Any]] = [{"content": text}] if text else []
    if call:
        deltas.append({"tool_calls": [{"index": 0, "id": "x", "function": {"name": call, "arguments": arguments}}]})
    finish: dict[str, Any] = {"delta": {}, "finish_reason": "tool_calls" if call else "stop"}
    chunks = [*({"delta": delta} for delta in deltas), finish]
    sent = [json.dumps({"choices": [{"index": 0, **each}]}) for each in chunks]
    return Answer("".join(f"data: {each}\n\n" for each in [*sent, "[DONE]"]))


@contextmanager
def completions(answers: Iterable[Answer], asked: list[Any] | None = None) -> Generator[str]:
    """The base URL; what it was asked is put into `asked`. Behind the last of the answers there is none."""
    left = iter(answers)

    class Play(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if asked is not None:
                asked.append(request)
            answer = next(left)
            body = answer.body.encode()
            self.send_response(answer.status)
            self.send_header("content-type", answer.kind)
            self.send_header("content-length", str(len(body)))
            self.send_header("retry-after", "0")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Play) as serving:
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{serving.server_port}/v1"
        finally:
            serving.shutdown()
            thread.join()
