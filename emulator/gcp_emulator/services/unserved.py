"""Methods that clients of an onboarding are known to call and that the sandbox does not serve.

They are here by name, so that the answer is UNIMPLEMENTED with the name and not merely an unknown path.
"""

from __future__ import annotations

from typing import Final

from gcp_emulator.rpc import Method

_KNOWN: Final = {
    # Google's public keys: the sandbox's ID tokens are signed by nobody, so no key could verify them.
    "oauth2.googleapis.com": {
        "oauth2.v1.certs": "GET /oauth2/v1/certs",
        "oauth2.v3.certs": "GET /oauth2/v3/certs",
    },
}

METHODS: Final = tuple(
    Method(
        name=name,
        http=(http,),
        handle=None,
        service=service,
        source="https://github.com/googleapis/googleapis",
        errors="oauth" if service.startswith("sts.") else "object",
    )
    for service, methods in _KNOWN.items()
    for name, http in methods.items()
)
