"""Which endpoints Terraform's states hold: one that none holds is taken away by no destroy, and may cost money."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from provision.errors import UsageError
from provision.terraform_io.tfvars import said_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

NAME: Final = re.compile(r"projects/[^/]+/locations/([^/]+)/endpoints/([^/]+)")


def endpoints(places: Iterable[Path]) -> frozenset[tuple[str, str]]:
    """Return location and id of each endpoint that the states hold; no project, which is an id here and a number there.

    Args:
        places: folders of roots, where `terraform state pull` is run; or files of what that printed.

    Raises:
        UsageError: there is no Terraform, or what was named is no state.
    """
    return frozenset(each for place in places for each in _held(place))


def _held(place: Path) -> Iterator[tuple[str, str]]:
    if not place.exists():
        raise UsageError(
            f"{place} does not exist",
            cause="it was named with --from-terraform",
            fix="name the folder that Terraform was applied in, or a file of what `terraform state pull` printed",
        )
    text = place.read_text("utf-8") if place.is_file() else said_by(place, "state", "pull")
    if not text.strip():  # nothing was applied there
        return
    try:
        resources = json.loads(text)["resources"]
        held: list[Any] = [
            instance["attributes"]["id"]
            for each in resources
            if each["mode"] == "managed" and each["type"].startswith("google_vertex_ai_endpoint")
            for instance in each["instances"]
        ]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"{place} does not hold what `terraform state pull` prints",
            cause=str(error) or repr(error),
            fix="run `terraform state pull > state.json` and name that file",
        ) from error
    for name in held:
        if found := NAME.fullmatch(str(name)):
            yield found[1], found[2]
