"""Find the protobuf classes of a method, without paying for the client library around them.

The types of Google's APIs come in packages such as `google.cloud.aiplatform_v1`, whose `__init__` imports
every client, transport and message there is: over a second and fifty megabytes, of which a server needs a
few modules. So a module of types is imported without running the `__init__` above it: the package is in
`sys.modules` as a hollow one while its types are loaded, under the import lock, and is then taken out
again. Whoever imports the package later in this process gets all of it, with the very same classes;
`_Stubbed` sees to it that modules loaded before are then attributes of their packages, as usual.
`google.cloud.billing.budgets_v1` is inside another client, so the packages above one are hollow meanwhile as well.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import sys
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from threading import get_ident
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from google.protobuf.message import Message


NAMESPACE: Final = 2
"""Parts of a name that are no one's package: `google.cloud`."""

DISTRIBUTIONS: Final = {
    "google.cloud.billing.budgets_v1": "google-cloud-billing-budgets",
    "google.cloud.billing.budgets_v1beta1": "google-cloud-billing-budgets",
    "google.cloud.cloudquotas_v1": "google-cloud-quotas",
    "google.cloud.iam_admin_v1": "google-cloud-iam",
    "google.cloud.iam_credentials_v1": "google-cloud-iam",
    "google.cloud.orgpolicy_v2": "google-cloud-org-policy",
}
"""What brings the types that nothing but this face needs, so that an installation can be without them."""


class NotInstalledError(Exception):
    """The types of an API are not on this machine.

    Args:
        distribution: what would bring them.
    """

    def __init__(self, distribution: str) -> None:
        super().__init__(f"{distribution} is not installed")
        self.distribution = distribution


class Types:
    """The protobuf classes that were asked for so far."""

    def __init__(self) -> None:
        self._found: dict[str, type[Message]] = {}
        self._lock = asyncio.Lock()

    async def find(self, *references: str) -> list[type[Message]]:
        """The protobuf classes of `module:Class` references; what is new is imported in a thread.

        Raises:
            NotInstalledError: no package brings one of them.
        """
        missing = [each for each in references if each not in self._found]
        if missing:
            async with self._lock:
                self._found.update(await asyncio.to_thread(_load, missing))
        return [self._found[each] for each in references]


def _load(references: Iterable[str]) -> dict[str, type[Message]]:
    return {reference: protobuf_class(reference) for reference in references}


def protobuf_class(reference: str) -> type[Message]:
    """The protobuf class of a `module:Class` reference.

    Raises:
        NotInstalledError: no package brings it.
    """
    module, _, name = reference.partition(":")
    try:
        imported = import_types(module)
    except ModuleNotFoundError as missing:
        distribution = DISTRIBUTIONS.get(module.partition(".types")[0], "")
        if not distribution or not module.startswith(missing.name or reference):
            raise
        raise NotInstalledError(distribution) from missing
    found: Any = getattr(imported, name)
    # A proto-plus class wraps the protobuf class, a generated `_pb2` class is it.
    wrapped: type[Message] = found.pb() if hasattr(found, "pb") else found
    return wrapped


def import_types(module: str) -> ModuleType:
    """Import a module of types (`google.cloud.x_v1.types` or one below it) alone, any other as usual."""
    package, dot, _ = module.partition(".types")
    if not dot or module in sys.modules or package in sys.modules:
        return importlib.import_module(module)
    parts = package.split(".")
    for length in range(NAMESPACE + 1, len(parts) + 1):
        above = ".".join(parts[:length])
        if above in sys.modules:
            continue
        _FINDER.wanted[above, get_ident()] = module
        with contextlib.suppress(_StubError):
            importlib.import_module(above)
        if module in sys.modules:
            return sys.modules[module]
    return importlib.import_module(module)


class _StubError(ImportError):
    """Ends the import of a hollow package, so that the import system forgets it."""


class _Finder(MetaPathFinder):
    """Answers for a package whose types are being imported alone, and for one whose types were."""

    def __init__(self) -> None:
        self.wanted: dict[tuple[str, int], str] = {}  # by package and thread: no one else gets a hollow one
        self.stubbed: set[str] = set()

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,  # noqa: ARG002 - the protocol's
    ) -> ModuleSpec | None:
        """The package's own place, with one of the loaders below."""
        module = self.wanted.pop((fullname, get_ident()), "")
        if not module and fullname not in self.stubbed:
            return None
        found = PathFinder.find_spec(fullname, path)
        if found is None or found.loader is None:
            return None
        found.loader = _Stub(module) if module else _Stubbed(found.loader)
        self.stubbed.add(fullname)
        return found


class _Stub(Loader):
    """Loads a package by importing one module of its types, and then gives the package up."""

    def __init__(self, module: str) -> None:
        self.module = module

    def exec_module(self, module: ModuleType) -> None:
        """Import the types while `module`, the empty package, stands for the real one."""
        types = f"{module.__name__}.types"
        if not self.module.startswith(types):  # a package above theirs
            import_types(self.module)
            raise _StubError(module.__name__)
        if self.module != types:
            _FINDER.stubbed.add(types)
            stub = ModuleType(types)
            stub.__path__ = [f"{place}/types" for place in module.__path__]
            sys.modules[types] = stub
        try:
            importlib.import_module(self.module)
        finally:
            if self.module != types:
                del sys.modules[types]
        raise _StubError(module.__name__)


class _Stubbed(Loader):
    """Loads a package some of whose modules came before it: they become its attributes anyway."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the real loader does."""
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the package's `__init__`, then name its early modules."""
        self.loader.exec_module(module)
        prefix = f"{module.__name__}."
        for name, loaded in list(sys.modules.items()):
            child = name.removeprefix(prefix)
            if name != child and "." not in child and not hasattr(module, child):
                setattr(module, child, loaded)


_FINDER: Final = _Finder()
sys.meta_path.insert(0, _FINDER)
