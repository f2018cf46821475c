"""How a turn ends and how it does not, in words: a table for each language, and nothing but data."""

from voiceflow.machines.endings_words.languages import WORDS as WORDS
from voiceflow.machines.endings_words.words import Words as Words
