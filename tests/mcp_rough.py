"""A server that speaks the protocol of 2025 and misbehaves: each of its tools in a way of its own.

    python tests/mcp_rough.py FOLDER [silent | deaf]

It needs nothing but Python, so that it is there at once. In FOLDER it counts how often it was started, and says what
became of a call.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(sys.argv[1])
OBJECT = {"type": "object", "properties": {"text": {"type": "string"}}}
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def write(message: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    sys.stdout.flush()


def answer(request: Mapping[str, Any], *content: Mapping[str, Any], **more: Any) -> None:
    write({"id": request["id"], "result": {"content": list(content), **more}})


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def echo(request: Mapping[str, Any]) -> None:
    answer(request, text(json.dumps(request["params"].get("arguments"))))


def huge(request: Mapping[str, Any]) -> None:
    answer(request, text("x" * 10_000_000))


def endless(request: Mapping[str, Any]) -> None:
    while True:
        sys.stdout.write("x" * 65_536)


def die(request: Mapping[str, Any]) -> None:
    os._exit(3)


def garbage(request: Mapping[str, Any]) -> None:
    sys.stdout.write("no message\n{\n[]\n\n\xff\n" + json.dumps({"jsonrpc": "2.0", "id": 10**9, "result": {}}) + "\n")
    answer(request, text("all the same"))


def flood(request: Mapping[str, Any]) -> None:
    """Writes what nobody asked for until nobody takes it any more."""
    changed = json.dumps({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"})
    while True:
        sys.stderr.write("on and on " * 1000)
        sys.stdout.write(f"{changed}\n" * 100)


def hang(request: Mapping[str, Any]) -> None:
    """Until it is told that nobody waits for it."""
    (FOLDER / "hangs").touch()
    for line in sys.stdin:
        told = json.loads(line)
        if told.get("method") == "notifications/cancelled" and told["params"]["requestId"] == request["id"]:
            (FOLDER / "cancelled").touch()
            return


def progress(request: Mapping[str, Any]) -> None:
    token = request["params"]["_meta"]["progressToken"]
    for done in (1, 2):
        told = {"progressToken": token, "progress": done, "total": 4, "message": f"part {done}"}
        write({"method": "notifications/progress", "params": told})
    time.sleep(0.05)
    answer(request, text("done"))


def slow(request: Mapping[str, Any]) -> None:
    (FOLDER / "slow").touch()
    time.sleep(0.2)
    answer(request, text("done"))


def grow(request: Mapping[str, Any]) -> None:
    TOOLS["grown"] = echo
    write({"method": "notifications/tools/list_changed"})
    answer(request, text("there is one more"))


def every(request: Mapping[str, Any]) -> None:
    answer(
        request,
        text("a text"),
        {"type": "image", "data": PNG, "mimeType": "image/png"},
        {"type": "image", "data": "!", "mimeType": "image/png"},
        {"type": "audio", "data": "AAAA", "mimeType": "audio/wav"},
        {"type": "resource", "resource": {"uri": "file:///soup", "text": "soup of the day"}},
        {"type": "resource", "resource": {"uri": "file:///zip", "blob": "AAAA", "mimeType": "application/zip"}},
        {"type": "resource_link", "name": "menu", "uri": "https://example.org/menu"},
    )


def structured(request: Mapping[str, Any]) -> None:
    answer(request, structuredContent={"degrees": 21})


def refuse(request: Mapping[str, Any]) -> None:
    answer(request, text("no table is left"), isError=True)


def deny(request: Mapping[str, Any]) -> None:
    write({"id": request["id"], "error": {"code": -32000, "message": f"no {os.environ.get('KEY', 'key')}"}})


def wrong(request: Mapping[str, Any]) -> None:
    write({"id": request["id"], "result": {"content": "nothing of the kind"}})


Does = Callable[[Mapping[str, Any]], None]
TOOLS: dict[str, Does] = {
    **{does.__name__: does for does in (echo, huge, endless, die, garbage, flood, hang, progress, slow, grow, every)},
    **{does.__name__: does for does in (structured, refuse, deny, wrong)},
    "what/is.this": echo,
    "what.is/this": echo,
    "broken": echo,
    "boundless": echo,
}
SCHEMAS: dict[str, Any] = {
    "broken": {"type": "object", "properties": {"text": {"type": "no type"}}},
    "boundless": {"type": "object", "properties": {"text": {"description": "x" * 60_000}}},
    "hang": {"type": "object"},
}
HINTS: dict[str, Any] = {"echo": {"readOnlyHint": True}, "die": {"destructiveHint": True}}


def tools() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "inputSchema": SCHEMAS.get(name, OBJECT),
            **({"annotations": HINTS[name]} if name in HINTS else {}),
        }
        for name in TOOLS
    ]


def handle(request: Mapping[str, Any]) -> None:
    match request.get("method"):
        case "initialize":
            info = {"name": "rough", "version": "1"}
            about = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {"listChanged": True}}}
            write({"id": request["id"], "result": {**about, "serverInfo": info}})
        case "tools/list":
            write({"id": request["id"], "result": {"tools": tools()}})
        case "tools/call":
            TOOLS[request["params"]["name"]](request)
        case _ if "id" in request:
            write({"id": request["id"], "error": {"code": -32601, "message": "no such method"}})
        case _:
            pass


if __name__ == "__main__":
    starts = FOLDER / "starts"
    starts.write_text(starts.read_text() + "." if starts.exists() else ".")
    match sys.argv[2:]:
        case ["silent"]:
            for _ in sys.stdin:
                pass
        case ["deaf"]:
            time.sleep(3600)
        case ["stubborn", times] if len(starts.read_text()) <= int(times):
            sys.exit(f"cannot work with the key {os.environ.get('KEY')}")
        case _:
            for line in sys.stdin:
                handle(json.loads(line))
