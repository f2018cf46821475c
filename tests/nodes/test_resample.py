from typing import Any, cast

import numpy as np
import pytest
import trio

from voiceflow import Audio
from voiceflow.nodes.resample import Resample
from voiceflow.testing import check_filter, drive


def test_as_a_node_it_gives_the_same_seconds_at_another_rate() -> None:
    """A second at 48 kHz in blocks of 20 ms comes out as a second at 16 kHz, the tone in its place."""
    tone = np.rint(8000 * np.sin(2 * np.pi * 300 * np.arange(48000) / 48000)).astype(np.int16)
    blocks = [Audio(tone[at : at + 960], 48000, at) for at in range(0, 48000, 960)]
    driven = trio.run(drive, Resample(rate=16000), {"input": blocks})
    audio = [frame for frame in driven["audio"] if isinstance(frame, Audio)]
    assert [block.pts for block in audio] == [0, *(block.end for block in audio[:-1])]
    out = np.concatenate([block.samples for block in audio])
    assert len(out) == 16000
    assert np.abs(out[200:-200] - tone[::3][200:-200].astype(int)).max() <= 2


@pytest.mark.parametrize(("setting", "value"), [("rate", 0), ("rate", 10**6), ("quality", "good")])
def test_a_setting_out_of_range_is_refused(setting: str, value: Any) -> None:
    """The message names the setting."""
    with pytest.raises(ValueError, match=setting):
        Resample(**cast(dict[str, Any], {"rate": 16000, setting: value}))


@pytest.mark.parametrize(("rate", "target"), [(16000, 24000), (44100, 16000), (8000, 8000)])
async def test_it_keeps_the_contract_of_a_filter(rate: int, target: int) -> None:
    """Places, silence, any blocks, and what is cancelled: as of every filter."""
    await check_filter(lambda: Resample(rate=target), rate=rate)
