"""The environment of an OpenAI client, in the form that each surrounding reads.

A token in it is good for at most an hour, so each form says until when.
"""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

HIDDEN: Final = "hidden (--show-token shows it)"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What an OpenAI client needs.

    Attributes:
        token: a bearer token; it stands for the API key.
        expires: when the token ends (UTC); None if it does not say.
    """

    base_url: str
    token: str
    model: str
    project_id: str
    location: str
    expires: datetime | None = None

    def variables(self) -> dict[str, str]:
        """Return the variables by name."""
        return {
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": self.token,
            "MODEL_ID": self.model,
            "PROJECT_ID": self.project_id,
            "LOCATION": self.location,
        }

    @property
    def note(self) -> str:
        """Until when the token is good, in words."""
        if self.expires is None:
            return "OPENAI_API_KEY is a short-lived token"
        return f"OPENAI_API_KEY is a token that expires at {self.expires:%Y-%m-%d %H:%M:%S} UTC"


def render(environment: Environment, style: str) -> str:
    """Return the environment in one of `STYLES`, each line ended."""
    return STYLES[style](environment)


def _shell(environment: Environment) -> str:
    lines = [f"# {environment.note}"]
    lines += [f"export {name}={shlex.quote(value)}" for name, value in environment.variables().items()]
    return "\n".join(lines) + "\n"


def _dotenv(environment: Environment) -> str:
    lines = [f"# {environment.note}"]
    lines += [f"{name}={shlex.quote(value)}" for name, value in environment.variables().items()]
    return "\n".join(lines) + "\n"


def _docker(environment: Environment) -> str:
    """Write what ``docker run --env-file`` reads: it takes quotes for part of the value."""
    return f"# {environment.note}\n" + _bare(environment.variables())


def _github(environment: Environment) -> str:
    """Write what is appended to ``$GITHUB_ENV``; no value holds a line end.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions#setting-an-environment-variable
    """
    return _bare(environment.variables())


def _bare(variables: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in variables.items())


def _json(environment: Environment) -> str:
    expires = None if environment.expires is None else environment.expires.isoformat(timespec="seconds") + "Z"
    return json.dumps(environment.variables() | {"expires": expires}, indent=2) + "\n"


def _powershell(environment: Environment) -> str:
    """Write assignments for ``Invoke-Expression``.

    In single quotes only a quote is special, also a typographic one:
    https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
    """
    quoted = ((name, re.sub("(['\u2018-\u201b])", r"\1\1", value)) for name, value in environment.variables().items())
    return f"# {environment.note}\n" + "".join(f"$env:{name} = '{value}'\n" for name, value in quoted)


STYLES: Final[Mapping[str, Callable[[Environment], str]]] = {
    "shell": _shell,
    "dotenv": _dotenv,
    "json": _json,
    "github": _github,
    "powershell": _powershell,
    "docker": _docker,
}
