"""`--agent`: who speaks in `chat`, `talk` and `run`, from a file; that of docs/agents.md is held to a server here."""

from __future__ import annotations

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest
from completions import Answer, completions, streamed
from readme_agent import pizzeria

from voiceflow.agents import PERSONA
from voiceflow.cli import main
from voiceflow.commands import _tools, serve
from voiceflow.knowledge import Store
from voiceflow.serve.ear import Ear
from voiceflow.serve.mouth import Mouth

README: Final = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of README.md, exactly, in a folder with a store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPENAI_API_KEY", "a key")
    (tmp_path / "help.md").write_text("# Opening hours\n\nWe are open from noon to ten.")
    with Store.open("help.db", create=True) as store:
        store.add("help.md")
    path = tmp_path / f"{tmp_path.name}.py"  # a module of its own in each test
    path.write_text(pizzeria())
    return path


def _typed(lines: Sequence[str], answers: Sequence[Answer], file: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the server was asked while these lines were typed to the agent of a file."""
    asked: list[Any] = []
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    with completions(answers, asked) as url:
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        assert main(["chat", "--agent", str(file)]) == 0
    return asked


def test_the_file_of_the_readme_is_under_40_lines(file: Path) -> None:
    """As it says."""
    assert len([line for line in file.read_text().splitlines() if line]) < 40


@pytest.mark.slow
@pytest.mark.shares_model
def test_the_file_of_the_readme_looks_up_asks_a_server_books_and_hands_over(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed: tools, documents, a program of tools, a task in a tool, and another agent, from one short file."""
    noon = '{"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"}'
    answers = [
        streamed("Let me see.", "look_up", '{"question": "opening hours"}'),
        streamed("From noon to ten."),
        streamed("", "convert_time", noon),
        streamed("It is evening there."),
        streamed("Gladly.", "book", '{"guests": 2}'),
        streamed("It is booked."),
        streamed("", "complain"),
        streamed("I am sorry. What happened?"),
        streamed("Goodbye."),
    ]
    lines = [
        "When are you open?",
        "And when it is noon here, in Tokyo?",
        "A table for two, please.",
        "I'm Ann Lee",
        "yes",
    ]
    asked = _typed([*lines, "The pizza was cold.", "Thanks."], answers, file, monkeypatch)
    out = " ".join(capsys.readouterr().out.split())
    said = ["Let me see. From noon to ten.", "It is evening there.", "What is your name?", "Ann Lee. Is that right?"]
    for each in [*said, "It is booked.", "I am sorry. What happened?"]:
        assert each in out
    offered = [form["function"]["name"] for form in asked[0]["tools"]]
    assert sorted(offered) == ["book", "complain", "convert_time", "get_current_time", "look_up"]
    outputs = [message["content"] for message in asked[5]["messages"] if message["role"] == "tool"]
    assert (outputs[0], outputs[2]) == (
        "We are open from noon to ten.",
        "Table 7 is booked for 2, in the name of Ann Lee.",
    )
    assert "20:00" in outputs[1] or "19:00" in outputs[1]
    assert asked[0]["messages"][0]["content"] == f"{PERSONA}\n\nYou are the reception of a pizzeria."
    assert asked[7]["messages"][0]["content"].startswith("You are the manager.")
    assert "tools" not in asked[7]


@pytest.mark.slow
@pytest.mark.shares_model
def test_the_embedded_model_goes_on_when_the_server_refuses(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the file says; what the server sends is no stream."""
    asked = _typed(["Hello, how are you?"], [Answer("no stream")] * 9, file, monkeypatch)
    assert asked
    said = capsys.readouterr().out.split("good evening.", 1)[1]
    assert len(said.split()) > 2


def test_a_key_that_is_missing_is_told_of_the_model_that_wants_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Though it stands where the command's own model did, and another behind it; with the way out."""
    monkeypatch.delenv("OPENAI_API_KEY")
    assert main(["chat", "--agent", str(file)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "voiceflow chat: openai, in the place of node 'llamacpp', could not be opened: expected a key"
    )
    assert "OPENAI_API_KEY" in line
    assert "Set it" in line


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--agent", "{file}:agnt"], "has no agent 'agnt'; there: Reception, agent"),
        (["--agent", "{file}", "--instructions", "Be brief."], "an agent has its own instructions and tools"),
        (["--agent", "{file}", "--tools", "{file}"], "an agent has its own instructions and tools"),
        (["--agent", "{file}", "--model", "m"], "has its own model, openai; leave --model out"),
        (["--agent", "json:dumps"], "cannot be called"),
        (["--agent", "keyword"], "keyword has no agent 'agent'; there: none"),
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


def test_each_call_to_a_server_has_an_agent_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`serve --agent` calls what it names for each call, and takes no agent that is one for all."""
    path = tmp_path / "serves_agents.py"
    path.write_text(
        "from voiceflow.agents import Agent\n\n"
        "def agent():\n    return Agent('Be brief.', name='Clerk')\n\none = agent()\n"
    )
    graph = f"{Path(__file__).resolve().parents[1] / 'served.py'}:build"
    parser = argparse.ArgumentParser()
    serve.add_arguments(parser)
    served = serve.served(parser.parse_args([graph, "--agent", str(path)]))
    first, second = (served(Ear(), Mouth()).active for _ in range(2))
    assert (first.name, first.instructions) == ("Clerk", "Be brief.")
    assert first is not second
    assert main(["serve", graph, "--agent", f"{path}:one"]) == 1
    assert "is one agent, and each call wants its own" in capsys.readouterr().err


SESSION = """
from voiceflow import Graph, Session, Speaker
from voiceflow.agents import Agent
from voiceflow.nodes.energy import Energy

def build(audio, speaker):
    graph = Graph().connect(audio, Energy()).add(speaker)
    return Session(graph, instructions="Be brief.")

def built():
    return build(Energy().audio, Speaker())

def agent():
    return Agent("Be brief.")
"""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["serve", "{file}:build", "--agent", "{file}"], "leave --agent out, or give the Graph alone"),
        (["serve", "{file}:build", "--instructions", "x"], "leave --instructions out, or give the Graph alone"),
        (["serve", "{file}:build", "--model", "m"], "has its own model; leave --model out, or the graph"),
        (["run", "{file}:built", "--agent", "{file}"], "gives Session; expected a Graph, of which a session is made"),
    ],
)
def test_an_option_that_a_session_would_not_heed_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    """A session of the user's has its own agent, and a graph its own model."""
    path = tmp_path / f"{tmp_path.name}.py"
    path.write_text(SESSION)
    assert main([word.format(file=path) for word in words]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
