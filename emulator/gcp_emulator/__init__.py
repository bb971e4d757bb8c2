"""Google Cloud on this machine, refusing the way Google refuses."""

from __future__ import annotations

__version__ = "0.1.0"
