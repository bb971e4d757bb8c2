"""google_billing_budget, google_org_policy_policy, and a model from Model Garden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.terraform.standin.resources.kind import Kind, State, deleted, one, project_of, without_empty
from tests.terraform.standin.rest import ApiError, ProviderError
from tests.terraform.standin.values import same

if TYPE_CHECKING:
    from tests.terraform.standin.rest import Google


class Budget(Kind):
    """google_billing_budget: no operations."""

    def create(self, state: State, google: Google) -> State:
        """Create it."""
        account = state["billing_account"]
        found = google.call("billing_budgets", "POST", f"billingAccounts/{account}/budgets", _budget(state))
        name = found["name"].rpartition("/")[2]
        return self._again({**state, "name": name, "id": f"billingAccounts/{account}/budgets/{name}"}, google)

    def _again(self, state: State, google: Google) -> State:
        found = self.read(state, google)
        if found is None:
            raise ProviderError(f"{state['id']} is gone")
        return found

    def _shown(self, state: State, found: State) -> State:
        given = found["amount"].get("specifiedAmount")
        money = {"currency_code": None, "nanos": None, "units": None}
        if given is not None:
            money = {"currency_code": given["currencyCode"], "nanos": given.get("nanos"), "units": given.get("units")}
        held = one(state["budget_filter"])
        shown = found.get("budgetFilter", {})
        scope = {
            **dict.fromkeys(
                ("calendar_period", "credit_types", "labels", "resource_ancestors", "services", "subaccounts")
            ),
            "custom_period": [],
            **held,
            "projects": shown.get("projects"),
            "credit_types_treatment": shown.get("creditTypesTreatment", "INCLUDE_ALL_CREDITS"),
        }
        rules = [
            {
                "threshold_percent": each.get("thresholdPercent", 0),
                "spend_basis": each.get("spendBasis", "CURRENT_SPEND"),
            }
            for each in found.get("thresholdRules", ())
        ]
        return {
            **state,
            "display_name": found.get("displayName"),
            "budget_filter": [scope] if held or shown else [],
            "amount": [{"last_period_amount": None, "specified_amount": [money] if given is not None else []}],
            "threshold_rules": rules,
        }

    def read(self, state: State, google: Google) -> State | None:
        """Read it."""
        try:
            return self._shown(state, google.call("billing_budgets", "GET", state["id"]))
        except ApiError as refused:
            if deleted(refused):
                return None
            raise

    def update(self, prior: State, state: State, google: Google) -> State:
        """Send what changed."""
        old, new = _budget(prior), _budget(state)
        changed = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
        if not changed:
            return state
        mask = ",".join(changed)
        google.call("billing_budgets", "PATCH", state["id"], new, updateMask=mask)
        return self._again(state, google)

    def delete(self, state: State, google: Google) -> None:
        """Delete it."""
        if state["deletion_policy"] != "ABANDON":
            google.call("billing_budgets", "DELETE", state["id"])

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - as every kind
        """`billingAccounts/BA/budgets/ID`."""
        parts = name.split("/")
        if len(parts) != 4:
            raise ProviderError(f"{name!r} is not billingAccounts/BA/budgets/ID")
        return {"id": name, "billing_account": parts[1], "name": parts[3], "budget_filter": []}


def _budget(state: State) -> State:
    money = one(one(state["amount"])["specified_amount"])
    scope, rule = one(state["budget_filter"]), one(state["all_updates_rule"])
    currency = money.get("currency_code")
    return without_empty(
        {
            "displayName": state["display_name"],
            "budgetFilter": without_empty(
                {
                    "projects": scope.get("projects"),
                    "creditTypesTreatment": scope.get("credit_types_treatment"),
                }
            ),
            "amount": {
                "specifiedAmount": without_empty(
                    {"currencyCode": currency if isinstance(currency, str) else None, "units": money.get("units")}
                )
            },
            "thresholdRules": [
                {"thresholdPercent": float(each["threshold_percent"]), "spendBasis": each["spend_basis"]}
                for each in state["threshold_rules"]
            ],
            "notificationsRule": without_empty(
                {
                    "pubsubTopic": rule.get("pubsub_topic"),
                    "schemaVersion": rule.get("schema_version"),
                    "monitoringNotificationChannels": rule.get("monitoring_notification_channels"),
                }
            ),
        }
    )


class OrganizationPolicy(Kind):
    """google_org_policy_policy."""

    def create(self, state: State, google: Google) -> State:
        """Create it."""
        constraint = state["name"].rpartition("/")[2]
        name = f"{state['parent']}/policies/{constraint}"
        body = {"name": name, "spec": _spec(state)}
        google.call("org_policy", "POST", f"{state['parent']}/policies", body, retried=_settling)
        return self._again({**state, "id": name}, google)

    def _again(self, state: State, google: Google) -> State:
        found = self.read(state, google)
        if found is None:
            raise ProviderError(f"{state['id']} is gone")
        return found

    def _shown(self, state: State, found: State) -> State:
        spec = found.get("spec")
        rules = [
            {
                **dict.fromkeys(("allow_all", "deny_all", "enforce", "parameters")),
                "condition": [],
                "values": [
                    {
                        "allowed_values": each["values"].get("allowedValues"),
                        "denied_values": each["values"].get("deniedValues"),
                    }
                ]
                if "values" in each
                else [],
            }
            for each in (spec or {}).get("rules", ())
        ]
        held = {
            "etag": (spec or {}).get("etag"),
            "update_time": (spec or {}).get("updateTime"),
            "inherit_from_parent": (spec or {}).get("inheritFromParent"),
            "reset": (spec or {}).get("reset"),
            "rules": rules,
        }
        return {**state, "etag": found.get("etag"), "spec": [held] if spec is not None else []}

    def read(self, state: State, google: Google) -> State | None:
        """Read it."""
        try:
            return self._shown(state, google.call("org_policy", "GET", state["id"], retried=_settling))
        except ApiError as refused:
            if deleted(refused):
                return None
            raise

    def update(self, prior: State, state: State, google: Google) -> State:
        """Send the whole specification."""
        if same(_spec(prior), _spec(state)):
            return state
        body = {"name": state["id"], "spec": _spec(state)}
        google.call("org_policy", "PATCH", state["id"], body, retried=_settling, updateMask="policy.spec")
        return self._again(state, google)

    def delete(self, state: State, google: Google) -> None:
        """Delete it."""
        if state["deletion_policy"] != "ABANDON":
            google.call("org_policy", "DELETE", state["id"], retried=_settling)

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - as every kind
        """Its full name."""
        parent, found, _ = name.partition("/policies/")
        if not found:
            raise ProviderError(f"{name!r} is not PARENT/policies/CONSTRAINT")
        return {"id": name, "name": name, "parent": parent}


def _settling(refused: ApiError) -> bool:
    return (
        refused.status == 403 and "(or it may not exist)" in refused.message and "orgpolicy.policy" in refused.message
    )


def _spec(state: State) -> State:
    """What a rule does not say is sent as null."""
    spec = one(state["spec"])
    rules: list[Any] = []
    for each in spec.get("rules") or ():
        values = one(each["values"])
        inner = {"allowedValues": values.get("allowed_values"), "deniedValues": values.get("denied_values")}
        flags = {"allowAll": each["allow_all"], "denyAll": each["deny_all"], "enforce": each["enforce"]}
        said = {name: None if flag is None else flag == "TRUE" for name, flag in flags.items()}
        rules.append({**without_empty({"values": without_empty(inner)}), **said})
    flags = {"inheritFromParent": bool(spec.get("inherit_from_parent")), "reset": bool(spec.get("reset"))}
    return {**without_empty({"rules": rules}), **flags}


class GardenDeployment(Kind):
    """google_vertex_ai_endpoint_with_model_garden_deployment: never read again, and not to be imported."""

    def create(self, state: State, google: Google) -> State:
        """Deploy, wait, and look at what came of it."""
        project = project_of(state, google)
        parent = f"projects/{project}/locations/{state['location']}"
        operation = google.call("vertex_ai", "POST", f"{parent}:deploy", _deployment(state))
        google.wait("vertex_ai", operation)
        done = google.wait("vertex_ai", operation)  # twice, as the provider does
        full = done.get("response", {}).get("endpoint", "")
        parts = full.split("/")
        if len(parts) != 6 or parts[::2] != ["projects", "locations", "endpoints"]:
            raise ProviderError(f"unexpected format for endpoint: {full!r}")
        endpoint = google.call("vertex_ai", "GET", f"{parent}/endpoints/{parts[5]}")
        if not endpoint.get("deployedModels"):
            raise ProviderError("No deployed models found in the endpoint response.")
        deployed = endpoint["deployedModels"][0]
        return {
            **state,
            "project": project,
            "id": full,
            "endpoint": parts[5],
            "deployed_model_id": deployed["id"],
            "deployed_model_display_name": deployed["displayName"],
        }

    def read(self, state: State, google: Google) -> State | None:  # noqa: ARG002 - no call at all
        """Nothing is asked: drift is never seen."""
        return state

    def update(self, prior: State, state: State, google: Google) -> State:
        """Only the number of replicas changes in place."""
        old, new = _resources(prior), _resources(state)
        if old != new:
            body = {
                "deployedModel": {"id": state["deployed_model_id"], "dedicatedResources": new},
                "updateMask": "dedicatedResources.minReplicaCount,dedicatedResources.maxReplicaCount",
            }
            operation = google.call("vertex_ai", "POST", f"{self._path(state)}:mutateDeployedModel", body)
            google.wait("vertex_ai", operation)
        return state

    def _path(self, state: State) -> str:
        return f"projects/{state['project']}/locations/{state['location']}/endpoints/{state['endpoint']}"

    def delete(self, state: State, google: Google) -> None:
        """Undeploy the model, then delete the endpoint."""
        if state["deletion_policy"] == "ABANDON":
            return
        body = {"deployedModelId": state["deployed_model_id"]}
        google.wait("vertex_ai", google.call("vertex_ai", "POST", f"{self._path(state)}:undeployModel", body))
        google.wait("vertex_ai", google.call("vertex_ai", "DELETE", self._path(state)))


def _resources(state: State) -> State:
    resources = one(one(state["deploy_config"]).get("dedicated_resources"))
    machine = one(resources.get("machine_spec"))
    maximum = resources.get("max_replica_count")
    return without_empty(
        {
            "minReplicaCount": resources.get("min_replica_count"),
            "maxReplicaCount": maximum if isinstance(maximum, int) else None,
            "spot": resources.get("spot") or None,
            "machineSpec": without_empty(
                {
                    "machineType": machine.get("machine_type"),
                    "acceleratorType": machine.get("accelerator_type"),
                    "acceleratorCount": machine.get("accelerator_count"),
                }
            ),
        }
    )


def _deployment(state: State) -> State:
    endpoint = one(state["endpoint_config"])
    return without_empty(
        {
            "publisherModelName": state["publisher_model_name"],
            "huggingFaceModelId": state["hugging_face_model_id"],
            "modelConfig": without_empty({"acceptEula": one(state["model_config"]).get("accept_eula") or None}),
            "endpointConfig": without_empty(
                {
                    "endpointDisplayName": endpoint.get("endpoint_display_name"),
                    "dedicatedEndpointEnabled": endpoint.get("dedicated_endpoint_enabled") or None,
                }
            ),
            "deployConfig": without_empty({"dedicatedResources": _resources(state)}),
        }
    )
