"""Where a pipeline installs this program from: one commit or one file, and never a name that others could register.

The package is not published, so whoever registers its name would run code in jobs that may ask for tokens.
"""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any, Final

DISTRIBUTION: Final = "vertex-provision"
_HOST: Final = r"https://[A-Za-z0-9.-]+(?::[0-9]+)?/[A-Za-z0-9._~/-]+"
PINNED: Final = re.compile(
    rf"git\+{_HOST}@[0-9a-f]{{40}}|{_HOST}\.(?:whl|tar\.gz)#sha256=[0-9a-f]{{64}}|\./[A-Za-z0-9._/-]+\.whl"
)
"""A commit of a repository, a file by its digest, or a wheel in the pipeline's own repository."""


def own_source() -> str:
    """Return where this very program was installed from, as pip takes it, if that is pinned; empty if it is not.

    https://packaging.python.org/en/latest/specifications/direct-url/
    """
    try:
        found: dict[str, Any] = json.loads(distribution(DISTRIBUTION).read_text("direct_url.json") or "{}")
        url, commit = str(found.get("url", "")), found.get("vcs_info", {}).get("commit_id", "")
        digest = found.get("archive_info", {}).get("hashes", {}).get("sha256", "")
    except (PackageNotFoundError, ValueError, AttributeError, OSError):
        return ""
    source = f"git+{url}@{commit}" if commit else f"{url}#sha256={digest}"
    return source if PINNED.fullmatch(source) else ""
