"""Language codes: what people write ("en-US", "ENG", "zh_Hans_CN", "German") and the short code that is meant."""

from __future__ import annotations

from voiceflow.errors import GraphError

# Every language whose text the chunkers know how to cut, by ISO 639-1 code (639-3 where there is no shorter).
NAMES = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "as": "Assamese", "az": "Azerbaijani", "be": "Belarusian",
    "bg": "Bulgarian", "bgc": "Haryanvi", "bn": "Bengali", "bo": "Tibetan", "ca": "Catalan", "cs": "Czech",
    "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
    "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fil": "Filipino", "fr": "French",
    "ga": "Irish", "gl": "Galician", "gu": "Gujarati", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian",
    "hu": "Hungarian", "hy": "Armenian", "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese",
    "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "kok": "Konkani",
    "lo": "Lao", "lt": "Lithuanian", "lv": "Latvian", "mai": "Maithili", "mk": "Macedonian", "ml": "Malayalam",
    "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "my": "Burmese", "nb": "Norwegian", "ne": "Nepali",
    "nl": "Dutch", "or": "Odia", "pa": "Punjabi", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sa": "Sanskrit", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "sq": "Albanian",
    "sr": "Serbian", "sv": "Swedish", "sw": "Swahili", "ta": "Tamil", "te": "Telugu", "th": "Thai",
    "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip

_ALIASES = {
    "no": "nb", "nn": "nb", "nob": "nb", "iw": "he", "in": "id", "tl": "fil", "cmn": "zh", "yue": "zh", "zho": "zh",
    "chi": "zh", "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "por": "pt", "rus": "ru", "ukr": "uk", "jpn": "ja", "kor": "ko", "ara": "ar", "hin": "hi", "ben": "bn",
    "tam": "ta", "tel": "te", "kan": "kn", "mal": "ml", "mar": "mr", "guj": "gu", "pan": "pa", "ori": "or",
    "ory": "or", "asm": "as", "urd": "ur", "nep": "ne", "npi": "ne", "sin": "si", "san": "sa", "gom": "kok",
    "pol": "pl", "ces": "cs", "cze": "cs", "slk": "sk", "slo": "sk", "slv": "sl", "hrv": "hr", "srp": "sr",
    "bul": "bg", "mkd": "mk", "ell": "el", "gre": "el", "tur": "tr", "nld": "nl", "dut": "nl", "swe": "sv",
    "dan": "da", "nor": "nb", "fin": "fi", "est": "et", "lav": "lv", "lit": "lt", "hun": "hu", "ron": "ro",
    "rum": "ro", "cat": "ca", "heb": "he", "fas": "fa", "per": "fa", "vie": "vi", "ind": "id", "msa": "ms",
    "may": "ms", "tha": "th", "lao": "lo", "khm": "km", "mya": "my", "bur": "my", "hye": "hy", "arm": "hy",
    "kat": "ka", "geo": "ka", "kaz": "kk", "aze": "az", "uzb": "uz", "amh": "am", "swa": "sw", "bod": "bo",
}  # fmt: skip

_BY_NAME = {name.lower(): code for code, name in NAMES.items()}

INDIC = ("as", "bgc", "bn", "gu", "hi", "kn", "kok", "mai", "ml", "mr", "ne", "or", "pa", "sa", "si", "ta", "te", "ur")


def normalise(tag: str) -> str:
    """The short code of a language tag or English name: "en-US" and "English" are "en", "zh_Hans" is "zh".

    Raises:
        GraphError: the language is not one that the text machines know; the message lists those.
    """
    plain = tag.strip().lower().replace("_", "-")
    primary = plain.split("-", 1)[0]
    for candidate in (plain, primary):
        code = _ALIASES.get(candidate) or _BY_NAME.get(candidate) or candidate
        if code in NAMES:
            return code
    raise GraphError(
        f"language {tag!r} is not known to the text machines; known are {', '.join(NAMES)}. "
        "Leave the language out to go by the script of the text."
    )
