"""Keys of service accounts: real RSA keys, of which the state keeps the public half alone.

The key file that `create` hands out works with google-auth as it is: its `token_uri` is the sandbox it came from.
https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts.keys
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator import certificates, errors
from gcp_emulator.identity import ACCOUNTS, KEYS, Key
from gcp_emulator.origin import is_loopback
from gcp_emulator.secret import generate_key
from gcp_emulator.services.iam import accounts
from gcp_emulator.services.iam.common import denied
from gcp_emulator.services.orgpolicy import enforcement
from gcp_emulator.store import Table

if TYPE_CHECKING:
    from collections.abc import Container

    from gcp_emulator.call import Call, Json
    from gcp_emulator.identity import Account
    from gcp_emulator.store import State

MOST: Final = 10  # user-managed keys of an account
FOREVER: Final = "9999-12-31T23:59:59Z"
FILE: Final = "TYPE_GOOGLE_CREDENTIALS_FILE"
PKCS12: Final = "TYPE_PKCS12_FILE"
FILES: Final = (FILE, PKCS12)
SIZES: Final = {"KEY_ALG_RSA_1024": 1024, "KEY_ALG_RSA_2048": 2048}
MANAGED_LIFE: Final = 2 * 365 * 86400.0  # of a key that Google manages: assumed
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
    expires = key.expires or (key.created + MANAGED_LIFE if key.managed else 0.0)
    answer: Json = {
        "name": f"projects/{account.project}/serviceAccounts/{account.email}/keys/{key.id}",
        "validAfterTime": _moment(key.created),
        "validBeforeTime": _moment(expires) if expires else FOREVER,
        "keyAlgorithm": f"KEY_ALG_RSA_{key.size}",
        "keyOrigin": "USER_PROVIDED" if key.certificate else "GOOGLE_PROVIDED",
        "keyType": "SYSTEM_MANAGED" if key.managed else "USER_MANAGED",
    }
    return answer | ({"disabled": True} if key.disabled else {})


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def create(call: Call) -> Json:
    """CreateServiceAccountKey; the eleventh is refused, and so is one of an account that was made a moment ago."""
    account = accounts.fetch(call, "iam.serviceAccountKeys.create")
    for constraint in ("iam.disableServiceAccountKeyCreation", enforcement.MANAGED_KEYS):
        enforcement.check(call, constraint, f"projects/{account.project}", accounts.render(account)["name"])
    accounts.require_known(call, account)
    kind, size = _wanted(call, "privateKeyType", FILES, FILE), _wanted(call, "keyAlgorithm", SIZES, "KEY_ALG_RSA_2048")
    _check_room(call, account)
    key_id, private, public = await asyncio.to_thread(generate_key, SIZES[size])  # it takes a while; others go on
    account = accounts.fetch(call, "iam.serviceAccountKeys.create")
    _check_room(call, account)
    key = Key(id=key_id, email=account.email, public_pem=public, created=call.clock.now(), size=SIZES[size])
    call.state[KEYS].put(key)
    if kind == PKCS12:
        data = _pkcs12(key, private)
    else:
        data = (json.dumps(_key_file(call, account, key_id, private), indent=2) + "\n").encode()
    return render(account, key) | {
        "privateKeyType": kind,
        "privateKeyData": base64.b64encode(data).decode(),
    }


def _wanted(call: Call, name: str, known: Container[str], default: str) -> str:
    value = call.text(name) or default
    if value.endswith("UNSPECIFIED"):
        return default
    if value not in known:
        spelled = re.sub(r"[A-Z]", lambda match: "_" + match[0].lower(), name)
        raise errors.invalid_argument(f"Invalid value at '{spelled}', \"{value[:100]}\"")
    return value


def _pkcs12(key: Key, private: str) -> bytes:
    """Return a PKCS 12 file; its password is the same for everyone.

    https://cloud.google.com/iam/docs/reference/rest/v1/ServiceAccountPrivateKeyType
    """
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key, pkcs12
    from cryptography.x509 import load_pem_x509_certificate

    own: Any = load_pem_private_key(private.encode(), None)
    certificate = load_pem_x509_certificate(
        certificates.certificate(key.public_pem, key.email, private, key.created).encode()
    )
    return pkcs12.serialize_key_and_certificates(
        b"privatekey", own, certificate, None, BestAvailableEncryption(b"notasecret")
    )


def upload(call: Call) -> Json:
    """UploadServiceAccountKey: an RSA certificate in PEM, whose private half never comes here.

    https://cloud.google.com/iam/docs/keys-upload; the sentences of its errors are assumed.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    account = accounts.fetch(call, "iam.serviceAccountKeys.create")
    accounts.require_known(call, account)
    enforcement.check(
        call, "iam.disableServiceAccountKeyUpload", f"projects/{account.project}", accounts.render(account)["name"]
    )
    _check_room(call, account)
    try:
        given = base64.b64decode(call.text("publicKeyData").replace("-", "+").replace("_", "/"))
        certificate = load_pem_x509_certificate(given)
        public = certificate.public_key()
    except ValueError:
        raise errors.invalid_argument("The public key data must be an X.509 certificate in PEM.") from None
    if not isinstance(public, RSAPublicKey):
        raise errors.invalid_argument("The public key must be an RSA key.")
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    key = Key(
        id=hashlib.sha1(certificate.public_bytes(serialization.Encoding.DER), usedforsecurity=False).hexdigest(),
        email=account.email,
        public_pem=pem.decode(),
        created=certificate.not_valid_before_utc.timestamp(),
        certificate=given.decode(),
        expires=certificate.not_valid_after_utc.timestamp(),
        size=public.key_size,
    )
    if key.id in call.state[KEYS]:
        raise errors.already_exists("The public key already exists.")
    call.state[KEYS].put(key)
    return render(account, key)


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
    """ListServiceAccountKeys: the one that Google manages is there soon after the account (recorded: not at once)."""
    account = accounts.fetch(call, "iam.serviceAccountKeys.list")
    wanted = call.texts("keyTypes") or list(KEY_TYPES)
    if not set(wanted) <= set(KEY_TYPES) or len(set(wanted)) < len(wanted):
        raise errors.invalid_argument()
    own = [key for key in call.state[KEYS] if key.email == account.email]
    made = any(key.managed for key in own) or call.clock.now() < account.created + call.settings.propagation
    listed = own if made else [*own, _unmade(account)]
    shown = [key for key in (render(account, each) for each in listed) if key["keyType"] in wanted]
    return {"keys": shown} if shown else {}


