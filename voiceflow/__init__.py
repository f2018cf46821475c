"""Real-time voice agents as an actor graph on Trio."""

TYPE_CHECKING = False  # as typing has it, which takes a while to import

# Nobody waits for what he does not use: the program `voiceflow` is there before any of it is, and who writes a node, or
# is a worker of one, does with a part.
if TYPE_CHECKING:
    from voiceflow._executor import Executor as Executor
    from voiceflow._frozen import frozen as frozen
    from voiceflow._frozen import swept as swept
    from voiceflow.audio_sink import Activity as Activity
    from voiceflow.background import Background as Background
    from voiceflow.barge_in import BargeInDetector as BargeInDetector
    from voiceflow.cached import Cached as Cached
    from voiceflow.caller import Caller as Caller
    from voiceflow.caller import Step as Step
    from voiceflow.errors import GraphError as GraphError
    from voiceflow.errors import NodeFailed as NodeFailed
    from voiceflow.errors import Overrun as Overrun
    from voiceflow.errors import ProviderError as ProviderError
    from voiceflow.errors import VoiceflowError as VoiceflowError
    from voiceflow.events import Events as Events
    from voiceflow.frames import Audio as Audio
    from voiceflow.frames import Frame as Frame
    from voiceflow.frames import Interjection as Interjection
    from voiceflow.frames import Message as Message
    from voiceflow.frames import Phrase as Phrase
    from voiceflow.frames import Prediction as Prediction
    from voiceflow.frames import Prompt as Prompt
    from voiceflow.frames import Samples as Samples
    from voiceflow.frames import Speech as Speech
    from voiceflow.frames import Spoken as Spoken
    from voiceflow.frames import Text as Text
    from voiceflow.frames import Transcript as Transcript
    from voiceflow.frames import Word as Word
    from voiceflow.frames import WordStart as WordStart
    from voiceflow.graph import Graph as Graph
    from voiceflow.machines.breaker import FallbackPolicy as FallbackPolicy
    from voiceflow.machines.clean import CleanSettings as CleanSettings
    from voiceflow.machines.phrases import PhraseSettings as PhraseSettings
    from voiceflow.machines.restart import RestartPolicy as RestartPolicy
    from voiceflow.machines.turn_settings import Endpointing as Endpointing
    from voiceflow.machines.turn_settings import Interruption as Interruption
    from voiceflow.machines.turn_settings import Speculation as Speculation
    from voiceflow.machines.turn_settings import TurnSettings as TurnSettings
    from voiceflow.node import Node as Node
    from voiceflow.node import Sink as Sink
    from voiceflow.node import Stage as Stage
    from voiceflow.node import StageNode as StageNode
    from voiceflow.output import Output as Output
    from voiceflow.output import Silence as Silence
    from voiceflow.phrase_cache import PhraseCache as PhraseCache
    from voiceflow.ports import In as In
    from voiceflow.ports import Inlet as Inlet
    from voiceflow.ports import Out as Out
    from voiceflow.ports import Outlet as Outlet
    from voiceflow.ports import Signal as Signal
    from voiceflow.ports import SignalInlet as SignalInlet
    from voiceflow.ports import SignalOutlet as SignalOutlet
    from voiceflow.ports import Watch as Watch
    from voiceflow.resampling import Resampler as Resampler
    from voiceflow.services import Call as Call
    from voiceflow.services import Cell as Cell
    from voiceflow.services import EndOfStream as EndOfStream
    from voiceflow.services import Ports as Ports
    from voiceflow.services import Process as Process
    from voiceflow.services import Receiver as Receiver
    from voiceflow.services import Sender as Sender
    from voiceflow.services import Services as Services
    from voiceflow.session import Session as Session
    from voiceflow.speaker import Speaker as Speaker
    from voiceflow.text_sink import TextSink as TextSink
    from voiceflow.text_stages import Chunker as Chunker
    from voiceflow.text_stages import TextFilter as TextFilter
    from voiceflow.trace import Mark as Mark
    from voiceflow.trace import Trace as Trace
    from voiceflow.turn_taking import TurnTaking as TurnTaking
    from voiceflow.utterance import Utterance as Utterance
else:
    from voiceflow._later import later

    __getattr__, __all__ = later(
        __name__,
        {
            "_executor": "Executor",
            "_frozen": "frozen swept",
            "audio_sink": "Activity",
            "background": "Background",
            "barge_in": "BargeInDetector",
            "cached": "Cached",
            "caller": "Caller Step",
            "errors": "GraphError NodeFailed Overrun ProviderError VoiceflowError",
            "events": "Events",
            "frames": "Audio Frame Interjection Message Phrase Prediction Prompt Samples Speech Spoken Text Transcript "
            "Word WordStart",
            "graph": "Graph",
            "machines.breaker": "FallbackPolicy",
            "machines.clean": "CleanSettings",
            "machines.phrases": "PhraseSettings",
            "machines.restart": "RestartPolicy",
            "machines.turn_settings": "Endpointing Interruption Speculation TurnSettings",
            "node": "Node Sink Stage StageNode",
            "output": "Output Silence",
            "phrase_cache": "PhraseCache",
            "ports": "In Inlet Out Outlet Signal SignalInlet SignalOutlet Watch",
            "resampling": "Resampler",
            "services": "Call Cell EndOfStream Ports Process Receiver Sender Services",
            "session": "Session",
            "speaker": "Speaker",
            "text_sink": "TextSink",
            "text_stages": "Chunker TextFilter",
            "trace": "Mark Trace",
            "turn_taking": "TurnTaking",
            "utterance": "Utterance",
        },
    )
