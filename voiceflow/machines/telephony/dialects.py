"""The providers that are known, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from voiceflow.machines.telephony.dialect import Dialect
from voiceflow.machines.telephony.exotel import EXOTEL
from voiceflow.machines.telephony.plivo import PLIVO
from voiceflow.machines.telephony.telnyx import TELNYX
from voiceflow.machines.telephony.twilio import TWILIO
from voiceflow.machines.telephony.vonage import VONAGE

DIALECTS: Final[Mapping[str, Dialect]] = {each.name: each for each in (TWILIO, TELNYX, PLIVO, EXOTEL, VONAGE)}
