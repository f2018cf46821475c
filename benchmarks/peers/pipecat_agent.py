"""A whole agent of pipecat's with the models of the embedded cascade, and a caller. Run by `benchmarks/whole_agent.py`.

    pip install 'pipecat-ai[silero]==1.14.0' pocketsphinx webrtc-noise-gain espeakng-loader   (in its own environment)

Path: its transport with a filter by WebRTC -> PocketSphinx -> its aggregator with its Silero and its Smart Turn -> its
OpenAI service, pointed at a llama.cpp server -> eSpeak NG -> its transport. PocketSphinx and eSpeak NG run in processes
of their own, by the same code as the nodes of voiceflow, which imports nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import threading
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import asdict
from importlib.util import module_from_spec, spec_from_file_location
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from whole_call import BLOCK, RATE, Talk, read

NODES = Path(__file__).resolve().parents[2] / "nodes"
LEAD_IN = 25  # blocks of what was heard before speech was noticed that belong to it
VOICE_RATE = 22050


class Channel:
    """A worker's end of its pipe."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def receive(self) -> Any:
        return self._pipe.recv()

    def send(self, message: object) -> None:
        self._pipe.send(message)

    def waiting(self) -> bool:
        return self._pipe.poll()


def _work(pipe: Connection, name: str, function: str, *args: object) -> None:
    spec = spec_from_file_location(name, NODES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    getattr(module, function)(Channel(pipe), *args)


class Worker:
    """A process with one of the models; made before anything heavy is loaded, as it is a fork."""

    def __init__(self, name: str, function: str, *args: object) -> None:
        self._pipe, theirs = multiprocessing.Pipe()
        work = multiprocessing.get_context("fork").Process(
            target=_work, args=(theirs, name, function, *args), daemon=True
        )
        work.start()
        self.said: asyncio.Queue[Any] = asyncio.Queue()

    def listen(self) -> None:
        """Take what it says, on the loop that runs."""
        threading.Thread(target=self._listen, args=(asyncio.get_running_loop(),), daemon=True).start()

    def _listen(self, loop: asyncio.AbstractEventLoop) -> None:
        while True:
            loop.call_soon_threadsafe(self.said.put_nowait, self._pipe.recv())

    def send(self, message: object) -> None:
        self._pipe.send(message)


def stages(ear: Worker, voice: Worker) -> tuple[Any, Any, Any]:
    """A filter, a recogniser and a voice as pipecat wants them."""
    from pipecat.audio.filters.base_audio_filter import BaseAudioFilter
    from pipecat.frames.frames import (
        TranscriptionFrame,
        TTSAudioRawFrame,
        VADUserStartedSpeakingFrame,
        VADUserStoppedSpeakingFrame,
    )
    from pipecat.services.settings import STTSettings, TTSSettings
    from pipecat.services.stt_service import STTService
    from pipecat.services.tts_service import TTSService
    from pipecat.utils.time import time_now_iso8601
    from webrtc_noise_gain import AudioProcessor

    class Denoise(BaseAudioFilter):
        async def start(self, sample_rate: int) -> None:
            self._processor = AudioProcessor(0, 2)

        async def stop(self) -> None: ...

        async def process_frame(self, frame: Any) -> None: ...

        async def filter(self, audio: bytes) -> bytes:
            return b"".join(self._processor.Process10ms(audio[at : at + 320]).audio for at in range(0, len(audio), 320))

    class Sphinx(STTService):
        def __init__(self) -> None:
            super().__init__(
                sample_rate=RATE, ttfs_p99_latency=1.0, settings=STTSettings(model="pocketsphinx", language=None)
            )
            self._before: deque[bytes] = deque(maxlen=LEAD_IN)
            self._hears = False

        async def run_stt(self, audio: bytes) -> AsyncGenerator[None, None]:
            if self._hears:
                ear.send(audio)
            else:
                self._before.append(audio)
            yield None

        async def process_frame(self, frame: Any, direction: Any) -> None:
            await super().process_frame(frame, direction)
            if isinstance(frame, VADUserStartedSpeakingFrame):
                self._hears = True
                lead_in = b"".join(self._before)
                ear.send(("begin", len(lead_in) // 2))
                ear.send(lead_in)
            elif isinstance(frame, VADUserStoppedSpeakingFrame) and self._hears:
                self._hears = False
                self._before.clear()
                ear.send(("end", 0))
                said: Any = ("interim",)
                while said[0] != "final":
                    said = await ear.said.get()
                if said[1]:
                    await self.push_frame(TranscriptionFrame(said[1], "user", time_now_iso8601(), finalized=True))

    class Espeak(TTSService):
        def __init__(self) -> None:
            settings = TTSSettings(model="espeak", voice=None, language=None)
            super().__init__(sample_rate=VOICE_RATE, push_start_frame=True, push_stop_frames=True, settings=settings)
            self._number = 0

        async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Any, None]:
            self._number += 1
            number, last = self._number, False
            voice.send(("say", number, text, None))
            while not last:
                _, of, samples, _, last = await voice.said.get()
                if of != number:
                    last = False
                    continue
                if samples:
                    yield TTSAudioRawFrame(samples, VOICE_RATE, 1, context_id=context_id)
                voice.send(("more", number))

    return Denoise(), Sphinx(), Espeak()


def transports(talk: Talk, params: Any, ready: asyncio.Event) -> tuple[Any, Any]:
    """The two ends of the line."""
    import numpy as np
    from pipecat.frames.frames import InputAudioRawFrame
    from pipecat.transports.base_input import BaseInputTransport
    from pipecat.transports.base_output import BaseOutputTransport

    class Input(BaseInputTransport):
        async def start(self, frame: Any) -> None:
            await super().start(frame)
            await self.set_transport_ready(frame)
            ready.set()

        async def push(self, sound: bytes) -> None:
            await self.push_audio_frame(InputAudioRawFrame(sound, RATE, 1))

    class Output(BaseOutputTransport):
        _due = 0.0

        async def start(self, frame: Any) -> None:
            await super().start(frame)
            await self.set_transport_ready(frame)

        async def write_audio_frame(self, frame: Any) -> bool:
            now = asyncio.get_running_loop().time()
            self._due = now if now - self._due > 0.2 else self._due
            await asyncio.sleep(max(0.0, self._due - now))
            self._due += len(frame.audio) / 2 / VOICE_RATE
            talk.heard(np.frombuffer(frame.audio, np.int16))
            return True

    return Input(params), Output(params)


async def main(talk: Talk, ear: Worker, voice: Worker, url: str, instructions: str) -> None:
    from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
    from pipecat.audio.vad.silero import SileroVADAnalyzer
    from pipecat.audio.vad.vad_analyzer import VADParams
    from pipecat.pipeline.pipeline import Pipeline
    from pipecat.pipeline.worker import PipelineParams, PipelineWorker
    from pipecat.processors.aggregators.llm_context import LLMContext
    from pipecat.processors.aggregators.llm_response_universal import (
        LLMContextAggregatorPair,
        LLMUserAggregatorParams,
    )
    from pipecat.services.openai.llm import OpenAILLMService
    from pipecat.transports.base_transport import TransportParams
    from pipecat.turns.user_start import VADUserTurnStartStrategy
    from pipecat.turns.user_stop import TurnAnalyzerUserTurnStopStrategy
    from pipecat.turns.user_turn_strategies import UserTurnStrategies
    from pipecat.workers.runner import WorkerRunner

    for worker, hello in ((ear, ("caller",)), (voice, None)):
        worker.listen()
        if hello is not None:
            worker.send(hello)
        await worker.said.get()
    denoise, recogniser, tts = stages(ear, voice)
    params = TransportParams(
        audio_in_enabled=True, audio_in_sample_rate=RATE, audio_in_filter=denoise,
        audio_out_enabled=True, audio_out_sample_rate=VOICE_RATE, audio_out_10ms_chunks=2,
    )  # fmt: skip
    ready = asyncio.Event()
    source, sink = transports(talk, params, ready)
    turns = UserTurnStrategies(
        start=[VADUserTurnStartStrategy()],
        stop=[TurnAnalyzerUserTurnStopStrategy(turn_analyzer=LocalSmartTurnAnalyzerV3())],
    )
    vad = SileroVADAnalyzer(params=VADParams(stop_secs=0.2))
    pair = LLMContextAggregatorPair(
        LLMContext([{"role": "system", "content": instructions}]),
        user_params=LLMUserAggregatorParams(vad_analyzer=vad, user_turn_strategies=turns),
    )
    settings = OpenAILLMService.Settings(
        model="smollm2",
        temperature=0.0,
        max_tokens=128,
        extra={"stop": ["\n\n"], "extra_body": {"repeat_penalty": 1.1}},
    )
    llm = OpenAILLMService(api_key=os.environ["MODEL_KEY"], base_url=f"{url}/v1", settings=settings)
    chain = [source, recogniser, pair.user(), llm, tts, sink, pair.assistant()]
    pipeline = PipelineWorker(
        Pipeline(chain), params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=VOICE_RATE),
        idle_timeout_secs=None, enable_rtvi=False, enable_turn_tracking=False,
    )  # fmt: skip
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(pipeline)
    running = asyncio.create_task(runner.run())
    await asyncio.wait_for(ready.wait(), 60)
    await speak(talk, source.push)
    print(json.dumps({"answers": [asdict(answer) for answer in talk.answers]}), flush=True)
    await pipeline.cancel()
    await running


async def speak(talk: Talk, push: Callable[[bytes], Any]) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time()
    while not talk.over:
        await asyncio.sleep(max(0.0, due - loop.time()))
        await push(talk.block().tobytes())
        due += BLOCK


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="of the llama.cpp server; its key is in MODEL_KEY")
    parser.add_argument("--model", required=True, help="the folder of PocketSphinx's model")
    parser.add_argument("--instructions", default="")
    parser.add_argument("clips", nargs="+", type=Path)
    args = parser.parse_args()
    ear = Worker("_pocketsphinx", "recognise", args.model, 0.0)
    voice = Worker("_espeak", "speak", {"voice": "en-us", "rate": 150, "pitch": 50, "volume": 100})
    from loguru import logger

    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    asyncio.run(main(Talk([read(path) for path in args.clips]), ear, voice, args.url, args.instructions))
