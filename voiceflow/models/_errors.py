"""What can go wrong with a model: its name, that it is not there, not what it should be, or not to be had."""

from voiceflow.errors import ProviderError, VoiceflowError


class UnknownModel(VoiceflowError, LookupError):
    """No model of that name is in the catalogue. The message lists those that are."""


class MissingModel(ProviderError, LookupError):
    """The model is nowhere it was looked for.

    The message says which files were looked for, every place and what was the matter there, and the command
    that gets the model; `model` is its name and `mend` that command alone.
    """

    def __init__(self, message: str, *, model: str, mend: str) -> None:
        super().__init__(message, retryable=False)
        self.model = model
        self.mend = mend


class CorruptModel(ProviderError):
    """A file that was found is not the one in the catalogue. The message names it, and the way out."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


class FetchFailed(ProviderError):
    """The model could not be fetched. What was complete is kept for the next fetch; nothing wrong is left.

    `retryable` is true when the same fetch may succeed later: a cut connection, a busy or unreachable server.
    """
