"""Who has answered the telephone: a person, or a machine that records? By words, by cadence, by a beep.

A person says little, and then waits for a reply. A machine talks on, says what machines say, and beeps. Whatever is
known first decides, once; what is not known by the deadline stays unknown. At one instant what is heard (a beep, words)
counts before what time decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import attrs
from attrs import validators as are

from voiceflow.frames import Frame
from voiceflow.machines.backchannels import tokens

_SECOND = 1_000_000_000

Kind = Literal["human", "voicemail", "unknown"]
Reason = Literal["words", "monologue", "beep", "short greeting", "judged", "deadline"]

PHRASES: Mapping[str, tuple[str, ...]] = {
    "en": (
        "leave a message", "leave your message", "leave us a message", "leave me a message", "leave your name",
        "leave a brief message", "leave a short message", "leave a detailed message", "record your message",
        "after the tone", "after the beep", "at the tone", "at the beep", "voicemail", "voice mail", "mailbox",
        "answering machine", "is not available", "not available right now", "unavailable", "can't take your call",
        "cannot take your call", "can't come to the phone", "cannot come to the phone", "can't get to the phone",
        "you've reached", "you have reached", "get back to you", "return your call", "call you back as soon as",
        "please try again later", "the number you have dialed", "the person you are calling",
        "the person you're trying to reach", "has been forwarded", "press 1", "press one",
    ),
    "de": (
        "nachricht nach dem", "nachricht hinterlassen", "hinterlassen sie", "hinterlasse eine nachricht",
        "nach dem ton", "nach dem signalton", "nach dem piepton", "anrufbeantworter", "mailbox", "nicht erreichbar",
        "nicht zu erreichen", "zurzeit nicht", "rufe sie zurück", "rufen sie zurück", "rufe zurück",
        "sie haben die nummer", "der teilnehmer",
    ),
    "fr": (
        "laissez un message", "laisser un message", "laissez moi un message", "laissez votre message", "après le bip",
        "après le signal", "répondeur", "messagerie", "boîte vocale", "pas disponible", "je vous rappellerai",
        "votre correspondant", "n est pas joignable", "vous êtes bien sur",
    ),
    "es": (
        "deje un mensaje", "deja un mensaje", "deje su mensaje", "deja tu mensaje", "dejar un mensaje",
        "después del tono", "después de la señal", "buzón", "contestador", "no está disponible", "no puedo atender",
        "no puede atender", "le devolveré la llamada", "grabe su mensaje",
    ),
    "pt": (
        "deixe um recado", "deixe seu recado", "deixe a sua mensagem", "deixe uma mensagem", "deixe sua mensagem",
        "após o sinal", "depois do sinal", "caixa postal", "correio de voz", "não está disponível", "não posso atender",
    ),
    "it": (
        "lasciate un messaggio", "lascia un messaggio", "lasciare un messaggio", "lasci un messaggio",
        "dopo il segnale", "dopo il bip", "segreteria", "casella vocale", "non è raggiungibile",
        "non sono disponibile", "non posso rispondere",
    ),
    "nl": (
        "spreek een bericht in", "laat een bericht", "bericht achter", "na de toon", "na de piep", "voicemail",
        "antwoordapparaat", "niet bereikbaar", "niet beschikbaar", "bel u terug", "bel je terug",
    ),
    "hi": ("संदेश छोड़ें", "संदेश छोड़", "बीप के बाद", "उपलब्ध नहीं", "पहुंच से बाहर", "स्विच ऑफ"),
    "ja": ("留守番電話", "メッセージをどうぞ", "発信音の後", "ピーという", "電話に出ることができません"),
    "zh": ("请留言", "語音信箱", "语音信箱", "滴声后", "提示音后", "无法接通", "暂时无法", "已关机"),
    "ko": ("삐 소리", "메시지를 남겨", "음성 사서함", "전화를 받을 수 없"),
}  # fmt: skip
"""What answering machines, and networks in their place, say: by language, each somewhere in the greeting."""


def _keys(phrases: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {language: tuple(each) for language, each in phrases.items()}


def _over_reply(settings: VoicemailSettings, field: attrs.Attribute[Any], value: float) -> None:
    if not settings.greeting < value <= 120:
        raise ValueError(f"monologue is more than greeting ({settings.greeting:g} s), and 120 s at most; got {value}")


@attrs.frozen(kw_only=True)
class VoicemailSettings:
    """What tells a person from a machine.

    A first utterance of at most `greeting` seconds with `reply` seconds of silence behind it is a person's. Speech of
    `monologue` seconds in which no pause lasts `reply` seconds is a machine's, and so is any greeting with one of the
    `phrases` of the language. `deadline` seconds after the call was answered nobody asks any more.
    """

    deadline: float = attrs.field(default=15.0, validator=[are.gt(0.0), are.le(600.0)])
    greeting: float = attrs.field(default=2.0, validator=[are.gt(0.0), are.le(30.0)])
    reply: float = attrs.field(default=1.2, validator=[are.gt(0.0), are.le(10.0)])
    monologue: float = attrs.field(default=7.0, validator=_over_reply)
    language: str = attrs.field(default="en", validator=are.min_len(1))
    phrases: Mapping[str, tuple[str, ...]] = attrs.field(default=PHRASES, converter=_keys, repr=False)


@attrs.frozen
class Verdict(Frame):
    """Who has answered, why that is believed, and when it was known: nanoseconds on the session's clock."""

    kind: Kind
    why: Reason
    at: int


