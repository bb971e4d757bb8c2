"""Subject tokens that are no JSON Web Token: of AWS, of SAML and of X.509.

They are read and checked as far as they can be here, so that what is malformed is refused as Google does. Whose they
are cannot be verified: AWS alone knows a caller's identity, and neither signatures of XML nor mutual TLS are
implemented. So a good one is refused by name, and never exchanged.
https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token (subjectToken)
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from gcp_emulator.errors import ApiError
from gcp_emulator.services.oauth2.state import oauth_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.services.iam.pools import Provider

AWS: Final = "urn:ietf:params:aws:token-type:aws4_request"
SAML: Final = "urn:ietf:params:oauth:token-type:saml2"
X509: Final = "urn:ietf:params:oauth:token-type:mtls"
KINDS: Final = {AWS: "aws", SAML: "saml", X509: "x509"}
"""Which kind of provider takes a type of token."""

HOST: Final = re.compile(r"sts(\.[a-z0-9-]+)?\.amazonaws\.com")
SIGNED: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=[^/,\s]+/\d{8}/[a-z0-9-]+/sts/aws4_request,\s*"
    r"SignedHeaders=(?P<headers>[a-z0-9;-]+),\s*Signature=[0-9a-f]{64}"
)
TARGET: Final = "x-goog-cloud-target-resource"
FRESH: Final = 15 * 60
"""Seconds that AWS takes a signed request for:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"""


def check(kind: str, token: str, provider: Provider, audience: str, now: float) -> None:
    """Refuse a token: for what is wrong with it, else by name.

    Args:
        kind: the type of token.
        token: as it was sent.
        provider: which it is for.
        audience: of the request.
        now: Unix time of the host.

    Raises:
        ApiError: always.
    """
    own = next(iter(provider.config), "oidc")
    if own != KINDS[kind]:
        raise oauth_error("invalid_request", f"The provider does not take tokens of type {kind}.")  # assumed
    checks: dict[str, Callable[[], None]] = {
        AWS: lambda: _check_aws(token, audience, now),
        SAML: lambda: _check_saml(token, provider),
        X509: lambda: None,
    }
    checks[kind]()
    raise ApiError(
        "UNIMPLEMENTED",
        f"sts.token for {kind} is not served by the sandbox: whose token it is cannot be verified there.",
        oauth="invalid_request",
    )


def malformed() -> ApiError:
    """https://discuss.google.dev/t/244519, whatever of the request is wrong."""
    return oauth_error("invalid_grant", "AWS request has invalid format.")


def _check_aws(token: str, audience: str, now: float) -> None:
    """Check a signed GetCallerIdentity: https://google.aip.dev/auth/4117."""
    try:
        request = json.loads(unquote(token))
        headers = {str(each["key"]).lower(): str(each["value"]) for each in request["headers"]}
        url = urlsplit(str(request["url"]))
        sent = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except (ValueError, KeyError, TypeError):
        raise malformed() from None
    signed = SIGNED.fullmatch(headers.get("authorization", ""))
    right = (
        request.get("method") == "POST"
        and url.scheme == "https"
        and HOST.fullmatch(url.netloc)
        and parse_qs(url.query).get("Action") == ["GetCallerIdentity"]
        and headers.get("host") == url.netloc
        and signed
        and TARGET in signed["headers"].split(";")
    )
    if not right:
        raise malformed()
    if headers.get(TARGET, "").removeprefix("https:") != audience.removeprefix("https:"):
        raise oauth_error("invalid_grant", f"The {TARGET} header does not match the audience.")  # assumed
    if abs(now - sent) > FRESH:
        raise oauth_error("invalid_grant", "The AWS request has expired.")  # assumed


def _check_saml(token: str, provider: Provider) -> None:
    """Check that a SAML response is of the provider's issuer; a document type is refused unread."""
    try:
        text = base64.b64decode(token.replace("-", "+").replace("_", "/") + "==").decode()
    except (binascii.Error, ValueError):
        text = ""
    metadata: Any = provider.config.get("saml", {}).get("idpMetadataXml", "")
    entity = re.search(r"""entityID\s*=\s*["']([^"']+)["']""", str(metadata))
    issuer = re.search(r"<(?:\w+:)?Issuer\b[^>]*>\s*([^<\s]+)\s*</", text)
    if "<!DOCTYPE" in text or issuer is None:
        raise oauth_error("invalid_grant", "The given credential is no valid SAML response.")  # assumed
    if entity and issuer[1] != entity[1]:
        raise oauth_error("invalid_grant", f"The issuer {issuer[1][:100]} is not the provider's.")  # assumed
