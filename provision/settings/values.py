"""What each value must look like, and what is said of one that does not: every check raises `InvalidValue`."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from provision import catalog
from provision.plan import Waiver
from provision.settings.schema import InvalidValue

if TYPE_CHECKING:
    from collections.abc import Callable

CAPABILITIES: Final = ("text", "stream", "tools", "json", "reasoning", "turns", "long")
"""What a model can be asked to show; ``long`` fills its context, and costs accordingly."""

EVERYWHERE: Final = "all"
"""Stands for every location that Vertex AI says there is."""

PROJECT_ID: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
BILLING_ACCOUNT: Final = re.compile(r"(billingAccounts/)?[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")
PARENT: Final = re.compile(r"(organizations|folders)/[0-9]+")
SERVICE: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.(googleapis\.com|goog)")
MODEL: Final = re.compile(r"[a-z0-9-]+/[A-Za-z0-9._@-]+")
ENDPOINT_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
LABEL_KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
LABEL_VALUE: Final = re.compile(r"[a-z0-9_-]{0,63}")
DISPLAY_NAME: Final = re.compile(r"[A-Za-z0-9 '!\"-]{4,30}")
ACCOUNT_ID: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
ACCOUNT_EMAIL: Final = r"[a-z0-9-]+@[a-z0-9.:-]+\.gserviceaccount\.com"
ACCOUNT_CHAIN: Final = re.compile(rf"{ACCOUNT_EMAIL}(,{ACCOUNT_EMAIL})*")
ROLE: Final = re.compile(r"((projects|organizations)/[a-z0-9.:-]+/)?roles/[A-Za-z0-9_.]{3,100}")
REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+")
BRANCH: Final = re.compile(r"(?!refs/|/)[A-Za-z0-9_./+@-]{1,200}")
NUMBER: Final = re.compile(r"[0-9]{1,20}")
POOL_ID: Final = re.compile(r"(?!gcp-)[a-z0-9-]{4,32}")
ISSUER: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?")
DOMAIN: Final = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}")
CURRENCY: Final = re.compile(r"[A-Z]{3}")
TOPIC: Final = re.compile(r"projects/[^/]+/topics/[^/]+")
ALLOWED_MODEL: Final = re.compile(r"publishers/[^/]+/models/[^/:]+:(predict|deploy|tune)")
GARDEN_MODEL: Final = re.compile(r"publishers/[^/]+/models/[^/]+")
REGION: Final = re.compile(r"[a-z]+-[a-z]+[0-9]+")
MACHINE: Final = re.compile(r"[a-z0-9-]+")
ACCELERATOR: Final = re.compile(r"[A-Z0-9_]+")
CI_PROVIDERS: Final = ("github", "gitlab", "cloud-build")


def text(pattern: re.Pattern[str], cause: str, fix: str) -> Callable[[str], str]:
    """Return a check that takes what fits the whole pattern."""

    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise InvalidValue(cause, fix)
        return value

    return check


project_id = text(
    PROJECT_ID,
    "a project id has 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last",
    "run `gcloud projects list` and copy the PROJECT_ID column (not the name, not the number)",
)
parent = text(
    PARENT,
    "a parent is `organizations/NUMBER` or `folders/NUMBER`",
    "run `gcloud organizations list` and write `organizations/` and the ID column",
)
endpoint_id = text(
    ENDPOINT_ID,
    "an endpoint's id is the last part of its name: digits, or lower-case letters, digits and hyphens",
    "run `provision endpoints` and copy the id",
)
display_name = text(
    DISPLAY_NAME,
    "a display name has 4 to 30 letters, digits, hyphens, quotes, spaces or exclamation marks",
    "choose a name such as `Team chat`",
)


def billing_account(value: str) -> str:
    """Take an account id, with or without ``billingAccounts/``; return its full name."""
    if not BILLING_ACCOUNT.fullmatch(value):
        raise InvalidValue(
            "a billing account id looks like 000000-AAAAAA-111111, digits and capital letters A to F",
            "run `gcloud billing accounts list` and copy the ACCOUNT_ID column",
        )
    return f"billingAccounts/{value.removeprefix('billingAccounts/')}"


def location(value: str) -> str:
    """Take a Vertex AI location of the published list."""
    if value not in catalog.locations():
        guess = catalog.nearest(value, catalog.locations())
        raise InvalidValue(
            f"{value!r} is no Vertex AI location of the published list",
            f"did you mean {guess!r}?" if guess else "use `global`, or a region such as `us-central1`",
        )
    return value


def locations(values: tuple[str, ...]) -> tuple[str, ...]:
    """Take locations, each once, or `EVERYWHERE`."""
    if values == (EVERYWHERE,):
        return values
    return tuple(dict.fromkeys(location(value) for value in values))


def services(values: tuple[str, ...]) -> tuple[str, ...]:
    """Take names of services, each once."""
    for value in values:
        if not SERVICE.fullmatch(value):
            raise InvalidValue(
                f"{value!r} is no service name: it ends in `.googleapis.com`",
                "run `gcloud services list --available` and copy the NAME column",
            )
    return tuple(dict.fromkeys(values))


def capabilities(values: tuple[str, ...]) -> tuple[str, ...]:
    """Take `CAPABILITIES`, also several in one text; to answer in text is always among them."""
    asked = tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",")))
    for each in asked:
        if each not in CAPABILITIES:
            guess = catalog.nearest(each, CAPABILITIES)
            raise InvalidValue(
                f"{each!r} is no capability that can be asked for",
                f"did you mean {guess!r}?" if guess else f"use some of {', '.join(CAPABILITIES)}",
            )
    return tuple(dict.fromkeys(("text", *asked)))


def model(value: str) -> str:
    """Take a publisher model, as ``publisher/model``."""
    if not MODEL.fullmatch(value):
        known = tuple(model for model in catalog.models() if model.endswith(f"/{value}"))
        guess = known[0] if known else catalog.nearest(value, tuple(catalog.models()))
        raise InvalidValue(
            "a model is written `publisher/model`",
            f"did you mean {guess!r}?" if guess else "run `provision models` for those that are known",
        )
    return value


def labels(values: dict[str, str]) -> dict[str, str]:
    """Take a project's labels."""
    for key, value in values.items():
        if not LABEL_KEY.fullmatch(key) or not LABEL_VALUE.fullmatch(value):
            raise InvalidValue(
                f"label {key}={value!r}: keys and values hold lower-case letters, digits, `_` and `-`, at most 63",
                "write labels such as `team: chat`",
            )
    if len(values) > 64:
        raise InvalidValue("a project can have 64 labels", "leave some out")
    return values


