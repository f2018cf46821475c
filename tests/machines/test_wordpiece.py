"""Text in pieces of words, held to the library that most users of such networks take."""

from __future__ import annotations

import string
from importlib import import_module
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from voiceflow.machines.wordpiece import WordPiece

_LETTERS: Final = string.ascii_lowercase + string.digits
_LONGER: Final = ["the", "open", "##ing", "##ed", "hour", "##s", "un", "##der", "中", "文", "é", "ß", "я", "##я"]
_MARKS: Final = [*string.punctuation, "…", "¿"]
VOCABULARY: Final = {
    piece: number
    for number, piece in enumerate(
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *_LETTERS, *(f"##{each}" for each in _LETTERS), *_LONGER, *_MARKS]
    )
}


def library() -> Any:
    """The same by Hugging Face's tokenizers."""
    tokenizers, models = import_module("tokenizers"), import_module("tokenizers.models")
    made = tokenizers.Tokenizer(models.WordPiece(VOCABULARY, unk_token="[UNK]", max_input_chars_per_word=100))
    made.normalizer = import_module("tokenizers.normalizers").BertNormalizer()
    made.pre_tokenizer = import_module("tokenizers.pre_tokenizers").BertPreTokenizer()
    made.post_processor = import_module("tokenizers.processors").BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return made


LIBRARY: Final = library()
# Which letters there are has changed from one version of Unicode to the next, and not all have the same one.
_text = st.text(
    st.characters(max_codepoint=0x52F, exclude_categories=("Cn", "Co", "Cs")) | st.sampled_from("中文…\u200b\ufffd")
)
_worded = st.lists(
    st.sampled_from(["the", "open", "hours", "Opened", "CAFÉ", "x" * 100, "y" * 101, "a,b"]) | _text
).map(" ".join)


@settings(max_examples=60)
@given(_worded)
@example("opening hours, the café's\tundermined\r\nends-of-lines 中文x")
def test_a_text_has_the_pieces_that_the_library_finds(text: str) -> None:
    """Accents, case, marks, Chinese, white space and control characters included."""
    assert WordPiece(VOCABULARY, 10**6)(text) == LIBRARY.encode(text).ids


@settings(max_examples=30)
@given(_worded, st.integers(2, 12))
def test_what_is_too_long_is_cut_and_has_its_end(text: str, most: int) -> None:
    """The rest of it is not looked at."""
    pieces = WordPiece(VOCABULARY, 10**6)(text)
    assert WordPiece(VOCABULARY, most)(text) == (pieces if len(pieces) <= most else [*pieces[: most - 1], pieces[-1]])
