"""The phone call that a session belongs to: who calls, and what the provider can be asked to do with it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

import attrs
import httpx

from voiceflow.errors import GraphError, ProviderError, VoiceflowError
from voiceflow.machines.telephony.control import Account, Ask, hanging_up, passing_on
from voiceflow.machines.telephony.messages import Start

_WITHIN = 10.0
"""Seconds that a provider has to answer."""
_OVER = "90018"
"""Telnyx's code for a call that has ended already."""
_this: ContextVar[Phone] = ContextVar("voiceflow.phone")


def this_phone() -> Phone:
    """The phone call that the task which asks belongs to: a tool, a node, or `build`, which makes its graph.

    Raises:
        VoiceflowError: it is part of no phone call.
    """
    try:
        return _this.get()
    except LookupError:
        raise VoiceflowError(
            "this is no phone call: it came by another way than a provider's stream, or the server looks at the graph "
            "before any call; catch the VoiceflowError of this_phone()"
        ) from None


@attrs.define(eq=False)
class Phone:
    """One call at a provider. `start` tells who calls whom, and the parameters of the stream."""

    provider: str
    account: Account | None = attrs.field(repr=False)
    document: Callable[[str], str] = attrs.field(repr=False)
    """The URL of what tells Plivo to dial a number."""
    start: Start = attrs.field(factory=Start, init=False)
    passed_on: bool = attrs.field(default=False, init=False)
    """Whether somebody else has the call now: then nobody here ends it."""

    def is_this(self) -> None:
        """Calls that begin in this task from here on are this one."""
        _this.set(self)

    async def hang_up(self) -> None:
        """End the call at the provider; nothing happens if it has ended.

        Raises:
            GraphError: the provider has no such request, or its account is not known.
            ProviderError: it cannot be reached, or refuses.
        """
        account = self._known()
        response = await self._send(account, hanging_up(self.provider, self.start))
        if response.status_code != 404 and _OVER not in response.text:
            self._check(response)

    async def transfer(self, number: str) -> None:
        """Pass the call on to a number. The stream, and with it the session, ends when the provider has done so.

        Raises:
            ValueError: the number is none. And what `hang_up` raises.
        """
        account = self._known()
        response = await self._send(account, passing_on(self.provider, self.start, number, self.document(number)))
        self._check(response)
        self.passed_on = True

    def _known(self) -> Account:
        if self.account is None:
            raise GraphError(
                f"{self.provider} is asked with an account: set its variables in the environment, see docs/telephony.md"
            )
        return self.account

    async def _send(self, account: Account, ask: Ask) -> httpx.Response:
        auth = httpx.BasicAuth(account.user, account.secret) if account.user else None
        headers = {} if account.user else {"authorization": f"Bearer {account.secret}"}
        async with httpx.AsyncClient(base_url=account.base, auth=auth, headers=headers, timeout=_WITHIN) as client:
            try:
                return await client.request(ask.method, ask.path, data=ask.form, json=ask.json)
            except httpx.HTTPError as error:
                what = f"{self.provider} cannot be asked to {ask.method} ({type(error).__name__})"
                raise ProviderError(f"{what}; check the network", retryable=True) from None

    def _check(self, response: httpx.Response) -> None:
        status = response.status_code
        if status >= 400:
            busy = status == 429 or status >= 500
            way_out = "try again" if busy else "check the account's variables, and whether the call is still there"
            raise ProviderError(f"{self.provider} refuses with status {status}; {way_out}", retryable=busy)
