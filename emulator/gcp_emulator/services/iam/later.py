"""IAM v2 and v3: deny policies, access policies, policy bindings and boundaries are known by name, and not served.

https://github.com/googleapis/googleapis/tree/master/google/iam/v2 and
https://github.com/googleapis/googleapis/tree/master/google/iam/v3
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.rpc import Method
from gcp_emulator.services.iam.common import SERVICE

if TYPE_CHECKING:
    from collections.abc import Iterator

EVERYWHERE: Final = tuple(
    f"{kind}s/{{{kind}}}/locations/{{location}}" for kind in ("project", "folder", "organization")
)
ORGANIZATIONS: Final = EVERYWHERE[2:]
SEARCHES: Final = {
    "AccessPolicy": ("SearchAccessPolicyBindings", ":searchPolicyBindings"),
    "PolicyBinding": ("SearchTargetPolicyBindings", ":searchTargetPolicyBindings"),
    "PrincipalAccessBoundaryPolicy": ("SearchPrincipalAccessBoundaryPolicyBindings", ":searchPolicyBindings"),
}
READS: Final = ("Get", "List", "Search")


def _method(name: str, http: tuple[str, ...], body: str = "*") -> Method:
    rpc = name.rpartition("/")[2]
    return Method(
        name=name,
        http=http,
        handle=None,
        service=SERVICE,
        source="https://cloud.google.com/iam/docs/reference/rest",
        mutates=not rpc.startswith(READS),
        body=body,
    )


def _version_3(one: str, many: str, parents: tuple[str, ...]) -> Iterator[Method]:
    """The methods of one kind of resource."""
    field = one[:1].lower() + one[1:]
    collection = many[:1].lower() + many[1:]
    service = f"google.iam.v3.{many}"

    def below(verb: str, rest: str = "") -> tuple[str, ...]:
        return tuple(f"{verb} /v3/{{parent={parent}}}/{collection}{rest}" for parent in parents)

    def named(verb: str, name: str = "name", rest: str = "") -> tuple[str, ...]:
        return tuple(f"{verb} /v3/{{{name}={parent}/{collection}/{{resource}}}}{rest}" for parent in parents)

    search, rest = SEARCHES[one]
    yield _method(f"{service}/Create{one}", below("POST"), field)
    yield _method(f"{service}/Get{one}", named("GET"))
    yield _method(f"{service}/List{many}", below("GET"))
    yield _method(f"{service}/Update{one}", named("PATCH", f"{field}.name"), field)
    yield _method(f"{service}/Delete{one}", named("DELETE"))
    yield _method(f"{service}/{search}", below("GET", rest) if "Target" in search else named("GET", rest=rest))


def _version_2() -> Iterator[Method]:
    """Deny policies, whose resource stands in their name, with its slashes escaped."""
    service, parent = "google.iam.v2.Policies", "policies/{attachment}/{kind}"
    named = f"{parent}/{{policy}}"
    yield _method(f"{service}/ListPolicies", (f"GET /v2/{{parent={parent}}}",))
    yield _method(f"{service}/GetPolicy", (f"GET /v2/{{name={named}}}",))
    yield _method(f"{service}/CreatePolicy", (f"POST /v2/{{parent={parent}}}",), "policy")
    yield _method(f"{service}/UpdatePolicy", (f"PUT /v2/{{policy.name={named}}}",), "policy")
    yield _method(f"{service}/DeletePolicy", (f"DELETE /v2/{{name={named}}}",))


METHODS: Final = (
    *_version_2(),
    *_version_3("AccessPolicy", "AccessPolicies", EVERYWHERE),
    *_version_3("PolicyBinding", "PolicyBindings", EVERYWHERE),
    *_version_3("PrincipalAccessBoundaryPolicy", "PrincipalAccessBoundaryPolicies", ORGANIZATIONS),
)
