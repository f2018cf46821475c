"""What shows that a webhook is Twilio's, and what providers are told to do."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceflow.errors import GraphError
from voiceflow.machines.telephony.answers import ANSWERS, Asked, asked, dial
from voiceflow.machines.telephony.control import check_number, hanging_up, passing_on
from voiceflow.machines.telephony.messages import Start
from voiceflow.machines.telephony.signatures import twilio_signature, twilio_signed

URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
FORM = {
    "To": "+18005551212",
    "Digits": "1234",
    "From": "+14158675309",
    "Caller": "+14158675309",
    "CallSid": "CA1234567890ABCDE",
}
PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cn"]), max_size=20)


def test_the_signature_is_the_one_that_twilio_publishes() -> None:
    """Its example: this token, URL and form give this signature."""
    assert twilio_signature("12345", URL, FORM.items()) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


@pytest.mark.parametrize("change", [{"Digits": "1235"}, {"Extra": ""}, {"To": ""}])
def test_a_form_that_was_changed_is_not_signed(change: dict[str, str]) -> None:
    """Nor is another URL, another token, or a signature that is cut off or no ASCII."""
    signature = twilio_signature("12345", URL, FORM.items())
    assert twilio_signed(signature, "12345", URL, FORM.items())
    changed = {**FORM, **change} if change != {"Extra": ""} else {**FORM, "Extra": "1"}
    assert not twilio_signed(signature, "12345", URL, changed.items())
    assert not twilio_signed(signature, "12345", URL + "&", FORM.items())
    assert not twilio_signed(signature, "12346", URL, FORM.items())
    for wrong in ("", signature[:-1], "\u00e9"):
        assert not twilio_signed(wrong, "12345", URL, FORM.items())


@settings(max_examples=30)
@given(url=PRINTED, caller=PRINTED)
@pytest.mark.parametrize("provider", ["twilio", "telnyx", "plivo"])
def test_whatever_a_caller_is_called_the_answer_is_one_stream(provider: str, url: str, caller: str) -> None:
    """No number and no URL can add anything to the document."""
    answer = ANSWERS[provider](url, "1.a.b", Asked(call="CA1", caller=caller, callee="<Say/>"))
    root = ElementTree.fromstring(answer.body)
    inner = [each.tag for each in root.iter()]
    assert inner[: 3 if provider != "plivo" else 2] == [
        "Response",
        *(["Connect"] if provider != "plivo" else []),
        "Stream",
    ]
    assert set(inner[3:]) <= {"Parameter"}
    assert "1.a.b" not in repr(answer)


def test_every_providers_words_for_a_call_are_known() -> None:
    """Twilio's and Telnyx's, Plivo's, Vonage's, Exotel's."""
    expected = Asked(call="c", caller="f", callee="t")
    assert asked({"CallSid": "c", "From": "f", "To": "t", "More": "x"}) == expected
    assert asked({"CallUUID": "c", "From": "f", "To": "t"}) == expected
    assert asked({"uuid": "c", "from": "f", "to": "t"}) == expected
    assert asked({"CallSid": "c", "CallFrom": "f", "CallTo": "t"}) == expected
    assert asked({}) == Asked()


@pytest.mark.parametrize("number", ["", "+", "1", "12a", "</Dial>", "+49 30", "1" * 21, "\u0661\u0662\u0663", "12\n"])
def test_what_is_no_number_is_not_dialled(number: str) -> None:
    """It would be read as something else by one provider or another."""
    with pytest.raises(ValueError, match="2 to 20 digits"):
        check_number(number)
    with pytest.raises(ValueError, match="2 to 20 digits"):
        passing_on("twilio", Start(call="CA1", account="AC1"), number)


def test_a_document_that_dials_is_right_for_its_provider() -> None:
    """Plivo has the number in an element of its own."""
    assert dial("twilio", "+4930") == "<Response><Dial>+4930</Dial></Response>"
    assert dial("plivo", "+4930") == "<Response><Dial><Number>+4930</Number></Dial></Response>"


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_a_call_without_a_name_cannot_be_asked_about(name: str) -> None:
    """And what a stream calls itself stays one part of the path."""
    with pytest.raises(GraphError, match="did not say which call it is"):
        hanging_up("telnyx", Start(call=name))
    assert hanging_up("telnyx", Start(call="../x?y")).path == "/v2/calls/..%2Fx%3Fy/actions/hangup"
    with pytest.raises(GraphError, match="exotel cannot be asked"):
        hanging_up("exotel", Start(call="a"))
