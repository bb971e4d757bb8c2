"""google_project, the billing link as its own resource, and google_project_service."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tests.terraform.standin.resources.kind import Kind, State, deleted, project_of
from tests.terraform.standin.rest import ApiError, ProviderError
from tests.terraform.standin.values import UNKNOWN

if TYPE_CHECKING:
    from tests.terraform.standin.rest import Google


class Project(Kind):
    """google_project."""

    default_policy = "PREVENT"

    def customize(self, state: State, prior: State | None, google: Google) -> None:
        """Merge the labels; an attribution label is only given to what is new."""
        labels = state["labels"]
        if labels is UNKNOWN:
            state["terraform_labels"] = state["effective_labels"] = UNKNOWN
            return
        given = dict(google.settings.labels)
        before: State = {}
        if prior is not None:
            before = prior["terraform_labels"] or {}
            given = {name: text for name, text in given.items() if name in before}
        merged = {**given, **(labels or {})}
        foreign = {
            name: text for name, text in ((prior or {}).get("effective_labels") or {}).items() if name not in before
        }
        state["terraform_labels"], state["effective_labels"] = merged, {**foreign, **merged}

    def create(self, state: State, google: Google) -> State:
        """Create it, wait, and link its billing account."""
        project, account = state["project_id"], state["billing_account"]
        if state["auto_create_network"] is False:
            raise ProviderError("the stand-in does not play auto_create_network = false")
        if account:
            path = f"billingAccounts/{account}:testIamPermissions"
            permission = "billing.resourceAssociations.create"
            answer = google.call("cloud_billing", "POST", path, {"permissions": [permission]}, generated=True)
            if permission not in answer.get("permissions", ()):
                raise ProviderError(f"missing permission on {account!r}: {permission}")
        body: State = {"projectId": project, "name": state["name"]}
        if parent := _parent(state):
            body["parent"] = parent
        if state["effective_labels"]:
            body["labels"] = state["effective_labels"]
        try:
            operation = google.call("resource_manager", "POST", "projects", body, generated=True)
        except ApiError as refused:
            raise ProviderError(
                f"error creating project {project} ({state['name']}): {refused}. If you received a 403 error, make "
                "sure you have the `roles/resourcemanager.projectCreator` permission"
            ) from refused
        google.wait("resource_manager", operation)
        if account:
            link(google, project, f"billingAccounts/{account}")
        google.pause(15)
        return self._found({**state, "id": f"projects/{project}"}, google)

    def _found(self, state: State, google: Google) -> State:
        found = self.read(state, google)
        if found is None:
            raise ProviderError(f"project {state['project_id']} is gone")
        return found

    def read(self, state: State, google: Google) -> State | None:
        """Read the project and its link."""
        project = state["project_id"]
        found = _get(project, google)
        if found is None:
            return None
        effective = found.get("labels", {})
        parent = found.get("parent", {})
        return {
            **state,
            "id": f"projects/{project}",
            "number": str(found["projectNumber"]),
            "name": found["name"],
            "org_id": parent.get("id") if parent.get("type") == "organization" else None,
            "folder_id": parent.get("id") if parent.get("type") == "folder" else None,
            "labels": _mine(effective, state.get("labels")),
            "terraform_labels": _mine(effective, state.get("terraform_labels")) or {},
            "effective_labels": effective,
            # Only a link that is there is compared: one that was taken away leaves what the state holds.
            "billing_account": _account_of(project, google) or state.get("billing_account"),
        }

    def update(self, prior: State, state: State, google: Google) -> State:
        """Read the project, and send the whole of it once for each thing that changed."""
        project, path = state["project_id"], f"projects/{state['project_id']}"
        whole = google.call("resource_manager", "GET", path, generated=True)
        changes: list[State] = []
        if state["name"] != prior["name"]:
            changes.append({"name": state["name"]})
        if _parent(state) != _parent(prior):
            changes.append({"parent": _parent(state)})
        if state["effective_labels"] != prior["effective_labels"]:
            changes.append({"labels": state["effective_labels"]})
        for change in changes:
            whole = google.call("resource_manager", "PUT", path, {**whole, **change}, generated=True)
        if (state["billing_account"] or "") != (prior["billing_account"] or ""):
            link(google, project, f"billingAccounts/{state['billing_account']}" if state["billing_account"] else "")
        return self._found(state, google)

    def may_be_deleted(self, state: State) -> None:
        """In words of its own."""
        if state["deletion_policy"] == "PREVENT":
            raise ProviderError("Cannot destroy project as deletion_policy is set to PREVENT.")

    def delete(self, state: State, google: Google) -> None:
        """Delete it, or forget it."""
        if state["deletion_policy"] != "ABANDON":
            google.call("resource_manager", "DELETE", f"projects/{state['project_id']}", generated=True)

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - as every kind
        """`P` or `projects/P`."""
        project = name.removeprefix("projects/")
        if project.isdigit():
            raise ProviderError(f"project id {project!r} is a number: import by the id")
        return {"project_id": project, "id": f"projects/{project}", "auto_create_network": True}


def _mine(effective: State, held: Any) -> State | None:
    """The labels that are ours to look after: those the state already holds."""
    return {name: effective[name] for name in held if name in effective} if held else held


def _parent(state: State) -> State:
    if state.get("org_id"):
        return {"type": "organization", "id": str(state["org_id"])}
    return {"type": "folder", "id": str(state["folder_id"]).removeprefix("folders/")} if state.get("folder_id") else {}


def _get(project: str, google: Google) -> State | None:
    """Return a project that is alive."""
    try:
        found: State = google.call("resource_manager", "GET", f"projects/{project}", generated=True)
    except ApiError as refused:
        if deleted(refused):
            return None
        if refused.status == 403 and "caller does not have permission" in refused.message.lower():
            raise ProviderError(
                f'the user does not have permission to access Project "{project}" or it may not exist: {refused}'
            ) from refused
        raise
    return found if found["lifecycleState"] == "ACTIVE" else None


def _account_of(project: str, google: Google) -> str:
    try:
        found = google.call("cloud_billing", "GET", f"projects/{project}/billingInfo", generated=True)
    except ApiError as refused:
        if any(each.get("reason") == "accessNotConfigured" for each in refused.error.get("errors", ())):
            return ""
        raise
    name = str(found["billingAccountName"])
    if name and not name.startswith("billingAccounts/"):
        raise ProviderError(f"the billing account {name!r} is not as expected")
    return name.removeprefix("billingAccounts/")


def link(google: Google, project: str, account: str) -> None:
    """Link an account, and look until it shows."""
    body = {"billingAccountName": account} if account else {}
    google.call("cloud_billing", "PUT", f"projects/{project}/billingInfo", body, generated=True)
    for _ in range(3):
        found = google.call("cloud_billing", "GET", f"projects/{project}/billingInfo", generated=True)
        if found["billingAccountName"] == account:
            return
        google.pause(3)
    raise ProviderError(f"{account} does not show as the billing account of {project}")


class BillingLink(Kind):
    """google_billing_project_info: its addresses end in a slash."""

    def create(self, state: State, google: Google) -> State:
        """Link."""
        project = project_of(state, google)
        body = {"billingAccountName": f"billingAccounts/{state['billing_account']}"}
        google.call("cloud_billing", "PUT", f"projects/{project}/billingInfo/", body)
        made = {**state, "project": project, "id": f"projects/{project}"}
        return self.read(made, google) or made

    def read(self, state: State, google: Google) -> State | None:
        """Read the link."""
        try:
            found = google.call("cloud_billing", "GET", f"projects/{state['project']}/billingInfo/")
        except ApiError as refused:
            if deleted(refused):
                return None
            raise
        account = found["billingAccountName"].removeprefix("billingAccounts/")
        return {**state, "billing_account": account} if account else None

    def update(self, prior: State, state: State, google: Google) -> State:
        """Link another."""
        if prior["billing_account"] != state["billing_account"]:
            self.create(state, google)
        return state

    def delete(self, state: State, google: Google) -> None:
        """Unlink, with an empty body."""
        if state["deletion_policy"] != "ABANDON":
            google.call("cloud_billing", "PUT", f"projects/{state['project']}/billingInfo/")

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - as every kind
        """`projects/P` or `P`."""
        project = name.removeprefix("projects/")
        return {"project": project, "id": f"projects/{project}"}


class Service(Kind):
    """google_project_service: what comes together is enabled together."""

    def create(self, state: State, google: Google) -> State:
        """Enable it, unless it is; then look at it as ever."""
        project, service = project_of(state, google), state["service"]
        made = {**state, "project": project, "id": f"{project}/{service}"}
        if service in _listed(project, google):
            return made
        google.enabling.submit(project, service, lambda services: _enable(project, services, google))
        if self.read(made, google) is None:
            raise ProviderError(f"{service} is not among the enabled services of {project}")
        return made

    def read(self, state: State, google: Google) -> State | None:
        """Look for it in the list; a project that is gone has none."""
        project = state["project"]
        if _get(project, google) is None or state["service"] not in _listed(project, google):
            return None
        return state

    def update(self, prior: State, state: State, google: Google) -> State:  # noqa: ARG002 - nothing is sent
        """Nothing is sent."""
        return state

    def delete(self, state: State, google: Google) -> None:
        """Only disabled if asked to."""
        if not state["disable_on_destroy"] or state["deletion_policy"] == "ABANDON":
            return
        path = f"projects/{state['project']}/services/{state['service']}:disable"
        body = {"disableDependentServices": bool(state["disable_dependent_services"])}
        google.wait("service_usage", google.call("service_usage", "POST", path, body, generated=True, retried=_again))

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - as every kind
        """`P/S`."""
        project, _, service = name.partition("/")
        if not service:
            raise ProviderError(f"{name!r} is not PROJECT/SERVICE")
        return {"project": project, "service": service, "id": name}


def _listed(project: str, google: Google) -> set[str]:
    """Return the services that are on: one list for all who ask within the window."""
    found: set[str] = google.listing.submit(project, project, lambda _: enabled(project, google))
    return found


def enabled(project: str, google: Google) -> set[str]:
    """Return the services that the list says are on, all pages."""
    found: set[str] = set()
    more: dict[str, Any] = {}
    while True:
        answer = google.call(
            "service_usage",
            "GET",
            f"projects/{project}/services",
            generated=True,
            filter="state:ENABLED",
            fields="services/name,nextPageToken",
            pageSize="200",
            **more,
        )
        found |= {each["name"].rpartition("/")[2] for each in answer.get("services", ())}
        if not answer.get("nextPageToken"):
            return found
        more = {"pageToken": answer["nextPageToken"]}


def _enable(project: str, services: list[str], google: Google) -> None:
    if len(services) == 1:
        path, body = f"projects/{project}/services/{services[0]}:enable", {}
    else:
        path, body = f"projects/{project}/services:batchEnable", {"serviceIds": services}
    try:
        operation = google.call("service_usage", "POST", path, body, generated=True, retried=_again)
        google.wait("service_usage", operation)
    except ProviderError as error:
        names = ", ".join(sorted(services))
        raise ProviderError(f"Error when reading or editing Project Service {project}/{names}: {error}") from error
    for wait in (0, 1, 3, 8, 13):
        google.pause(wait)
        if set(services) <= enabled(project, google):
            return
    raise ProviderError(f"{services} are still not among the enabled services of {project}")


def _again(refused: ApiError) -> bool:
    if refused.status == 400 and "Another activation or deactivation is in progress" in refused.message:
        return True
    return refused.status in {400, 412} and re.fullmatch("Precondition check failed.", refused.message) is not None
