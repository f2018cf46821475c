# ruff: noqa: RUF001
from typing import cast

import attrs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from voiceflow.machines.endings import NEUTRAL, PROBABILITY, kind_of, p_end, read
from voiceflow.machines.endings_words import WORDS

DONE, GOES_ON = 0.6, 0.4  # what is said to be done or to go on lies above or below

CASES: dict[str, tuple[list[str], list[str]]] = {
    "en": (
        [
            "yes",
            "no thanks",
            "Yes, I do.",
            "yes please",
            "okay thank you",
            "what time do you open",
            "Stop!",
            "my name is john",
            "i want a table for two please",
            "I'd like to order a pizza.",
            "and so my fellow americans",
            "What is it for?",
            "call me at five five five one two three four five six seven",
            "my email address is private",
            "i don't know",
        ],
        [
            "um",
            "well um",
            "my name is",
            "i want to",
            "i live in",
            "because",
            "the",
            "so i think we should go to the",
            "my number is five five five",
            "call 0176 555",
            "it's 555-12",
            "I'd like a,",
            "well...",
            "can you",
            "and then I",
            "Mister",
            "if it rains tomorrow",
            "I was thinking, uh",
        ],
    ),
    "de": (
        [
            "ja",
            "nein danke",
            "Ich heiße Anna.",
            "wie spät ist es",
            "ich hätte gern einen Termin morgen",
            "das ist alles",
        ],
        [
            "äh",
            "ich heiße",
            "ich möchte einen",
            "und",
            "weil",
            "meine nummer ist null eins sieben",
            "wenn ich zeit habe",
            "mit dem",
        ],
    ),
    "fr": (
        ["oui", "non merci", "je m'appelle Marie", "je voudrais un café s'il vous plaît", "Quelle heure est-il ?"],
        ["euh", "je m\u2019appelle", "je voudrais", "parce que", "à la", "mon numéro est 06 12 34", "si vous voulez"],
    ),
    "es": (
        ["sí", "no gracias", "me llamo Pedro", "quiero reservar una mesa por favor", "¿Qué hora es?"],
        ["eh", "me llamo", "quisiera", "porque", "para el", "mi número es seis cinco cuatro", "si mañana llueve"],
    ),
    "it": (
        ["sì", "no grazie", "mi chiamo Luca", "vorrei un caffè per favore", "Che ore sono?"],
        [
            "ehm",
            "mi chiamo",
            "vorrei",
            "resto a casa perché",
            "con il",
            "il mio numero è tre quattro sette",
            "se domani piove",
        ],
    ),
    "pt": (
        ["sim", "não obrigado", "meu nome é João", "quero um café por favor", "Que horas são?"],
        ["hum", "meu nome é", "eu quero", "porque", "para o", "meu número é nove oito sete", "se amanhã chover"],
    ),
    "nl": (
        ["ja", "nee bedankt", "mijn naam is Jan", "een koffie alstublieft", "Hoe laat is het?"],
        [
            "eh",
            "mijn naam is",
            "ik wil graag",
            "omdat",
            "met de",
            "mijn nummer is nul zes een",
            "als het morgen regent",
        ],
    ),
    "hi": (
        ["हाँ", "जी नहीं", "मेरा नाम राम है", "मुझे एक टिकट चाहिए", "क्या समय हुआ है?"],
        ["उम", "मेरा नाम", "मुझे", "क्योंकि", "घर के", "मेरा नंबर नौ आठ सात", "अगर कल बारिश"],
    ),
    "ja": (
        ["はい", "いいえ", "はい、お願いします", "私の名前は田中です", "東京に行きたいです。", "今何時ですか"],
        ["えっと", "私の名前は", "東京に", "だから", "明日なんですけど", "番号は〇九〇", "もし明日雨"],
    ),
    "zh": (
        ["是的", "不用了谢谢", "我叫王明", "请给我一杯咖啡，谢谢", "现在几点了？"],
        ["嗯", "我叫", "我想", "因为", "我要去北京和", "我的号码是一三八", "如果明天下雨"],
    ),
    "ko": (
        ["네", "아니요", "네 감사합니다", "제 이름은 민수예요", "내일 서울에 가고 싶어요", "지금 몇 시예요?"],
        ["음", "제 이름은", "서울에서", "그리고", "내일 가고 싶은데", "번호는 공 일 공", "만약 내일"],
    ),
    "ru": (
        ["да", "нет спасибо", "меня зовут Иван", "я хочу заказать пиццу пожалуйста", "Который час?"],
        ["эм", "меня зовут", "я хочу", "потому что", "в", "мой номер восемь девять один", "если завтра дождь"],
    ),
    "ar": (
        ["نعم", "لا شكرا", "اسمي أحمد", "أريد قهوة من فضلك", "كم الساعة؟"],
        ["امم", "اسمي", "أريد أن", "لأن", "إلى", "رقمي صفر خمسة واحد", "إذا أمطرت غدا"],
    ),
    "tr": (
        ["evet", "hayır teşekkürler", "benim adım Ali", "İstanbul'a gitmek istiyorum", "Saat kaç?"],
        ["şey", "benim adım", "ve", "çünkü", "eve gidip", "numaram beş üç iki", "eğer yarın yağmur"],
    ),
    "pl": (
        ["tak", "nie dziękuję", "nazywam się Jan", "poproszę kawę i to wszystko", "Która jest godzina?"],
        ["yyy", "nazywam się", "chciałbym", "ponieważ", "w", "mój numer to sześć zero dwa", "jeśli jutro będzie"],
    ),
}


