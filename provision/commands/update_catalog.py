"""Compare the catalog of models with what is published today: price lists, and Model Garden where it may be asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from provision import catalog
from provision.catalog import update
from provision.catalog.model import data
from provision.errors import NoAnswer, ProvisionError
from provision.google.asking import ask_all

if TYPE_CHECKING:
    from datetime import date

    from provision.catalog.update import Changed
    from provision.clients import Clients
    from provision.config import Config


@dataclass(frozen=True, kw_only=True)
class CatalogUpdate:
    """What an update found.

    Attributes:
        read: the price lists that were read, with their versions.
        data: the catalog as it would be.
        unconfirmed: models that no price list has: their pages have to be read.
        listed: what Model Garden lists of the known publishers and the catalog lacks; None if it was not asked. It
            also lists models that are served nowhere, so none of them is added.
        unanswered: why a publisher's list was not read.
    """

    read: tuple[str, ...]
    data: dict[str, Any]
    changes: tuple[Changed, ...]
    unconfirmed: tuple[str, ...]
    listed: tuple[str, ...] | None = None
    unanswered: tuple[NoAnswer, ...] = ()


def find_update(today: date, config: Config | None = None, clients: Clients | None = None) -> CatalogUpdate:
    """Read what is published; asks Model Garden where there are clients.

    Raises:
        ProvisionError: no price list is installed.
    """
    lists = update.published()
    if not lists.litellm:
        raise ProvisionError(
            "no price list is installed",
            cause="the catalog is compared with those of the packages litellm and genai-prices",
            fix="make models, in a checkout; elsewhere: pip install --no-deps litellm genai-prices",
        )
    new, changes = update.updated(data(), lists, today)
    listed: tuple[str, ...] | None = None
    unanswered: tuple[NoAnswer, ...] = ()
    if config is not None and clients is not None:
        listed, unanswered = _listed(config, clients, {row["id"] for row in new["models"]} | set(new["passed_over"]))
    return CatalogUpdate(
        read=lists.versions,
        data=new,
        changes=changes,
        unconfirmed=update.unconfirmed(new, lists),
        listed=listed,
        unanswered=unanswered,
    )


def _listed(config: Config, clients: Clients, known: set[str]) -> tuple[tuple[str, ...], tuple[NoAnswer, ...]]:
    answers = ask_all(
        {each: partial(clients.vertex.list_publisher_models, each) for each in catalog.publishers()},
        deadline_s=config.check_timeout_s,
    )
    found = {
        name
        for publisher, answer in answers.items()
        if not isinstance(answer, NoAnswer)
        for name in answer
        if any(name.partition("/")[2].startswith(begin) for begin in catalog.publishers()[publisher].names)
    }
    errors = tuple(answer for answer in answers.values() if isinstance(answer, NoAnswer))
    return tuple(sorted(found - known)), errors
