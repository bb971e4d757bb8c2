"""Keep tokens and keys out of everything that is printed, logged or stored."""

from __future__ import annotations

import re
from typing import Final

# Google access tokens, JSON web tokens, API keys, private keys, and whatever follows the words that announce one.
_SECRETS: Final = re.compile(
    r"ya29\.[\w.~+/-]+=*"
    r"|\beyJ[\w-]+\.[\w-]+\.[\w-]*"
    r"|\bAIza[\w-]{30,}"
    r"|\bsk-[\w-]{16,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|(?<=Bearer )[\w.~+/=-]{8,}"
    r"|(?<=access_token=)[^&\s\"']+"
    r"|(?<=refresh_token=)[^&\s\"']+"
    r"|(?<=assertion=)[^&\s\"']+",
    re.DOTALL,
)


def redact(text: str) -> str:
    """Return ``text`` with every token and key replaced by ``[redacted]``."""
    return _SECRETS.sub("[redacted]", text)
