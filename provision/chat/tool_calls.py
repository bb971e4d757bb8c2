"""Put the calls of functions together that a model streams in pieces.

OpenAI's protocol joins the pieces of a call by ``index``. Servers differ: Gemini repeats id and name in each piece,
leaves the index out or changes it between the pieces of one call; others give every call the index 0. So an id joins,
and a new one begins a new call; only a piece without an id is joined by its index, or else to the call before it.

Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/migrate/openai/examples (streams printed
there), https://github.com/googleapis/python-genai/issues/2868
"""

from __future__ import annotations

import json
from typing import Any, Final

from provision.chat.messages import ToolCall
from provision.chat.shapes import mapping, word

_KNOWN: Final = frozenset({"index", "id", "type", "function"})


class Calls:
    """The calls of one answer, in the order in which they began."""

    def __init__(self) -> None:
        self._calls: list[_Call] = []

    def add(self, piece: Any) -> None:
        """Add one member of ``tool_calls``, whole or a part of a call; what is no object is passed over."""
        if not isinstance(piece, dict):
            return
        index, function = piece.get("index"), mapping(piece.get("function"))
        self._call_of(word(piece.get("id")), index if type(index) is int else None, function).add(piece, function)

    def _call_of(self, id_: str, index: int | None, function: dict[str, Any]) -> _Call:
        named = bool(word(function.get("name")))
        alike = next((call for call in reversed(self._calls) if index is None or call.index == index), None)
        if id_:
            same = next((call for call in self._calls if call.id == id_), None)
            # An id may come later than the name; and there were servers that made up one for each piece.
            found = same or (alike if alike is not None and (not alike.id or not named) else None)
        else:
            # One more name after whole arguments: a second call, of a server that gives none an id.
            found = None if alike is not None and named and alike.is_whole else alike
        if found is None:
            found = _Call(index)
            self._calls.append(found)
        return found

    def read(self) -> tuple[ToolCall, ...]:
        """Return the calls as far as they have come."""
        return tuple(call.read() for call in self._calls)


class _Call:
    def __init__(self, index: int | None) -> None:
        self.index = index
        self.id = ""
        self._name = ""
        self._arguments = ""
        self._given: Any = None
        self._other: dict[str, Any] = {}
        self._other_of_function: dict[str, Any] = {}

    @property
    def is_whole(self) -> bool:
        """Its arguments are whole JSON: nothing can be added to them."""
        if self._given is not None:
            return True
        try:
            json.loads(self._arguments)
        except (ValueError, RecursionError):
            return False
        return True

    def add(self, piece: dict[str, Any], function: dict[str, Any]) -> None:
        id_, name, arguments = word(piece.get("id")), word(function.get("name")), function.get("arguments")
        self.id = self.id or id_
        if name != self._name and (not self._name or not id_):
            self._name += name
        if isinstance(arguments, str):
            self._arguments += arguments
        elif arguments is not None:
            self._given = arguments
        self._other |= {key: value for key, value in piece.items() if key not in _KNOWN and value is not None}
        self._other_of_function |= {
            key: value for key, value in function.items() if key not in {"name", "arguments"} and value is not None
        }

    def read(self) -> ToolCall:
        given = self._given is not None and not self._arguments
        return ToolCall(
            id=self.id,
            name=self._name,
            arguments=json.dumps(self._given) if given else self._arguments,
            is_text=not given,
            other=self._other,
            other_of_function=self._other_of_function,
        )
