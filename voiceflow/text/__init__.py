"""Text on its way to speech, as far as it needs libraries: numbers read aloud, hyphenation, transliteration.

Importing this package loads none of them; each is loaded when it is first used.
"""

from voiceflow.text.hyphenation import hyphenate as hyphenate
from voiceflow.text.transliteration import transliterate as transliterate
from voiceflow.text.verbalise import Verbaliser as Verbaliser
from voiceflow.text.verbalise import VerbaliserSettings as VerbaliserSettings
from voiceflow.text.verbalise import verbaliser as verbaliser
