from __future__ import annotations

import subprocess
import sys

PACKAGE = {
    "pkg/__init__.py": "import pkg.heavy\nfrom pkg.light import value as exported\nRAN = True\n",
    "pkg/heavy.py": "LOADED = True\n",
    "pkg/light.py": "value = 42\n",
}


def run(code: str) -> str:
    setting = "import pathlib, sys; sys.path.insert(0, '.')\n" + "".join(
        f"p = pathlib.Path({name!r}); p.parent.mkdir(exist_ok=True); p.write_text({text!r})\n"
        for name, text in PACKAGE.items()
    )
    done = subprocess.run([sys.executable, "-c", setting + code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


PARTIAL = "from provision.partial_import import partial_import\n"


def test_a_part_is_imported_without_the_rest() -> None:
    code = "partial_import('pkg')\nfrom pkg.light import value\nprint(value, 'pkg.heavy' in sys.modules)"
    assert run(PARTIAL + code) == "42 False"


def test_whoever_needs_the_whole_package_gets_it() -> None:
    code = "partial_import('pkg')\nfrom pkg import exported, RAN\nprint(exported, RAN, 'pkg.heavy' in sys.modules)"
    assert run(PARTIAL + code) == "42 True True"


def test_a_name_that_is_nowhere_is_an_attribute_error() -> None:
    assert run(PARTIAL + "partial_import('pkg')\nimport pkg\nprint(hasattr(pkg, 'nothing'))") == "False"


def test_a_package_that_is_there_stays_as_it_is() -> None:
    assert run(PARTIAL + "import pkg\npartial_import('pkg')\nprint(type(pkg).__name__)") == "module"


def test_openai_stays_whole_for_others() -> None:
    code = (
        "partial_import('openai', 'openai.types', 'openai.resources', 'openai.types.responses')\n"
        "from openai._client import OpenAI as part\nimport openai\nfrom openai.types.responses import Response\n"
        "print(openai.OpenAI is part, Response.__name__, openai.types.chat.ChatCompletion.__name__)"
    )
    assert run(PARTIAL + code) == "True Response ChatCompletion"


def test_of_a_google_service_only_its_client_is_loaded() -> None:
    code = (
        "from provision.partial_import import partial_import_google\n"
        "partial_import_google('resourcemanager_v3', 'projects')\n"
        "from google.cloud.resourcemanager_v3.services.projects.client import ProjectsClient as part\n"
        "services = 'google.cloud.resourcemanager_v3.services'\n"
        "print(f'{services}.projects.async_client' in sys.modules)\n"
        "from google.cloud.resourcemanager_v3.services.projects import ProjectsAsyncClient, ProjectsClient\n"
        "print(ProjectsClient is part, ProjectsAsyncClient.__name__)"
    )
    assert run(PARTIAL + code).split("\n") == ["False", "True ProjectsAsyncClient"]


def test_what_only_looks_loads_nothing_that_changes() -> None:
    code = (
        "from provision.commands import check, check_until_ready\n"
        "changing = ('apply', 'plan', 'plan_file', 'destroy')\n"
        "print(*(name for name in changing if f'provision.commands.{name}' in sys.modules))"
    )
    assert run(code) == ""
