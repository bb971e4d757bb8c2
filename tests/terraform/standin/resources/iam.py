"""google_project_iam_member, google_service_account and its members: read, change, write, and look again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tests.terraform.standin.resources.kind import Kind, State, deleted, one, project_of, without_empty
from tests.terraform.standin.rest import ApiError, ProviderError
from tests.terraform.standin.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.terraform.standin.rest import Google

Policy = dict[str, Any]
CASE_SENSITIVE: Final = ("principal:", "principalSet:", "principalHierarchy:")


def _member(member: str) -> str:
    """Return a member in the case that the provider gives it: addresses are lower-cased, principals are not."""
    kind, colon, address = member.partition(":")
    return member if member.startswith(CASE_SENSITIVE) else f"{kind}{colon}{address.lower()}"


def _condition(state: State) -> State:
    return without_empty(one(state["condition"]))


def _find(policy: Policy, state: State) -> State | None:
    """Return the binding of a role under exactly this condition."""
    for binding in policy.get("bindings", ()):
        if binding["role"] == state["role"] and without_empty(binding.get("condition", {})) == _condition(state):
            found: State = binding
            return found
    return None


def _grant(policy: Policy, state: State) -> None:
    binding = _find(policy, state)
    if binding is None:
        binding = {"role": state["role"], "members": []}
        if condition := _condition(state):
            binding["condition"] = condition
        policy.setdefault("bindings", []).append(binding)
    if _member(state["member"]) not in binding["members"]:
        binding["members"] = sorted([*binding["members"], _member(state["member"])])


def _revoke(policy: Policy, state: State) -> None:
    binding = _find(policy, state)
    if binding is None:
        return
    binding["members"] = [each for each in binding["members"] if each != _member(state["member"])]
    if not binding["members"]:
        policy["bindings"].remove(binding)


def _order(binding: State) -> tuple[str, str]:
    return binding["role"], str(binding.get("condition", ""))


class Member(Kind):
    """One member of one role, somewhere."""

    def where(self, state: State) -> str:
        """Return what the policy belongs to, as the id begins with it."""
        raise NotImplementedError

    def get_policy(self, state: State, google: Google) -> Policy:
        """Read the policy."""
        raise NotImplementedError

    def set_policy(self, state: State, policy: Policy, google: Google) -> None:
        """Write the policy."""
        raise NotImplementedError

    def _modify(self, state: State, change: Callable[[Policy], None], google: Google) -> None:
        """Read, change, write; once more if someone else wrote in between; then look three times."""
        with google.lock(self.where(state)):
            for wait in (1, 2, 4, 8, 16, None):
                policy = self.get_policy(state, google)
                change(policy)
                policy["bindings"] = sorted(policy.get("bindings", ()), key=_order)
                policy["version"] = 3
                try:
                    self.set_policy(state, policy, google)
                    break
                except ApiError as refused:
                    if refused.status not in {409, 412} or wait is None:
                        raise ProviderError(
                            f"Error applying IAM policy for {self.where(state)}: {refused}"
                        ) from refused
                google.pause(wait)
            for _ in range(3):
                google.pause(1)
                self.get_policy(state, google)

    def _id(self, state: State) -> str:
        parts = [self.where(state), state["role"], _member(state["member"])]
        condition = one(state["condition"])
        return "/".join(
            [*parts, *(condition[name] or "" for name in ("title", "description", "expression") if condition)]
        )

    def create(self, state: State, google: Google) -> State:
        """Add it."""
        self._modify(state, lambda policy: _grant(policy, state), google)
        return self._found({**state, "id": self._id(state)}, google)

    def _found(self, state: State, google: Google) -> State:
        found = self.read(state, google)
        if found is None:
            raise ProviderError(f"{state['id']} does not show")
        return found

    def read(self, state: State, google: Google) -> State | None:
        """Look for it."""
        try:
            policy = self.get_policy(state, google)
        except ApiError as refused:
            if deleted(refused):
                return None
            raise
        binding = _find(policy, state)
        if binding is None or _member(state["member"]) not in binding["members"]:
            return None
        return {**state, "etag": policy.get("etag", ""), "id": self._id(state)}

    def update(self, prior: State, state: State, google: Google) -> State:
        """Everything that can change replaces it."""
        raise NotImplementedError

    def delete(self, state: State, google: Google) -> None:
        """Take it out, and look."""
        try:
            self._modify(state, lambda policy: _revoke(policy, state), google)
            self.read(state, google)
        except ApiError as refused:
            if not deleted(refused):
                raise

    def imported(self, name: str, google: Google) -> State:
        """`WHERE ROLE MEMBER`, and the title of its condition."""
        place, role, member, *title = name.split(" ", 3)
        state: State = {self.place: place, "role": role, "member": member, "condition": [], "id": name}
        if title:
            policy = self.get_policy(state, google)
            held = [
                each["condition"] for each in policy.get("bindings", ()) if each["role"] == role and "condition" in each
            ]
            state["condition"] = [each for each in held if each["title"] == title[0]]
        return state

    place = "project"
    """The argument that names what the policy belongs to."""


class ProjectMember(Member):
    """google_project_iam_member."""

    def where(self, state: State) -> str:
        """The project."""
        return str(state["project"]).removeprefix("projects/")

    def get_policy(self, state: State, google: Google) -> Policy:
        """By POST, as v1 of Resource Manager wants it."""
        path = f"projects/{self.where(state)}:getIamPolicy"
        body = {"options": {"requestedPolicyVersion": 3}}
        found: Policy = google.call("resource_manager", "POST", path, body, generated=True)
        return found

    def set_policy(self, state: State, policy: Policy, google: Google) -> None:
        """Bindings, etag and audit configuration."""
        body = {"policy": policy, "updateMask": "bindings,etag,auditConfigs"}
        google.call("resource_manager", "POST", f"projects/{self.where(state)}:setIamPolicy", body, generated=True)

    def create(self, state: State, google: Google) -> State:
        """Grant together what comes together."""
        google.granting.submit(self.where(state), (_grant, state), lambda items: self._all(items, google))
        return self._found({**state, "id": self._id(state)}, google)

    def delete(self, state: State, google: Google) -> None:
        """Likewise."""
        google.granting.submit(self.where(state), (_revoke, state), lambda items: self._all(items, google))
        self.read(state, google)

    def _all(self, items: list[tuple[Callable[[Policy, State], None], State]], google: Google) -> None:
        def change(policy: Policy) -> None:
            for how, state in items:
                how(policy, state)

        self._modify(items[0][1], change, google)


class AccountMember(Member):
    """google_service_account_iam_member."""

    place = "service_account_id"

    def where(self, state: State) -> str:
        """The account's full name."""
        return str(state["service_account_id"])

    def get_policy(self, state: State, google: Google) -> Policy:
        """By POST."""
        path = f"{self.where(state)}:getIamPolicy"
        query: dict[str, Any] = {"options.requestedPolicyVersion": "3"}
        found: Policy = google.call("iam_beta", "POST", path, generated=True, **query)
        return found

    def set_policy(self, state: State, policy: Policy, google: Google) -> None:
        """Without a mask."""
        google.call("iam_beta", "POST", f"{self.where(state)}:setIamPolicy", {"policy": policy}, generated=True)