@attrs.define
class Voicemail:
    """One verdict about the call that was answered at `began`. All instants are integer nanoseconds of one clock.

    Events may come late, twice and out of order; after the verdict nothing changes it.
    """

    settings: VoicemailSettings = attrs.Factory(VoicemailSettings)
    began: int = 0
    verdict: Verdict | None = attrs.field(default=None, init=False)
    _spoken: str = attrs.field(default="", init=False, repr=False)
    """The final words so far."""
    _speaking: bool = attrs.field(default=False, init=False)
    _begin: int | None = attrs.field(default=None, init=False)
    """Where the speech without a long pause began; None before there was any, and behind such a pause."""
    _end: int = attrs.field(default=0, init=False)
    _utterances: int = attrs.field(default=0, init=False)
    """Stretches of speech with long pauses between them."""
    _now: int = attrs.field(default=0, init=False)

    def speech(self, active: bool, at: int, now: int) -> Verdict | None:
        """Speech began, or ended, at `at`, which was known at `now`."""
        # What lay before is decided first, by when it was: the VAD is late by the silence that it waits for.
        self._look(min(at, now))
        at = max(at, self._end)
        if active and not self._speaking:
            if self._begin is None:
                self._begin, self._utterances = at, self._utterances + 1
            self._speaking = True
        elif not active and self._speaking:
            self._speaking, self._end = False, at
        return self.tick(now)

    def words(self, text: str, now: int, *, final: bool = True) -> Verdict | None:
        """What a recogniser has heard: an interim holds the whole open utterance."""
        heard = f"{self._spoken} {text}"
        if final:
            self._spoken = heard[-1000:]
        self._look(now - 1)
        if self.verdict is None and self._is_machines(heard):
            self._decide("voicemail", "words", now)
        return self.tick(now)

    @property
    def text(self) -> str:
        """The final words so far: a caller's."""
        return self._spoken.strip()

    def beep(self, now: int) -> Verdict | None:
        """A beep was over."""
        self._look(now - 1)
        return self.verdict or self._decide("voicemail", "beep", now)

    def judge(self, kind: Kind, now: int) -> Verdict | None:
        """Somebody else (a language model that was shown the words) is sure; `unknown` changes nothing."""
        self._look(now - 1)
        if self.verdict is None and kind != "unknown":
            self._decide(kind, "judged", now)
        return self.tick(now)

    def tick(self, now: int) -> Verdict | None:
        """What time has decided, if it has."""
        self._look(now)
        return self.verdict

    def due(self) -> int | None:
        """When `tick` wants to be called; None for never."""
        return None if self.verdict is not None else min(at for at, _ in self._timers())

    def _timers(self) -> list[tuple[int, Literal["deadline", "monologue", "pause"]]]:
        timers: list[tuple[int, Literal["deadline", "monologue", "pause"]]] = [
            (self.began + round(self.settings.deadline * _SECOND), "deadline")
        ]
        if self._begin is not None and self._speaking:
            timers.append((self._begin + round(self.settings.monologue * _SECOND), "monologue"))
        elif self._begin is not None:
            timers.append((self._end + round(self.settings.reply * _SECOND), "pause"))
        return timers

    def _look(self, now: int) -> None:
        self._now = max(self._now, now)
        while self.verdict is None:
            at, what = min(self._timers())
            if at > self._now:
                return
            if what == "deadline":
                self._decide("unknown", "deadline", at)
            elif what == "monologue":
                self._decide("voicemail", "monologue", at)
            else:
                self._pause(at)

    def _pause(self, at: int) -> None:
        begin, self._begin = self._begin, None
        assert begin is not None
        if self._utterances == 1 and self._end - begin <= round(self.settings.greeting * _SECOND):
            self._decide("human", "short greeting", at)

    def _decide(self, kind: Kind, why: Reason, at: int) -> Verdict:
        self.verdict = Verdict(kind, why, max(at, self.began))
        return self.verdict

    def _is_machines(self, text: str) -> bool:
        words = tokens(text)
        phrases = self.settings.phrases.get(self.settings.language.split("-")[0].lower(), ())
        return any(_holds(words, tokens(phrase)) for phrase in phrases)


def _holds(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Whether a phrase stands somewhere in the words; its last word may go on (a stem, in languages that inflect)."""
    size = len(phrase)
    return bool(phrase) and any(
        words[at : at + size - 1] == phrase[:-1] and words[at + size - 1].startswith(phrase[-1])
        for at in range(len(words) - size + 1)
    )
