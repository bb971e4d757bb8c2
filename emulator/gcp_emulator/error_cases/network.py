"""The way to Google, and Google's own troubles; and what no server can show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator.error_cases import methods
from gcp_emulator.error_cases.row import ClientSide, ErrorCase
from gcp_emulator.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.error_cases.facts import Facts

_ERRORS: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/models/api-errors"
_PAGE: Final = (
    "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 404 (Not Found)!!1</title>\n"
    "  <p><b>404.</b> <ins>That's an error.</ins>\n"
    "  <p>The requested URL was not found on this server. <ins>That's all we know.</ins>\n"
)
_FORBIDDEN: Final = "<!doctype html><meta charset=utf-8><title>403</title>403 Forbidden\n"


def _plain(status: str, message: str) -> Callable[[Facts], ApiError]:
    return lambda facts: ApiError(status, message)  # noqa: ARG005 - says the same of every call


ROWS: Final = (
    ErrorCase(
        name="WRONG_PATH",
        what="404 and a page of HTML: the path is wrong, or the host is `global-aiplatform.googleapis.com`.",
        make=lambda facts: ApiError(  # noqa: ARG005 - says the same of every call
            "UNIMPLEMENTED", "Received http2 header with status: 404", http=404, raw_body=_PAGE
        ),
        source="https://github.com/ogx-ai/ogx/issues/3988",
    ),
    ErrorCase(
        name="METHOD_NOT_FOUND",
        what="The host does not have the method, as where a regional one is asked for what only the global one has.",
        make=_plain("UNIMPLEMENTED", "Method not found."),
        source="https://github.com/googleapis/python-aiplatform/issues/4736",
    ),
    ErrorCase(
        name="EDGE_FORBIDDEN",
        what="A bare 403 with a page, which succeeds when it is tried again.",
        make=lambda facts: ApiError(  # noqa: ARG005 - says the same of every call
            "PERMISSION_DENIED", "Received http2 header with status: 403", raw_body=_FORBIDDEN
        ),
        source="seen in public repositories",
    ),
    ErrorCase(
        name="CANCELLED",
        what="The client, or something on the way, gave up.",
        make=_plain("CANCELLED", "The operation was cancelled."),
        source=_ERRORS,
    ),
    ErrorCase(
        name="UNAVAILABLE",
        what="Google is overloaded, or a part of it is down.",
        make=_plain("UNAVAILABLE", "The service is currently unavailable."),
        source=_ERRORS,
    ),
    ErrorCase(
        name="NO_HEALTHY_UPSTREAM",
        what="The model's backend in a region is down.",
        methods=methods.CHAT,
        make=lambda facts: ApiError("UNAVAILABLE", "no healthy upstream", raw_body="no healthy upstream"),  # noqa: ARG005 - says the same of every call
        source="a third party's note: the weakest grade",
    ),
    ErrorCase(
        name="DEADLINE_EXCEEDED",
        what="Google took too long: a cold model, a long generation, a proxy in between.",
        make=_plain("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
        source=_ERRORS,
    ),
    ErrorCase(
        name="INTERNAL",
        what="Something broke at Google.",
        make=_plain("INTERNAL", "Internal error encountered."),
        source=_ERRORS,
    ),
    ErrorCase(
        name="MALFORMED_RESPONSE",
        what="200 and a page of HTML, as a captive portal or a proxy answers.",
        effect={"status": 200, "raw_body": "<html><body>Please log in to the network.</body></html>\n"},
        source="seen in public repositories",
    ),
    ErrorCase(
        name="UNREACHABLE",
        what="The connection is dropped before an answer.",
        effect={"drop": True},
        source="https://datatracker.ietf.org/doc/html/rfc9112#section-9.5",
    ),
    ErrorCase(
        name="TIMEOUT",
        what="No answer for two minutes, which is longer than clients wait.",
        effect={"latency_ms": 120_000},
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/predictions/choose-endpoint-type",
    ),
)

_BEFORE: Final = "It happens in the client, before anything is sent."
_NAMES: Final = "It is a matter of names or TLS, on the way: plain HTTP on loopback has neither."

CLIENT_SIDE: Final = (
    ClientSide(name="NO_CREDENTIALS", what="There are no application default credentials.", why=_BEFORE),
    ClientSide(name="CREDENTIALS_FILE_MISSING", what="The variable names a file that is not there.", why=_BEFORE),
    ClientSide(name="CREDENTIALS_FILE_UNREADABLE", what="The file may not be read.", why=_BEFORE),
    ClientSide(
        name="CREDENTIALS_FILE_MALFORMED",
        what="The file is empty, is no JSON, or its private key is damaged.",
        why=_BEFORE,
    ),
    ClientSide(name="UNIVERSE_MISMATCH", what="Client and credential name different universes.", why=_BEFORE),
    ClientSide(name="OPENAI_API_KEY_EMPTY", what="The openai SDK is given no key.", why=_BEFORE),
    ClientSide(name="PROJECT_ID_MALFORMED", what="gcloud refuses an id that no project can have.", why=_BEFORE),
    ClientSide(
        name="ENDPOINT_OVERRIDE_MALFORMED", what="gcloud's endpoint override has no slash at its end.", why=_BEFORE
    ),
    ClientSide(name="REGION_NOT_IN_SDK", what="Google's SDK for Vertex AI does not know the region.", why=_BEFORE),
    ClientSide(name="GCLOUD_NO_ACCOUNT", what="gcloud has no active account.", why=_BEFORE),
    ClientSide(
        name="ID_TOKEN_PERMISSION_MISSING",
        what="A job of GitHub Actions without `id-token: write` gets no token to exchange.",
        why="It happens between the job and GitHub.",
    ),
    ClientSide(
        name="DELETION_POLICY",
        what="Terraform destroys no project whose deletion_policy is PREVENT.",
        why=_BEFORE,
    ),
    ClientSide(name="DNS_ENDPOINT", what="A dedicated endpoint's name was guessed, and does not resolve.", why=_NAMES),
    ClientSide(name="DNS_REGION", what="A misspelled region has no host.", why=_NAMES),
    ClientSide(
        name="TLS_PLAINTEXT",
        what="A client speaks TLS to a server that does not.",
        why="The sandbox's gRPC port is such a server: ask it with TLS.",
    ),
    ClientSide(name="TLS", what="A certificate is not trusted: an intercepting proxy, or no CA bundle.", why=_NAMES),
    ClientSide(
        name="TLS_HOST",
        what="A certificate is another host's, as with `.rep.` hosts and Private Google Access.",
        why=_NAMES,
    ),
    ClientSide(name="IPV6", what="IPv6 leads nowhere.", why="The sandbox listens on IPv4's loopback only."),
)
"""What no fault can bring about."""
