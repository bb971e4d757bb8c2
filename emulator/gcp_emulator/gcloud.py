"""gcloud's own folder for an emulator: its active account, and what no variable of its environment can say."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.readyfile import GCLOUD_CONFIG, write_private_text

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNTS_FILE: Final = "credentials.db"
_TABLE: Final = 'CREATE TABLE IF NOT EXISTS "credentials" (account_id TEXT PRIMARY KEY, value BLOB)'


def write_configuration(directory: Path, account: str, overrides: str) -> None:
    """Make the folder, with a configuration that names the account and an endpoint.

    `gcloud ai model-garden models deploy` takes the variable of the endpoint out of its own environment before it
    deploys (googlecloudsdk/surface/ai/model_garden/models/deploy.py, 528), and then reads the configuration. Behind
    the proxy it goes by Google's own names.

    Args:
        directory: the emulator's own.
        account: the address of the owner's service account.
        overrides: where Vertex AI is, if it is not at Google's own name.
    """
    own = directory / GCLOUD_CONFIG
    (own / "configurations").mkdir(mode=0o700, parents=True, exist_ok=True)
    endpoint = f"[api_endpoint_overrides]\naiplatform = {overrides}\n" if overrides else ""
    write_private_text(own / "configurations" / "config_default", f"[core]\naccount = {account}\n{endpoint}")
    write_private_text(own / "active_config", "default")


def log_in(ready: Mapping[str, Any]) -> None:
    """Put the owner's account where `gcloud auth list` looks, because tools ask for it before they do anything.

    It does what `gcloud auth activate-service-account` does (googlecloudsdk/core/credentials/creds.py, 528), which
    takes a second; the calls themselves use the file of `CLOUDSDK_AUTH_ACCESS_TOKEN_FILE`. Nothing happens where
    the folder is another machine's.
    """
    import sqlite3  # only here: it takes its time

    key_file = Path(ready["credentials_file"])
    folder = key_file.with_name(GCLOUD_CONFIG)
    if not folder.is_dir():
        return
    key = json.loads(key_file.read_text("utf-8"))
    file = folder / ACCOUNTS_FILE
    file.touch(mode=0o600)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(_TABLE)
        database.execute('INSERT OR REPLACE INTO "credentials" VALUES (?, ?)', (key["client_email"], json.dumps(key)))
