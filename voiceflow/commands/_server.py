"""Which model answers in `chat` and `talk`: the embedded one, or one at a server."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from voiceflow.commands._settings import given_by
from voiceflow.errors import GraphError

if TYPE_CHECKING:
    from voiceflow.nodes.openai import OpenAI

_URL = "https://api.openai.com/v1"
_KEY = "OPENAI_API_KEY"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", help="the model's name at a server; the embedded model by default")
    parser.add_argument("--base-url", help=f"the server (default: {_URL})")
    parser.add_argument(
        "--key-env", help=f"the variable with the key (default: {_KEY}, which another server than the default may lack)"
    )


def llm(args: argparse.Namespace) -> OpenAI | None:
    """The node that asks a server; None for the embedded model.

    Raises:
        GraphError: there is a server and no model, one of them cannot be, or there is no key where one is to be.
    """
    if args.model is None:
        if args.base_url is not None or args.key_env is not None:
            raise GraphError("--base-url and --key-env are a server's; name its model too, with --model")
        return None
    from voiceflow.nodes.openai import OpenAI

    with given_by("--model, --base-url"):
        return OpenAI(args.model, base_url=_URL if args.base_url is None else args.base_url, key_env=_key(args))


def _key(args: argparse.Namespace) -> str | None:
    """The variable with the key; a server of one's own is taken to want none."""
    name = str(args.key_env or _KEY)
    if os.environ.get(name, "").strip():
        return name
    if args.key_env is None and args.base_url is not None:
        return None
    raise GraphError(
        f"{args.base_url or _URL} wants a key, and the environment variable {name} has none: export {name}=..., or "
        "name another variable with --key-env; --base-url names a server of your own, which may want no key"
    )
