"""How other projects take a reply apart. Runs by itself, in the interpreter in which the other project is installed.

    python _peer.py NAME      then a JSON request a line on standard input, a JSON answer a line on standard output

A request is `{"deltas": [...], "repeat": n, "limit": seconds}`, answered for each way the project has with
`{way: [CPU seconds, characters fed]}`, or `{"text": ..., "language": ...}`, answered with the sentences, or null where
the project has no splitter. Needs nothing but the standard library and that project.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import suppress
from typing import Any

Deltas = Iterable[str]
Way = Callable[[Deltas], Coroutine[Any, Any, None]]
Split = Callable[[str, str], list[str]]


class OutOfTime(Exception):
    """The limit of one run has passed."""


class Feed:
    """The deltas, as long as there is time."""

    def __init__(self, deltas: list[str], limit: float) -> None:
        self.fed = 0
        self._deltas = deltas
        self._until = time.process_time() + limit

    def __iter__(self) -> Iterator[str]:
        for delta in self._deltas:
            if time.process_time() > self._until:
                raise OutOfTime
            yield delta
            self.fed += len(delta)


async def _aiter(deltas: Deltas) -> AsyncIterator[str]:
    for delta in deltas:
        yield delta


def _load(name: str) -> Any:
    return importlib.import_module(name)


def pipecat() -> tuple[dict[str, Way], Split | None]:
    """Sentences by its simple aggregator, each then cleaned."""
    aggregator = _load("pipecat.utils.text.simple_text_aggregator").SimpleTextAggregator
    strip_markdown = _load("pipecat.utils.text.transforms").strip_markdown
    markdown = _load("pipecat.utils.text.markdown_text_filter").MarkdownTextFilter

    def way(clean: Callable[[str], Coroutine[Any, Any, str]]) -> Way:
        async def run(deltas: Deltas) -> None:
            machine = aggregator(language="en")
            for delta in deltas:
                async for sentence in machine.aggregate(delta):
                    await clean(sentence.text)
            rest = await machine.flush()
            if rest:
                await clean(rest.text)

        return run

    return {
        "simple aggregator, strip_markdown": way(lambda text: strip_markdown(text, "sentence")),
        "simple aggregator, MarkdownTextFilter": way(lambda text: markdown().filter(text)),
    }, None


def livekit() -> tuple[dict[str, Way], Split | None]:
    """Its default path: Markdown and emoji filtered, sentences by blingfire."""
    tokenize = _load("livekit.agents").tokenize
    transforms = _load("livekit.agents.voice.transcription.text_transforms")
    apply = transforms._apply_text_transforms

    async def run(deltas: Deltas) -> None:
        stream = tokenize.blingfire.SentenceTokenizer(retain_format=True).stream()
        async for piece in apply(_aiter(deltas), ["filter_markdown", "filter_emoji"]):
            stream.push_text(piece)
        stream.end_input()
        async for _ in stream:
            pass
        await stream.aclose()

    def split(text: str, language: str) -> list[str]:
        found: list[str] = tokenize.blingfire.SentenceTokenizer(min_sentence_len=1).tokenize(text)
        return found

    return {"default path": run}, split


def videosdk() -> tuple[dict[str, Way], Split | None]:
    """Its default path: text filter and sentence chunker."""
    tokenize = _load("videosdk.agents.tokenize")

    async def run(deltas: Deltas) -> None:
        stream = tokenize.BasicSentenceChunker().stream()
        async for piece in tokenize.BasicTextFilter.for_language("auto").filter(_aiter(deltas)):
            await stream.push_text(piece)
        await stream.end_input()
        async for _ in stream:
            pass

    def split(text: str, language: str) -> list[str]:
        found: list[str] = tokenize.BasicSentenceChunker(language=language).tokenize(text)
        return [sentence.strip() for sentence in found]

    return {"default path": run}, split


def pysbd() -> tuple[dict[str, Way], Split | None]:
    """Cannot stream."""
    segmenter = _load("pysbd").Segmenter

    def split(text: str, language: str) -> list[str]:
        return [str(sentence).strip() for sentence in segmenter(language=language, clean=False).segment(text)]

    return {}, split


def sentencex() -> tuple[dict[str, Way], Split | None]:
    """Cannot stream."""
    segment = _load("sentencex").segment

    def split(text: str, language: str) -> list[str]:
        return [stripped for sentence in segment(language, text) if (stripped := str(sentence).strip())]

    return {}, split


def blingfire() -> tuple[dict[str, Way], Split | None]:
    """Cannot stream, and knows no languages."""
    sentences = _load("blingfire").text_to_sentences

    def split(text: str, language: str) -> list[str]:
        del language
        return [sentence for sentence in str(sentences(text)).split("\n") if sentence]

    return {}, split


PEERS: dict[str, Callable[[], tuple[dict[str, Way], Split | None]]] = {
    "pipecat": pipecat, "livekit": livekit, "videosdk": videosdk,
    "pysbd": pysbd, "sentencex": sentencex, "blingfire": blingfire,
}  # fmt: skip


def _best(way: Way, deltas: list[str], repeat: int, limit: float) -> tuple[float, int]:
    """The fastest of some runs: CPU seconds, and how many characters it came to."""
    best = (float("inf"), 1)
    for _ in range(repeat):
        feed = Feed(deltas, limit)
        began = time.process_time()
        with suppress(OutOfTime):
            asyncio.run(way(feed))
        took = time.process_time() - began
        best = min(best, (took, feed.fed), key=lambda each: each[0] / max(1, each[1]))
        if took > limit / 4:
            break
    return best


def _sentences(split: Split, text: str, language: str) -> list[str] | None:
    try:
        return split(text, language)
    except (KeyError, ValueError):  # a language that it does not have
        return None


def main() -> None:
    ways, split = PEERS[sys.argv[1]]()
    for line in sys.stdin:
        asked = json.loads(line)
        answer: object
        if "deltas" in asked:
            answer = {name: _best(way, asked["deltas"], asked["repeat"], asked["limit"]) for name, way in ways.items()}
        else:
            answer = None if split is None else _sentences(split, asked["text"], asked["language"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
