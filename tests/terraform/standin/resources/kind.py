"""What every resource here can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.terraform.standin.rest import ApiError, ProviderError
from tests.terraform.standin.values import UNKNOWN

if TYPE_CHECKING:
    from tests.terraform.standin.rest import Google

State = dict[str, Any]


class Kind:
    """One type of resource: the real provider's calls, in its order."""

    default_policy = "DELETE"
    """What `deletion_policy` is where no one says."""

    def customize(self, state: State, prior: State | None, google: Google) -> None:
        """Fill in what the provider knows while it plans."""

    def create(self, state: State, google: Google) -> State:
        """Make it; return what is known then."""
        raise NotImplementedError

    def read(self, state: State, google: Google) -> State | None:
        """Return what is there now; None where it is gone."""
        raise NotImplementedError

    def update(self, prior: State, state: State, google: Google) -> State:
        """Change it in place."""
        raise NotImplementedError

    def may_be_deleted(self, state: State) -> None:
        """Refuse to delete what is kept.

        Raises:
            ProviderError: its `deletion_policy` is PREVENT.
        """
        if state.get("deletion_policy") == "PREVENT":
            raise ProviderError(
                f'cannot destroy "{state["id"]}" without setting deletion_policy="DELETE" and running `terraform apply`'
            )

    def delete(self, state: State, google: Google) -> None:
        """Take it away."""
        raise NotImplementedError

    def imported(self, name: str, google: Google) -> State:  # noqa: ARG002 - some have to ask
        """Return the little that a name tells; reading does the rest."""
        raise ProviderError(f"resource does not support import: {name}")


def settle(state: State, kind: Kind) -> State:
    """Return a state in which everything is known."""
    settled = {name: _known(value) for name, value in state.items()}
    if "deletion_policy" in settled and settled["deletion_policy"] is None:
        settled["deletion_policy"] = kind.default_policy
    return settled


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _known(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_known(each) for each in value]
    return None if value is UNKNOWN else value


def project_of(state: State, google: Google) -> str:
    """Return the project of a resource: its own, else the provider's.

    Raises:
        ProviderError: there is none.
    """
    project = state.get("project")
    found = google.settings.project if project in (None, UNKNOWN) else project
    if not found:
        raise ProviderError("project: required field is not set")
    return str(found)


def deleted(refused: ApiError) -> bool:
    """Tell whether an error means that there is nothing."""
    return refused.status == 404


def one(blocks: Any) -> State:
    """Return the only block of a list; empty where there is none."""
    return dict(blocks[0]) if blocks else {}


def without_empty(body: State) -> State:
    """Return a request body without what says nothing."""
    return {name: value for name, value in body.items() if value not in (None, "", [], {})}
