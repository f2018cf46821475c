"""A sound server that ends in the middle of a call."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import attrs
import numpy as np
import pytest
import trio
from sound_server import default_devices

from voiceflow import ProviderError
from voiceflow.nodes.sounddevice import LocalAudio

pytestmark = pytest.mark.real_time


@attrs.define
class Nothing:
    """Services of a session that nobody watches."""

    def mark(self, name: str, **values: object) -> None:
        pass


async def for_ever(what: Callable[[], Awaitable[object]]) -> None:
    while True:
        await what()


@pytest.mark.slow
@pytest.mark.alone
async def test_both_ends_say_so_and_may_be_tried_again() -> None:
    """Retryable errors, at once or nearly; nothing hangs, and no thread stays."""
    services: Any = Nothing()
    with default_devices() as settings:
        audio = LocalAudio()
        microphone, loudspeaker = audio.microphone.stream, audio.loudspeaker
        with trio.fail_after(30):
            async with microphone.open(), loudspeaker.open(services):
                await microphone.take()
                await trio.run_process(["pactl", "exit"], env={**os.environ, **settings})
                with pytest.raises(ProviderError) as heard:
                    await for_ever(microphone.take)
                with pytest.raises(ProviderError) as played:
                    await for_ever(partial(loudspeaker.write, np.ones(960, np.int16)))
        assert (heard.value.retryable, played.value.retryable) == (True, True)
        assert not microphone.running
        assert not loudspeaker.stream.running
