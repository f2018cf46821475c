"""The sound of the page, in a browser: rates, what is played and what has sounded."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from chromium import chromium, tab
from page_host import page_host
from parts import CHROMIUM

pytestmark = [pytest.mark.slow, CHROMIUM.mark]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with chromium(tmp_path_factory.mktemp("profile")) as address:
        yield address


async def run(browser: str, script: str) -> Any:
    """What a function's body returns on a page of ours."""
    async with page_host() as host, tab(browser) as page:
        await page.open(host.address + "icon.svg")
        return await page.evaluate(f"(async () => {{ {script} }})()")


async def test_a_tone_keeps_its_place_and_height_at_any_rate(browser: str) -> None:
    """Whatever the rates and however it comes in blocks, as many samples leave as should, where they belong."""
    script = """
    const { Resampler } = await import("/resampler.js");
    const worst = {};
    for (const [from, to] of [[48000, 16000], [24000, 48000], [24000, 44100], [44100, 16000], [8000, 48000]]) {
        const pitch = 0.35 * Math.min(from, to);
        const tone = (n, rate) => Math.sin((2 * Math.PI * pitch * n) / rate);
        const resampler = new Resampler(from, to);
        const found = [];
        for (let at = 0; at < from / 2; at += 128) {
            const length = Math.min(128, from / 2 - at);
            found.push(...resampler.push(Float32Array.from({ length }, (_, n) => tone(at + n, from))));
        }
        found.push(...resampler.drain());
        const off = found.slice(200, -200).map((sample, n) => Math.abs(sample - tone(n + 200, to)));
        worst[`${from} ${to}`] = [found.length - to / 2, Math.max(...off) < 1e-4];
    }
    return worst;
    """
    right = [0, True]
    assert await run(browser, script) == {
        "48000 16000": right, "24000 48000": right, "24000 44100": right, "44100 16000": right, "8000 48000": right
    }  # fmt: skip


async def test_what_is_above_the_new_rate_is_not_heard(browser: str) -> None:
    """10 kHz has no place at 16 kHz: it is 80 dB down, and not folded to 6 kHz."""
    script = """
    const { Resampler } = await import("/resampler.js");
    const tone = Float32Array.from({ length: 48000 }, (_, n) => Math.sin((2 * Math.PI * 10000 * n) / 48000));
    const found = new Resampler(48000, 16000).push(tone);
    return Math.max(...found.slice(200, -200).map(Math.abs));
    """
    assert await run(browser, script) < 1e-4


PLAYED = """
    const { Playback } = await import("/playback.js");
    const rate = 24000, device = 48000, quantum = 128;
    const playback = new Playback(rate, device);
    let now = 0;
    const heard = [];
    const render = (seconds) => {
        for (const until = now + seconds; now < until - 1e-9; now += quantum / device) {
            const block = new Float32Array(quantum);
            playback.render(block, now);
            heard.push(...block);
        }
    };
    const say = (turn, position, length, loud = 0.5) =>
        playback.push({ turn, position, samples: new Float32Array(length).fill(loud) });
    const sound = () => heard.filter((sample) => Math.abs(sample) > 0.25).length;
"""


async def test_all_that_comes_is_played_once_and_told(browser: str) -> None:
    """From the first block on, at the device's rate; what comes again after a resume is not said again."""
    script = f"""{PLAYED}
    say(1, 0, 2400); say(1, 2400, 2400); say(1, 1200, 4800);
    render(0.1);
    const midway = playback.sounded;
    render(0.3);
    return [midway, playback.sounded, sound(), heard.findIndex((sample) => sample > 0.25)];
    """
    midway, end, sound, first = await run(browser, script)
    assert midway == {"turn": 1, "position": 2432, "missed": 0}  # 38 blocks of the device, each 64 samples of the voice
    assert end == {"turn": 1, "position": 6000, "missed": 0}
    assert abs(sound - 12000) <= 2
    assert first <= 2


async def test_what_is_with_the_device_has_not_sounded_yet(browser: str) -> None:
    """A loudspeaker that is 100 ms behind has sounded 100 ms less."""
    script = f"""{PLAYED}
    playback.latency = 0.1;
    say(1, 0, 4800);
    render(0.2);
    const midway = playback.sounded.position;
    render(0.1);
    return [midway, playback.given.position, playback.sounded.position];
    """
    midway, given, sounded = await run(browser, script)
    assert abs(midway - 2400) <= 128
    assert given == sounded == 4800


