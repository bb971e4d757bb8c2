"""One file of certificate authorities for every client library.

requests, and with it google-auth and Google's REST clients, reads ``REQUESTS_CA_BUNDLE`` (or ``CURL_CA_BUNDLE``);
httpx, and with it openai, reads ``SSL_CERT_FILE``. Who sets one of them means all.
https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification
https://www.python-httpx.org/environment_variables/#ssl_cert_file
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_REQUESTS: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_OPENSSL: Final = "SSL_CERT_FILE"


def share(environment: MutableMapping[str, str]) -> None:
    """Set each of the variables that is not set from one that is."""
    named = next((environment[name] for name in _REQUESTS if environment.get(name)), "")
    if named and not environment.get(_OPENSSL):
        environment[_OPENSSL] = named
    if not named and environment.get(_OPENSSL):
        environment[_REQUESTS[0]] = environment[_OPENSSL]
