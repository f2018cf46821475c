"""Errors: they tell what happened without a caller's words, and travel between processes."""

from __future__ import annotations

import pickle

import pytest

from voiceflow import GraphError, NodeFailed, Overrun, ProviderError, VoiceflowError
from voiceflow.errors import describe


@pytest.mark.parametrize(
    "error",
    [
        GraphError("the graph is wrong"),
        Overrun("it took too long"),
        ProviderError("the server is busy", retryable=True),
        ProviderError("the key is wrong", retryable=False),
        NodeFailed("stt", 2, ZeroDivisionError("secret words")),
        NodeFailed("stt", 0, ProviderError("no model", retryable=False)),
    ],
    ids=repr,
)
def test_an_error_survives_pickling(error: VoiceflowError) -> None:
    """What a worker process raises arrives whole: its type, its message and what it knows."""
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (type(error), str(error), vars(error))


def test_only_our_own_messages_are_quoted() -> None:
    """Another library's message may hold a caller's words: of its error only the type is told."""
    assert describe(ValueError("my card is 1234")) == "ValueError"
    assert describe(GraphError("no writer")) == "GraphError: no writer"


def test_a_node_that_was_given_up_says_how_often_it_failed() -> None:
    """Once, so many times, or before it had begun."""
    assert str(NodeFailed("tts", 1, OSError())) == "node 'tts' failed once and is given up; the last error was OSError"
    assert str(NodeFailed("tts", 3, OSError())).startswith("node 'tts' failed 3 times and is given up")
    assert str(NodeFailed("tts", 0, OSError())) == "node 'tts' could not be opened: OSError"


def test_a_node_that_was_given_up_is_named_once() -> None:
    """Though what it says of itself begins with its name; another's name is left where it is."""
    own, other = (ProviderError(f"{name}: no such model", retryable=False) for name in ("llm", "stt"))
    assert str(NodeFailed("llm", 0, own)) == "node 'llm' could not be opened: no such model"
    assert str(NodeFailed("llm", 1, own)).endswith("the last error was no such model")
    assert str(NodeFailed("llm", 0, other)).endswith("could not be opened: stt: no such model")


def test_what_stands_in_for_a_node_is_named() -> None:
    """Before the node, and once."""
    error = ProviderError("openai: no key", retryable=False)
    failed = NodeFailed("llamacpp", 0, error, "openai")
    assert str(failed) == "openai, in the place of node 'llamacpp', could not be opened: no key"
    assert failed.node == "llamacpp"
