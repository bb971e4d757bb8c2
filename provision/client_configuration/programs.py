"""Complete programs for this project and this model, with credentials that refresh themselves."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, kw_only=True)
class Language:
    """One language's program.

    Attributes:
        file: the template, and the name to save the program under.
        runs_in_tests: it is executed against the sandbox by this project's tests; the others are written from
            their libraries' pages and were never run.
    """

    file: str
    runs_in_tests: bool = True


LANGUAGES: Final[Mapping[str, Language]] = {
    "python": Language(file="ask.py"),
    "python-async": Language(file="ask_async.py"),
    "node": Language(file="ask.mjs"),
    "curl": Language(file="ask.sh"),
    "go": Language(file="main.go", runs_in_tests=False),
    "java": Language(file="Ask.java", runs_in_tests=False),
    "litellm": Language(file="ask_litellm.py"),
    "langchain": Language(file="ask_langchain.py"),
}


def program(language: str, *, base_url: str, model: str) -> str:
    """Return the program.

    Args:
        language: one of `LANGUAGES`.
        base_url: what an OpenAI client takes as such.
        model: what goes into the request.
    """
    template = files(__package__).joinpath("snippets", f"{LANGUAGES[language].file}.tmpl").read_text("utf-8")
    return template.replace("{{base_url}}", base_url).replace("{{model}}", model)
