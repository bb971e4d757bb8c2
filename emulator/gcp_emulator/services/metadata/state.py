"""What a machine in the ready project is told about itself, and the tokens of its service account.

The account is the default one of Compute Engine, with the role that it is born with.
https://cloud.google.com/compute/docs/metadata/overview
https://cloud.google.com/compute/docs/access/service-accounts#default_service_account
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import iam
from gcp_emulator.call import Call, Raw
from gcp_emulator.caller import CLOUD_PLATFORM
from gcp_emulator.identity import ACCOUNTS, EMAIL_SCOPE, Account
from gcp_emulator.seed_data import SEED_DATA, SeedData
from gcp_emulator.services.oauth2.state import id_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.call import Json
    from gcp_emulator.store import State

FLAVOR: Final = (("Metadata-Flavor", "Google"), ("Server", "Metadata Server for VM"))
SCOPES: Final = (CLOUD_PLATFORM, EMAIL_SCOPE)
ZONE: Final = "us-central1-a"

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


def project_id(call: Call) -> Raw:
    """`project/project-id`: as text."""
    return _guarded(call) or _text(_seed_data(call).ready)


def numeric_project_id(call: Call) -> Raw:
    """`project/numeric-project-id`."""
    return _guarded(call) or _text(_seed_data(call).ready_number)


def universe(call: Call) -> Raw:
    """`universe/universe-domain`."""
    return _guarded(call) or _text("googleapis.com")


def instance(call: Call) -> Raw:
    """`instance`, which Node's client asks to find out whether there is a metadata server."""
    return _guarded(call) or _text("id\nname\nservice-accounts/\nzone\n")


def instance_value(call: Call) -> Raw:
    """`instance/id`, `instance/name` and `instance/zone`."""
    number = _seed_data(call).ready_number
    values = {"id": f"8{number}", "name": "sandbox-machine", "zone": f"projects/{number}/zones/{ZONE}"}
    refused = _guarded(call)
    if refused is not None:
        return refused
    value = values.get(call.vars["value"])
    return _missing() if value is None else _text(value)


def service_accounts(call: Call) -> Raw:
    """`instance/service-accounts/`: the one account, under its two names."""
    account = _account(call)
    refused = _guarded(call)
    if refused is not None:
        return refused
    if call.flag("recursive"):
        return _json({name: _about(account) for name in ("default", account.email)})
    return _text(f"default/\n{account.email}/\n")


def service_account(call: Call) -> Raw:
    """`instance/service-accounts/{default}/`: its parts, or with `recursive=true` all of it."""
    refused = _guarded(call) or _other_account(call)
    if refused is not None:
        return refused
    if call.flag("recursive"):
        return _json(_about(_account(call)))
    return _text("".join(f"{name}\n" for name in PARTS))


def part(call: Call) -> Raw:
    """`…/{default}/email`, `scopes`, `aliases`, `token` and `identity`."""
    refused = _guarded(call) or _other_account(call)
    if refused is not None:
        return refused
    answer = PARTS.get(call.vars["part"])
    return answer(call, _account(call)) if answer else _missing()


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


PARTS: Final[dict[str, Callable[[Call, Account], Raw]]] = {
    "aliases": lambda _, __: _text("default\n"),
    "email": lambda _, account: _text(account.email),
    "identity": _identity,
    "scopes": lambda _, __: _text("".join(f"{scope}\n" for scope in SCOPES)),
    "token": _token,
}


def _about(account: Account) -> Json:
    return {"aliases": ["default"], "email": account.email, "scopes": list(SCOPES)}


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


def _other_account(call: Call) -> Raw | None:
    return None if call.vars["account"] in {"default", _account(call).email} else _missing()


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
