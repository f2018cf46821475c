"""What the pictures share: text that XML can hold, and a style sheet for light and dark surroundings."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from xml.sax.saxutils import escape


def xml(text: str) -> str:
    """Text as XML may hold it: escaped, and without the characters that it has no place for, escaped or not."""
    return escape("".join(char if char.isprintable() else "\ufffd" for char in text), {'"': "&quot;"})


def label(x: float, y: float, style: str, text: str, anchor: str = "middle") -> str:
    """A text element."""
    return f'<text class="{style}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{xml(text)}</text>'


def style(rules: str, light: Mapping[str, str], dark: Mapping[str, str]) -> str:
    """A style element: `rules` with $names of colours, and again for who prefers dark. No variables of CSS: many
    programs that show SVG do not know them."""
    rules = "".join(line.strip() for line in rules.splitlines())
    colours = Template(rules)
    return f"<style>{colours.substitute(light)}@media (prefers-color-scheme:dark){{{colours.substitute(dark)}}}</style>"


def document(width: float, height: float, title: str, body: str) -> str:
    """A whole SVG document on a sheet of class "paper"."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="system-ui, DejaVu Sans, sans-serif" role="img">'
        f'<title>{xml(title)}</title><rect class="paper" width="100%" height="100%"/>{body}</svg>\n'
    )
