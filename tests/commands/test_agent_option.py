"""`--agent`: who speaks in `chat`, `talk` and `run`, from a file; that of docs/agents.md is held to a server here."""

from __future__ import annotations

import argparse
import io
import json
import re
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import pytest

from voiceflow.agents import PERSONA
from voiceflow.cli import main
from voiceflow.commands import _tools
from voiceflow.knowledge import Store

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "agents.md"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The first example of the page, in a folder with a store."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "help.md").write_text("# Opening hours\n\nWe are open from noon to ten.")
    with Store.open("help.db", create=True) as store:
        store.add("help.md")
    found = re.search(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    path = tmp_path / "pizzeria_of_the_page.py"
    path.write_text(found[1])
    return path


def _answer(text: str, call: str = "", arguments: str = "{}") -> bytes:
    """One streamed chat completion."""
    deltas: list[dict[str, Any]] = [{"content": text}] if text else []
    if call:
        deltas.append({"tool_calls": [{"index": 0, "id": "x", "function": {"name": call, "arguments": arguments}}]})
    finish: dict[str, Any] = {"delta": {}, "finish_reason": "tool_calls" if call else "stop"}
    chunks = [*({"delta": delta} for delta in deltas), finish]
    sent = [json.dumps({"choices": [{"index": 0, **each}]}) for each in chunks]
    return "".join(f"data: {each}\n\n" for each in [*sent, "[DONE]"]).encode()


@contextmanager
def server(asked: list[Any], answers: Sequence[bytes]) -> Generator[str]:
    class Play(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            body = answers[len(asked) - 1]
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Play) as serving:
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{serving.server_port}/v1"
        finally:
            serving.shutdown()
            thread.join()


def test_the_agent_of_the_page_looks_up_books_and_hands_over(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed: tools, documents, a task in a tool, and another agent, from one short file."""
    assert len(file.read_text().split("async def main")[0].splitlines()) < 40
    answers = [
        _answer("Let me see.", "look_up", '{"question": "opening hours"}'),
        _answer("From noon to ten."),
        _answer("Gladly.", "book", '{"guests": 2}'),
        _answer("It is booked."),
        _answer("", "complain"),
        _answer("I am sorry. What happened?"),
    ]
    lines = ["When are you open?", "A table for two, please.", "I'm Ann Lee", "yes", "The pizza was cold.", "Thanks."]
    asked: list[Any] = []
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    with server(asked, [*answers, _answer("Goodbye.")]) as url:
        assert main(["chat", "--model", "m", "--base-url", url, "--agent", str(file)]) == 0
    out = " ".join(capsys.readouterr().out.split())
    for said in ("Let me see. From noon to ten.", "What is your name?", "Ann Lee. Is that right?", "It is booked."):
        assert said in out
    assert "I am sorry. What happened?" in out
    assert [form["function"]["name"] for form in asked[0]["tools"]] == ["look_up", "book", "complain"]
    outputs = [message["content"] for message in asked[3]["messages"] if message["role"] == "tool"]
    assert outputs == ["We are open from noon to ten.", "Table 7 is booked for 2, in the name of Ann Lee."]
    assert asked[5]["messages"][0]["content"].startswith(f"{PERSONA}\n\nYou are the manager.")
    assert "tools" not in asked[5]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--agent", "{file}:agnt"], "has no agent 'agnt'; there: agent"),
        (["--agent", "{file}", "--instructions", "Be brief."], "an agent has its own instructions and tools"),
        (["--agent", "{file}", "--tools", "{file}"], "an agent has its own instructions and tools"),
        (["--agent", "json"], "json has no agent 'agent'; there: none"),
        (["--agent", "no_such_file.py"], "there is no file"),
    ],
)
def test_what_is_no_agent_is_told_in_one_line(
    file: Path, capsys: pytest.CaptureFixture[str], options: list[str], told: str
) -> None:
    """With what there is."""
    assert main(["chat", *(option.format(file=file) for option in options)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_a_class_or_a_function_makes_one(tmp_path: Path) -> None:
    """One for each session."""
    path = tmp_path / "makes_agents.py"
    path.write_text(
        "from voiceflow.agents import Agent\n\nclass Clerk(Agent):\n    pass\n\ndef agent():\n    return Clerk()\n"
    )
    for where in (str(path), f"{path}:Clerk"):
        given = argparse.Namespace(agent=where, instructions=None, tools=[])
        first, second = (_tools.speaks(given).get("agent") for _ in range(2))
        assert first is not None
        assert first.name == "Clerk"
        assert first is not second


RUNS = """
from voiceflow import Graph, In, Node, Out, Ports, Prompt, Session, Text, TextSink
from voiceflow.agents import Agent

class Echo(Node):
    prompt = In(Prompt)
    text = Out(Text)
    lifetime = "turn"

    async def run(self, ports: Ports) -> None:
        async for prompt in ports[self.prompt]:
            await ports[self.text].send(Text(f"I was told: {prompt.messages[0].text}"))

class Greeter(Agent):
    async def on_enter(self, session: Session) -> None:
        session.reply()

def build() -> Graph:
    return Graph().connect(Echo(), TextSink())

agent = Greeter("Be brief.")
"""


def test_a_graph_is_run_with_an_agent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both of one file, until it has said all that it had to say."""
    path = tmp_path / "runs_an_agent.py"
    path.write_text(RUNS)
    assert main(["run", f"{path}:build", "--agent", str(path)]) == 0
    assert "I was told: Be brief." in capsys.readouterr().out


def test_servers_of_tools_are_tools_too(tmp_path: Path) -> None:
    """`--tools` takes what is a source of them, by name or with all."""
    path = tmp_path / "tools_and_servers.py"
    path.write_text('from voiceflow.mcp import McpServer\n\nhelp = McpServer(command=["true"])\n')
    for where in (str(path), f"{path}:help"):
        found = _tools.load(argparse.Namespace(tools=[where]))
        assert [type(each).__name__ for each in found] == ["McpServer"]
