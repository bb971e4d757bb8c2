"""Permissions that are missing, and what organizations forbid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.error_cases import methods
from gcp_emulator.error_cases.row import ErrorCase
from gcp_emulator.errors import ApiError, error_info
from gcp_emulator.services.iam.common import denied
from gcp_emulator.services.orgpolicy import enforcement

if TYPE_CHECKING:
    from gcp_emulator.error_cases.facts import Facts

_REASONS: Final = "https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto"
_TROUBLE: Final = "https://docs.cloud.google.com/iam/docs/troubleshoot-org-policies"
_NAMELESS: Final = frozenset({"iam.googleapis.com", "iamcredentials.googleapis.com"})
"""APIs that do not name the resource in the sentence."""


def _permission(facts: Facts) -> ApiError:
    if facts.service in _NAMELESS:
        return denied(facts.permission, facts.resource, facts.service)
    return errors.permission_denied(facts.permission, facts.resource, facts.service)


def _org_policy(facts: Facts) -> ApiError:
    return errors.permission_denied("orgpolicy.policy.get", facts.resource, "orgpolicy.googleapis.com")


def _custom(facts: Facts) -> ApiError:
    constraint = "customConstraints/custom.restrictThis"
    return errors.failed_precondition(
        f"Operation denied by org policy on resource '{facts.resource}': "
        f'["{constraint}": "The organization does not allow this."].',
        error_info("CUSTOM_ORG_POLICY_VIOLATION", customConstraints=constraint, resource=facts.resource),
    )


def _enforced(constraint: str, facts: Facts, value: str) -> ApiError:
    return enforcement.ERRORS[constraint](f"projects/{facts.number}", value)


def _location(reason: str, facts: Facts) -> ApiError:
    consumer = f"projects/{facts.number}"
    metadata = {
        "LOCATION_ORG_POLICY_VIOLATED": {"resource": facts.resource, "location": facts.location},
        "LOCATION_POLICY_VIOLATED": {"consumer": consumer, "service": facts.service},
        "LOCATION_TAX_POLICY_VIOLATED": {
            "consumer": consumer,
            "service": facts.service,
            "location": facts.location,
        },
    }[reason]
    return ApiError(
        "PERMISSION_DENIED",
        f"Permission denied on 'locations/{facts.location}' (or it may not exist).",
        error_info(reason, **metadata),
    )


def _perimeter(facts: Facts) -> ApiError:
    uid = "sandbox-vpc-service-controls-unique-id"
    message = f"Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {uid}"
    return ApiError(
        "PERMISSION_DENIED",
        message,
        errors.precondition("VPC_SERVICE_CONTROLS", uid, message),
        error_info("SECURITY_POLICY_VIOLATED", uid=uid, service=facts.service, consumer=f"projects/{facts.number}"),
    )


def _tls(facts: Facts) -> ApiError:
    return ApiError(
        "PERMISSION_DENIED",
        "Request is disallowed by organization's constraints/gcp.restrictTLSVersion constraint.",
        error_info(
            "TLS_ORG_POLICY_VIOLATED",
            service=facts.service,
            resource=f"projects/{facts.number}",
            policyName="constraints/gcp.restrictTLSVersion",
            tlsVersion="TLS_VERSION_1_1",
        ),
    )


def _concurrent(facts: Facts) -> ApiError:  # noqa: ARG001 - says the same of every call
    return ApiError(
        "ABORTED",
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
    )


def _foreign(facts: Facts) -> ApiError:
    return enforcement.foreign_member(f"projects/{facts.number}", facts.member)


def _no_condition(facts: Facts) -> ApiError:  # noqa: ARG001 - says the same of every call
    message = (
        "The attribute condition must reference one of the provider's claims. For more information, see "
        "https://cloud.google.com/iam/docs/workload-identity-federation-with-deployment-pipelines#conditions"
    )
    return errors.invalid_argument(message, errors.bad_request(("attribute_condition", message)))


ROWS: Final = (
    ErrorCase(
        name="IAM_PERMISSION_DENIED",
        what="A role is missing, or the grant has not propagated; the permission is named.",
        make=_permission,
        source="https://docs.cloud.google.com/iam/docs/permission-error-messages",
    ),
    ErrorCase(
        name="PERMISSION_DENIED",
        what="403 without any detail.",
        make=lambda facts: errors.caller_lacks_permission(),  # noqa: ARG005 - says the same of every call
        source="recorded: cloudresourcemanager.googleapis.com",
    ),
    ErrorCase(
        name="ACCOUNT_NOT_YET_READABLE",
        what="A service account that was created a moment ago; the reason is IAM_PERMISSION_DENIED.",
        methods=methods.GET_ACCOUNT,
        make=lambda facts: denied("iam.serviceAccounts.get", facts.resource),
        source="retried by Google's provider for Terraform: transport/error_retry_predicates.go",
    ),
    ErrorCase(
        name="ORG_POLICY_NOT_READABLE",
        what="No Organization Policy Viewer; the reason is IAM_PERMISSION_DENIED.",
        methods=methods.ORG_POLICY,
        make=_org_policy,
        source="retried by Google's provider for Terraform: transport/error_retry_predicates.go",
    ),
    ErrorCase(
        name="RESOURCE_USAGE_RESTRICTION_VIOLATED",
        what="The organization restricts the service: enabling has worked, use does not.",
        make=lambda facts: _enforced("gcp.restrictServiceUsage", facts, facts.service),
        source=_REASONS,
    ),
    ErrorCase(
        name="CUSTOM_ORG_POLICY_VIOLATION",
        what="A managed or custom constraint.",
        make=_custom,
        source=_TROUBLE,
    ),
    ErrorCase(
        name="KEY_CREATION_DISABLED",
        what="The organization allows no keys, as every one made since May 2024.",
        methods=methods.CREATE_KEY,
        make=lambda facts: _enforced("iam.disableServiceAccountKeyCreation", facts, facts.resource),
        source=_TROUBLE,
    ),
    ErrorCase(
        name="ACCOUNT_CREATION_DISABLED",
        what="The organization allows no new service accounts.",
        methods=methods.CREATE_ACCOUNT,
        make=lambda facts: _enforced("iam.disableServiceAccountCreation", facts, ""),
        source=_TROUBLE,
    ),
    ErrorCase(
        name="MEMBER_NOT_PERMITTED",
        what="Domain-restricted sharing: a member is no customer of the organization's.",
        methods=methods.SET_POLICY,
        make=_foreign,
        source="https://github.com/terraform-google-modules/terraform-example-foundation/issues/1454",
    ),
    ErrorCase(
        name="ISSUER_NOT_PERMITTED",
        what="The organization does not allow the provider's issuer.",
        methods=methods.PROVIDERS,
        make=lambda facts: _enforced("iam.workloadIdentityPoolProviders", facts, "https://issuer.example.com"),
        source="seen in public repositories",
    ),
    ErrorCase(
        name="ATTRIBUTE_CONDITION_REQUIRED",
        what="A provider for a public issuer without a condition on its claims.",
        methods=methods.PROVIDERS,
        make=_no_condition,
        source="seen in public repositories",
    ),
    ErrorCase(
        name="POOL_ID_TAKEN",
        what="The id belongs to a pool that was deleted less than thirty days ago.",
        methods=(*methods.CREATE_POOL, methods.PROVIDERS[0]),
        make=lambda facts: errors.already_exists(),  # noqa: ARG005 - says the same of every call
        source="https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/create",
    ),
    ErrorCase(
        name="LOCATION_NOT_PERMITTED",
        what="gcp.resourceLocations, in the older words.",
        methods=methods.VERTEX,
        make=lambda facts: _enforced("gcp.resourceLocations", facts, facts.location),
        source="https://github.com/firebase/firebase-tools/issues/1978",
    ),
    ErrorCase(
        name="LOCATION_ORG_POLICY_VIOLATED",
        what="The same in the newer words.",
        methods=methods.VERTEX,
        make=lambda facts: _location("LOCATION_ORG_POLICY_VIOLATED", facts),
        source=_REASONS,
    ),
    ErrorCase(
        name="LOCATION_POLICY_VIOLATED",
        what="A location that is misspelled, or closed to the project.",
        methods=methods.VERTEX,
        make=lambda facts: _location("LOCATION_POLICY_VIOLATED", facts),
        source=_REASONS,
    ),
    ErrorCase(
        name="LOCATION_TAX_POLICY_VIOLATED",
        what="The billing address does not allow the region.",
        methods=methods.VERTEX,
        make=lambda facts: _location("LOCATION_TAX_POLICY_VIOLATED", facts),
        source=_REASONS,
    ),
    ErrorCase(
        name="SECURITY_POLICY_VIOLATED",
        what="The caller is outside of the service perimeter.",
        make=_perimeter,
        source="https://github.com/googleapis/python-aiplatform/issues/5132",
    ),
    ErrorCase(
        name="TLS_ORG_POLICY_VIOLATED",
        what="The client, or a proxy, speaks an old TLS; the sentence is assumed.",
        make=_tls,
        source=_REASONS,
    ),
    ErrorCase(
        name="CONCURRENT_POLICY_CHANGES",
        what="Someone else changed the policy in between.",
        methods=methods.SET_POLICY,
        make=_concurrent,
        source="https://docs.cloud.google.com/iam/docs/retry-strategy",
    ),
    ErrorCase(
        name="MEMBER_NOT_FOUND",
        what="A role is given to an account that is not there yet, or that Google creates at first use.",
        methods=methods.SET_POLICY,
        make=lambda facts: errors.invalid_argument(f"Service account {facts.member.partition(':')[2]} does not exist."),
        source="https://github.com/GoogleCloudPlatform/cloud-foundation-fabric/issues/3788",
    ),
)