class Account(Kind):
    """google_service_account."""

    def customize(self, state: State, prior: State | None, google: Google) -> None:
        """Its address is known before it is there."""
        account, project = state["account_id"], state["project"]
        if project is UNKNOWN and google.settings.project:
            project = google.settings.project
        if prior is None and UNKNOWN not in (account, project):
            state["email"] = f"{account}@{project}.iam.gserviceaccount.com"
            state["member"] = f"serviceAccount:{state['email']}"

    def create(self, state: State, google: Google) -> State:
        """Create it, and look until it shows three times in a row."""
        project = project_of(state, google)
        inner = without_empty({"displayName": state["display_name"], "description": state["description"]})
        body = {"accountId": state["account_id"], "serviceAccount": inner}
        email = f"{state['account_id']}@{project}.iam.gserviceaccount.com"
        name = f"projects/{project}/serviceAccounts/{email}"
        try:
            google.call("iam_beta", "POST", f"projects/{project}/serviceAccounts", body, generated=True)
        except ApiError as refused:
            if refused.status != 409 or not state["create_ignore_already_exists"]:
                raise ProviderError(f"Error creating service account: {refused}") from refused
        self._settle(name, {}, google)
        google.pause(10)
        found = self.read({**state, "project": project, "id": name}, google)
        if found is None:
            raise ProviderError(f"{email} is gone")
        return found

    def _settle(self, name: str, wanted: State, google: Google) -> None:
        """Look until it shows as wanted, three times in a row."""

        def shows() -> bool:
            try:
                found = google.call("iam_beta", "GET", name, generated=True)
            except ApiError as refused:
                if refused.status != 404:
                    raise
                return False
            return all(found.get(key, "") == value for key, value in wanted.items())

        google.repeat_until(3, shows)

    def read(self, state: State, google: Google) -> State | None:
        """Read it by its name."""
        try:
            found = google.call("iam_beta", "GET", state["id"], generated=True)
        except ApiError as refused:
            if deleted(refused):
                return None
            raise
        return {
            **state,
            "email": found["email"],
            "member": f"serviceAccount:{found['email']}",
            "unique_id": found["uniqueId"],
            "project": found["projectId"],
            "account_id": found["email"].partition("@")[0],
            "name": found["name"],
            "display_name": found.get("displayName") or (state.get("display_name") and "") or None,
            "description": found.get("description") or (state.get("description") and "") or None,
            "disabled": found.get("disabled", False),
        }

    def update(self, prior: State, state: State, google: Google) -> State:
        """Switch it on or off, and change its texts."""
        name = state["id"]
        if bool(prior["disabled"]) != bool(state["disabled"]):
            google.call(
                "iam_beta", "POST", f"{name}:{'disable' if state['disabled'] else 'enable'}", {}, generated=True
            )
        texts = {"displayName": state["display_name"] or "", "description": state["description"] or ""}
        if texts != {"displayName": prior["display_name"] or "", "description": prior["description"] or ""}:
            etag = google.call("iam_beta", "GET", name, generated=True)["etag"]
            body = {"serviceAccount": {**texts, "etag": etag}, "updateMask": "description,display_name"}
            google.call("iam_beta", "PATCH", name, body, generated=True)
            self._settle(name, texts, google)
            google.pause(5)
        found = self.read(state, google)
        return state if found is None else found

    def delete(self, state: State, google: Google) -> None:
        """Delete it; what is gone is gone."""
        if state["deletion_policy"] == "ABANDON":
            return
        try:
            google.call("iam_beta", "DELETE", state["id"], generated=True)
        except ApiError as refused:
            if not deleted(refused):
                raise

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - as every kind
        """Its full name, `projects/P/serviceAccounts/EMAIL`."""
        return {"id": name}
