"""`voiceflow call` holds a conversation with a bot of pipecat's, as each of the providers that it knows, and with ours.

    python -m venv /tmp/pipecat && /tmp/pipecat/bin/pip install 'pipecat-ai==1.14.0' fastapi uvicorn
    python benchmarks/phone_calls.py --python /tmp/pipecat/bin/python
    python benchmarks/phone_calls.py                 with `voiceflow serve` alone

The caller asks, is answered, presses a key behind that answer, tells a story, and cuts into the answer to it. Both bots
say again what they heard (peers/pipecat_phone.py, parrot.py), so that what comes back tells whether both directions
work: it is compared with what was said, sample by sample, piece by piece at the place where each fits best. Eleven
calls, about five minutes.
"""

from __future__ import annotations

import argparse
import re
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import attrs
import numpy as np
import soundfile  # type: ignore[import-untyped]
from numpy.typing import NDArray

from voiceflow.graphs import clips
from voiceflow.nodes.soundfile import read_audio, write_audio

CLIPS = Path(clips.__file__).parent
RATE = 16000
SCRIPT: tuple[str | float, ...] = (0.5, "people", 4.5, "story", 2.0, "wait", 5.0)
"""What the caller says, and for how many seconds then nothing."""
HERE = Path(__file__).parent
PCMA = ("--encoding", "PCMA")
PEERS = {
    "pipecat": ("/phone", ("twilio", "telnyx", "plivo", "exotel")),
    "voiceflow": ("/telephony/{provider}", ("twilio", "telnyx", "plivo", "exotel", "vonage")),
}
"""Where each takes calls, and as whose."""
STARTS, LASTS = 90.0, 120.0
"""Seconds in which a bot must listen, and a call be over."""


def caller() -> NDArray[np.int16]:
    pieces = [np.zeros(round(each * RATE), np.int16) if isinstance(each, float) else clip(each) for each in SCRIPT]
    return np.concatenate(pieces)


def clip(name: str, rate: int = RATE) -> NDArray[np.int16]:
    return read_audio(CLIPS / f"{name}.flac", rate)


def likeness(heard: NDArray[np.int16], said: NDArray[np.int16]) -> float:
    """How alike `said` and the stretch of `heard` are that is most like it: 0 not at all, 1 but for loudness."""
    a, b = heard.astype(np.float64), said.astype(np.float64)
    size = 1 << (len(a) + len(b)).bit_length()
    product = np.fft.irfft(np.fft.rfft(a, size) * np.conj(np.fft.rfft(b, size)), size)[: len(a)]
    energy = np.concatenate([[0.0], np.cumsum(a**2)])
    around = energy[np.minimum(np.arange(len(a)) + len(b), len(a))] - energy[: len(a)]
    return float(np.max(product / np.sqrt(np.maximum(around, 1e-3 * energy[-1]) * np.sum(b**2))))


@attrs.frozen
class Talk:
    """One conversation, by what `voiceflow call` printed of it and what was heard."""

    peer: str
    provider: str
    status: int
    answers: int = 0
    marks: int = 0
    clears: int = 0
    underruns: int = 0
    likeness: float = 0.0

    @property
    def faults(self) -> list[str]:
        """What was wrong with it."""
        if self.status:
            return [f"{self.peer} as {self.provider}: status {self.status}"]
        expected = {
            "the bot says something else than it heard": self.likeness > 0.95,
            "three answers were not heard": self.answers >= 3,
            "no answer was cut short": self.clears >= 1,
            "no mark came back": self.marks > 0,
            # pipecat sends each piece when the one before it ends: what a busy machine makes of that is not ours.
            "what it sent came too late": self.peer != "voiceflow" or not self.underruns,
        }
        return [f"{self.peer} as {self.provider}: {what}" for what, held in expected.items() if not held]

    @property
    def row(self) -> str:
        figures = (self.answers, f"{self.likeness:.3f}", self.marks, self.clears, self.underruns)
        return f"| {self.peer} | {self.provider} | {' | '.join(map(str, figures))} |"


def call(url: str, peer: str, provider: str, folder: Path, *more: str) -> Talk:
    """One conversation, printed."""
    record = folder / f"{peer}-{provider}.wav"
    words = [sys.executable, "-m", "voiceflow", "call", url, "--as", provider, "--input", str(folder / "caller.wav")]
    words += ["-o", str(record), "--keys", "5@7.7", "--wait", "2", "--limit", "60", *more]
    codec = " ".join((provider, *more[1:]))
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=LASTS)
    except subprocess.TimeoutExpired:
        return Talk(peer, codec, -1)
    print(f"== {peer} as {codec}\n{done.stdout}{done.stderr}", end="", flush=True)
    if done.returncode:
        return Talk(peer, codec, done.returncode)
    heard = soundfile.read(record, dtype="int16")[0][:, 1]
    question = clip("people", 8000)
    # By quarters of a second, the middle one counts: where the machine stood still, the bot's sound had a gap.
    alike = float(np.median([likeness(heard, question[at : at + 2000]) for at in range(4000, 16000, 2000)]))
    print(f"   the first answer is like the question by {alike:.3f}", flush=True)
    marks, clears, underruns = map(int, re.findall(r"(\d+) (?:marks|clears|underruns)", done.stderr))
    return Talk(peer, codec, 0, done.stdout.count("the agent speaks"), marks, clears, underruns, alike)


@contextmanager
def listening(command: Sequence[str], port: int) -> Generator[None]:
    """A bot in a process of its own, once it takes calls."""
    bot = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + STARTS
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
                break
            if bot.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"{command[1]} does not listen on port {port}")
            time.sleep(0.2)
        yield
    finally:
        bot.kill()
        bot.wait()


def talks(peer: str, command: Sequence[str], port: int, folder: Path) -> list[Talk]:
    """All conversations with one bot."""
    path, providers = PEERS[peer]
    with listening([*command, "--port", str(port)], port):
        url = f"ws://127.0.0.1:{port}{path}"
        called = [call(url.format(provider=each), peer, each, folder) for each in providers]
        return [*called, call(url.format(provider="telnyx"), peer, "telnyx", folder, *PCMA)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", help="of the environment that pipecat is installed in; without it ours alone")
    parser.add_argument("--port", type=int, default=8830)
    parser.add_argument("--keep", type=Path, help="a folder for the recordings")
    args = parser.parse_args()
    commands = {"voiceflow": [sys.executable, "-m", "voiceflow", "serve", f"{HERE / 'parrot.py'}:build"]}
    if args.python is not None:
        commands = {"pipecat": [args.python, str(HERE / "peers" / "pipecat_phone.py")], **commands}
    done: list[Talk] = []
    with TemporaryDirectory() as temporary:
        folder = args.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        write_audio(folder / "caller.wav", caller(), RATE)
        for number, (peer, command) in enumerate(commands.items()):
            done += talks(peer, command, args.port + number, folder)
    head = "| server | as | answers | likeness of the first to its question | marks | clears | underruns |"
    print("", head, "|---|---|---|---|---|---|---|", *(talk.row for talk in done), "", sep="\n")
    faults = [fault for talk in done for fault in talk.faults]
    print(*faults or ["all held"], sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