ATTRIBUTE: Final = re.compile(r"(?!(?:repository|repository_id)$)[a-z0-9_]{1,100}")
EXPRESSION: Final = re.compile(r"[^\x00-\x1f]{1,2048}")


def attributes(values: dict[str, str]) -> dict[str, str]:
    """Take further attributes of an attribute mapping, by their names without ``attribute.``.

    https://docs.cloud.google.com/iam/docs/workload-identity-federation#mapping
    """
    for name, expression in values.items():
        if not ATTRIBUTE.fullmatch(name) or not EXPRESSION.fullmatch(expression) or "assertion." not in expression:
            raise InvalidValue(
                f"{name}: {expression[:60]!r} maps no attribute: a name has lower-case letters, digits and `_`, is"
                " neither repository nor repository_id, and an expression names an `assertion.CLAIM`",
                "write it such as `ref: assertion.ref`",
            )
    if len(values) > 48:
        raise InvalidValue("a provider maps 50 attributes", "leave some out")
    return values


account_id = text(
    ACCOUNT_ID,
    "a service account's id has 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last",
    "write the part before the @, such as `chat-runtime`",
)
pool_id = text(
    POOL_ID,
    "an id of a pool or a provider has 4 to 32 lower-case letters, digits and hyphens, and does not begin with `gcp-`",
    "use an id such as `provision-ci`",
)
number = text(
    NUMBER,
    "it is the number that never changes, not a name",
    "GitHub: `gh api repos/OWNER/NAME --jq '.id, .owner.id'`; GitLab: the project's page shows its id",
)


