"""The publisher models that this sandbox knows: where each is served, until when, and what it can do.

They are dated data, `models.json`: each row names what it was read from, and says what is not told there. A model is
evaluated by the sandbox's clock, so a state whose clock is before a retirement date still serves the model.

| member | what |
| --- | --- |
| `id` | as the body of a chat request spells it |
| `kind` | `open` (a managed open model), `gemini`, `partner` or `embedding` |
| `routes` | by which it is asked, where that is not chat completions (and `generateContent` for Gemini) |
| `locations` | where; `*` is every region, and none is not looked up |
| `enable` | has to be enabled in Model Garden first |
| `efforts` | levels of thinking that it takes |
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

from gcp_emulator.services.aiplatform.locations import REGIONS

if TYPE_CHECKING:
    from collections.abc import Callable

EFFORTS: Final = ("low", "medium", "high")
CHAT: Final = "chat/completions"


@dataclass(frozen=True, kw_only=True)
class Model:
    """One publisher model; `models.json` says what each member means."""

    publisher: str
    model: str
    kind: Literal["open", "gemini", "partner", "embedding"]
    locations: frozenset[str]
    released: date | None = None
    retired: date | None = None
    """The day from which calls fail."""
    context: int = 0
    """Input and output together, in tokens; 0 is not told."""
    output: int = 0
    """The most an answer may hold, in tokens; 0 is not told."""
    source: str
    stage: str = "GA"
    routes: frozenset[str] = frozenset({CHAT})
    enable: bool = False
    efforts: tuple[str, ...] = EFFORTS
    default_effort: str = "medium"
    """How hard it thinks unasked."""
    matched_stop: int | None = None
    """The number of the token that ends an answer of an open model (printed by Google)."""
    dimensions: int = 0
    """Of an embedding."""
    most: int = 0
    """Texts that one request may hold."""
    version: str = "001"

    @property
    def id(self) -> str:
        """As the body of a chat request spells it."""
        return f"{self.publisher}/{self.model}"

    @property
    def name(self) -> str:
        """The resource name of the publisher model."""
        return f"publishers/{self.publisher}/models/{self.model}"

    @property
    def open(self) -> bool:
        """An open model served as a managed API: reasoning is shown, a forced tool choice is refused."""
        return self.kind == "open"

    @property
    def signs(self) -> bool:
        """Whether it wants the signatures of its tool calls back: Gemini from 3 on.

        https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures
        """
        return self.kind == "gemini" and not self.model.startswith(("gemini-1", "gemini-2"))

    def retired_at(self, now: float) -> bool:
        """Whether the model is gone at a moment, in seconds since the epoch."""
        return self.retired is not None and datetime.fromtimestamp(now, UTC).date() >= self.retired

    def resource(self) -> dict[str, Any]:
        """The `PublisherModel` that Model Garden answers.

        Source: google/cloud/aiplatform/v1/publisher_model.proto
        """
        stage = "GA" if self.stage == "GA" else self.stage
        return {
            "name": self.name,
            "versionId": self.version,
            "openSourceCategory": "THIRD_PARTY_OWNED_OSS" if self.open else "PROPRIETARY",
            "supportedActions": {"viewRestApi": {"title": "View REST API"}},
            "launchStage": stage,
            "versionState": "VERSION_STATE_STABLE" if stage == "GA" else "VERSION_STATE_UNSTABLE",
            "publisherModelTemplate": (
                f"projects/{{project}}/locations/{{location}}/publishers/{self.publisher}/models/{self.model}"
            ),
        }


def _read(row: dict[str, Any]) -> Model:
    publisher, _, model = row.pop("id").partition("/")
    located = frozenset(row.pop("locations"))
    read: dict[str, Any] = {name: row[name] for name in row if name not in _READ}
    read |= {name: make(row[name]) for name, make in _READ.items() if name in row}
    return Model(
        publisher=publisher, model=model, locations=REGIONS | {"global"} if "*" in located else located, **read
    )


_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "released": date.fromisoformat,
    "retired": date.fromisoformat,
    "routes": frozenset,
    "efforts": tuple,
}
"""How members are read that JSON has no type for."""

_DATA: Final = json.loads(files("gcp_emulator").joinpath("services", "aiplatform", "models.json").read_text("utf-8"))

AS_OF: Final[str] = _DATA["as_of"]
"""The day on which the data was read."""

MODELS: Final = tuple(_read(dict(row)) for row in _DATA["models"])
BY_ID: Final = {model.id: model for model in MODELS}
BY_NAME: Final = {model.name: model for model in MODELS}
