"""Attestation rules: which Google Cloud resources may have the identities of a pool in trust domain mode.

https://cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/setAttestationRules
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import errors, operations, paging
from gcp_emulator.operations import Outcome
from gcp_emulator.services.iam import pools, resources
from gcp_emulator.services.iam.common import denied
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.store import State

IDENTITIES: Final = "/managedIdentities/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """The rules of a pool or of a managed identity, by its name."""

    name: str
    rules: list[dict[str, Any]] = field(default_factory=list)


ATTESTED: Final = Table("iam.attestation_rules", Attested, key="name")


def replace_all(call: Call) -> Json:
    """SetAttestationRules."""
    name = _named(call, "setAttestationRules")
    return _put(call, name, _rules(call.request.get("attestationRules", [])))


def add(call: Call) -> Json:
    """AddAttestationRule."""
    name = _named(call, "setAttestationRules")
    [rule] = _rules([call.message("attestationRule")])
    there = _held(call.state, name)
    if rule in there:
        raise errors.already_exists()
    return _put(call, name, [*there, rule])


def remove(call: Call) -> Json:
    """RemoveAttestationRule."""
    name = _named(call, "setAttestationRules")
    [rule] = _rules([call.message("attestationRule")])
    there = _held(call.state, name)
    if rule not in there:
        raise errors.not_found()
    return _put(call, name, [each for each in there if each != rule])


def list_all(call: Call) -> Json:
    """ListAttestationRules. Terraform reads them with every pool, and takes 404 for a pool that is gone."""
    there = _held(call.state, _named(call, "getAttestationRules"))
    shown, token = paging.page(call, there, lambda rule: str(rule["googleCloudResource"]), default=50, most=100)
    answer: Json = {"attestationRules": shown} if shown else {}
    return answer | ({"nextPageToken": token} if token else {})


def _rules(given: Any) -> list[Json]:
    listed = given if isinstance(given, list) else []
    for each in listed:
        if not isinstance(each, dict) or not str(each.get("googleCloudResource", "")).startswith("//"):
            raise errors.invalid_argument("An attestation rule names a Google Cloud resource, //service/name.")
    return sorted(listed, key=lambda rule: str(rule["googleCloudResource"]))


def _held(state: State, name: str) -> list[Json]:
    found = state[ATTESTED].get(name)
    return found.rules if found else []


def _named(call: Call, verb: str) -> str:
    """Return the full name of the pool or identity in the path, if the caller may do this to it."""
    asked = call.text("resource")
    name = resources.numbered(call.state, asked)
    kind = "workloadIdentityPoolManagedIdentities" if IDENTITIES in name else "workloadIdentityPools"
    permission = f"iam.{kind}.{verb}" if kind == "workloadIdentityPools" else f"iam.{kind}.{_PLAIN[verb]}"
    within = "/".join(name.split("/")[:2])
    call.require(permission, within, denied(permission, within))
    there = resources.find(call.state, name) if IDENTITIES in name else pools.find(call.state, name)
    if there is None or there.deleted is not None:
        raise errors.not_found()
    return name


_PLAIN: Final = {"setAttestationRules": "update", "getAttestationRules": "get"}
"""What permissions the rules of an identity take; that they are these is assumed."""


def _put(call: Call, name: str, rules: list[Json]) -> Json:
    operation = operations.start(
        call,
        name=f"{name}/operations/{resources.token(call.state)}",
        effect="iam.put_attestation_rules",
        args={"name": name, "rules": rules},
        seconds=resources.SECONDS,
    )
    return resources.told(operation)


@operations.effect("iam.put_attestation_rules")
def _written(state: State, args: Json, when: float) -> Outcome:  # noqa: ARG001 - every effect is told the time
    state[ATTESTED].put(Attested(**args))
    return Outcome(response={})
