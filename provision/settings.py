"""Every setting there is: one row each, from which options, the file, its JSON Schema and its page are made."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Literal

from provision import catalogue
from provision.plan import Waiver

if TYPE_CHECKING:
    from collections.abc import Callable

CAPABILITIES: Final = ("text", "stream", "tools", "json", "reasoning", "turns", "long")
"""What a model can be asked to show; ``long`` fills its context, and costs accordingly."""

EVERYWHERE: Final = "all"
"""Stands for every location that Vertex AI says there is."""

Kind = Literal["text", "switch", "list", "map", "number", "numbers", "count", "records"]

_PROJECT_ID: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_BILLING_ACCOUNT: Final = re.compile(r"(billingAccounts/)?[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}")
_PARENT: Final = re.compile(r"(organizations|folders)/[0-9]+")
_SERVICE: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z0-9-]+)*\.(googleapis\.com|goog)")
_MODEL: Final = re.compile(r"[a-z0-9-]+/[A-Za-z0-9._@-]+")
_ENDPOINT_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_LABEL_KEY: Final = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_LABEL_VALUE: Final = re.compile(r"[a-z0-9_-]{0,63}")
_DISPLAY_NAME: Final = re.compile(r"[A-Za-z0-9 '!\"-]{4,30}")
_ACCOUNT_ID: Final = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")
_ACCOUNT_EMAIL: Final = r"[a-z0-9-]+@[a-z0-9.:-]+\.gserviceaccount\.com"
_ACCOUNT_CHAIN: Final = re.compile(rf"{_ACCOUNT_EMAIL}(,{_ACCOUNT_EMAIL})*")
_ROLE: Final = re.compile(r"((projects|organizations)/[a-z0-9.:-]+/)?roles/[A-Za-z0-9_.]{3,100}")
_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+")
_BRANCH: Final = re.compile(r"(?!refs/|/)[A-Za-z0-9_./+@-]{1,200}")
_NUMBER: Final = re.compile(r"[0-9]{1,20}")
_POOL_ID: Final = re.compile(r"(?!gcp-)[a-z0-9-]{4,32}")
_ISSUER: Final = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9._/-]*)?")
_DOMAIN: Final = re.compile(r"([a-z0-9-]+\.)+[a-z]{2,}")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_TOPIC: Final = re.compile(r"projects/[^/]+/topics/[^/]+")
_ALLOWED_MODEL: Final = re.compile(r"publishers/[^/]+/models/[^/:]+:(predict|deploy|tune)")
_GARDEN_MODEL: Final = re.compile(r"publishers/[^/]+/models/[^/]+")
_REGION: Final = re.compile(r"[a-z]+-[a-z]+[0-9]+")
_MACHINE: Final = re.compile(r"[a-z0-9-]+")
_ACCELERATOR: Final = re.compile(r"[A-Z0-9_]+")
CI_PROVIDERS: Final = ("github", "gitlab", "cloud-build")


class Unusable(ValueError):
    """A value that cannot be used; carries cause and fix, and where in a record it stands."""

    def __init__(self, cause: str, fix: str, *, where: str = "", value: Any = None) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix
        self.where = where
        self.value = value


@dataclass(frozen=True, kw_only=True)
class FieldRow:
    """One field of a record; every field is required. ``check`` is as in `SettingRow`, for text."""

    name: str
    help: str
    example: str
    pattern: str
    check: Callable[[str], Any]


@dataclass(frozen=True, kw_only=True)
class SettingRow:
    """One setting.

    Attributes:
        key: its dotted name in ``provision.yaml``.
        attribute: its name in `provision.config.Config`.
        check: returns the value in its final form, or raises `Unusable`.
        environment: the variables it is read from, first that is set wins.
        option: the command-line option; ``flag`` pairs are written ``--x/--no-x``.
        example: what the commented file shows.
        terraform: only the Terraform module does it; `plan` and `apply` refuse it by name instead of ignoring it.
        fields: of each record, where the setting is a list of records; ``check`` gets a tuple of maps.
    """

    key: str
    attribute: str
    kind: Kind
    default: Any
    help: str
    example: str
    check: Callable[[Any], Any]
    environment: tuple[str, ...] = ()
    option: str = ""
    pattern: str = ""
    minimum: float | None = None
    terraform: bool = False
    fields: tuple[FieldRow, ...] = ()


def _text(pattern: re.Pattern[str], cause: str, fix: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise Unusable(cause, fix)
        return value

    return check


_project_id = _text(
    _PROJECT_ID,
    "a project id has 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last",
    "run `gcloud projects list` and copy the PROJECT_ID column (not the name, not the number)",
)
_parent = _text(
    _PARENT,
    "a parent is `organizations/NUMBER` or `folders/NUMBER`",
    "run `gcloud organizations list` and write `organizations/` and the ID column",
)
_endpoint_id = _text(
    _ENDPOINT_ID,
    "an endpoint's id is the last part of its name: digits, or lower-case letters, digits and hyphens",
    "run `provision endpoints` and copy the id",
)
_display_name = _text(
    _DISPLAY_NAME,
    "a display name has 4 to 30 letters, digits, hyphens, quotes, spaces or exclamation marks",
    "choose a name such as `Team chat`",
)


def _billing_account(value: str) -> str:
    if not _BILLING_ACCOUNT.fullmatch(value):
        raise Unusable(
            "a billing account id looks like 000000-AAAAAA-111111, digits and capital letters A to F",
            "run `gcloud billing accounts list` and copy the ACCOUNT_ID column",
        )
    return f"billingAccounts/{value.removeprefix('billingAccounts/')}"


def _location(value: str) -> str:
    if value not in catalogue.locations():
        guess = catalogue.nearest(value, catalogue.locations())
        raise Unusable(
            f"{value!r} is no Vertex AI location of the published list",
            f"did you mean {guess!r}?" if guess else "use `global`, or a region such as `us-central1`",
        )
    return value


def _locations(values: tuple[str, ...]) -> tuple[str, ...]:
    if values == (EVERYWHERE,):
        return values
    return tuple(dict.fromkeys(_location(value) for value in values))


def _services(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _SERVICE.fullmatch(value):
            raise Unusable(
                f"{value!r} is no service name: it ends in `.googleapis.com`",
                "run `gcloud services list --available` and copy the NAME column",
            )
    return tuple(dict.fromkeys(values))


def _capabilities(values: tuple[str, ...]) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(part.strip() for value in values for part in value.split(",")))
    for each in asked:
        if each not in CAPABILITIES:
            guess = catalogue.nearest(each, CAPABILITIES)
            raise Unusable(
                f"{each!r} is no capability that can be asked for",
                f"did you mean {guess!r}?" if guess else f"use some of {', '.join(CAPABILITIES)}",
            )
    return tuple(dict.fromkeys(("text", *asked)))


def _model(value: str) -> str:
    if not _MODEL.fullmatch(value):
        known = tuple(model for model in catalogue.models() if model.endswith(f"/{value}"))
        guess = known[0] if known else catalogue.nearest(value, tuple(catalogue.models()))
        raise Unusable(
            "a model is written `publisher/model`",
            f"did you mean {guess!r}?" if guess else "run `provision models` for those that are known",
        )
    return value


def _labels(values: dict[str, str]) -> dict[str, str]:
    for key, value in values.items():
        if not _LABEL_KEY.fullmatch(key) or not _LABEL_VALUE.fullmatch(value):
            raise Unusable(
                f"label {key}={value!r}: keys and values hold lower-case letters, digits, `_` and `-`, at most 63",
                "write labels such as `team: chat`",
            )
    if len(values) > 64:
        raise Unusable("a project can have 64 labels", "leave some out")
    return values


_account_id = _text(
    _ACCOUNT_ID,
    "a service account's id has 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last",
    "write the part before the @, such as `chat-runtime`",
)
_pool_id = _text(
    _POOL_ID,
    "an id of a pool or a provider has 4 to 32 lower-case letters, digits and hyphens, and does not begin with `gcp-`",
    "use an id such as `provision-ci`",
)
_number = _text(
    _NUMBER,
    "it is the number that never changes, not a name",
    "GitHub: `gh api repos/OWNER/NAME --jq '.id, .owner.id'`; GitLab: the project's page shows its id",
)


def _ci_provider(value: str) -> str:
    if value not in CI_PROVIDERS:
        guess = catalogue.nearest(value, CI_PROVIDERS)
        raise Unusable(
            f"{value!r} is not one of {', '.join(CI_PROVIDERS)}",
            f"did you mean {guess!r}?" if guess else f"use one of {', '.join(CI_PROVIDERS)}",
        )
    return value


def _roles(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _ROLE.fullmatch(value):
            raise Unusable(
                f"{value!r} is no role: it is written `roles/NAME`, or `projects/ID/roles/NAME` for one of your own",
                "run `gcloud iam roles list` and copy the `name`",
            )
        if value in {"roles/owner", "roles/editor"}:
            raise Unusable(
                f"{value} gives a machine everything, and whoever takes the machine over",
                "name the predefined roles it needs, or print the smallest one: `provision permissions`",
            )
    return tuple(dict.fromkeys(values))


def _jwks(value: str) -> str:
    try:
        keys = json.loads(value)["keys"]
        public = all(isinstance(key, dict) and "d" not in key for key in keys) and isinstance(keys, list) and keys
    except (ValueError, KeyError, TypeError):
        public = False
    if not public:
        raise Unusable(
            "it is not a JSON Web Key Set of public keys",
            "copy what stands at the issuer's `jwks_uri`: curl ISSUER/.well-known/openid-configuration names it",
        )
    return json.dumps(json.loads(value), separators=(",", ":"))


def _thresholds(values: tuple[float, ...]) -> tuple[float, ...]:
    for value in values:
        if not 0 < value <= 10:
            raise Unusable(f"a threshold is a share of the budget's amount, and not {value:g}", "write 0.9 for 90 %")
    return values


def _allowed_models(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not _ALLOWED_MODEL.fullmatch(value):
            raise Unusable(
                f"{value!r} is no value of the constraint: it names publisher, model and action",
                "write `publishers/openai/models/gpt-oss-120b-maas:predict`; the actions are predict, deploy and tune",
            )
    if len(values) > 500:
        raise Unusable("a policy can allow 500 models", "leave some out")
    return tuple(dict.fromkeys(values))


def _at_least(minimum: float, most: float = 86_400) -> Callable[[float], float]:
    def check(value: float) -> float:
        if not minimum <= value <= most:
            raise Unusable(f"it must lie between {minimum:g} and {most:.0f}", f"use {minimum:g} or more")
        return value

    return check


def _same(value: Any) -> Any:
    return value


_CHECK_ID: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z0-9_.]+")
_WORDS: Final = re.compile(r"\S(.*\S)?")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _date(value: str) -> str:
    try:
        return date.fromisoformat(_DATE.fullmatch(value)[0]).isoformat()  # type: ignore[index] # None is caught below
    except (TypeError, ValueError):
        raise Unusable("a date is written YYYY-MM-DD", "use a day of the calendar, such as 2027-03-31") from None


def _waivers(values: tuple[dict[str, str], ...]) -> tuple[Waiver, ...]:
    checks = [value["check"] for value in values]
    twice = [check for check in dict.fromkeys(checks) if checks.count(check) > 1]
    if twice:
        raise Unusable(f"{', '.join(twice)} is waived twice, and only one can hold", "remove one of them")
    return tuple(Waiver(**value) for value in values)


_WAIVER: Final = (
    FieldRow(
        name="check",
        help="The id of the check, as `provision check` prints it.",
        example="endpoints.listed",
        pattern=_CHECK_ID.pattern,
        check=_text(_CHECK_ID, "the id of a check is written `step.what`", "copy it from the report"),
    ),
    FieldRow(
        name="owner",
        help="Who answers for it.",
        example="platform-team@example.com",
        pattern=_WORDS.pattern,
        check=_text(_WORDS, "somebody has to answer for it", "write a person or a team"),
    ),
    FieldRow(
        name="reason",
        help="Why it may stay as it is.",
        example="only publisher models are used",
        pattern=_WORDS.pattern,
        check=_text(_WORDS, "a waiver needs a reason that others can judge", "write one sentence"),
    ),
    FieldRow(
        name="expires",
        help="The last day on which it holds (UTC); from then on it fails the check by name.",
        example="2027-03-31",
        pattern=_DATE.pattern,
        check=_date,
    ),
)


SETTINGS: Final[tuple[SettingRow, ...]] = (
    SettingRow(
        key="project.id",
        attribute="project_id",
        kind="text",
        default="",
        check=_project_id,
        environment=("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"),
        option="--project",
        help="The project to make ready, by its id.",
        example="my-team-chat",
        pattern=_PROJECT_ID.pattern,
    ),
    SettingRow(
        key="project.create",
        attribute="create_project",
        kind="switch",
        default=False,
        check=_same,
        environment=("PROVISION_CREATE_PROJECT",),
        option="--create-project/--no-create-project",
        help="Create the project if it does not exist.",
        example="false",
    ),
    SettingRow(
        key="project.undelete",
        attribute="undelete_project",
        kind="switch",
        default=False,
        check=_same,
        environment=("PROVISION_UNDELETE_PROJECT",),
        option="--undelete-project/--no-undelete-project",
        help="Take the project's deletion back if it was asked for in the last 30 days.",
        example="false",
    ),
    SettingRow(
        key="project.parent",
        attribute="parent",
        kind="text",
        default="",
        check=_parent,
        environment=("PROVISION_PARENT",),
        option="--parent",
        help="Where a new project is created: organizations/NUMBER or folders/NUMBER.",
        example="organizations/123456789012",
        pattern=_PARENT.pattern,
    ),
    SettingRow(
        key="project.display_name",
        attribute="display_name",
        kind="text",
        default="",
        check=_display_name,
        option="--display-name",
        help="The name people see on a new project; its id if left out.",
        example="Team chat",
        pattern=_DISPLAY_NAME.pattern,
    ),
    SettingRow(
        key="project.labels",
        attribute="labels",
        kind="map",
        default={},
        check=_labels,
        help="Labels of a new project.",
        example="{team: chat}",
    ),
    SettingRow(
        key="billing.account",
        attribute="billing_account",
        kind="text",
        default="",
        check=_billing_account,
        environment=("PROVISION_BILLING_ACCOUNT",),
        option="--billing-account",
        help="The billing account to link, such as 000000-AAAAAA-111111.",
        example="000000-AAAAAA-111111",
        pattern=_BILLING_ACCOUNT.pattern,
    ),
    SettingRow(
        key="billing.relink",
        attribute="relink_billing",
        kind="switch",
        default=False,
        check=_same,
        option="--relink-billing/--no-relink-billing",
        help="Allow a project that pays by another account to be linked to this one.",
        example="false",
    ),
    SettingRow(
        key="services",
        attribute="services",
        kind="list",
        check=_services,
        option="--service",
        # The last three are what a service account of this project needs in order to look at its own project:
        # its calls are charged to the project it lives in, and refused where these are off.
        default=(
            "aiplatform.googleapis.com",
            "cloudbilling.googleapis.com",
            "cloudresourcemanager.googleapis.com",
            "serviceusage.googleapis.com",
        ),
        help="The services to enable.",
        example="[aiplatform.googleapis.com]",
        pattern=_SERVICE.pattern,
    ),
    SettingRow(
        key="endpoints.locations",
        attribute="endpoint_locations",
        kind="list",
        check=_locations,
        default=("us-central1",),
        environment=("CLOUDSDK_AI_REGION",),
        option="--endpoint-location",
        help="Where to look for self-deployed endpoints; `all` for every location there is.",
        example="[us-central1, europe-west4]",
    ),
    SettingRow(
        key="model.id",
        attribute="model",
        kind="text",
        check=_model,
        default="openai/gpt-oss-120b-maas",
        environment=("PROVISION_MODEL",),
        option="--model",
        help="The publisher model to ask, as publisher/model.",
        example="openai/gpt-oss-120b-maas",
        pattern=_MODEL.pattern,
    ),
    SettingRow(
        key="model.location",
        attribute="model_location",
        kind="text",
        check=_location,
        default="global",
        environment=("GOOGLE_CLOUD_LOCATION",),
        option="--location",
        help="Where the model is asked; `global` for gpt-oss-120b.",
        example="global",
    ),
    SettingRow(
        key="model.endpoint",
        attribute="endpoint",
        kind="text",
        check=_endpoint_id,
        default="",
        environment=("PROVISION_ENDPOINT",),
        option="--endpoint",
        help="Ask this self-deployed endpoint, by its id, instead of a publisher model.",
        example='"1234567890123456789"',
        pattern=_ENDPOINT_ID.pattern,
    ),
    SettingRow(
        key="identity.service_account",
        attribute="identity_service_account",
        kind="text",
        default="",
        check=_account_id,
        help="The id of the service account that the application runs as; empty: none is made.",
        example="chat-runtime",
        pattern=_ACCOUNT_ID.pattern,
    ),
    SettingRow(
        key="identity.display_name",
        attribute="identity_display_name",
        kind="text",
        default="Calls models on Vertex AI",
        check=_text(re.compile(r".{1,100}"), "a display name has 1 to 100 characters", "use a shorter one"),
        help="The name people see on it.",
        example="Team chat",
    ),
    SettingRow(
        key="identity.roles",
        attribute="identity_roles",
        kind="list",
        default=("roles/aiplatform.user",),
        check=_roles,
        help="The roles it gets on the project, beside those it has; none is ever taken away.",
        example="[roles/aiplatform.user]",
        pattern=_ROLE.pattern,
    ),
    SettingRow(
        key="ci.provider",
        attribute="ci_provider",
        kind="text",
        default="",
        check=_ci_provider,
        help="Whose pipelines may run `provision` without a key: github, gitlab or cloud-build; empty: nobody's.",
        example="github",
        pattern="github|gitlab|cloud-build",
    ),
    SettingRow(
        key="ci.repository",
        attribute="ci_repository",
        kind="text",
        default="",
        check=_text(
            _REPOSITORY,
            "a repository is written `owner/name`, on GitLab `group/project` or `group/subgroup/project`",
            "copy it from the address of its page, without host and `.git`, with its upper and lower case",
        ),
        help="The one repository whose pipelines are let in: owner/name, or group/project.",
        example="my-team/chat",
        pattern=_REPOSITORY.pattern,
    ),
    SettingRow(
        key="ci.repository_id",
        attribute="ci_repository_id",
        kind="text",
        default="",
        check=_number,
        help="Its number (GitLab: the project's id). Then the number is pinned and not the name, which somebody else"
        " can take after a rename or a deletion.",
        example='"123456789"',
        pattern=_NUMBER.pattern,
    ),
    SettingRow(
        key="ci.owner_id",
        attribute="ci_owner_id",
        kind="text",
        default="",
        check=_number,
        help="The number of its owner (GitLab: of the group or user it is in), pinned besides.",
        example='"987654"',
        pattern=_NUMBER.pattern,
    ),
    SettingRow(
        key="ci.branch",
        attribute="ci_branch",
        kind="text",
        default="",
        check=_text(
            _BRANCH,
            "a branch is written without `refs/heads/`, with letters, digits and _ . / + @ -",
            "write it as `git branch --show-current` does, such as `main`",
        ),
        help="The one branch that is let in; empty: every branch of the repository.",
        example="main",
        pattern=_BRANCH.pattern,
    ),
    SettingRow(
        key="ci.service_account",
        attribute="ci_service_account",
        kind="text",
        default="provision-ci",
        check=_account_id,
        help="The id of the service account that pipelines become.",
        example="provision-ci",
        pattern=_ACCOUNT_ID.pattern,
    ),
    SettingRow(
        key="ci.roles",
        attribute="ci_roles",
        kind="list",
        # What `provision check` reads, and the one chat question it asks.
        default=(
            "roles/aiplatform.user",
            "roles/browser",
            "roles/iam.serviceAccountViewer",
            "roles/iam.workloadIdentityPoolViewer",
            "roles/serviceusage.serviceUsageViewer",
        ),
        check=_roles,
        help="The roles it gets on the project: enough for `provision check`, and no more.",
        example="[roles/aiplatform.user, roles/browser, roles/serviceusage.serviceUsageViewer]",
        pattern=_ROLE.pattern,
    ),
    SettingRow(
        key="ci.pool",
        attribute="ci_pool",
        kind="text",
        default="provision-ci",
        check=_pool_id,
        help="The id of the workload identity pool.",
        example="provision-ci",
        pattern=_POOL_ID.pattern,
    ),
    SettingRow(
        key="ci.pool_provider",
        attribute="ci_pool_provider",
        kind="text",
        default="",
        check=_pool_id,
        help="The id of the provider in the pool; the name of ci.provider if left out.",
        example="github",
        pattern=_POOL_ID.pattern,
    ),
    SettingRow(
        key="ci.issuer",
        attribute="ci_issuer",
        kind="text",
        default="",
        check=_text(
            _ISSUER,
            "an issuer is an https address, exactly as it stands in the token's `iss`",
            "GitHub Enterprise Server: `https://HOST/_services/token`; GitLab of your own: `https://HOST`",
        ),
        help="Who signs the pipelines' tokens, where that is a GitLab or GitHub of your own.",
        example="https://gitlab.example.com",
        pattern=_ISSUER.pattern,
    ),
    SettingRow(
        key="ci.jwks",
        attribute="ci_jwks",
        kind="text",
        default="",
        check=_jwks,
        help="The issuer's public keys, a JSON Web Key Set, where Google cannot reach the issuer.",
        example="""'{"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "n": "...", "e": "AQAB"}]}'""",
    ),
    SettingRow(
        key="budget.amount",
        attribute="budget_amount",
        kind="count",
        default=0,
        check=_at_least(0, 10**12),
        help="A monthly budget for the project, in whole units of the account's currency; 0: none. It tells, and stops"
        " nothing. Only the Terraform module makes it.",
        example="500",
        minimum=0,
        terraform=True,
    ),
    SettingRow(
        key="budget.currency",
        attribute="budget_currency",
        kind="text",
        default="",
        check=_text(_CURRENCY, "a currency is a code of three capital letters", "write it such as `EUR`"),
        help="The currency of the amount, to be sure; it must be the billing account's own. Terraform only.",
        example="USD",
        pattern=_CURRENCY.pattern,
        terraform=True,
    ),
    SettingRow(
        key="budget.thresholds",
        attribute="budget_thresholds",
        kind="numbers",
        default=(0.5, 0.9, 1.0),
        check=_thresholds,
        help="At which shares of the amount the budget tells. Terraform only.",
        example="[0.5, 0.9, 1.0]",
        terraform=True,
    ),
    SettingRow(
        key="budget.pubsub_topic",
        attribute="budget_pubsub_topic",
        kind="text",
        default="",
        check=_text(
            _TOPIC, "a topic is written `projects/PROJECT/topics/TOPIC`", "run `gcloud pubsub topics list` and copy it"
        ),
        help="Where the budget tells it, besides mail to the account's administrators. Terraform only.",
        example="projects/my-team-tools/topics/budgets",
        pattern=_TOPIC.pattern,
        terraform=True,
    ),
    SettingRow(
        key="organization_policy.allowed_models",
        attribute="allowed_models",
        kind="list",
        default=(),
        check=_allowed_models,
        help="The only models that may be used in the project; empty: as the organization says. Terraform only.",
        example="[publishers/openai/models/gpt-oss-120b-maas:predict]",
        pattern=_ALLOWED_MODEL.pattern,
        terraform=True,
    ),
    SettingRow(
        key="endpoint.model",
        attribute="deployed_model",
        kind="text",
        default="",
        check=_text(
            _GARDEN_MODEL,
            "a model of Model Garden is written `publishers/PUBLISHER/models/MODEL@VERSION`",
            "run `gcloud ai model-garden models list`, or use `publishers/openai/models/gpt-oss@gpt-oss-120b`",
        ),
        help="A model to deploy on machines of your own, which cost by the hour until they are taken away (an H100: in"
        " the order of 10 US dollars); empty: none. Terraform only.",
        example="publishers/openai/models/gpt-oss@gpt-oss-120b",
        pattern=_GARDEN_MODEL.pattern,
        terraform=True,
    ),
    SettingRow(
        key="endpoint.location",
        attribute="deployed_location",
        kind="text",
        default="us-central1",
        check=_text(_REGION, "a model of your own runs in a region", "use one such as `us-central1`"),
        help="The region it runs in. Terraform only.",
        example="us-central1",
        pattern=_REGION.pattern,
        terraform=True,
    ),
    SettingRow(
        key="endpoint.machine_type",
        attribute="deployed_machine_type",
        kind="text",
        default="",
        check=_text(_MACHINE, "a machine type has lower-case letters, digits and hyphens", "such as `a3-highgpu-1g`"),
        help="What it runs on; empty: what Model Garden has verified. Terraform only.",
        example="a3-highgpu-1g",
        pattern=_MACHINE.pattern,
        terraform=True,
    ),
    SettingRow(
        key="endpoint.accelerator_type",
        attribute="deployed_accelerator_type",
        kind="text",
        default="",
        check=_text(_ACCELERATOR, "an accelerator's type is written in capitals", "such as `NVIDIA_H100_80GB`"),
        help="The accelerators of that machine. Terraform only.",
        example="NVIDIA_H100_80GB",
        pattern=_ACCELERATOR.pattern,
        terraform=True,
    ),
    SettingRow(
        key="endpoint.accelerator_count",
        attribute="deployed_accelerator_count",
        kind="count",
        default=1,
        check=_at_least(1),
        help="How many of them. Terraform only.",
        example="1",
        minimum=1,
        terraform=True,
    ),
    SettingRow(
        key="endpoint.max_replicas",
        attribute="deployed_max_replicas",
        kind="count",
        default=1,
        check=_at_least(1),
        help="How many such machines at most. Terraform only.",
        example="1",
        minimum=1,
        terraform=True,
    ),
    SettingRow(
        key="auth.impersonate_service_account",
        attribute="impersonate_service_account",
        kind="text",
        default="",
        check=_text(
            _ACCOUNT_CHAIN,
            "it is the email of a service account, or several with commas between, the last of which is impersonated",
            "run `gcloud iam service-accounts list` and copy the EMAIL column",
        ),
        environment=("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",),
        option="--impersonate-service-account",
        help="Make every call as this service account, by its email; with commas, through those before it.",
        example="deployer@my-team-chat.iam.gserviceaccount.com",
        pattern=_ACCOUNT_CHAIN.pattern,
    ),
    SettingRow(
        key="auth.quota_project",
        attribute="quota_project",
        kind="text",
        default="",
        check=_project_id,
        environment=("GOOGLE_CLOUD_QUOTA_PROJECT",),
        option="--quota-project",
        help="The project that calls are charged to, where that is not the credentials' own.",
        example="my-team-tools",
        pattern=_PROJECT_ID.pattern,
    ),
    SettingRow(
        key="auth.universe_domain",
        attribute="universe_domain",
        kind="text",
        default="",
        check=_text(_DOMAIN, "a universe is named by its domain", "use a domain such as `googleapis.com`"),
        environment=("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "CLOUDSDK_CORE_UNIVERSE_DOMAIN"),
        option="--universe-domain",
        help="The domain of the cloud, where that is not googleapis.com; else the credentials say.",
        example="googleapis.com",
        pattern=_DOMAIN.pattern,
    ),
    SettingRow(
        key="chat.capabilities",
        attribute="capabilities",
        kind="list",
        check=_capabilities,
        default=("text", "stream"),
        option="--capability",
        help=f"What the model must be able to do: {', '.join(CAPABILITIES)}; with commas, or repeatedly.",
        example="[text, stream, tools, json]",
        pattern="|".join(CAPABILITIES),
    ),
    SettingRow(
        key="chat.max_latency",
        attribute="max_latency_s",
        kind="number",
        check=_at_least(0),
        default=0.0,
        option="--max-latency",
        help="Seconds a whole answer may take (of several, 95 in 100); 0: any time.",
        example="5",
        minimum=0,
    ),
    SettingRow(
        key="limits.call_timeout",
        attribute="call_timeout_s",
        kind="number",
        check=_at_least(0.1),
        default=10.0,
        option="--call-timeout",
        help="Seconds one call may take.",
        example="10",
        minimum=0.1,
    ),
    SettingRow(
        key="limits.check_timeout",
        attribute="check_timeout_s",
        kind="number",
        check=_at_least(0.1),
        default=60.0,
        option="--timeout",
        help="Seconds all reads together may take.",
        example="60",
        minimum=0.1,
    ),
    SettingRow(
        key="limits.usable_timeout",
        attribute="usable_timeout_s",
        kind="number",
        check=_at_least(1),
        default=600.0,
        option="--usable-timeout",
        help="Seconds to wait for an enabled service to become usable.",
        example="600",
        minimum=1,
    ),
    SettingRow(
        key="limits.usable_answers",
        attribute="usable_answers",
        kind="count",
        check=_at_least(1),
        default=3,
        help="How many answers in a row make a service usable.",
        example="3",
        minimum=1,
    ),
    SettingRow(
        key="limits.usable_interval",
        attribute="usable_interval_s",
        kind="number",
        check=_at_least(0),
        default=1.0,
        help="Seconds between those answers.",
        example="1",
        minimum=0,
    ),
    SettingRow(
        key="waivers",
        attribute="waivers",
        kind="records",
        check=_waivers,
        default=(),
        help="Findings to live with for a while: the id of the check, who answers for it, why, and until when.",
        example=f"[{{{', '.join(f'{each.name}: {each.example}' for each in _WAIVER)}}}]",
        fields=_WAIVER,
    ),
)

BY_KEY: Final = {row.key: row for row in SETTINGS}
SECTIONS: Final = frozenset(row.key.partition(".")[0] for row in SETTINGS if "." in row.key)


def read_text(row: SettingRow, text: str) -> Any:
    """Turn an environment variable's text into the row's kind; raises `Unusable`."""
    if row.kind == "switch":
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off"}:
            return False
        raise Unusable("it is a switch", "use `true` or `false`")
    if row.kind == "list":
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def read_numbers(row: SettingRow, value: Any) -> tuple[float, ...]:
    """Return the numbers of a list; raises `Unusable`."""
    if isinstance(value, list | tuple) and value and all(type(part) in {int, float} for part in value):
        return tuple(map(float, value))
    raise Unusable("it is a list of numbers with at least one entry", f"write it as {row.example}")


def read_records(row: SettingRow, value: Any) -> tuple[dict[str, Any], ...]:
    """Return the records, each field in its final form; raises every `Unusable` at once, as a group."""
    if not isinstance(value, list | tuple) or not all(isinstance(record, dict) for record in value):
        raise Unusable("it is a list of records", f"write it as {row.example}")
    wrong: list[Unusable] = []
    records: list[dict[str, Any]] = []
    for number, record in enumerate(value, 1):
        read: dict[str, Any] = {}
        for field in row.fields:
            given = record.get(field.name)
            try:
                read[field.name] = _field(field, given)
            except Unusable as unusable:
                where = f"[{number}].{field.name}"
                wrong.append(Unusable(unusable.cause, unusable.fix, where=where, value=given))
        names = [field.name for field in row.fields]
        wrong.extend(
            Unusable(
                "there is no such field", f"use {', '.join(names)}", where=f"[{number}].{name}", value=record[name]
            )
            for name in record
            if name not in names
        )
        records.append(read)
    if wrong:
        raise ExceptionGroup(row.key, wrong)
    return tuple(records)


def _field(field: FieldRow, given: Any) -> Any:
    if given is None:
        raise Unusable("it is missing, and every field is needed", f"add `{field.name}: {field.example}`")
    if type(given) is date:  # as YAML reads 2027-03-31
        given = given.isoformat()
    if not isinstance(given, str):
        raise Unusable("it is text", f'write it in quotes, such as "{field.example}"')
    return field.check(given)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``provision.yaml`` (draft 2020-12)."""
    properties: dict[str, Any] = {}
    for row in SETTINGS:
        kinds: dict[Kind, dict[str, Any]] = {
            "text": {"type": "string"},
            "switch": {"type": "boolean"},
            "number": {"type": "number"},
            "numbers": {"type": "array", "items": {"type": "number"}},
            "count": {"type": "integer"},
            "list": {"type": "array", "items": {"type": "string"}},
            "map": {"type": "object", "additionalProperties": {"type": "string"}},
            "records": {"type": "array", "items": _record_schema(row)},
        }
        schema = kinds[row.kind] | {"description": row.help}
        if row.pattern:
            (schema["items"] if row.kind == "list" else schema)["pattern"] = f"^({row.pattern})$"
        if row.minimum is not None:
            schema["minimum"] = row.minimum
        if row.default not in ("", {}, ()):
            schema["default"] = list(row.default) if isinstance(row.default, tuple) else row.default
        section, _, name = row.key.rpartition(".")
        home = (
            properties
            if not section
            else properties.setdefault(section, {"type": "object", "additionalProperties": False, "properties": {}})[
                "properties"
            ]
        )
        home[name] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "provision.yaml",
        "description": "The desired state of one Google Cloud project.",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _record_schema(row: SettingRow) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [each.name for each in row.fields],
        "properties": {
            each.name: {"type": "string", "description": each.help, "pattern": f"^({each.pattern})$"}
            for each in row.fields
        },
    }


def template(values: dict[str, str]) -> str:
    """Return a commented ``provision.yaml``; settings in ``values`` (by key) are set, the others shown."""
    lines = [
        "# What this project should be. What is left out keeps its default; the lines behind a # are examples.",
        "# Every setting: docs/reference/settings.md",
        "",
    ]
    section = ""
    for row in SETTINGS:
        head, _, name = row.key.rpartition(".")
        inner = [each for each in SETTINGS if each.key.startswith(f"{head}.")] if head else []
        if head != section:
            lines.append("")
            if head:
                is_set = any(each.key in values for each in inner)
                lines.append(f"{head}:" if is_set else f"# {head}:")
            section = head
        indent = "  " if head else ""
        lines.append(f"{indent}# {row.help}")
        if row.key in values:
            lines.append(f"{indent}{name}: {values[row.key]}")
        elif row.fields:
            lines.append(f"{indent}# {name}:")
            for number, each in enumerate(row.fields):
                lines.append(f"{indent}#   {'  ' if number else '- '}{each.name}: {each.example}")
        else:
            lines.append(f"{indent}# {name}: {row.example}")
    return "\n".join(lines).replace("\n\n\n", "\n\n") + "\n"
