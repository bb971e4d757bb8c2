"""What a machine in the ready project is told about itself, and the tokens of its service account.

The account is the default one of Compute Engine, with the role that it is born with.
https://cloud.google.com/compute/docs/metadata/overview
https://cloud.google.com/compute/docs/access/service-accounts#default_service_account
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import iam
from gcp_emulator.call import Call, Raw
from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.identity import ACCOUNTS, EMAIL_SCOPE, Account
from gcp_emulator.seed_data import SEED_DATA, SeedData
from gcp_emulator.services.oauth2.state import id_token

if TYPE_CHECKING:
    from gcp_emulator.call import Json
    from gcp_emulator.store import State

FLAVOR: Final = (("Metadata-Flavor", "Google"), ("Server", "Metadata Server for VM"))
SCOPES: Final = (CLOUD_PLATFORM, EMAIL_SCOPE)
ZONE: Final = "us-central1-a"
NAME: Final = "sandbox-machine"

FORBIDDEN: Final = """<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error 403 (Forbidden)!!1</title>
  <p><b>403.</b> <ins>That's an error.</ins>
  <p>Your client does not have permission to get URL <code>%s</code> from this server. %s
"""


def seed(state: State, seed_data: SeedData) -> None:
    """Put the machine's service account into the ready project."""
    account = Account(
        email=f"{seed_data.ready_number}-compute@developer.gserviceaccount.com",
        project=seed_data.ready,
        unique_id=state.digits(21),
        display_name="Compute Engine default service account",
    )
    state[ACCOUNTS].put(account)
    iam.grant(state, f"projects/{seed_data.ready_number}", "roles/editor", [f"serviceAccount:{account.email}"])


def root(call: Call) -> Raw:  # noqa: ARG001 - every handler gets the call
    """`GET /`, by which clients find out that this is a metadata server; it alone needs no header."""
    return _text("computeMetadata/\n")


def project_entry(call: Call) -> Raw:
    """Anything below `project`, which faults have to tell from the rest."""
    return entry(call, "project")


def entry(call: Call, *within: str) -> Raw:
    """Anything below `/computeMetadata/v1/`: a value as text, a directory as a list of names.

    With `recursive=true` a directory is told whole, as JSON with names in camel case; `alt=text` is not modeled.
    https://cloud.google.com/compute/docs/metadata/querying-metadata#aggcontents
    """
    refused = _guarded(call)
    if refused is not None:
        return refused
    found: Any = _tree(call)
    for name in (*within, *call.vars.values()):
        found = found.get(name) if isinstance(found, dict) else None
    if found is None:
        return _missing()
    if callable(found):
        answer: Raw = found(call, _account(call))
        return answer
    if isinstance(found, dict) and call.flag("recursive"):
        return _json(_recursive(found))
    return _text(_written(found))


def _written(found: Any) -> str:
    """Return a value as text, a list or a directory as one name a line."""
    if isinstance(found, dict):
        found = [f"{name}/" if isinstance(each, dict) else name for name, each in found.items()]
    return "".join(f"{each}\n" for each in found) if isinstance(found, list) else str(found)


def _tree(call: Call) -> Json:
    """Return all entries: directories, values, and functions for what is made anew each time."""
    seed_data, account = _seed_data(call), _account(call)
    number = seed_data.ready_number
    about = {
        "aliases": ["default"],
        "email": account.email,
        "identity": _identity,
        "scopes": list(SCOPES),
        "token": _token,
    }
    return {
        "instance": {
            "attributes": {},
            "cpu-platform": "Intel Broadwell",
            "description": "",
            "hostname": f"{NAME}.{ZONE}.c.{seed_data.ready}.internal",
            "id": int(f"8{number}"),
            "machine-type": f"projects/{number}/machineTypes/e2-medium",
            "name": NAME,
            "service-accounts": {"default": about, account.email: about},
            "tags": [],
            "zone": f"projects/{number}/zones/{ZONE}",
        },
        "project": {"attributes": {}, "numeric-project-id": int(number), "project-id": seed_data.ready},
        "universe": {"universe-domain": "googleapis.com"},
    }


def _recursive(found: Json) -> Json:
    """Return a directory without what is made anew each time, its names in camel case; addresses stay."""
    return {
        name if "@" in name else re.sub("-([a-z])", lambda match: match[1].upper(), name): (
            _recursive(each) if isinstance(each, dict) else each
        )
        for name, each in found.items()
        if not callable(each)
    }


def _token(call: Call, account: Account) -> Raw:
    """Return an access token, for the scopes that are asked for."""
    asked = [scope for part in call.texts("scopes") for scope in part.replace(",", " ").split()]
    token = call.emulator.identity.issue(account.email, asked or list(SCOPES))
    return _json(
        {"access_token": token.value, "expires_in": call.emulator.identity.token_lifetime, "token_type": "Bearer"}
    )


def _identity(call: Call, account: Account) -> Raw:
    """Return an ID token for an audience; `format=full` would add what describes the machine."""
    audience = call.text("audience")
    if not audience:
        return _text("non-empty audience parameter required", status=400)
    return _text(id_token(call, account.email, audience, email=call.text("format") == "full"))


def _guarded(call: Call) -> Raw | None:
    """Refuse a request that lacks the header, or that a proxy sent on.

    https://cloud.google.com/compute/docs/metadata/querying-metadata#limitations
    """
    if "x-forwarded-for" in call.headers:
        why = "Requests with an X-Forwarded-For header are refused."
    elif call.headers.get("metadata-flavor", "").lower() != "google":
        why = "Missing Metadata-Flavor:Google header."
    else:
        return None
    page = FORBIDDEN % ("/computeMetadata", why)
    return Raw(body=page.encode(), content_type="text/html; charset=UTF-8", status=403, headers=FLAVOR)


def _missing() -> Raw:
    return _text("Not Found\n", status=404)


def _account(call: Call) -> Account:
    email = f"{_seed_data(call).ready_number}-compute@developer.gserviceaccount.com"
    account = call.state[ACCOUNTS].get(email)
    return account or Account(email=email, project=_seed_data(call).ready, unique_id="")


def _seed_data(call: Call) -> SeedData:
    found = call.state[SEED_DATA].get("seeds")
    if found is None:
        raise LookupError("a state without seeds")
    return found


def _text(text: str, *, status: int = 200) -> Raw:
    return Raw(body=text.encode(), content_type="application/text", status=status, headers=FLAVOR)


def _json(value: Any) -> Raw:
    body = json.dumps(value, separators=(",", ":")).encode()
    return Raw(body=body, content_type="application/json", headers=FLAVOR)