def _unmade(account: Account) -> Key:
    """Return an account's managed key before it was first needed: its id is known, and its halves are not."""
    return Key(id=_managed_id(account), email=account.email, public_pem="", created=account.created, managed=True)


def _managed_id(account: Account) -> str:
    return hashlib.blake2b(account.unique_id.encode(), digest_size=20).hexdigest()


async def get(call: Call) -> Json:
    """GetServiceAccountKey, with the public half if it is asked for."""
    account, key = _fetch(call, "iam.serviceAccountKeys.get")
    kind = call.text("publicKeyType")
    if kind in {"TYPE_X509_PEM_FILE", "TYPE_RAW_PUBLIC_KEY"} and not key.public_pem:
        await managed(call, account.email)
        account, key = _fetch(call, "iam.serviceAccountKeys.get")
    answer = render(account, key)
    if kind == "TYPE_X509_PEM_FILE":
        answer["publicKeyData"] = base64.b64encode(certificate_of(call.state, key).encode()).decode()
    if kind == "TYPE_RAW_PUBLIC_KEY":
        answer["publicKeyData"] = base64.b64encode(key.public_pem.encode()).decode()
    return answer


def certificate_of(state: State, key: Key) -> str:
    """Return the certificate of a key: what was uploaded, else one that is signed as Google signs ID tokens."""
    signer = certificates.googles(state).private_pem
    return key.certificate or certificates.certificate(key.public_pem, key.email, signer, key.created)


def delete(call: Call) -> Json:
    """DeleteServiceAccountKey: what it has signed is good for nothing from now on."""
    _, key = _fetch(call, "iam.serviceAccountKeys.delete")
    _check_own(key)
    call.state[KEYS].remove(key.id)
    return {}


def enable(call: Call) -> Json:
    """EnableServiceAccountKey."""
    _, key = _fetch(call, "iam.serviceAccountKeys.enable")
    _check_own(key)
    call.state[KEYS].put(replace(key, disabled=False))
    return {}


def disable(call: Call) -> Json:
    """DisableServiceAccountKey."""
    _, key = _fetch(call, "iam.serviceAccountKeys.disable")
    _check_own(key)
    call.state[KEYS].put(replace(key, disabled=True))
    return {}


def _check_own(key: Key) -> None:
    """Refuse to change a key that Google manages; the code is assumed."""
    if key.managed:
        raise errors.failed_precondition()


def _fetch(call: Call, permission: str) -> tuple[Account, Key]:
    account = accounts.fetch(call, permission)
    key = call.state[KEYS].get(call.vars["key"])
    if key is None and call.vars["key"] == _managed_id(account):
        key = _unmade(account)
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
    _, private, public = await asyncio.to_thread(generate_key)
    account = call.state[ACCOUNTS].get(email)
    if account is None:
        raise errors.not_found("Unknown service account")
    key = replace(_unmade(account), public_pem=public)
    found = Managed(email=email, id=key.id, private_pem=private)
    call.state[KEYS].put(key)
    call.state[MANAGED].put(found)
    return found
