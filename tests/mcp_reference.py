"""A server made with the protocol's own library, which tests start. Over HTTP it says at which port it is.

python tests/mcp_reference.py stdio | streamable-http | sse [PORT]
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path
from typing import Any

import anyio
import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.types import ToolAnnotations
from pydantic import BaseModel

server = MCPServer("reference")


class Guest(BaseModel):
    name: str
    child: bool = False


@server.tool(annotations=ToolAnnotations(read_only_hint=True))
def add(a: int, b: int = 1) -> str:
    """Add two numbers."""
    return str(a + b)


@server.tool(annotations=ToolAnnotations(destructive_hint=True))
async def book(guests: list[Guest], ctx: Context[Any, Any]) -> str:
    """Book a table."""
    await ctx.report_progress(1, 2, "half")
    return f"a table for {', '.join(guest.name for guest in guests)}"


@server.tool()
async def wait(file: str) -> str:
    """Wait for ever; the file says how it ended."""
    try:
        Path(file).write_text("begun")  # noqa: ASYNC240
        await anyio.sleep_forever()
    except BaseException:
        Path(file).write_text("cancelled")  # noqa: ASYNC240
        raise
    return ""


@server.tool()
async def reveal(ctx: Context[Any, Any]) -> str:
    """Add a tool."""
    server.add_tool(lambda: "found", "hidden", description="Was hidden.")
    await ctx.notify_tools_changed()
    return "there is one more"


@server.tool()
def key(ctx: Context[Any, Any]) -> str:
    """The key that it was asked with."""
    return str((ctx.headers or {}).get("authorization"))


@server.tool()
def huge() -> str:
    """More than anybody wants to hear."""
    return "x" * 6_000_000


@server.tool()
def die() -> str:
    """End in the middle of a call."""
    os._exit(3)


def serve(way: str, port: int) -> None:
    listening = socket.create_server(("127.0.0.1", port))
    app = server.streamable_http_app() if way == "streamable-http" else server.sse_app()
    print(listening.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="error")).run(sockets=[listening])


if __name__ == "__main__":
    if sys.argv[1] == "stdio":
        server.run("stdio")
    else:
        serve(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0)
