"""A phone bot of pipecat's, to be called: it says again what the caller said, and is interrupted by its caller.

    pip install pipecat-ai fastapi uvicorn          (in an environment of its own)
    python benchmarks/peers/pipecat_phone.py --port 8830

Path: pipecat's FastAPI WebSocket transport with the serializer of the provider that its own handshake parser finds
-> its VADProcessor with Silero -> Parrot -> transport. Behind each answer goes a mark; a key is answered by a tone.
"""

from __future__ import annotations

import argparse
import math
import struct
from typing import Any

import uvicorn
from fastapi import FastAPI, WebSocket
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    OutputTransportMessageFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.runner import PipelineRunner
from pipecat.pipeline.task import PipelineParams, PipelineTask
from pipecat.processors.audio.vad_processor import VADProcessor
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.runner.utils import parse_telephony_websocket
from pipecat.serializers.exotel import ExotelFrameSerializer
from pipecat.serializers.plivo import PlivoFrameSerializer
from pipecat.serializers.telnyx import TelnyxFrameSerializer
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport

RATE = 16000
LEAD_IN = int(0.5 * RATE) * 2
"""Bytes of what was heard before speech was noticed that belong to it."""

app = FastAPI()


def _mark(provider: str, stream: str, name: str) -> dict[str, Any]:
    return {
        "twilio": {"event": "mark", "streamSid": stream, "mark": {"name": name}},
        "telnyx": {"event": "mark", "mark": {"name": name}},
        "plivo": {"event": "checkpoint", "streamId": stream, "name": name},
        "exotel": {"event": "mark", "stream_sid": stream, "mark": {"name": name}},
    }[provider]


def _serializer(provider: str, call: Any) -> Any:
    made = {"twilio": TwilioFrameSerializer, "plivo": PlivoFrameSerializer, "exotel": ExotelFrameSerializer}
    if provider == "telnyx":
        coding = call["outbound_encoding"]
        params = TelnyxFrameSerializer.InputParams(auto_hang_up=False)
        return TelnyxFrameSerializer(call["stream_id"], coding, coding, params=params)
    if provider == "exotel":
        return ExotelFrameSerializer(call["stream_id"])
    return made[provider](call["stream_id"], params=made[provider].InputParams(auto_hang_up=False))


class Parrot(FrameProcessor):
    """Says what it heard, as a voice would: in pieces, faster than it sounds."""

    def __init__(self, provider: str, stream: str) -> None:
        super().__init__()
        self._provider, self._stream = provider, stream
        self._heard, self._speech, self._answers = bytearray(), False, 0
        self._bot_speaks = False

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            self._heard += frame.audio
            if not self._speech:
                del self._heard[:-LEAD_IN]
            return
        if isinstance(frame, BotStartedSpeakingFrame | BotStoppedSpeakingFrame):
            self._bot_speaks = isinstance(frame, BotStartedSpeakingFrame)
        elif isinstance(frame, VADUserStartedSpeakingFrame):
            self._speech = True
            if self._bot_speaks:
                await self.broadcast_interruption()
        elif isinstance(frame, VADUserStoppedSpeakingFrame):
            self._speech, heard = False, bytes(self._heard)
            self._heard.clear()
            await self._say(heard)
        elif isinstance(frame, InputDTMFFrame):
            tone = (round(6000 * math.sin(n * 2 * math.pi * 440 / RATE)) for n in range(RATE // 2))
            await self._say(b"".join(struct.pack("<h", sample) for sample in tone))
        await self.push_frame(frame, direction)

    async def _say(self, audio: bytes) -> None:
        self._answers += 1
        await self.push_frame(TTSStartedFrame())
        for at in range(0, len(audio), RATE // 5):
            await self.push_frame(TTSAudioRawFrame(audio[at : at + RATE // 5], RATE, 1))
        await self.push_frame(TTSStoppedFrame())
        mark = _mark(self._provider, self._stream, f"answer-{self._answers}")
        await self.push_frame(OutputTransportMessageFrame(message=mark))


@app.websocket("/{path:path}")
async def call(websocket: WebSocket, path: str) -> None:
    await websocket.accept()
    provider, call = await parse_telephony_websocket(websocket)
    if provider not in ("twilio", "telnyx", "plivo", "exotel"):
        await websocket.close(1008)
        return
    params = FastAPIWebsocketParams(
        audio_in_enabled=True, audio_out_enabled=True, serializer=_serializer(provider, call)
    )
    transport = FastAPIWebsocketTransport(websocket, params)
    vad = VADProcessor(vad_analyzer=SileroVADAnalyzer(params=VADParams(stop_secs=0.5)))
    stages = [transport.input(), vad, Parrot(provider, call["stream_id"]), transport.output()]
    task = PipelineTask(Pipeline(stages), params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE))

    @transport.event_handler("on_client_disconnected")
    async def gone(transport: Any, client: Any) -> None:
        await task.cancel()

    await PipelineRunner(handle_sigint=False).run(task)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8830)
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="warning")
