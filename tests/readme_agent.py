"""The one file of README.md that has an agent with tools, documents, a task and a fallback."""

from __future__ import annotations

import re
from pathlib import Path


def pizzeria() -> str:
    """`pizzeria.py`, exactly as the page has it."""
    page = Path(__file__).resolve().parents[1] / "README.md"
    found = re.search(r"^As `pizzeria.py`:\n\n```python\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]
