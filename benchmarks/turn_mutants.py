"""What can be changed in one place of the turn-taking machine, and into what."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import attrs

_FLIPS: dict[type[ast.cmpop], ast.cmpop] = {
    ast.Lt: ast.LtE(),
    ast.LtE: ast.Lt(),
    ast.Gt: ast.GtE(),
    ast.GtE: ast.Gt(),
    ast.Eq: ast.NotEq(),
    ast.NotEq: ast.Eq(),
    ast.Is: ast.IsNot(),
    ast.IsNot: ast.Is(),
    ast.In: ast.NotIn(),
    ast.NotIn: ast.In(),
}
_ENDS = {"min": "max", "max": "min", "any": "all", "all": "any"}
_STATES = {
    "Voice": ("SILENT", "VOICED", "PAUSED"),
    "Agent": ("LISTENING", "AWAITED", "THINKING", "SPEAKING"),
    "Turn": ("CLOSED", "OPEN", "WAITING"),
    "Hint": ("NONE", "OPEN", "DOUBTED", "DISMISSED"),
}


@attrs.frozen
class Mutant:
    """A file with one thing changed."""

    file: str
    line: int
    change: str
    source: str

    @property
    def name(self) -> str:
        return f"{self.file}: {self.change}"


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    match node:
        case ast.Call(func=ast.Name(id="Row")):
            yield from _row_changes(node)
        case ast.Call(func=ast.Name(id="ns")):
            for step in (1000, -1000):
                yield ast.BinOp(node, ast.Add(), ast.Constant(step))
        case ast.Call(func=ast.Name(id=name)) if name in _ENDS:
            yield _with(node, func=ast.Name(_ENDS[name]))
        case ast.Compare(ops=ops):
            for place, op in enumerate(ops):
                yield _with(node, ops=[*ops[:place], _FLIPS[type(op)], *ops[place + 1 :]])
        case ast.BoolOp(op=op, values=values):
            yield _with(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            for place in range(len(values)):
                rest = values[:place] + values[place + 1 :]
                yield rest[0] if len(rest) == 1 else _with(node, values=rest)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield operand
        case ast.BinOp(op=ast.Add()):
            yield _with(node, op=ast.Sub())
        case ast.BinOp(op=ast.Sub()):
            yield _with(node, op=ast.Add())
        case ast.IfExp(body=body, orelse=orelse):
            yield body
            yield orelse
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Assign() | ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield ast.Pass()
        case _:
            return


def _row_changes(row: ast.Call) -> Iterator[ast.AST]:
    # A row whose cause never comes is a row less.
    yield _with(row, args=[row.args[0], ast.Constant(None), *row.args[2:]])
    target = row.args[2]
    if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name):
        region = target.value.id
        for state in _STATES[region]:
            if state != target.attr:
                yield _with(row, args=[*row.args[:2], ast.Attribute(target.value, state), *row.args[3:]])
    for place in range(3, len(row.args)):
        if not isinstance(row.args[place], ast.Constant):
            yield _with(row, args=[*row.args[:place], ast.Constant(None), *row.args[place + 1 :]])


def _with(node: ast.AST, **fields: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def mutants(path: Path) -> Iterator[Mutant]:
    """Every change of the file that is tried. Text, types, names and the drawing of the diagram are left alone."""
    text = path.read_bytes()
    starts = [0, *accumulate(len(line) for line in text.splitlines(keepends=True))]
    for node in _worth_changing(ast.parse(text)):
        begin, end = starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset
        for new in _changes(node):
            after = ast.unparse(ast.fix_missing_locations(new))
            put = after if isinstance(new, ast.stmt) else f"({after})"
            source = (text[:begin] + put.encode() + text[end:]).decode()
            yield Mutant(path.name, node.lineno, f"{ast.unparse(node)}  ->  {after}", source)


_UNTOUCHED = ("__repr__", "mermaid", "_label", "_words")


def _worth_changing(tree: ast.Module) -> Iterator[Any]:
    for item in tree.body:
        if isinstance(item, (ast.FunctionDef, ast.ClassDef)):
            yield from _inside(item)
        elif isinstance(item, ast.AnnAssign) and item.value is not None:
            yield from (node for node in ast.walk(item.value) if list(_changes(node)))


def _inside(item: ast.AST) -> Iterator[Any]:
    if isinstance(item, (ast.FunctionDef, ast.ClassDef)) and item.name in _UNTOUCHED:
        return
    if isinstance(item, (ast.AnnAssign, ast.Assert)):
        return
    if list(_changes(item)):
        yield item
    for child in ast.iter_child_nodes(item):
        if not isinstance(child, ast.arguments) and child not in getattr(item, "decorator_list", ()):
            yield from _inside(child)
