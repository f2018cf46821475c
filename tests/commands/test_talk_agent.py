"""`voiceflow talk` with the one file of README.md: spoken to, it uses all that the file has."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from completions import Answer, completions, streamed
from readme_agent import pizzeria
from sound_server import sound_server

from voiceflow.knowledge import Store

pytestmark = pytest.mark.real_time

CALLER: Final = Path(__file__).resolve().parents[2] / "graphs" / "clips" / "hello.flac"
NOON: Final = '{"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"}'


def scripted(asked: list[Any]) -> Iterator[Answer]:
    """Looks up, asks the server of tools, and calls the manager: as far as the history of each request is."""
    while True:
        messages = asked[-1]["messages"]
        outputs = [message["content"] for message in messages if message["role"] == "tool"]
        if messages[0]["content"].startswith("You are the manager."):
            yield streamed("I am sorry. What happened?")
        elif not outputs:
            yield streamed("Let me see.", "look_up", '{"question": "opening hours"}')
        elif len(outputs) == 1:
            yield streamed("", "convert_time", NOON)
        else:
            yield streamed("", "complain")


@pytest.mark.slow
@pytest.mark.alone  # a fallback has four seconds for its first word, and the room is played in real time
def test_who_speaks_to_the_file_of_the_readme_is_heard_and_helped(tmp_path: Path) -> None:
    """A voice through a microphone; documents, a program of tools and another agent; and an answer by voice."""
    (tmp_path / "pizzeria.py").write_text(pizzeria())
    (tmp_path / "help.md").write_text("# Opening hours\n\nWe are open from noon to ten.")
    with Store.open(tmp_path / "help.db", create=True) as store:
        store.add(tmp_path / "help.md")
    asked: list[Any] = []
    command = [sys.executable, "-u", "-m", "voiceflow", "talk", "--no-echo-cancellation", "--agent", "pizzeria.py"]
    with sound_server() as settings, completions(scripted(asked), asked) as url:
        environment = {**os.environ, **{name: value for name, value in settings.items() if name != "HOME"}}
        environment |= {"OPENAI_API_KEY": "a key", "OPENAI_BASE_URL": url}
        # A caller with headphones: the microphone does not hear the loudspeaker.
        for device in ("load-module module-null-sink sink_name=mouth", "set-default-source mouth.monitor"):
            subprocess.run(["pactl", *device.split()], env=environment, check=True, stdout=subprocess.DEVNULL)
        with subprocess.Popen(
            [*command, "--record", "call.wav"], cwd=tmp_path, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            limit = threading.Timer(150, process.kill)
            limit.start()
            seen = ""
            while "What happened?" not in seen and (line := process.stdout.readline()):
                seen += line
                if "good evening." in line:
                    say = ["paplay", "--device=mouth", CALLER]
                    threading.Timer(2.5, subprocess.run, [say], {"env": environment}).start()
            limit.cancel()
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=20)
    assert "What happened?" in seen, errors
    assert process.returncode == 0, errors
    histories = [request["messages"] for request in asked]
    told = json.dumps(histories)
    said = " ".join(each["content"] for history in histories for each in history if each["role"] == "user")
    assert len({"hello", "can", "you", "tell", "me", "what", "do"} & {*re.findall("[a-z]+", said.lower())}) > 2
    assert "We are open from noon to ten." in told
    assert re.search("(19|20):00", told)
    assert histories[-1][0]["content"].startswith("You are the manager.")
    assert "Let me see." in seen
