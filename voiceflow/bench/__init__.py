"""What `voiceflow bench` measures with: calls in real time, and the small moves of the runtime."""

from voiceflow.bench.calls import Bench as Bench
from voiceflow.bench.figures import Distribution as Distribution
from voiceflow.bench.figures import Report as Report
