"""Which script a character or a text is in, from the blocks of the Unicode standard."""

from __future__ import annotations

from bisect import bisect_right
from functools import cache
from itertools import islice

# (first, last, script): the blocks in which living languages are written, in order.
_BLOCKS: tuple[tuple[int, int, str], ...] = (
    (0x0041, 0x005A, "Latn"), (0x0061, 0x007A, "Latn"), (0x00AA, 0x00AA, "Latn"), (0x00BA, 0x00BA, "Latn"),
    (0x00C0, 0x00D6, "Latn"), (0x00D8, 0x00F6, "Latn"), (0x00F8, 0x02AF, "Latn"), (0x0370, 0x03FF, "Grek"),
    (0x0400, 0x052F, "Cyrl"), (0x0531, 0x0587, "Armn"), (0x0591, 0x05F4, "Hebr"), (0x0610, 0x06FF, "Arab"),
    (0x0700, 0x074F, "Syrc"), (0x0750, 0x077F, "Arab"), (0x0780, 0x07BF, "Thaa"), (0x08A0, 0x08FF, "Arab"),
    (0x0900, 0x0963, "Deva"), (0x0966, 0x097F, "Deva"), (0x0980, 0x09FF, "Beng"), (0x0A00, 0x0A7F, "Guru"),
    (0x0A80, 0x0AFF, "Gujr"), (0x0B00, 0x0B7F, "Orya"), (0x0B80, 0x0BFF, "Taml"), (0x0C00, 0x0C7F, "Telu"),
    (0x0C80, 0x0CFF, "Knda"), (0x0D00, 0x0D7F, "Mlym"), (0x0D80, 0x0DFF, "Sinh"), (0x0E01, 0x0E5B, "Thai"),
    (0x0E80, 0x0EFF, "Laoo"), (0x0F00, 0x0FFF, "Tibt"), (0x1000, 0x109F, "Mymr"), (0x10A0, 0x10FF, "Geor"),
    (0x1100, 0x11FF, "Hang"), (0x1200, 0x139F, "Ethi"), (0x13A0, 0x13FF, "Cher"), (0x1780, 0x17FF, "Khmr"),
    (0x1800, 0x18AF, "Mong"), (0x1C90, 0x1CBF, "Geor"), (0x1E00, 0x1EFF, "Latn"), (0x1F00, 0x1FFF, "Grek"),
    (0x2E80, 0x2FDF, "Hani"), (0x3005, 0x3007, "Hani"), (0x3041, 0x309F, "Hira"), (0x30A0, 0x30FF, "Kana"),
    (0x3100, 0x312F, "Bopo"), (0x3130, 0x318F, "Hang"), (0x31F0, 0x31FF, "Kana"), (0x3400, 0x4DBF, "Hani"),
    (0x4E00, 0x9FFF, "Hani"), (0xA840, 0xA87F, "Phag"), (0xA8E0, 0xA8FF, "Deva"), (0xAA60, 0xAA7F, "Mymr"),
    (0xAC00, 0xD7AF, "Hang"), (0xF900, 0xFAFF, "Hani"), (0xFB50, 0xFDFF, "Arab"), (0xFE70, 0xFEFE, "Arab"),
    (0xFF21, 0xFF3A, "Latn"), (0xFF41, 0xFF5A, "Latn"), (0xFF66, 0xFF9F, "Kana"), (0x20000, 0x3FFFF, "Hani"),
)  # fmt: skip
_STARTS = [first for first, _, _ in _BLOCKS]

# Written without spaces between words: a cut may fall between any two characters.
SPACELESS = frozenset({"Hani", "Hira", "Kana", "Bopo", "Thai", "Laoo", "Mymr", "Khmr", "Tibt"})
# Written without upper and lower case (of those with case: Latin, Greek, Cyrillic, Armenian, Cherokee).
CASED = frozenset({"Latn", "Grek", "Cyrl", "Armn", "Cher"})

# The language that a script alone stands for. Where several share it, the one with the most readers.
BY_SCRIPT = {
    "Latn": "en", "Grek": "el", "Cyrl": "ru", "Armn": "hy", "Hebr": "he", "Arab": "ar", "Deva": "hi", "Beng": "bn",
    "Guru": "pa", "Gujr": "gu", "Orya": "or", "Taml": "ta", "Telu": "te", "Knda": "kn", "Mlym": "ml", "Sinh": "si",
    "Thai": "th", "Laoo": "lo", "Tibt": "bo", "Mymr": "my", "Geor": "ka", "Hang": "ko", "Ethi": "am", "Khmr": "km",
    "Mong": "mn", "Hani": "zh", "Hira": "ja", "Kana": "ja", "Bopo": "zh",
}  # fmt: skip

_SAMPLE = 200  # characters looked at: enough to tell, and a bound on the cost


@cache
def script_of(character: str) -> str:
    """The four-letter code (ISO 15924) of a character's script; "" for digits, signs and white space."""
    code = ord(character)
    index = bisect_right(_STARTS, code) - 1
    if index < 0:
        return ""
    _, last, script = _BLOCKS[index]
    return script if code <= last else ""


def is_spaceless(character: str) -> bool:
    """Whether the character belongs to a script that puts no spaces between words."""
    return character > "\u0e00" and script_of(character) in SPACELESS


def detect_script(text: str) -> str:
    """The script of most letters among the first 200 of the text; "" where there is no letter.

    Any kana makes it Japanese and any Hangul Korean, because both mix with Han characters.
    """
    counts: dict[str, int] = {}
    for script in islice((script for script in map(_script, text) if script), _SAMPLE):
        counts[script] = counts.get(script, 0) + 1
    for script in ("Hira", "Kana", "Hang"):
        if script in counts and "Hani" in counts:
            return script
    return max(counts, key=counts.__getitem__, default="")


def _script(character: str) -> str:
    return script_of(character)  # the cached function has no types that a checker sees through `map`


# Letters that tell neighbours in one script apart.
_TELLTALE = (("ٹڈڑےں", "ur"), ("پچژگ", "fa"), ("їєґі", "uk"), ("ў", "be"), ("әғқңөұһ", "kk"), ("ђћљњџј", "sr"))


def detect_language(text: str, default: str = "en") -> str:
    """A guess from the script alone; `default` where the text has no letters or they are Latin."""
    script = detect_script(text)
    if script in ("", "Latn"):
        return default
    if script in ("Arab", "Cyrl"):
        sample = text[:_SAMPLE].lower()
        for letters, language in _TELLTALE:
            if script_of(letters[0]) == script and any(letter in sample for letter in letters):
                return language
    return BY_SCRIPT.get(script, default)
