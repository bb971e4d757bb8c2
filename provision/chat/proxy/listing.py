"""The list of models that OpenAI's API has and Vertex AI has not."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from provision import catalog

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD_FOR_S: Final = 600.0


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One model, as https://platform.openai.com/docs/api-reference/models/object describes it.

    Attributes:
        created: when it was released, in seconds since the epoch; 0 where that is not known.
    """

    id: str
    owned_by: str
    created: int = 0

    def json(self) -> dict[str, Any]:
        """Return the object."""
        return {"id": self.id, "object": "model", "created": self.created, "owned_by": self.owned_by}


class Listing:
    """The models, asked for when they are first wanted, and again after some minutes."""

    def __init__(self, find: Callable[[], tuple[Listed, ...]]) -> None:
        self._find = find
        self._lock = threading.Lock()
        self._found: tuple[Listed, ...] = ()
        self._until = 0.0

    def all(self) -> tuple[Listed, ...]:
        """Return them; asks whoever knows, so not on the event loop."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._found = self._find()
                self._until = time.monotonic() + GOOD_FOR_S
            return self._found

    def one(self, name: str) -> Listed | None:
        """Return one by its id, or by a name that stands for it."""
        wanted = {name, catalog.resolve(name)}
        return next((each for each in self.all() if each.id in wanted), None)
