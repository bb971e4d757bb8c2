"""Keys of service accounts: real RSA keys, of which the state keeps the public half alone.

The key file that `create` hands out works with google-auth as it is: its `token_uri` is the sandbox it came from.
https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys
"""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.identity import ACCOUNTS, KEYS, Key
from gcp_emulator.origin import is_loopback
from gcp_emulator.secret import generate_key
from gcp_emulator.services.iam import accounts
from gcp_emulator.services.iam.common import denied
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from gcp_emulator.call import Call, Json
    from gcp_emulator.identity import Account

MOST: Final = 10  # user-managed keys of an account
FOREVER: Final = "9999-12-31T23:59:59Z"
FILE: Final = "TYPE_GOOGLE_CREDENTIALS_FILE"
KEY_TYPES: Final = ("USER_MANAGED", "SYSTEM_MANAGED")


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """The private half of a key that Google itself would keep, to sign with for the account."""

    email: str
    id: str
    private_pem: str


MANAGED: Final = Table("iam.managed_keys", Managed, key="email", secret=True)


def render(account: Account, key: Key) -> Json:
    """Return a ServiceAccountKey without its private half; times have no fraction (recorded)."""
    answer: Json = {
        "name": f"projects/{account.project}/serviceAccounts/{account.email}/keys/{key.id}",
        "validAfterTime": datetime.fromtimestamp(key.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "validBeforeTime": FOREVER,
        "keyAlgorithm": "KEY_ALG_RSA_2048",
        "keyOrigin": "GOOGLE_PROVIDED",
        "keyType": "SYSTEM_MANAGED" if key.managed else "USER_MANAGED",
    }
    return answer | ({"disabled": True} if key.disabled else {})


async def create(call: Call) -> Json:
    """CreateServiceAccountKey; the eleventh is refused."""
    account = accounts.fetch(call, "iam.serviceAccountKeys.create")
    for constraint in ("iam.disableServiceAccountKeyCreation", enforcement.MANAGED_KEYS):
        enforcement.check(call, constraint, f"projects/{account.project}", accounts.render(account)["name"])
    kind = call.text("privateKeyType") or FILE
    if kind == "TYPE_PKCS12_FILE":
        raise errors.unimplemented("A key of type TYPE_PKCS12_FILE")
    if kind not in {FILE, "TYPE_UNSPECIFIED"}:
        raise errors.invalid_argument(f"Invalid value at 'private_key_type', \"{kind[:100]}\"")
    _check_room(call, account)
    key_id, private, public = await asyncio.to_thread(generate_key)  # it takes a while; others go on meanwhile
    account = accounts.fetch(call, "iam.serviceAccountKeys.create")
    _check_room(call, account)
    key = Key(id=key_id, email=account.email, public_pem=public, created=call.clock.now())
    call.state[KEYS].put(key)
    data = json.dumps(_key_file(call, account, key_id, private), indent=2) + "\n"
    return render(account, key) | {
        "privateKeyType": FILE,
        "privateKeyData": base64.b64encode(data.encode()).decode(),
    }


def _check_room(call: Call, account: Account) -> None:
    if sum(each.email == account.email and not each.managed for each in call.state[KEYS]) >= MOST:
        raise errors.failed_precondition()


def _key_file(call: Call, account: Account, key_id: str, private: str) -> Json:
    host = call.headers.get("host", "") or call.emulator.rest_host  # a call over gRPC came to another port
    local = is_loopback(host)
    return {
        "type": "service_account",
        "project_id": account.project,
        "private_key_id": key_id,
        "private_key": private,
        "client_email": account.email,
        "client_id": account.unique_id,
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": f"http://{host}/token" if local else "https://oauth2.googleapis.com/token",
        "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
        "client_x509_cert_url": f"https://www.googleapis.com/robot/v1/metadata/x509/{account.email}",
        "universe_domain": "googleapis.com",
    }


def list_keys(call: Call) -> Json:
    """ListServiceAccountKeys."""
    account = accounts.fetch(call, "iam.serviceAccountKeys.list")
    wanted = call.texts("keyTypes") or list(KEY_TYPES)
    if not set(wanted) <= set(KEY_TYPES) or len(set(wanted)) < len(wanted):
        raise errors.invalid_argument()
    found = [render(account, key) for key in call.state[KEYS] if key.email == account.email]
    shown = [key for key in found if key["keyType"] in wanted]
    return {"keys": shown} if shown else {}


def get(call: Call) -> Json:
    """GetServiceAccountKey, with the public half if it is asked for."""
    account, key = _fetch(call, "iam.serviceAccountKeys.get")
    answer = render(account, key)
    kind = call.text("publicKeyType")
    if kind == "TYPE_X509_PEM_FILE":
        raise errors.unimplemented("A public key of type TYPE_X509_PEM_FILE")
    if kind == "TYPE_RAW_PUBLIC_KEY":
        answer["publicKeyData"] = base64.b64encode(key.public_pem.encode()).decode()
    return answer


def delete(call: Call) -> Json:
    """DeleteServiceAccountKey: what it has signed is good for nothing from now on."""
    _, key = _fetch(call, "iam.serviceAccountKeys.delete")
    if key.managed:
        raise errors.failed_precondition()
    call.state[KEYS].remove(key.id)
    return {}


def enable(call: Call) -> Json:
    """EnableServiceAccountKey."""
    _, key = _fetch(call, "iam.serviceAccountKeys.enable")
    call.state[KEYS].put(replace(key, disabled=False))
    return {}


def disable(call: Call) -> Json:
    """DisableServiceAccountKey."""
    _, key = _fetch(call, "iam.serviceAccountKeys.disable")
    call.state[KEYS].put(replace(key, disabled=True))
    return {}


def _fetch(call: Call, permission: str) -> tuple[Account, Key]:
    account = accounts.fetch(call, permission)
    key = call.state[KEYS].get(call.vars["key"])
    if key is None or key.email != account.email:
        if call.vars["project"] == "-":
            raise denied(permission, f"projects/-/serviceAccounts/{account.email}/keys/{call.vars['key']}")
        raise errors.not_found(f"Service account key {call.vars['key'][:100]} does not exist.")
    return account, key


async def managed(call: Call, email: str) -> Managed:
    """Return the key that Google would keep for an account, made when it is first needed."""
    found = call.state[MANAGED].get(email)
    if found is not None and found.id in call.state[KEYS]:
        return found
    key_id, private, public = await asyncio.to_thread(generate_key)
    if email not in call.state[ACCOUNTS]:
        raise errors.not_found("Unknown service account")
    key = Key(id=key_id, email=email, public_pem=public, created=call.clock.now(), managed=True)
    found = Managed(email=email, id=key_id, private_pem=private)
    call.state[KEYS].put(key)
    call.state[MANAGED].put(found)
    return found
