"""How Google refuses, by name: the catalog that a fault's key `error` draws from.

Each row is filled in from the call that meets it (project, service, method, permission, resource, model) and sent as
the method sends its errors: with typed details, as a list under `endpoints/openapi`, in OAuth's shape by the token
endpoints, as the error of an operation where Google sends it so; on gRPC as a status with the same details. Names are
Google's own `ErrorInfo` reasons where these say it all. Written from Google's pages and public recordings, each
row's `source`; loaded only when a fault asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.error_cases import billing, credentials, network, policies, project, services, vertex
from gcp_emulator.error_cases.network import CLIENT_SIDE
from gcp_emulator.error_cases.row import ClientSide, ErrorCase

if TYPE_CHECKING:
    from gcp_emulator.registry import Registry

__all__ = ["CLIENT_SIDE", "ROWS", "SUBJECTS", "ClientSide", "ErrorCase", "by_name", "methods_of", "names"]

SUBJECTS: Final = (credentials, project, billing, services, policies, vertex, network)
ROWS: Final[tuple[ErrorCase, ...]] = tuple(row for subject in SUBJECTS for row in subject.ROWS)
_BY_NAME: Final[dict[str, ErrorCase]] = {row.name: row for row in ROWS}


def names() -> frozenset[str]:
    """Return the names of all errors that a server can answer; `CLIENT_SIDE` holds the rest."""
    return frozenset(_BY_NAME)


def by_name(name: str) -> ErrorCase:
    """Return the row of that name.

    Raises:
        KeyError: there is none.
    """
    return _BY_NAME[name]


def methods_of(name: str, registry: Registry) -> list[str]:
    """Return the names of the methods whose calls can meet an error, in order.

    Raises:
        KeyError: there is no error of that name.
    """
    row = by_name(name)
    return sorted({method.name for method in registry.methods if row.fits(method)})