def ci_provider(value: str) -> str:
    """Take one of `CI_PROVIDERS`."""
    if value not in CI_PROVIDERS:
        guess = catalog.nearest(value, CI_PROVIDERS)
        raise InvalidValue(
            f"{value!r} is not one of {', '.join(CI_PROVIDERS)}",
            f"did you mean {guess!r}?" if guess else f"use one of {', '.join(CI_PROVIDERS)}",
        )
    return value


def roles(values: tuple[str, ...]) -> tuple[str, ...]:
    """Take names of roles, each once."""
    for value in values:
        if not ROLE.fullmatch(value):
            raise InvalidValue(
                f"{value!r} is no role: it is written `roles/NAME`, or `projects/ID/roles/NAME` for a custom one",
                "run `gcloud iam roles list` and copy the `name`",
            )
        if value in {"roles/owner", "roles/editor"}:
            raise InvalidValue(
                f"{value} gives a machine everything, and whoever takes the machine over",
                "name the predefined roles it needs, or print the smallest one: `provision permissions`",
            )
    return tuple(dict.fromkeys(values))


def jwks(value: str) -> str:
    """Take a JSON Web Key Set; return it as it was written."""
    try:
        keys = json.loads(value)["keys"]
        public = all(isinstance(key, dict) and "d" not in key for key in keys) and isinstance(keys, list) and keys
    except (ValueError, KeyError, TypeError):
        public = False
    if not public:
        raise InvalidValue(
            "it is not a JSON Web Key Set of public keys",
            "copy what is at the issuer's `jwks_uri`: curl ISSUER/.well-known/openid-configuration names it",
        )
    return json.dumps(json.loads(value), separators=(",", ":"))


def thresholds(values: tuple[float, ...]) -> tuple[float, ...]:
    """Take shares of a budget."""
    for value in values:
        if not 0 < value <= 10:
            raise InvalidValue(
                f"a threshold is a share of the budget's amount, and not {value:g}", "write 0.9 for 90 %"
            )
    return values


def allowed_models(values: tuple[str, ...]) -> tuple[str, ...]:
    """Take values of the constraint on models."""
    for value in values:
        if not ALLOWED_MODEL.fullmatch(value):
            raise InvalidValue(
                f"{value!r} is no value of the constraint: it names publisher, model and action",
                "write `publishers/openai/models/gpt-oss-120b-maas:predict`; the actions are predict, deploy and tune",
            )
    if len(values) > 500:
        raise InvalidValue("a policy can allow 500 models", "leave some out")
    return tuple(dict.fromkeys(values))


def at_least(minimum: float, most: float = 86_400) -> Callable[[float], float]:
    """Return a check that takes a number within bounds."""

    def check(value: float) -> float:
        if not minimum <= value <= most:
            raise InvalidValue(f"it must lie between {minimum:g} and {most:.0f}", f"use {minimum:g} or more")
        return value

    return check


def same(value: Any) -> Any:
    """Take anything."""
    return value


CHECK_ID: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_.]+")
WORDS: Final = re.compile(r"\S(.*\S)?")
DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def day(value: str) -> str:
    """Take a day, as ISO 8601 writes it."""
    try:
        return date.fromisoformat(DATE.fullmatch(value)[0]).isoformat()  # type: ignore[index] # None is caught below
    except (TypeError, ValueError):
        raise InvalidValue("a date is written YYYY-MM-DD", "use a day of the calendar, such as 2027-03-31") from None


def waivers(values: tuple[dict[str, str], ...]) -> tuple[Waiver, ...]:
    """Take waivers, at most one for each check."""
    checks = [value["check"] for value in values]
    twice = [check for check in dict.fromkeys(checks) if checks.count(check) > 1]
    if twice:
        raise InvalidValue(f"{', '.join(twice)} is waived twice, and only one can hold", "remove one of them")
    return tuple(Waiver(**value) for value in values)
