"""Complete programs for this project and this model, with credentials that refresh themselves."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Final

from provision import catalog

if TYPE_CHECKING:
    from collections.abc import Mapping


LANGUAGES: Final[Mapping[str, str]] = {
    "python": "ask.py",
    "python-async": "ask_async.py",
    "node": "ask.mjs",
    "curl": "ask.sh",
    "go": "main.go",
    "java": "Ask.java",
    "openai-vertex": "ask_vertex.py",
    "litellm": "ask_litellm.py",
    "langchain": "ask_langchain.py",
}
"""The template of each language's program, which is the name to save it under too."""


PARTNER_MODEL: Final = "openai/gpt-6.1-terra"
"""What a program for OpenAI's partner models asks where the project's model is none of them."""


def program(language: str, *, base_url: str, model: str) -> str:
    """Return the program.

    Args:
        language: one of `LANGUAGES`.
        base_url: what an OpenAI client takes as such.
        model: what goes into the request.
    """
    template = files(__package__).joinpath("snippets", f"{LANGUAGES[language]}.tmpl").read_text("utf-8")
    blanks = {"base_url": base_url, "model": model} | _responses(base_url, model)
    for name, value in blanks.items():
        template = template.replace(f"{{{{{name}}}}}", value)
    return template


def _responses(base_url: str, model: str) -> dict[str, str]:
    """Return where OpenAI's partner models answer, and one of them: the given model, if it is one."""
    row = catalog.models().get(model)
    named = model if row is not None and row.route == "responses" else PARTNER_MODEL
    location = base_url.partition("/endpoints/")[0]
    return {"responses_url": f"{location}/publishers/openai/v1", "responses_model": named.partition("/")[2]}
