"""What a user can type wrong, and files that are not as they should be: one clear line, and nothing else is lost."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from parts import ESPEAK, HIBARI, LIBFLITE, POCKETSPHINX, SILERO

from voiceflow import Audio, Graph, In, Node, Ports, ProviderError, Services
from voiceflow.cli import main
from voiceflow.commands import _server, _settings, demo
from voiceflow.graphs import clips
from voiceflow.nodes.soundfile import read_audio, write_audio

CLIP = Path(clips.__file__).parent / "people.flac"
"""How many people live in the city of Paris?"""

AGENT = """
from voiceflow import Graph
from voiceflow.nodes.energy import Energy
from voiceflow.nodes.pocketsphinx import PocketSphinx
from voiceflow.nodes.soundfile import FileSource

def build():
    return Graph().connect(FileSource({path!r}, realtime=False), Energy())

def deaf():
    return Graph().connect(FileSource({path!r}, realtime=False), PocketSphinx(model="nowhere"))

def of(path):
    return build()

async def later():
    return build()

def wrong():
    return len(3)

def empty():
    return Graph()
"""


class _Missing(Node):
    """What has not what it needs."""

    audio = In(Audio)

    @asynccontextmanager
    async def open(self, services: Services) -> AsyncGenerator[None, None]:
        raise ProviderError("there is no model", retryable=False)
        yield

    async def run(self, ports: Ports) -> None:
        raise NotImplementedError


@pytest.fixture
def agent(tmp_path: Path) -> str:
    """A file with graphs of a user's own, good ones and bad ones."""
    write_audio(tmp_path / "question.wav", np.zeros(1600, np.int16), 16000)
    file = tmp_path / "agent.py"
    file.write_text(AGENT.format(path=str(tmp_path / "question.wav")))
    return str(file)


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The line with which a command refuses these words; status 1."""
    assert main(words) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line


@SILERO.mark
@POCKETSPHINX.mark
def test_a_bad_file_does_not_keep_the_others_from_being_heard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each that cannot be heard is a line, one that is damaged is told to be, and the status is 1."""
    bad, cut = tmp_path / "bad.wav", tmp_path / "cut.wav"
    bad.write_bytes(b"no sound at all")
    samples = read_audio(CLIP, 16000)
    write_audio(cut, samples, 16000)
    cut.write_bytes(cut.read_bytes()[: len(samples)])
    assert main(["transcribe", str(bad), str(cut), str(CLIP)]) == 1
    out, err = capsys.readouterr()
    assert "how many people live" in out.splitlines()[1]
    assert "city of paris" in out.splitlines()[3]
    assert f"voiceflow transcribe: sound file {bad}: is not a sound file" in err
    assert f"voiceflow transcribe: {cut}: breaks off" in err


@SILERO.mark
@POCKETSPHINX.mark
def test_a_file_in_which_nobody_speaks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is no failure; and one line says why there is none."""
    write_audio(tmp_path / "silence.wav", np.zeros(16000, np.int16), 16000)
    assert main(["transcribe", str(tmp_path / "silence.wav")]) == 0
    assert capsys.readouterr() == ("", f"voiceflow transcribe: {tmp_path / 'silence.wav'}: no words were heard in it\n")


@SILERO.mark
@POCKETSPHINX.mark
def test_words_where_none_were_said_have_no_rate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """JSON has no infinity."""
    (tmp_path / "words.json").write_text('{"people.flac": ""}')
    assert main(["transcribe", str(CLIP), "--json", "--reference", str(tmp_path / "words.json")]) == 0
    assert json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["word_error_rate"] is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[1", "it is no JSON"),
        ("\udcff", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "got a list"),
        ('{"a.wav": 3}', "got 3 for 'a.wav'"),
    ],
    ids=["half", "bytes", "deep", "list", "number"],
)
def test_wrong_references_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str
) -> None:
    """With the file, what is expected, and what came."""
    words = tmp_path / "words.json"
    words.write_text(text, errors="surrogateescape")
    line = said(capsys, "transcribe", "a.wav", "--reference", str(words))
    assert str(words) in line
    assert "expected a JSON object of texts" in line
    assert expected in line


def test_references_that_are_not_there_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    """With the system's reason."""
    line = said(capsys, "transcribe", "a.wav", "--reference", "nowhere.json")
    assert "--reference nowhere.json cannot be read: No such file" in line