async def test_a_turn_that_is_cleared_falls_silent_within_one_block(browser: str) -> None:
    """It fades within the next block of the device, and tells how far it got; what is on its way of it is not said."""
    script = f"""{PLAYED}
    say(1, 0, 24000);
    render(0.1);
    const before = heard.length;
    playback.clear(1);
    render(128 / device);
    const answer = playback.sounded;
    say(1, 24000, 2400);
    render(0.1);
    const after = heard.slice(before);
    return [answer, before, Math.max(...after.slice(128)), after.slice(0, 127).every((x, n) => x > after[n + 1])];
    """
    answer, before, loudest, falls = await run(browser, script)
    assert answer == {"turn": 1, "position": (before + 128) // 2, "missed": 0}
    assert loudest == 0
    assert falls


async def test_a_turn_that_is_held_goes_on_where_it_fell_silent(browser: str) -> None:
    """With the next sample, once it comes, and not before; the silence in between is nobody's miss."""
    script = f"""{PLAYED}
    const stood = [];
    for (let from = 0; from < 4; from += 1) {{
        const at = from ? stood[from - 1].position : 0;
        say(1, at, 24000 - at);
        render(0.1);
        playback.hold(1);
        render(128 / device);
        stood.push(playback.sounded);
        render(0.1);
    }}
    const {{ position }} = stood[3];
    say(1, position, 24000 - position);
    render(1);
    return [stood.map(({{ position, missed }}) => [position, missed]), playback.sounded, playback.breaks, sound()];
    """
    stood, end, breaks, sound = await run(browser, script)
    assert [missed for _, missed in stood] == [0, 0, 0, 0]
    assert all(2400 <= after - before <= 2600 for (before, _), (after, _) in pairwise([(0, 0), *stood]))
    assert end == {"turn": 1, "position": 24000, "missed": 0}
    assert breaks == 0
    # All but what fades, in which every sample is played and not every one is loud.
    assert 48000 - 4 * 128 <= sound <= 48000


async def test_silence_within_a_turn_is_counted(browser: str) -> None:
    """Samples of nothing between two of a turn are missed, and one break; between turns there may be silence."""
    script = f"""{PLAYED}
    say(1, 0, 2400);
    render(0.15);
    say(1, 2400, 2400);
    render(0.2);
    const {{ missed }} = playback.given;
    say(2, 0, 2400);
    render(0.2);
    return [missed, playback.breaks, playback.sounded];
    """
    missed, breaks, sounded = await run(browser, script)
    assert abs(missed - 0.05 * 24000) <= 128
    assert breaks == 1
    assert sounded == {"turn": 2, "position": 2400, "missed": 0}


async def test_the_worklet_plays_and_tells(browser: str) -> None:
    """In a context that renders faster than real time: it gives what it got, and falls silent where it was told to."""
    script = """
    const rate = 48000;
    const context = new OfflineAudioContext(1, rate / 2, rate);
    await context.audioWorklet.addModule("/player-worklet.js");
    const node = new AudioWorkletNode(context, "player", { numberOfInputs: 0, outputChannelCount: [1] });
    node.connect(context.destination);
    const told = [];
    node.port.onmessage = ({ data }) => told.push(data);
    const rest = () => new Promise((done) => setTimeout(done, 50));
    const at = async (when, ...messages) => {
        await context.suspend(when);
        for (const [name, value] of messages) node.port.postMessage({ name, value });
        await rest();
        context.resume();
    };
    at(0, ["begin", 24000], ["audio", { turn: 1, position: 0, samples: new Float32Array(24000).fill(0.5) }]);
    at(0.25, ["clear", 1]);
    const sound = (await context.startRendering()).getChannelData(0).filter((sample) => sample > 0.25);
    await rest();
    const { value } = told.find(({ name }) => name === "cleared");
    return [sound.length, value, told.some(({ name }) => name === "sounded")];
    """
    length, cleared, sounded = await run(browser, script)
    assert abs(length - 12000) <= 192
    assert cleared["turn"] == 1
    assert abs(2 * cleared["position"] - length) <= 192
    assert sounded


async def test_pcm_survives_both_ways(browser: str) -> None:
    """All 16 bits of a sample, and what is beyond full scale is clipped."""
    script = """
    const { audio, pcm16 } = await import("/protocol.js");
    const header = new Uint8Array([3, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0]);
    const samples = Int16Array.from({ length: 65536 }, (_, n) => n - 32768);
    const block = new Uint8Array([...header, ...new Uint8Array(samples.buffer)]);
    const read = audio(block.buffer);
    const again = new Int16Array(pcm16(read.samples));
    const clipped = [...new Int16Array(pcm16(Float32Array.of(2, -2, 1)))];
    return [read.turn, read.position, again.every((x, n) => x === samples[n]), clipped, audio(new ArrayBuffer(11))];
    """
    assert await run(browser, script) == [3, 7 + 2**32, True, [32767, -32768, 32767], None]


async def test_a_time_stamp_is_a_place_in_a_turn(browser: str) -> None:
    """Before anything is known, within a turn, behind it, and where time stamps begin again."""
    script = """
    const { Timeline } = await import("/timeline.js");
    const line = new Timeline();
    const found = [line.at(5)];
    line.push({ rtp: 2 ** 32 - 480, turn: 1, position: 0, sounds: true });
    line.push({ rtp: 960, turn: 1, position: 1440, sounds: false });
    line.push({ rtp: 2880, turn: 2, position: 0, sounds: true });
    for (const rtp of [2 ** 32 - 960, 2 ** 32 - 480, 480, 960, 2000, 3840]) found.push(line.at(rtp));
    const soon = [line.soon(1, 480, 2000), line.soon(1, 480, 2401), line.soon(2, 480, 9999)];
    line.silence();
    line.push({ rtp: 9600, turn: 2, position: 960, sounds: true });
    return [found, ...soon, line.soon(2, 4800, 4800), line.soon(2, 4800, 4801)];
    """
    places, *soon = await run(browser, script)
    told = [None if place is None else (place["turn"], place["position"], place["playing"]) for place in places]
    assert told == [
        None, None, (1, 0, True), (1, 960, True), (1, 1440, False), (1, 1440, False), (2, 960, True)
    ]  # fmt: skip
    assert soon == [False, True, False, False, True]
