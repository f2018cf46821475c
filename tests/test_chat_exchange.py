from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voiceflow.chat_exchange import retry_after


@given(st.integers(0, 10**6))
def test_retry_after_in_seconds(seconds: int) -> None:
    """A number is seconds."""
    assert retry_after({"retry-after": f" {seconds} "}) == float(seconds)


def test_retry_after_as_a_date_counts_from_the_date_of_the_answer() -> None:
    """The server's clock alone matters; what makes no sense is as if it were not there."""
    date, later = "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:09 GMT"
    assert retry_after({"retry-after": later, "date": date}) == 9.0
    assert retry_after({"retry-after": date, "date": later}) == 0.0
    for headers in ({}, {"retry-after": "soon"}, {"retry-after": later}, {"retry-after": "-1", "date": date}):
        assert retry_after(headers) is None
