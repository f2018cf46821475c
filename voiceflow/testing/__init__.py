"""Tools for testing nodes, one's own included: run one alone, and check that it keeps the contract of its kind."""

from voiceflow._executor import InlineExecutor as InlineExecutor
from voiceflow._executor import ThreadExecutor as ThreadExecutor
from voiceflow.testing.contracts import ContractBroken as ContractBroken
from voiceflow.testing.contracts import blocks as blocks
from voiceflow.testing.contracts import check_detector as check_detector
from voiceflow.testing.contracts import check_filter as check_filter
from voiceflow.testing.contracts import check_llm as check_llm
from voiceflow.testing.contracts import check_source as check_source
from voiceflow.testing.contracts import check_stt as check_stt
from voiceflow.testing.contracts import check_vad as check_vad
from voiceflow.testing.drive import Driven as Driven
from voiceflow.testing.drive import drive as drive
from voiceflow.testing.sinks import check_recorder as check_recorder
from voiceflow.testing.sinks import check_sink as check_sink
from voiceflow.testing.voices import check_tts as check_tts
