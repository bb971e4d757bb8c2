from __future__ import annotations

import importlib
import json
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.google import errors
from provision.google.errors import error_from, error_from_body

DENIED = {
    "error": {
        "code": 403,
        "status": "PERMISSION_DENIED",
        "message": "Permission 'x' denied on resource '//y' (or it may not exist).",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": "IAM_PERMISSION_DENIED",
                "domain": "aiplatform.googleapis.com",
                "metadata": {"permission": "x", "resource": "//y"},
            },
            {
                "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
                "violations": [{"type": "TOS", "subject": "cloud", "description": "Callers must accept"}],
            },
        ],
    }
}


@pytest.mark.parametrize("body", [DENIED, [DENIED], json.dumps(DENIED), json.dumps([DENIED]).encode()])
def test_an_error_is_read_as_object_list_or_text(body: Any) -> None:
    error = error_from_body("s", "m", 403, body)
    assert (error.status, error.reason, error.domain) == (
        "PERMISSION_DENIED",
        "IAM_PERMISSION_DENIED",
        "aiplatform.googleapis.com",
    )
    assert error.metadata == {"permission": "x", "resource": "//y"}
    assert error.violations == (("TOS", "cloud", "Callers must accept"),)


def test_an_html_page_is_a_error_too() -> None:
    error = error_from_body("s", "m", 404, "<html><title>Error 404 (Not Found)!!1</title>")
    # Not NOT_FOUND: no API said that something is not there.
    assert (error.code, error.status) == (404, "UNKNOWN")
    assert "Error 404" in error.message


def test_an_oauth_error_keeps_its_words() -> None:
    error = error_from_body(
        "oauth2", "Token", 400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}
    )
    assert (error.status, error.reason, error.message) == (
        "CREDENTIALS",
        "invalid_grant",
        "Invalid JWT Signature.",
    )


def test_no_token_gets_into_a_error() -> None:
    error = error_from_body("s", "m", 401, "bad token ya29.abcdefghijk")
    assert "ya29" not in error.message


def test_a_foreign_exception_is_no_one_s_error() -> None:
    assert error_from(KeyError("x"), "s", "m") is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text() | st.sampled_from(["error", "details", "code", "status", "violations", "metadata", "reason"]),
            inner,
        )
    ),
)


@given(st.integers(min_value=100, max_value=599), JSON | st.binary())
def test_whatever_comes_becomes_a_error(code: int, body: Any) -> None:
    error = error_from_body("s", "m", code, body)
    assert error.code == code
    assert isinstance(error.status, str)
    assert isinstance(error.reason, str)


def test_a_library_that_is_just_being_imported_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread may be in the middle of it: half a module has not the classes that errors are told by."""
    gate = SimpleNamespace(entered=threading.Event(), go=threading.Event())
    monkeypatch.setitem(sys.modules, "import_gate", gate)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "slow_library.py").write_text(
        "import import_gate\nimport_gate.entered.set()\nimport_gate.go.wait(10)\nwhole = True\n"
    )
    threads = [threading.Thread(target=importlib.import_module, args=("slow_library",))]
    threads[0].start()
    gate.entered.wait(10)
    found: list[Any] = []
    threads.append(threading.Thread(target=lambda: found.append(errors._loaded("slow_library").whole)))
    threads[1].start()
    threads[1].join(0.05)
    gate.go.set()
    for thread in threads:
        thread.join(10)
    monkeypatch.delitem(sys.modules, "slow_library")
    assert found == [True]
