"""The publisher models this sandbox knows: where each is served, until when, and what it can do.

Read from Google's pages in November 2026 (each row names its page). A model is evaluated by the sandbox's
clock, so a state whose clock is before a retirement date still serves the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

_DOCS: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models"


@dataclass(frozen=True, kw_only=True)
class Model:
    """One publisher model."""

    publisher: str
    model: str
    locations: frozenset[str]
    released: date
    retired: date | None = None
    """The day from which calls fail."""
    context: int
    """Input and output together, in tokens."""
    output: int
    """The most an answer may hold, in tokens."""
    open: bool
    """An open model served as a managed API: reasoning is shown, a forced tool choice is refused."""
    source: str
    version: str = "001"

    @property
    def id(self) -> str:
        """As the body of a chat request spells it."""
        return f"{self.publisher}/{self.model}"

    @property
    def name(self) -> str:
        """The resource name of the publisher model."""
        return f"publishers/{self.publisher}/models/{self.model}"

    def retired_at(self, now: float) -> bool:
        """Whether the model is gone at a moment, in seconds since the epoch."""
        return self.retired is not None and datetime.fromtimestamp(now, UTC).date() >= self.retired

    def resource(self) -> dict[str, Any]:
        """The `PublisherModel` that Model Garden answers.

        Source: google/cloud/aiplatform/v1/publisher_model.proto
        """
        return {
            "name": self.name,
            "versionId": self.version,
            "openSourceCategory": "THIRD_PARTY_OWNED_OSS" if self.open else "PROPRIETARY",
            "supportedActions": {"viewRestApi": {"title": "View REST API"}},
            "launchStage": "GA",
            "versionState": "VERSION_STATE_STABLE",
            "publisherModelTemplate": (
                f"projects/{{project}}/locations/{{location}}/publishers/{self.publisher}/models/{self.model}"
            ),
        }


MODELS: Final = (
    Model(
        publisher="google",
        model="gemini-3.5-flash",
        # Of the Gemini 3 family the pages and users report the global endpoint; regions are not established.
        locations=frozenset({"global"}),
        released=date(2026, 5, 19),
        context=1_048_576,
        output=65_536,
        open=False,
        source=f"{_DOCS}/start/openai; https://ai.google.dev/gemini-api/docs/deprecations",
    ),
    Model(
        publisher="openai",
        model="gpt-oss-120b-maas",
        # The page says `global` only; its quota block still lists us-central1, and whether that still
        # answers is not established.
        locations=frozenset({"global"}),
        released=date(2025, 8, 13),
        context=131_072,
        output=131_072,
        open=True,
        source=f"{_DOCS}/maas/openai/gpt-oss-120b",
    ),
    Model(
        publisher="openai",
        model="gpt-oss-20b-maas",
        locations=frozenset({"us-central1"}),
        released=date(2025, 8, 13),
        retired=date(2026, 10, 21),
        context=131_072,
        output=32_768,
        open=True,
        source=f"{_DOCS}/maas/openai/gpt-oss-20b; {_DOCS}/deprecations/open-models",
    ),
)

BY_ID: Final = {model.id: model for model in MODELS}
BY_NAME: Final = {model.name: model for model in MODELS}
