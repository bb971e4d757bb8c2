"""Import part of a package without running its ``__init__``.

Google's and OpenAI's client packages import everything they hold when any part is imported: over a second for
``google.cloud.aiplatform_v1`` and most of one for ``openai``, of which this toolkit uses a twentieth. A package
announced here is in ``sys.modules`` with its real path but without its contents, so that ``import
package.part`` loads that part and what it needs. Whoever asks the package for a name that is not a submodule
gets the real ``__init__`` run at once, so nothing can tell the difference but a clock (docs/adr/0003).
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from types import ModuleType
from typing import Any

_lock = threading.RLock()


class _PartialPackage(ModuleType):
    """A package whose ``__init__`` runs only if someone needs a name from it."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        full_name = f"{self.__name__}.{name}"
        try:
            return importlib.import_module(full_name)
        except ModuleNotFoundError as error:
            if error.name != full_name:
                raise
        with _lock:
            state = vars(self)
            if "_filled" not in state and self.__spec__ is not None and self.__spec__.loader is not None:
                state["_filled"] = True
                self.__spec__.loader.exec_module(self)
        try:
            return vars(self)[name]
        except KeyError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None


def partial_import(*packages: str) -> None:
    """Let the named packages be imported in part; parents before children.

    A package that is already imported stays as it is.

    Raises:
        ModuleNotFoundError: one of them is not installed.
    """
    with _lock:
        for name in packages:
            if name in sys.modules:
                continue
            spec = importlib.util.find_spec(name)
            if spec is None:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            module = _PartialPackage(name)
            module.__spec__ = spec
            module.__file__ = spec.origin
            module.__loader__ = spec.loader
            module.__package__ = name
            module.__path__ = list(spec.submodule_search_locations or ())
            sys.modules[name] = module
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:
                setattr(sys.modules[parent], child, module)


def partial_import_google(api: str, *services: str) -> None:
    """Let ``google.cloud.{api}`` be imported in part, such as ``resourcemanager_v3`` with its service ``projects``.

    Of a service only the client is wanted: its package would bring the asynchronous one as well.
    """
    base = f"google.cloud.{api}"
    partial_import(base, f"{base}.types", f"{base}.services", *(f"{base}.services.{service}" for service in services))
