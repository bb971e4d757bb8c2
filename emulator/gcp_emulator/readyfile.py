"""The ready file: where a running sandbox tells what it is, and where to find it again.

`serve` also records its ready file under `$XDG_STATE_HOME/gcp-emulator/`, so that another command can attach
to the sandbox that runs. https://specifications.freedesktop.org/basedir-spec/latest/
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a sandbox keeps in its own directory.
READY_FILE: Final = "ready.json"
CREDENTIALS_FILE: Final = "credentials.json"
USER_CREDENTIALS_FILE: Final = "user_credentials.json"
TOKEN_FILE: Final = "token"  # noqa: S105 - the name of a file
GCLOUD_CONFIG: Final = "gcloud"
CA_FILE: Final = "ca.pem"
JAVA_CA_FILE: Final = "ca.p12"
JAVA_PASSWORD: Final = "changeit"  # noqa: S105 - Java's own default, for a store without secrets
NO_CERTIFICATES: Final = "no-certificates"  # an empty directory, for programs that would add the system's to ours


def state_file() -> Path:
    """Return where `serve` records the sandbox that runs."""
    home = os.environ.get("XDG_STATE_HOME", "")
    base = Path(home) if home.startswith("/") else Path.home() / ".local" / "state"
    return base / "gcp-emulator" / "ready.json"


def write_private(path: Path, content: Any) -> None:
    """Write JSON for its owner's eyes only, whole or not at all."""
    write_private_text(path, json.dumps(content, indent=2) + "\n")


def write_private_text(path: Path, text: str) -> None:
    """Write text for its owner's eyes only, whole or not at all."""
    write_private_bytes(path, text.encode())


def write_private_bytes(path: Path, content: bytes) -> None:
    """Write bytes for their owner's eyes only, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove_own(path: Path, earlier: dict[str, Any] | None = None) -> None:
    """Remove a ready file unless another process has written it since.

    Args:
        path: the ready file.
        earlier: what was in it before; it is put back if that sandbox still runs.
    """
    if _pid(path) != os.getpid():
        return
    with contextlib.suppress(OSError):
        if earlier is not None and is_running(earlier):
            write_private(path, earlier)
        else:
            path.unlink()


def _pid(path: Path) -> int | None:
    try:
        return int(json.loads(path.read_text())["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def is_running(ready: Mapping[str, Any]) -> bool:
    """Say whether the sandbox of a ready file's contents still answers."""
    return lives(int(ready["pid"])) and _healthy(str(ready["rest_url"]))


def stop(path: Path, seconds: float) -> dict[str, Any]:
    """End the sandbox of a ready file, wait until its state is kept, and return what the file said.

    Raises:
        NotRunningError: none runs.
        TimeoutError: it did not end in so many seconds.
    """
    ready = attach(path)
    pid = int(ready["pid"])
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + seconds
    # The file goes last, after the database is closed. A copy of it stays: then the process tells.
    while _pid(path) == pid and lives(pid):
        if time.monotonic() > end:
            raise TimeoutError(f"process {pid} still runs after {seconds:g} s")
        time.sleep(0.02)
    return ready


def lives(pid: int) -> bool:
    """Tell whether a process of this number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # someone else's
    return True


def attach(path: Path) -> dict[str, Any]:
    """Return the contents of a ready file whose sandbox runs.

    Raises:
        NotRunningError: there is none, or it does not answer any more.
    """
    try:
        ready: dict[str, Any] = json.loads(path.read_text())
        rest_url, pid = str(ready["rest_url"]), int(ready["pid"])
    except FileNotFoundError:
        raise NotRunningError("no sandbox is running", f"there is no {path}") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NotRunningError("the sandbox cannot be found", f"{path} cannot be read ({error})") from error
    if not lives(pid):
        raise NotRunningError("no sandbox is running", f"{path} is stale: process {pid} has ended")
    if not _healthy(rest_url):
        raise NotRunningError("the sandbox does not answer", f"{path} is stale: {rest_url}/healthz is silent")
    return ready


def control(ready: dict[str, Any], verb: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Ask a running sandbox's own API under `/sandbox/v1/`: status and JSON.

    Raises:
        NotRunningError: it does not answer.
    """
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    connection = HTTPConnection(urlsplit(ready["rest_url"]).netloc, timeout=30)
    try:
        connection.request(verb, f"/sandbox/v1/{path}", None if body is None else json.dumps(body))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, HTTPException, ValueError) as error:
        raise NotRunningError("the sandbox does not answer", f"{ready['rest_url']}: {error}") from error
    finally:
        connection.close()


class NotRunningError(Exception):
    """No sandbox answers.

    Args:
        what: what is wrong.
        cause: how it shows.
    """

    def __init__(self, what: str, cause: str) -> None:
        super().__init__(what)
        self.what = what
        self.cause = cause


def _healthy(rest_url: str) -> bool:
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    connection = HTTPConnection(urlsplit(rest_url).netloc, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