@LIBFLITE.mark
def test_a_voice_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that there are are listed."""
    line = said(capsys, "say", "Hello.", "--tts", "flite", "--voice", "nobody", "-o", str(tmp_path / "a.wav"))
    assert line == "voiceflow say: --voice: 'voice' must be in ('slt', 'rms', 'awb', 'kal16') (got 'nobody')"


@LIBFLITE.mark
@ESPEAK.mark
@pytest.mark.parametrize(("voice", "rate"), [("slt", 16000), ("de", 22050)])
def test_a_voice_is_found_by_who_has_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], voice: str, rate: int
) -> None:
    """Its program need not be named."""
    assert main(["say", "Hello.", "--voice", voice, "-o", str(tmp_path / "a.wav")]) == 0
    assert capsys.readouterr().err.endswith(f" s at {rate} Hz\n")


@ESPEAK.mark
@pytest.mark.parametrize("words", [["--voice", "nobody"], ["--voice", "nobody", "--tts", "espeak"]])
def test_a_voice_that_nobody_has_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """Those that there are are listed: of the program that is named, or of all."""
    line = said(capsys, "say", "Hello.", *words, "-o", str(tmp_path / "a.wav"))
    assert "eSpeak NG has no voice 'nobody'; its languages are af, am," in line
    assert ("flite has slt, rms, awb, kal16" in line) is ("--tts" not in words)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["--voice", "slt", "--tts", "hibari"], ["--voice", "no/such.onnx"]])
def test_a_voice_that_is_to_be_a_file_and_is_none_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    """In one line."""
    line = said(capsys, "say", "Hello.", *words, "-o", str(tmp_path / "a.wav"))
    assert line.startswith(f"voiceflow say: --voice {words[1]}: there is no such file; hibari has one voice")


@HIBARI.mark
def test_where_a_sound_file_cannot_go_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not that the system has an error."""
    line = said(capsys, "say", "Hello.", "-o", str(tmp_path / "no" / "a.wav"))
    assert line.endswith("cannot be written: No such file or directory; check the path and its permissions")


def test_no_format_is_no_format_before_anything_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """A long text would have been spoken in vain."""
    assert "use .wav, .flac or .ogg" in said(capsys, "say", "Hello.", "-o", "a.xyz")


@pytest.mark.parametrize("text", ["**", "!!!", "👋", "", "```"])
@ESPEAK.mark
def test_a_text_without_words_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    """Rather than spoken; nothing is written."""
    line = said(capsys, "say", text, "--tts", "espeak", "-o", str(tmp_path / "a.wav"))
    assert line.endswith("there is nothing to say in this text: no words are left of it")
    assert list(tmp_path.iterdir()) == []


