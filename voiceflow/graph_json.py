"""A graph as JSON and back: its nodes with their settings, and its edges."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, TypeGuard

import attrs

from voiceflow.errors import GraphError, said
from voiceflow.graph import Graph
from voiceflow.machines.breaker import FallbackPolicy
from voiceflow.node import Node

VERSION = 1


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    return isinstance(value, tuple)


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, Mapping)


def to_json(graph: Graph) -> dict[str, object]:
    """The graph as a value that `json.dumps` takes. Settings that are not shown in reprs (secrets) are left out.

    Raises:
        GraphError: a node has a setting that is no plain value, or is no attrs class.
    """
    return {
        "version": VERSION,
        "nodes": [{"name": name, **_node(node, name)} for name, node in graph.nodes.items()],
        "edges": [
            [f"{graph.name_of(e.source.node)}.{e.source.name}", f"{graph.name_of(e.target.node)}.{e.target.name}"]
            for e in graph.edges
        ],
    }


def from_json(data: object) -> Graph:
    """The graph that `to_json` wrote. The classes it names are imported: load only what you trust.

    Raises:
        GraphError: the data is no graph, of a later version, or names what is not there; with where and what.
    """
    if not _is_object(data):
        raise GraphError(f"a graph is a JSON object with version, nodes and edges; got {type(data).__name__}")
    if data.get("version") != VERSION:
        raise GraphError(f"version is {VERSION} in a graph that can be read here; got {data.get('version')!r}")
    graph = Graph()
    for place, entry in enumerate(_list(data, "nodes")):
        node, name = _made_node(entry, f"nodes[{place}]"), entry.get("name")
        if not (name is None or isinstance(name, str)):
            raise GraphError(f"nodes[{place}].name is a text; got {name!r}")
        graph.add(node, name)
    for place, edge in enumerate(_list(data, "edges")):
        if not (_is_list(edge) and len(edge) == 2):
            raise GraphError(f'edges[{place}] is ["node.outlet", "node.inlet"]; got {edge!r}')
        source, target = (_port(graph, str(end), f"edges[{place}]") for end in edge)
        graph.connect(source, target)
    return graph


def _node(node: Node, name: str) -> dict[str, Any]:
    others = [_value(other, f"{name}.others[{n}]") for n, other in enumerate(node.others)]
    fallback = {"or_else": others, "fallback": _value(node.fallback, f"{name}.fallback")} if others else {}
    return {**_value(node, name), **fallback}


def _made_node(entry: Any, where: str) -> Node:
    node = _made(entry, where)
    if not isinstance(node, Node):
        raise GraphError(f"{where}.type is a Node class; got {entry['type']!r}")
    others = [
        _made_node(other, f"{where}.or_else[{n}]") for n, other in enumerate(_list({"or_else": [], **entry}, "or_else"))
    ]
    return node.or_else(*others, policy=_made_policy(entry, where))


def _made_policy(entry: Any, where: str) -> FallbackPolicy | None:
    if "fallback" not in entry:
        return None
    policy = _made(entry["fallback"], f"{where}.fallback")
    if not isinstance(policy, FallbackPolicy):
        raise GraphError(f"{where}.fallback.type is FallbackPolicy; got {entry['fallback']['type']!r}")
    return policy


def _list(whole: Mapping[str, Any], name: str) -> list[Any]:
    value: object = whole.get(name)
    if not _is_list(value):
        raise GraphError(f"{name} is a list; got {type(value).__name__}")
    return value


def _port(graph: Graph, address: str, where: str) -> Any:
    name, _, port = address.rpartition(".")
    node = graph.nodes.get(name)
    if node is None:
        raise GraphError(f"{where} names the node {name!r}; there are {', '.join(graph.nodes) or 'none'}")
    ports = [*node.outlets(), *node.inlets(), *node.signals(), *node.watches()]
    if port not in ports:
        raise GraphError(f"{where} names the port {port!r} of {name}; it has {', '.join(ports) or 'none'}")
    return getattr(node, port)


def _value(value: object, where: str) -> dict[str, Any]:
    kind = type(value)
    name = f"{kind.__module__}:{kind.__qualname__}"
    if not attrs.has(kind):
        raise GraphError(f"{where} is a {kind.__qualname__}, which is no attrs class and cannot be written as JSON")
    settings = {
        field.alias: _plain(getattr(value, field.name), f"{where}.{field.name}")
        for field in attrs.fields(kind)
        if field.init and field.repr and field.alias is not None
    }
    return {"type": name, "settings": settings}


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if _is_list(value) or _is_tuple(value):
        return [_plain(each, f"{where}[{n}]") for n, each in enumerate(value)]
    if _is_object(value):
        return {str(key): _plain(each, f"{where}[{key!r}]") for key, each in value.items()}
    return _value(value, where)


def _made(entry: Any, where: str) -> Any:
    """The object that `_value` wrote."""
    if not _is_object(entry) or not isinstance(entry.get("type"), str):
        raise GraphError(f"{where} is an object with a type; got {entry!r}")
    module, _, name = str(entry["type"]).partition(":")
    try:
        kind = getattr(import_module(module), name)
    except (ImportError, AttributeError, ValueError, TypeError) as error:
        raise GraphError(f"{where}.type names {entry['type']!r}, which is not here: {error}") from error
    if not (isinstance(kind, type) and attrs.has(kind)):
        raise GraphError(f"{where}.type names {entry['type']!r}, which is no attrs class")
    settings: object = entry.get("settings") or {}
    if not _is_object(settings):
        raise GraphError(f"{where}.settings is an object; got {settings!r}")
    try:
        return kind(**{key: _read(value, f"{where}.{key}") for key, value in settings.items()})
    except (TypeError, ValueError) as error:
        raise GraphError(f"{where}: {name} does not take these settings: {said(error)}") from error


def _read(value: Any, where: str) -> Any:
    if _is_object(value):
        if "type" in value and "settings" in value:
            return _made(value, where)
        return {key: _read(each, f"{where}[{key!r}]") for key, each in value.items()}
    if _is_list(value):
        return tuple(_read(each, where) for each in value)
    return value
