"""A phrase as a voice said it, whole."""

from __future__ import annotations

import attrs
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voiceflow import Phrase, Spoken, WordStart
from voiceflow.machines.synthesis import Synthesis, decoded

KEY = "0123456789abcdef"
CHUNKS = st.lists(
    st.tuples(
        st.lists(st.integers(-32768, 32767), max_size=30),
        st.sampled_from([8000, 22050]),
        st.lists(st.tuples(*[st.integers(0, 10**6)] * 3), max_size=3),
    ),
    min_size=1,
    max_size=5,
)


def synthesis(chunks: list[tuple[list[int], int, list[tuple[int, int, int]]]]) -> Synthesis:
    return Synthesis(
        tuple(
            Spoken(
                np.array(samples, np.int16),
                rate,
                Phrase(""),
                last=n + 1 == len(chunks),
                words=tuple(WordStart(*word) for word in words),
            )
            for n, (samples, rate, words) in enumerate(chunks)
        )
    )


@given(CHUNKS)
def test_what_is_written_is_read(chunks: list[tuple[list[int], int, list[tuple[int, int, int]]]]) -> None:
    """Sample by sample, chunk by chunk, with the words; under its own key alone."""
    whole = synthesis(chunks)
    data = whole.encoded(KEY)
    assert decoded(data, KEY) == whole
    assert decoded(data, "another") is None


@given(CHUNKS, st.data())
def test_damage_is_seen(chunks: list[tuple[list[int], int, list[tuple[int, int, int]]]], data: st.DataObject) -> None:
    """Any byte that is another one, is lacking, or is too much."""
    written = synthesis(chunks).encoded(KEY)
    at = data.draw(st.integers(0, len(written) - 1))
    other = data.draw(st.integers(1, 255))
    assert decoded(written[:at] + bytes([written[at] ^ other]) + written[at + 1 :], KEY) is None
    assert decoded(written[:at], KEY) is None
    assert decoded(written + b"\0", KEY) is None


@given(CHUNKS, st.integers(0, 60))
def test_it_can_be_said_from_any_sample_on(
    chunks: list[tuple[list[int], int, list[tuple[int, int, int]]]], skip: int
) -> None:
    """As another phrase of the same text; the last chunk comes in any case, once."""
    phrase = Phrase("hello", ((0, 3, 5),))
    said = list(synthesis(chunks).said(phrase, skip))
    flat = [sample for samples, _, _ in chunks for sample in samples]
    assert [sample for chunk in said for sample in chunk.samples.tolist()] == flat[skip:]
    assert {chunk.phrase for chunk in said} == {phrase}
    assert [chunk.last for chunk in said] == [False] * (len(said) - 1) + [True]
    if not skip:
        assert [attrs.evolve(chunk, phrase=Phrase("")) for chunk in said] == list(synthesis(chunks).chunks)


def test_it_knows_how_long_and_how_large_it_is() -> None:
    """In nanoseconds of sound, and in bytes of samples at least."""
    whole = synthesis([([0] * 8000, 8000, []), ([0] * 22050, 22050, [(0, 1, 2)])])
    assert whole.nanoseconds == 2_000_000_000
    assert whole.size == 2 * 30050 + 200 * 2 + 100