def test_there_are_cases_for_every_language_that_has_a_table() -> None:
    assert CASES.keys() == WORDS.keys()


@pytest.mark.parametrize(("language", "text"), [(lang, text) for lang, (done, _) in CASES.items() for text in done])
def test_a_turn_that_is_over_scores_high(language: str, text: str) -> None:
    assert p_end(text, language) >= DONE


@pytest.mark.parametrize(("language", "text"), [(lang, text) for lang, (_, on) in CASES.items() for text in on])
def test_a_turn_that_goes_on_scores_low(language: str, text: str) -> None:
    assert p_end(text, language) <= GOES_ON


@pytest.mark.parametrize("language", WORDS)
def test_every_entry_is_written_as_the_rules_read_it(language: str) -> None:
    for name, entries in attrs.asdict(WORDS[language]).items():
        for entry in () if isinstance(entries, bool) else cast(frozenset[str], entries):
            word = entry.removeprefix("-")
            assert read(word, language).text == word, f"{name}: {entry}"


@pytest.mark.parametrize("language", WORDS)
def test_no_entry_both_closes_and_goes_on(language: str) -> None:
    words = WORDS[language]
    assert not words.closers & (words.open | words.weak | words.leads)
    assert not words.open & (words.weak | words.leads)


@pytest.mark.parametrize("language", WORDS)
def test_every_answer_is_an_answer_and_every_hesitation_one(language: str) -> None:
    words = WORDS[language]
    assert {kind_of(read(entry, language), words) for entry in words.answers} == {"answer"}
    assert {kind_of(read(entry, language), words) for entry in words.hesitations} == {"hesitation"}


def test_the_last_sentence_is_what_counts() -> None:
    assert p_end("I would like to. Yes.", "en") == p_end("Yes.", "en")
    assert p_end("It is late. My name is", "en") == p_end("My name is", "en")


def test_a_full_stop_behind_an_unfinished_phrase_is_not_believed() -> None:
    assert p_end("my name is", "en") < p_end("My name is.", "en") < NEUTRAL


def test_a_recogniser_that_writes_marks_says_more_by_leaving_one_out() -> None:
    assert p_end("Hello, we sell shoes", "en") < NEUTRAL < p_end("hello we sell shoes", "en")


def test_a_question_may_end_in_a_preposition() -> None:
    assert p_end("where are you from", "en") > p_end("i am from", "en")


def test_a_number_is_done_when_it_has_all_its_digits() -> None:
    spoken = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "zero"]
    scores = [p_end(" ".join(spoken[:count]), "en") for count in range(2, 11)]
    assert scores == sorted(scores)
    assert scores[0] == 0.2
    assert scores[-1] == 0.85


def test_a_year_or_a_price_is_no_telephone_number() -> None:
    assert kind_of(read("in 2024", "en"), WORDS["en"]) == "plain"
    assert kind_of(read("it costs 3.50", "en"), WORDS["en"]) == "plain"


def test_a_main_clause_behind_a_comma_ends_a_subordinate_clause() -> None:
    assert p_end("if it rains, we stay home", "en") > p_end("if it rains we stay home", "en")


@pytest.mark.parametrize("language", ["fi", "xx", "", None, "-", "a_b-c"])
def test_an_uncovered_language_is_judged_by_its_marks_alone(language: str | None) -> None:
    assert p_end("hei verden ja", language) == NEUTRAL
    assert p_end("hei verden.", language) == 0.9
    assert p_end("hei verden,", language) == 0.12


@pytest.mark.parametrize("tag", ["en-US", "EN", "en_GB"])
def test_a_region_does_not_change_a_language(tag: str) -> None:
    assert p_end("my name is", tag) == p_end("my name is", "en")


@pytest.mark.parametrize("text", ["", "  ", "!", "?!", "«»", "\n\t"])
def test_no_words_are_no_evidence(text: str) -> None:
    assert p_end(text, "en") == NEUTRAL


def test_the_table_of_probabilities_is_monotonic_in_the_mark() -> None:
    for row in PROBABILITY.values():
        assert tuple(sorted(row)) == row
        assert row[0] > 0
        assert row[2] < 1


ALPHABETS = st.characters(codec="utf-8") | st.sampled_from(list(" .,?!…'\u2019-+0123456789"))
ENTRIES = st.sampled_from(
    sorted({entry for words in WORDS.values() for entry in words.answers | words.open | words.leads})
)


@given(
    st.text(ALPHABETS, max_size=600) | st.lists(ENTRIES, max_size=30).map(" ".join),
    st.none() | st.sampled_from([*WORDS, "xx"]) | st.text(max_size=6),
)
@example("\ud800", "en")
@example("+", "en")
@example("好" * 500, "zh")
@example("не" * 500, "ru")
@example("no " * 200, "en")
def test_any_text_in_any_language_has_a_probability(text: str, language: str | None) -> None:
    assert 0 <= p_end(text, language) <= 1
