"""google_iam_workload_identity_pool and its providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.terraform.standin.resources.kind import Kind, State, deleted, one, project_of, without_empty
from tests.terraform.standin.rest import ApiError, ProviderError

if TYPE_CHECKING:
    from tests.terraform.standin.rest import Google


def _get(path: str, google: Google) -> State | None:
    try:
        found: State = google.call("iam_beta", "GET", path)
    except ApiError as refused:
        if deleted(refused):
            return None
        raise
    return None if found.get("state") == "DELETED" else found


def _texts(found: State) -> State:
    return {
        "name": found["name"],
        "state": found.get("state"),
        "display_name": found.get("displayName"),
        "description": found.get("description"),
        "disabled": found.get("disabled"),
    }


class Pool(Kind):
    """google_iam_workload_identity_pool."""

    def create(self, state: State, google: Google) -> State:
        """Create it, and wait."""
        project, pool = project_of(state, google), state["workload_identity_pool_id"]
        parent = f"projects/{project}/locations/global/workloadIdentityPools"
        operation = google.call("iam_beta", "POST", parent, _pool(state), workloadIdentityPoolId=pool)
        google.wait("iam_beta", operation)
        found = self.read({**state, "project": project, "id": f"{parent}/{pool}"}, google)
        if found is None:
            raise ProviderError(f"{parent}/{pool} is gone")
        return found

    def read(self, state: State, google: Google) -> State | None:
        """Read it, and its rules of attestation, without which it counts as gone."""
        found = _get(state["id"], google)
        if found is None:
            return None
        try:
            google.call("iam_beta", "GET", f"{state['id']}:listAttestationRules")
        except ApiError as refused:
            if deleted(refused):
                return None
            raise
        return {**state, **_texts(found), "mode": found.get("mode"), "attestation_rules": []}

    def update(self, prior: State, state: State, google: Google) -> State:
        """Send what changed."""
        _patch(prior, state, _pool, google)
        found = self.read(state, google)
        return state if found is None else found

    def delete(self, state: State, google: Google) -> None:
        """Delete it softly: its id stays taken for a month."""
        if state["deletion_policy"] != "ABANDON":
            google.wait("iam_beta", google.call("iam_beta", "DELETE", state["id"]))

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - as every kind
        """Its full name."""
        parts = name.split("/")
        if len(parts) != 6:
            raise ProviderError(f"{name!r} is not projects/P/locations/global/workloadIdentityPools/ID")
        return {"id": name, "project": parts[1], "workload_identity_pool_id": parts[5]}


class Provider(Kind):
    """google_iam_workload_identity_pool_provider, of OpenID Connect."""

    def create(self, state: State, google: Google) -> State:
        """Create it, and wait."""
        project, pool = project_of(state, google), state["workload_identity_pool_id"]
        own = state["workload_identity_pool_provider_id"]
        parent = f"projects/{project}/locations/global/workloadIdentityPools/{pool}/providers"
        if not state["oidc"]:
            raise ProviderError("the stand-in plays OpenID Connect providers only")
        operation = google.call("iam_beta", "POST", parent, _provider(state), workloadIdentityPoolProviderId=own)
        google.wait("iam_beta", operation)
        found = self.read({**state, "project": project, "id": f"{parent}/{own}"}, google)
        if found is None:
            raise ProviderError(f"{parent}/{own} is gone")
        return found

    def read(self, state: State, google: Google) -> State | None:
        """Read it."""
        found = _get(state["id"], google)
        if found is None:
            return None
        oidc = found["oidc"]
        return {
            **state,
            **_texts(found),
            "attribute_mapping": found.get("attributeMapping"),
            "attribute_condition": found.get("attributeCondition"),
            "oidc": [
                {
                    "issuer_uri": oidc["issuerUri"],
                    "allowed_audiences": oidc.get("allowedAudiences"),
                    "jwks_json": oidc.get("jwksJson"),
                }
            ],
        }

    def update(self, prior: State, state: State, google: Google) -> State:
        """Send what changed."""
        _patch(prior, state, _provider, google)
        found = self.read(state, google)
        return state if found is None else found

    def delete(self, state: State, google: Google) -> None:
        """Delete it softly."""
        if state["deletion_policy"] != "ABANDON":
            google.wait("iam_beta", google.call("iam_beta", "DELETE", state["id"]))

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - as every kind
        """Its full name."""
        parts = name.split("/")
        if len(parts) != 8:
            raise ProviderError(f"{name!r} is not projects/P/locations/global/workloadIdentityPools/ID/providers/ID")
        return {
            "id": name,
            "project": parts[1],
            "workload_identity_pool_id": parts[5],
            "workload_identity_pool_provider_id": parts[7],
        }


def _pool(state: State) -> State:
    return without_empty(
        {
            "displayName": state["display_name"],
            "description": state["description"],
            "disabled": state["disabled"] or None,
            "mode": state["mode"] if isinstance(state["mode"], str) else None,
        }
    )


def _provider(state: State) -> State:
    oidc = one(state["oidc"])
    inner = {
        "issuerUri": oidc.get("issuer_uri"),
        "allowedAudiences": oidc.get("allowed_audiences"),
        "jwksJson": oidc.get("jwks_json"),
    }
    return without_empty(
        {
            "displayName": state["display_name"],
            "description": state["description"],
            "disabled": state["disabled"] or None,
            "attributeMapping": state["attribute_mapping"],
            "attributeCondition": state["attribute_condition"],
            "oidc": without_empty(inner),
        }
    )


def _patch(prior: State, state: State, body_of: Any, google: Google) -> None:
    """PATCH with a mask of what changed; the parts of `oidc` always together, in snake case."""
    old, new = body_of(prior), body_of(state)
    changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    if not changed:
        return
    mask = ["oidc.allowed_audiences,oidc.issuer_uri,oidc.jwks_json" if name == "oidc" else name for name in changed]
    body = {name: new.get(name, False if name == "disabled" else "") for name in changed}
    google.wait("iam_beta", google.call("iam_beta", "PATCH", state["id"], body, updateMask=",".join(mask)))