@HIBARI.mark
def test_a_text_in_letters_that_the_voice_does_not_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has words, but not for this voice: another one is named as the way out."""
    line = said(capsys, "say", "你好 世界", "--tts", "hibari", "-o", str(tmp_path / "a.wav"))
    assert line.endswith("hibari reads no letter of this text; choose a voice of its language with --tts and --voice")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_holds_no_graph_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what was expected in it."""
    (tmp_path / "g.json").write_text("{}")
    assert "g.json: version is 1" in said(capsys, "graph", str(tmp_path / "g.json"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a full disk is a device of Linux's")
def test_a_drawing_that_the_disk_does_not_take_is_told(agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By the name of its file, which is not taken away where it is a device."""
    assert "/dev/full cannot be written: No space left on device" in said(
        capsys, "graph", f"{agent}:build", "-f", "svg", "-o", "/dev/full"
    )
    assert Path("/dev/full").is_char_device()


def test_a_report_that_cannot_be_written_is_told_before_it_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A call takes a minute; what stands where the other one goes is left as it is."""
    (tmp_path / "before.json").write_text("of before")
    other = ["--json", str(tmp_path / "before.json")]
    line = said(capsys, "bench", *other, "--markdown", str(tmp_path / "no" / "a.md"))
    assert line.endswith("a.md cannot be written: No such file or directory; check the path and its permissions")
    assert said(capsys, "bench", "--json", str(tmp_path)).endswith("Is a directory; check the path and its permissions")
    assert [path.read_text() for path in tmp_path.iterdir()] == ["of before"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["mirco"], "there is no module 'mirco' here; give module:build"),
        (["mirco"], "or one of micro, turns, text, calls, memory, start, peers; did you mean micro?"),
        (["{agent}:nope"], "has no 'nope'"),
        (["{agent}:empty", "--fast"], "gives a graph without nodes; connect some, or add one"),
    ],
)
def test_what_cannot_be_measured_is_told_and_nothing_else(
    agent: str, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    """Not first how long it will take."""
    assert told in said(capsys, "bench", *(word.format(agent=agent) for word in words))


def test_that_a_file_could_be_written_is_seen_without_writing(tmp_path: Path) -> None:
    """Where nothing stands nothing will; a pipe is not opened, as its reader would see an end."""
    os.mkfifo(tmp_path / "pipe")
    _settings.check_output(tmp_path / "pipe")
    _settings.check_output(tmp_path / "new")
    _settings.check_output(None)
    assert [path.name for path in tmp_path.iterdir()] == ["pipe"]


def test_a_picture_of_no_known_kind_is_refused(agent: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Text in a file that is named a picture helps nobody; with a format it is what was asked for."""
    line = said(capsys, "graph", agent, "-o", str(tmp_path / "a.png"))
    assert "a.png: expected a name that ends in .mmd, .md, .dot, .gv, .svg, .json, or --format" in line
    assert "dot -Tpng" in line
    assert main(["graph", agent, "-o", str(tmp_path / "a.txt"), "-f", "dot"]) == 0
    assert main(["graph", agent, "-o", str(tmp_path / "A.SVG")]) == 0
    assert (tmp_path / "A.SVG").read_text().startswith("<svg")


def test_a_caller_that_cannot_be_heard_is_told_before_anything_is_loaded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What there is of a call before stays."""
    (tmp_path / "conversation.wav").write_text("of an older call")
    (tmp_path / "bad.wav").write_bytes(b"no sound at all")
    assert "is not a sound file" in said(capsys, "demo", "-o", str(tmp_path), "-i", str(tmp_path / "bad.wav"))
    assert "cannot be opened" in said(capsys, "demo", "-o", str(tmp_path), "-i", str(tmp_path / "none.wav"))
    assert (tmp_path / "conversation.wav").read_text() == "of an older call"


def test_a_call_that_cannot_begin_takes_nothing_of_the_last_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model is missing: all that the last call left stays as it is, and an empty folder stays empty."""
    last, new = tmp_path / "last", tmp_path / "new"
    last.mkdir()
    for name in demo.KEPT:
        (last / name).write_text("of the last call")

    def build(caller: Node, out: Path, redact: str) -> Graph:
        return Graph().connect(caller, _Missing())

    monkeypatch.setattr(demo, "_build", build)
    for folder in (last, new):
        line = said(capsys, "demo", "-i", str(CLIP), "-o", str(folder))
        assert line.endswith(" could not be opened: there is no model")
    assert {path.name: path.read_text() for path in last.iterdir()} == dict.fromkeys(demo.KEPT, "of the last call")
    assert list(new.iterdir()) == []


def test_a_graph_that_cannot_begin_writes_over_no_trace(agent: str, tmp_path: Path) -> None:
    """Neither where a node cannot be opened nor where there is no graph."""
    trace = tmp_path / "trace.jsonl"
    trace.write_text("of the last call")
    for where in (f"{agent}:deaf", f"{agent}:nope"):
        assert main(["run", where, "--trace", str(trace)]) == 1
    assert trace.read_text() == "of the last call"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a file stands, it stays."""
    file = tmp_path / "file"
    file.write_text("mine")
    assert f"--out {file} cannot be made a folder: File exists" in said(capsys, "demo", "-o", str(file))
    assert file.read_text() == "mine"


def test_a_graph_without_turns_tells_that_it_ran(agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its nodes, and its end."""
    assert main(["run", agent]) == 0
    assert re.fullmatch(r"filesource → energy\nended after \d+\.\d s; turns: 0\n", capsys.readouterr().out)


def test_a_recording_of_no_known_format_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Before any device is opened."""
    line = said(capsys, "talk", "--half-duplex", "--record", "call.xyz")
    assert line == "voiceflow talk: --record: path ends in one of .wav, .flac, .ogg; got 'call.xyz'"


@pytest.mark.parametrize("url", ["nonsense", "", "ftp://host", "http://user:sk-secret@host"])
def test_a_server_that_cannot_be_is_refused(capsys: pytest.CaptureFixture[str], url: str) -> None:
    """What may hold a password is not said again."""
    line = said(capsys, "chat", "--model", "m", "--base-url", url)
    assert "--base-url: base_url is http(s)://host[:port]/path" in line
    assert "sk-secret" not in line


@pytest.mark.parametrize("option", [["--base-url", "http://127.0.0.1:1/v1"], ["--key-env", "KEY"]])
def test_a_server_wants_a_model(capsys: pytest.CaptureFixture[str], option: list[str]) -> None:
    """The embedded model does not answer in a server's place."""
    assert "with --model" in said(capsys, "chat", *option)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("{}:of", "cannot be called without arguments (missing a required argument: 'path')"),
        ("{}:later", "is async; expected a plain function"),
        ("{}:empty", "gives a graph without nodes; connect some"),
        ("voiceflow.graphs.cascade:build", "cannot be called without arguments"),
        (":build", "'' is no module's name"),
        ("", "'' is no module's name"),
        ("..agents:build", "'..agents' is no module's name"),
        ("{}:nope", "has no 'nope'; what can be called there: build, deaf, empty, later, of, wrong"),
    ],
)
def test_what_gives_no_graph_is_refused(
    agent: str, capsys: pytest.CaptureFixture[str], where: str, expected: str
) -> None:
    """One line, which says what is expected."""
    assert expected in said(capsys, "graph", where.format(agent))


def test_a_fault_in_a_users_function_is_shown_where_it_is(agent: str) -> None:
    """It is not taken for a call with the wrong arguments."""
    with pytest.raises(TypeError, match="has no len"):
        main(["graph", f"{agent}:wrong"])


def test_a_graph_with_a_name_that_is_no_unicode_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And read again, with the same name."""
    name = os.fsdecode(b"caf\xe9.wav")
    settings = {"type": "voiceflow.nodes.soundfile:FileSource", "settings": {"path": name}}
    (tmp_path / "a.json").write_text(json.dumps({"version": 1, "nodes": [settings], "edges": []}))
    assert main(["graph", str(tmp_path / "a.json"), "-o", str(tmp_path / "b.json")]) == 0
    assert json.loads((tmp_path / "b.json").read_text())["nodes"][0]["settings"]["path"] == name
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("seconds", ["-1", "nan", "soon"])
@pytest.mark.parametrize("command", ["run", "bench"])
def test_a_length_of_time_that_is_none_is_wrong_usage(
    capsys: pytest.CaptureFixture[str], command: str, seconds: str
) -> None:
    """Status 2."""
    with pytest.raises(SystemExit) as caught:
        main([command, "agent.py", "--for", seconds])
    assert caught.value.code == 2
    assert "argument --for" in capsys.readouterr().err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_trace_that_broke_off_is_told(agent: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The call itself is well."""
    assert main(["run", agent, "--trace", "/dev/full"]) == 0
    assert capsys.readouterr().err == "the trace /dev/full broke off after 0 lines: No space left on device\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
def test_a_text_that_the_disk_does_not_take_is_told_and_leaves_no_half(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the name of its file; a folder that is gone is told as well."""
    full, gone = tmp_path / "full.svg", tmp_path / "gone" / "a.json"
    full.symlink_to("/dev/full")
    assert [_settings.write_text(path, "text") for path in (full, gone, tmp_path / "good")] == [False, False, True]
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"{full} cannot be written: No space left on device; check the path")
    assert second.startswith(f"{gone} cannot be written: No such file or directory")
    assert [path.name for path in tmp_path.iterdir()] == ["good"]


@pytest.mark.parametrize(
    ("words", "given"),
    [
        ([], "OPENAI_API_KEY"),
        (["--base-url", "http://127.0.0.1:11434/v1"], None),
        (["--base-url", "http://127.0.0.1:11434/v1"], "OPENAI_API_KEY"),
        (["--base-url", "http://127.0.0.1:11434/v1", "--key-env", "KEY"], "KEY"),
    ],
)
def test_a_server_of_ones_own_needs_no_key(
    monkeypatch: pytest.MonkeyPatch, words: list[str], given: str | None
) -> None:
    """As --help shows it: `voiceflow chat --model llama3.2 --base-url http://localhost:11434/v1`."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    if given is not None:
        monkeypatch.setenv(given, "k")
    parser = argparse.ArgumentParser()
    _server.add_arguments(parser)
    node = _server.llm(parser.parse_args(["--model", "m", *words]))
    assert node is not None
    assert node.key_env == given


@pytest.mark.parametrize(
    ("words", "name", "server"),
    [
        ([], "OPENAI_API_KEY", "https://api.openai.com/v1"),
        (["--key-env", "KEY"], "KEY", "https://api.openai.com/v1"),
        (["--base-url", "http://127.0.0.1:1/v1", "--key-env", "KEY"], "KEY", "http://127.0.0.1:1/v1"),
    ],
)
def test_a_key_that_is_not_there_is_told_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], name: str, server: str
) -> None:
    """Before anything is loaded, with the options that there are, and none of Python's."""
    for variable in ("OPENAI_API_KEY", "KEY"):
        monkeypatch.setenv(variable, " ")
    line = said(capsys, "chat", "--model", "m", *words)
    assert f"{server} wants a key, and the environment variable {name} has none: export {name}=..., or" in line
    assert "--key-env" in line
    assert "None" not in line


def test_a_program_is_told_from_a_graph(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that runs as it is loaded cannot do so in a command; nothing of Trio's is shown."""
    program = tmp_path / "a_program.py"
    program.write_text("import trio\n\ntrio.run(trio.sleep, 0)\n")
    assert said(capsys, "run", str(program)) == (
        f"voiceflow run: {program} runs by itself: put what starts its loop, trio.run, below if __name__ == '__main__':"
    )


@pytest.mark.parametrize(
    ("option", "expected"),
    [("--agent", "file.py:agent"), ("--tools", "file.py:name,name"), ("--flow", "file.py:flow (a Flow,")],
)
def test_what_an_option_expects_is_told_where_there_is_no_such_file(
    capsys: pytest.CaptureFixture[str], option: str, expected: str
) -> None:
    """And not what another does."""
    line = said(capsys, "chat", option, "no_such_file.py")
    assert line.startswith("voiceflow chat: there is no file no_such_file.py; give ")
    assert expected in line
    assert "Graph" not in line


def test_a_folder_without_documents_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what would be one; and as many passages as nobody could want are refused."""
    (tmp_path / "menu.docx").write_bytes(b"")
    store = str(tmp_path / "s.db")
    assert main(["knowledge", "add", store, str(tmp_path)]) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"{store}: 0 passages written, 0 in all",
        f"{tmp_path} has no text in files that end in .txt, .md, .markdown, .html, .htm, .pdf",
    ]
    with pytest.raises(SystemExit):
        main(["knowledge", "search", store, "anything", "-n", "0"])
    assert "1 or more; got 0" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["{agent}"], "has no 'build'; what can be called there: agent; give module:build or file.py:build, called as"),
        (["no_such_file.py"], "an agent is given by --agent file.py"),
        (["--record", "/proc/calls"], "--record /proc/calls cannot be made a folder: "),
    ],
)
def test_what_a_server_cannot_do_is_told_before_it_takes_calls(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    """With the way out."""
    agent = tmp_path / "agent_without_a_graph.py"
    agent.write_text("from voiceflow.agents import Agent\n\ndef agent():\n    return Agent()\n")
    assert told in said(capsys, "serve", *(word.format(agent=agent) for word in words))
