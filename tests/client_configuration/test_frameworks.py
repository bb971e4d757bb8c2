"""Which mode of which framework gives a structured answer: docs/programs.md says it, and each row of it runs here."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
from pathlib import Path

from gcp_emulator.server import Running

from tests.client_configuration.test_doors import python_of
from tests.conftest import clients_for, config_for

ROOT = Path(__file__).parents[2]
SAID = {"works": "works", "**refused**": "refused", "sends the schema in words only": "in words"}
ROW = re.compile(
    r"^\| (?P<what>[\w-]+: .+?) \| (?P<outcome>works|\*\*refused\*\*|sends the schema in words only) \|", re.MULTILINE
)


def documented() -> dict[str, str]:
    """The page's table: what, and what becomes of it."""
    page = (ROOT / "docs" / "programs.md").read_text("utf-8")
    return {row["what"]: SAID[row["outcome"]] for row in ROW.finditer(page)}


def test_the_page_has_the_rows_that_run() -> None:
    tree = ast.parse((Path(__file__).parent / "frameworks.py").read_text("utf-8"))
    (rows,) = (each.value for each in tree.body if isinstance(each, ast.Assign) and isinstance(each.value, ast.Dict))
    assert set(documented()) == {key.value for key in rows.keys if isinstance(key, ast.Constant)}


def test_each_row_is_true(sandbox: Running) -> None:
    clients = clients_for(config_for(sandbox))
    told = {
        "OPENAI_BASE_URL": clients.serving.base_url,
        "OPENAI_API_KEY": clients.credentials.fresh_token(),
        "MODEL_ID": clients.config.model,
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(
        [python_of("frameworks"), str(Path(__file__).parent / "frameworks.py")],
        env=os.environ | told,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert {name: outcome for name, (outcome, _) in found.items()} == documented(), found
