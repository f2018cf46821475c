"""What callers say for numbers, days, signs, yes and no: a table for each language, and what reads by it."""

from voiceflow.machines.spoken.languages import LANGUAGES as LANGUAGES
from voiceflow.machines.spoken.languages import vocabulary as vocabulary
from voiceflow.machines.spoken.vocabulary import Vocabulary as Vocabulary
