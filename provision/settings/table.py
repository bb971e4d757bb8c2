"""Every setting there is: one field each, from which options, the file, its JSON Schema and its page are made.

The type of a field says how a value is read, and what the rest of the program gets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from provision.settings import values
from provision.settings.schema import FieldRow, rows_of, setting

if TYPE_CHECKING:
    from provision.plan import Waiver

_WAIVER: Final = (
    FieldRow(
        name="check",
        help="The id of the check, as `provision check` prints it.",
        example="endpoints.listed",
        pattern=values.CHECK_ID.pattern,
        check=values.text(values.CHECK_ID, "the id of a check is written `step.what`", "copy it from the report"),
    ),
    FieldRow(
        name="owner",
        private=True,
        help="Who answers for it.",
        example="platform-team@example.com",
        pattern=values.WORDS.pattern,
        check=values.text(values.WORDS, "someone has to answer for it", "write a person or a team"),
    ),
    FieldRow(
        name="reason",
        private=True,
        help="Why it may stay as it is.",
        example="only publisher models are used",
        pattern=values.WORDS.pattern,
        check=values.text(values.WORDS, "a waiver needs a reason that others can evaluate", "write one sentence"),
    ),
    FieldRow(
        name="expires",
        help="The last day on which it holds (UTC); from then on it fails the check by name.",
        example="2027-03-31",
        pattern=values.DATE.pattern,
        check=values.day,
    ),
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Every setting, as the configuration holds it: one field each, with its row."""

    project_id: str = setting(
        "project.id",
        default="",
        check=values.project_id,
        environment=("GOOGLE_CLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"),
        option="--project",
        help="The project, by its id.",
        example="my-team-chat",
        pattern=values.PROJECT_ID.pattern,
    )
    create_project: bool = setting(
        "project.create",
        default=False,
        check=values.same,
        environment=("PROVISION_CREATE_PROJECT",),
        option="--create-project/--no-create-project",
        help="`apply` creates the project if it does not exist.",
        example="false",
    )
    undelete_project: bool = setting(
        "project.undelete",
        default=False,
        check=values.same,
        environment=("PROVISION_UNDELETE_PROJECT",),
        option="--undelete-project/--no-undelete-project",
        help="`apply` takes the project's deletion back, if that was asked for in the last 30 days.",
        example="false",
    )
    parent: str = setting(
        "project.parent",
        default="",
        check=values.parent,
        environment=("PROVISION_PARENT",),
        option="--parent",
        help="Where a new project is created: organizations/NUMBER or folders/NUMBER.",
        example="organizations/123456789012",
        pattern=values.PARENT.pattern,
    )
    display_name: str = setting(
        "project.display_name",
        private=True,
        default="",
        check=values.display_name,
        option="--display-name",
        help="The name people see on a new project; its id if left out.",
        example="Team chat",
        pattern=values.DISPLAY_NAME.pattern,
    )
    labels: dict[str, str] = setting(  # noqa: RUF009 - it returns a field
        "project.labels",
        private=True,
        default={},
        check=values.labels,
        help="Labels of a new project.",
        example="{team: chat}",
    )
    billing_account: str = setting(
        "billing.account",
        default="",
        check=values.billing_account,
        environment=("PROVISION_BILLING_ACCOUNT",),
        option="--billing-account",
        help="The billing account that is to pay, such as 000000-AAAAAA-111111; `apply` links it.",
        example="000000-AAAAAA-111111",
        pattern=values.BILLING_ACCOUNT.pattern,
    )
    relink_billing: bool = setting(
        "billing.relink",
        default=False,
        check=values.same,
        option="--relink-billing/--no-relink-billing",
        help="`apply` links a project that pays by another account to this one.",
        example="false",
    )
    services: tuple[str, ...] = setting(
        "services",
        check=values.services,
        option="--service",
        # The last three are what a service account of this project needs in order to look at its own project:
        # its calls are charged to the project it lives in, and refused where these are off.
        default=(
            "aiplatform.googleapis.com",
            "cloudbilling.googleapis.com",
            "cloudresourcemanager.googleapis.com",
            "serviceusage.googleapis.com",
        ),
        help="The services that must be enabled; `apply` enables what is missing.",
        example="[aiplatform.googleapis.com]",
        pattern=values.SERVICE.pattern,
    )
    endpoint_locations: tuple[str, ...] = setting(
        "endpoints.locations",
        check=values.locations,
        default=("us-central1",),
        environment=("CLOUDSDK_AI_REGION",),
        option="--endpoint-location",
        help="Where self-deployed endpoints are looked for; `all` for every location there is.",
        example="[us-central1, europe-west4]",
    )
    model: str = setting(
        "model.id",
        check=values.model,
        default="openai/gpt-oss-120b-maas",
        environment=("PROVISION_MODEL",),
        option="--model",
        help="The publisher model to ask, as publisher/model.",
        example="openai/gpt-oss-120b-maas",
        pattern=values.MODEL.pattern,
    )
    model_location: str = setting(
        "model.location",
        check=values.location,
        default="global",
        environment=("GOOGLE_CLOUD_LOCATION",),
        option="--location",
        help="Where the model is asked; `global` for gpt-oss-120b.",
        example="global",
    )
    endpoint: str = setting(
        "model.endpoint",
        private=True,
        check=values.endpoint_id,
        default="",
        environment=("PROVISION_ENDPOINT",),
        option="--endpoint",
        help="Ask this self-deployed endpoint, by its id, instead of a publisher model.",
        example='"1234567890123456789"',
        pattern=values.ENDPOINT_ID.pattern,
    )
    identity_service_account: str = setting(
        "identity.service_account",
        private=True,
        default="",
        check=values.account_id,
        help="The id of the service account that the application runs as; empty: none is made.",
        example="chat-runtime",
        pattern=values.ACCOUNT_ID.pattern,
    )
    identity_display_name: str = setting(
        "identity.display_name",
        private=True,
        default="Calls models on Vertex AI",
        check=values.text(re.compile(r".{1,100}"), "a display name has 1 to 100 characters", "use a shorter one"),
        help="The name people see on it.",
        example="Team chat",
    )
    identity_roles: tuple[str, ...] = setting(
        "identity.roles",
        default=("roles/aiplatform.user",),
        check=values.roles,
        help="The roles it gets on the project, beside those it has; none is ever taken away.",
        example="[roles/aiplatform.user]",
        pattern=values.ROLE.pattern,
    )
    ci_provider: str = setting(
        "ci.provider",
        default="",
        check=values.ci_provider,
        help="Whose pipelines may run `provision` without a key: github, gitlab or cloud-build; empty: no one's.",
        example="github",
        pattern="github|gitlab|cloud-build",
    )
    ci_repository: str = setting(
        "ci.repository",
        private=True,
        default="",
        check=values.text(
            values.REPOSITORY,
            "a repository is written `owner/name`, on GitLab `group/project` or `group/subgroup/project`",
            "copy it from the address of its page, without host and `.git`, with its upper and lower case",
        ),
        help="The one repository whose pipelines are let in: owner/name, or group/project.",
        example="my-team/chat",
        pattern=values.REPOSITORY.pattern,
    )
    ci_repository_id: str = setting(
        "ci.repository_id",
        private=True,
        default="",
        check=values.number,
        help="Its number (GitLab: the project's id). Then the number is pinned and not the name, which someone else"
        " can take after a rename or a deletion.",
        example='"123456789"',
        pattern=values.NUMBER.pattern,
    )
    ci_owner_id: str = setting(
        "ci.owner_id",
        private=True,
        default="",
        check=values.number,
        help="The number of its owner (GitLab: of the group or user it is in), pinned as well.",
        example='"987654"',
        pattern=values.NUMBER.pattern,
    )
    ci_branch: str = setting(
        "ci.branch",
        default="",
        check=values.text(
            values.BRANCH,
            "a branch is written without `refs/heads/`, with letters, digits and _ . / + @ -",
            "write it as `git branch --show-current` does, such as `main`",
        ),
        help="The one branch that is let in; empty: every branch of the repository.",
        example="main",
        pattern=values.BRANCH.pattern,
    )
    ci_attributes: dict[str, str] = setting(  # noqa: RUF009 - it returns a field
        "ci.attributes",
        default={},
        check=values.attributes,
        help="Further attributes to map from a pipeline's token, for policies and logs: a name, and what of the token.",
        example="{ref: assertion.ref, workflow: assertion.job_workflow_ref}",
    )
    ci_service_account: str = setting(
        "ci.service_account",
        private=True,
        default="provision-ci",
        check=values.account_id,
        help="The id of the service account that pipelines become.",
        example="provision-ci",
        pattern=values.ACCOUNT_ID.pattern,
    )
    ci_roles: tuple[str, ...] = setting(
        "ci.roles",
        # What `provision check` reads, and the one chat question it asks.
        default=(
            "roles/aiplatform.user",
            "roles/browser",
            "roles/iam.serviceAccountViewer",
            "roles/iam.workloadIdentityPoolViewer",
            "roles/serviceusage.serviceUsageViewer",
        ),
        check=values.roles,
        help="The roles it gets on the project: enough for `provision check`, and no more.",
        example="[roles/aiplatform.user, roles/browser, roles/serviceusage.serviceUsageViewer]",
        pattern=values.ROLE.pattern,
    )
    ci_pool: str = setting(
        "ci.pool",
        private=True,
        default="provision-ci",
        check=values.pool_id,
        help="The id of the workload identity pool.",
        example="provision-ci",
        pattern=values.POOL_ID.pattern,
    )
    ci_pool_provider: str = setting(
        "ci.pool_provider",
        private=True,
        default="",
        check=values.pool_id,
        help="The id of the provider in the pool; the name of ci.provider if left out.",
        example="github",
        pattern=values.POOL_ID.pattern,
    )
    ci_issuer: str = setting(
        "ci.issuer",
        private=True,
        default="",
        check=values.text(
            values.ISSUER,
            "an issuer is an https address, exactly as it is in the token's `iss`",
            "GitHub Enterprise Server: `https://HOST/_services/token`; Self-managed GitLab: `https://HOST`",
        ),
        help="Who signs the pipelines' tokens, where that is a Self-managed GitLab or GitHub.",
        example="https://gitlab.example.com",
        pattern=values.ISSUER.pattern,
    )
    ci_jwks: str = setting(
        "ci.jwks",
        private=True,
        default="",
        check=values.jwks,
        help="The issuer's public keys, a JSON Web Key Set, where Google cannot reach the issuer.",
        example="""'{"keys": [{"kty": "RSA", "kid": "1", "alg": "RS256", "n": "...", "e": "AQAB"}]}'""",
    )
    budget_amount: int = setting(
        "budget.amount",
        default=0,
        check=values.at_least(0, 10**12),
        help="A monthly budget for the project, in whole units of the account's currency; 0: none. It tells, and stops"
        " nothing. Only the Terraform module makes it.",
        example="500",
        minimum=0,
        terraform=True,
    )
    budget_currency: str = setting(
        "budget.currency",
        default="",
        check=values.text(values.CURRENCY, "a currency is a code of three capital letters", "write it such as `EUR`"),
        help="The currency of the amount, to be sure; it must be the billing account's own. Terraform only.",
        example="USD",
        pattern=values.CURRENCY.pattern,
        terraform=True,
    )
    budget_thresholds: tuple[float, ...] = setting(
        "budget.thresholds",
        default=(0.5, 0.9, 1.0),
        check=values.thresholds,
        help="At which shares of the amount the budget tells. Terraform only.",
        example="[0.5, 0.9, 1.0]",
        terraform=True,
    )
    budget_pubsub_topic: str = setting(
        "budget.pubsub_topic",
        private=True,
        default="",
        check=values.text(
            values.TOPIC,
            "a topic is written `projects/PROJECT/topics/TOPIC`",
            "run `gcloud pubsub topics list` and copy it",
        ),
        help="Where the budget tells it, in addition to mail to the account's administrators. Terraform only.",
        example="projects/my-team-tools/topics/budgets",
        pattern=values.TOPIC.pattern,
        terraform=True,
    )
    allowed_models: tuple[str, ...] = setting(
        "organization_policy.allowed_models",
        default=(),
        check=values.allowed_models,
        help="The only models that may be used in the project; empty: as the organization says. Terraform only.",
        example="[publishers/openai/models/gpt-oss-120b-maas:predict]",
        pattern=values.ALLOWED_MODEL.pattern,
        terraform=True,
    )
    deployed_model: str = setting(
        "endpoint.model",
        default="",
        check=values.text(
            values.GARDEN_MODEL,
            "a model of Model Garden is written `publishers/PUBLISHER/models/MODEL@VERSION`",
            "run `gcloud ai model-garden models list`, or use `publishers/openai/models/gpt-oss@gpt-oss-120b`",
        ),
        help="A model to deploy on your own machines, which cost by the hour until they are taken away (an H100: in"
        " the order of 10 US dollars); empty: none. Terraform only.",
        example="publishers/openai/models/gpt-oss@gpt-oss-120b",
        pattern=values.GARDEN_MODEL.pattern,
        terraform=True,
    )
    deployed_location: str = setting(
        "endpoint.location",
        default="us-central1",
        check=values.text(values.REGION, "your own model runs in a region", "use one such as `us-central1`"),
        help="The region it runs in. Terraform only.",
        example="us-central1",
        pattern=values.REGION.pattern,
        terraform=True,
    )
    deployed_machine_type: str = setting(
        "endpoint.machine_type",
        default="",
        check=values.text(
            values.MACHINE, "a machine type has lower-case letters, digits and hyphens", "such as `a3-highgpu-1g`"
        ),
        help="What it runs on; empty: what Model Garden has verified. Terraform only.",
        example="a3-highgpu-1g",
        pattern=values.MACHINE.pattern,
        terraform=True,
    )
    deployed_accelerator_type: str = setting(
        "endpoint.accelerator_type",
        default="",
        check=values.text(
            values.ACCELERATOR, "an accelerator's type is written in capitals", "such as `NVIDIA_H100_80GB`"
        ),
        help="The accelerators of that machine. Terraform only.",
        example="NVIDIA_H100_80GB",
        pattern=values.ACCELERATOR.pattern,
        terraform=True,
    )
    deployed_accelerator_count: int = setting(
        "endpoint.accelerator_count",
        default=1,
        check=values.at_least(1),
        help="How many of them. Terraform only.",
        example="1",
        minimum=1,
        terraform=True,
    )
    deployed_max_replicas: int = setting(
        "endpoint.max_replicas",
        default=1,
        check=values.at_least(1),
        help="How many such machines at most. Terraform only.",
        example="1",
        minimum=1,
        terraform=True,
    )
    impersonate_service_account: str = setting(
        "auth.impersonate_service_account",
        default="",
        check=values.text(
            values.ACCOUNT_CHAIN,
            "it is the email of a service account, or several with commas between, the last of which is impersonated",
            "run `gcloud iam service-accounts list` and copy the EMAIL column",
        ),
        environment=("CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT",),
        option="--impersonate-service-account",
        help="Make every call as this service account, by its email; with commas, through those before it.",
        example="deployer@my-team-chat.iam.gserviceaccount.com",
        pattern=values.ACCOUNT_CHAIN.pattern,
    )
    quota_project: str = setting(
        "auth.quota_project",
        private=True,
        default="",
        check=values.project_id,
        environment=("GOOGLE_CLOUD_QUOTA_PROJECT",),
        option="--quota-project",
        help="The project that calls are charged to, where that is not the credentials' own.",
        example="my-team-tools",
        pattern=values.PROJECT_ID.pattern,
    )
    universe_domain: str = setting(
        "auth.universe_domain",
        default="",
        check=values.text(values.DOMAIN, "a universe is named by its domain", "use a domain such as `googleapis.com`"),
        environment=("GOOGLE_CLOUD_UNIVERSE_DOMAIN", "CLOUDSDK_CORE_UNIVERSE_DOMAIN"),
        option="--universe-domain",
        trusted_only=True,
        help="The domain of the cloud that the token goes to, where that is not the credentials' own; never in a file.",
        example="googleapis.com",
        pattern=values.DOMAIN.pattern,
    )
    capabilities: tuple[str, ...] = setting(
        "chat.capabilities",
        check=values.capabilities,
        default=("text", "stream"),
        option="--capability",
        help=f"What the model must be able to do: {', '.join(values.CAPABILITIES)}; several with commas.",
        example="[text, stream, tools, json]",
        pattern="|".join(values.CAPABILITIES),
    )
    max_latency_s: float = setting(
        "chat.max_latency",
        check=values.at_least(0),
        default=0.0,
        option="--max-latency",
        help="Seconds a whole answer may take (of several, 95 in 100); 0: any time.",
        example="5",
        minimum=0,
    )
    call_timeout_s: float = setting(
        "limits.call_timeout",
        check=values.at_least(0.1),
        default=10.0,
        option="--call-timeout",
        help="Seconds one call may take, from its first byte to its last.",
        example="10",
        minimum=0.1,
    )
    check_timeout_s: float = setting(
        "limits.check_timeout",
        check=values.at_least(0.1),
        default=60.0,
        option="--timeout",
        help="Seconds that all reads together may take.",
        example="60",
        minimum=0.1,
    )
    command_timeout_s: float = setting(
        "limits.command_timeout",
        check=values.at_least(0.1),
        default=3600.0,
        option="--command-timeout",
        help="Seconds a whole command may take; then it asks nothing more, and tells what was done.",
        example="3600",
        minimum=0.1,
    )
    usable_timeout_s: float = setting(
        "limits.usable_timeout",
        check=values.at_least(1),
        default=600.0,
        option="--usable-timeout",
        help="Seconds `apply` waits for what it enabled or granted to become usable.",
        example="600",
        minimum=1,
    )
    usable_answers: int = setting(
        "limits.usable_answers",
        check=values.at_least(1),
        default=3,
        help="How many answers in a row make a service usable.",
        example="3",
        minimum=1,
    )
    usable_interval_s: float = setting(
        "limits.usable_interval",
        check=values.at_least(0),
        default=1.0,
        help="Seconds between those answers.",
        example="1",
        minimum=0,
    )
    waivers: tuple[Waiver, ...] = setting(
        "waivers",
        check=values.waivers,
        default=(),
        help="Findings to live with for a while: the id of the check, who answers for it, why, and until when.",
        example=f"[{{{', '.join(f'{each.name}: {each.example}' for each in _WAIVER)}}}]",
        fields=_WAIVER,
    )


SETTINGS: Final = rows_of(Settings)
BY_KEY: Final = {row.key: row for row in SETTINGS}
SECTIONS: Final = frozenset(row.key.partition(".")[0] for row in SETTINGS if "." in row.key)
