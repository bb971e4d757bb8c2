"""Give an error that ends a command its cause and its fix."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from provision.errors import ApiError, ProvisionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from provision.config import Config


@contextmanager
def explained(what: str, config: Config) -> Iterator[None]:
    """Turn an `ApiError` of the block into an error that says what it means.

    Args:
        what: what could not be done, in words.
    """
    try:
        yield
    except ApiError as error:
        from provision.explain import explain, facts
        from provision.plan import Check

        check = Check(id="credentials.token", status="unknown", summary=what, error=error.status)
        explained_check = explain(check, facts(config, None, ""))
        raise ProvisionError(what, cause=explained_check.cause, fix=explained_check.fix) from error
