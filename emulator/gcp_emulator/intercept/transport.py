"""REST under one of Google's host names: the REST API, without what only a sandbox has.

A host has its own API's methods and no others: the path of another API is the front end's 404, as at Google.
The sandbox's own API is not reachable under Google's names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gcp_emulator import errors
from gcp_emulator.origin import is_same_origin
from gcp_emulator.rest import RestApi, is_of_an_api

if TYPE_CHECKING:
    from gcp_emulator.emulator import Emulator
    from gcp_emulator.intercept.hosts import Site
    from gcp_emulator.rest import RequestHandler

MISDIRECTED: Final = "This connection was opened to another host."


class SiteApi(RestApi):
    """The ASGI application of one host."""

    def __init__(self, sandbox: Emulator, site: Site) -> None:
        self.sandbox = sandbox
        self.site = site

    async def _serve(self, exchange: RequestHandler) -> None:
        verb, path = exchange.verb, exchange.path
        registry = self.sandbox.registry
        found = registry.route(verb, path, self.site.service) or registry.route(verb, path)
        if exchange.headers.get("host", "").partition(":")[0].lower() != self.site.name:
            await exchange.refuse(errors.ApiError("INVALID_ARGUMENT", MISDIRECTED, http=421))
        elif not is_same_origin(exchange.headers):
            await exchange.refuse(errors.ApiError("PERMISSION_DENIED", "No web page may drive the sandbox."))
        elif self.site.invalid:
            await exchange.refuse(errors.invalid_argument(f"Invalid hostname: {self.site.name}"))
        elif not self.site.served:
            await exchange.unknown(self.site.service)
        elif exchange.is_batch():
            await exchange.batch(self)
        elif found is not None and self.site.has(found[0].method, path):
            await exchange.call(*found)
        elif found is None and self.site.service and is_of_an_api(path):
            await exchange.unknown(self.site.service)
        else:
            await exchange.not_found()
