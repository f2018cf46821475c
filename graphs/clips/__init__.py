"""The demo's caller: clips of a synthetic voice, and the script of when they are spoken."""

from voiceflow.graphs.clips._script import Line as Line
from voiceflow.graphs.clips._script import script as script
