"""All methods: by REST path and by gRPC name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from gcp_emulator.bindings import Binding, split_verb
from gcp_emulator.errors import invalid_argument

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gcp_emulator.call import Json
    from gcp_emulator.rpc import Method


class Registry:
    """Finds the method that a call is of."""

    def __init__(self, methods: Iterable[Method]) -> None:
        self.methods = tuple(methods)
        self.services = frozenset(method.service for method in self.methods)
        self._root: dict[str | None, Any] = {}
        self._grpc: dict[str, list[Binding]] = {}
        for method in self.methods:
            for text in method.http:
                binding = Binding.parse(method, text)
                self._add(binding)
                if "/" in method.name:
                    self._grpc.setdefault(method.name, []).append(binding)
        for bindings in self._grpc.values():
            bindings.sort(key=Binding.is_open)

    def _add(self, binding: Binding) -> None:
        node = self._root
        for segment in binding.segments:
            node = node.setdefault(segment, {})
        leaf = node.setdefault("\n", {})  # no path segment can be a line break
        found = leaf.setdefault((binding.verb, binding.custom), [])
        found.append(binding)
        found.sort(key=Binding.is_open)

    def route(
        self, verb: str, path: str, service: str = "", *, empty: bool = False
    ) -> tuple[Binding, dict[str, str]] | None:
        """Find the method for a REST call.

        Args:
            verb: HTTP's.
            path: as it came, still percent-encoded.
            service: the API that is meant, where the host tells it; a few paths are those of two.
            empty: a variable may be empty, `projects//services`: no name of anything, but the method is plain.
        """
        custom_path, custom = split_verb(path)
        if custom:
            found = self._search(verb, custom, custom_path, service, empty=empty)
            if found:
                return found
            if self.is_of_another_verb(verb, path):
                return None
        found = self._search(verb, "", path, service, empty=empty)
        if found is None and path.endswith("/") and not path.endswith("//") and len(path) > 1:
            found = self._search(verb, "", path[:-1], service)  # Terraform: `billingInfo/`, google-auth: `default/`
        return found

    def is_of_another_verb(self, verb: str, path: str) -> bool:
        """Tell whether a path is that of a custom method, `:setIamPolicy`, which takes another verb of HTTP's."""
        custom_path, custom = split_verb(path)
        if not custom:
            return False
        leaves = list(self._leaves(self._root, custom_path[1:].split("/"), 0))
        return any(name == custom for leaf in leaves for _, name in leaf) and not any(
            (verb, custom) in leaf for leaf in leaves
        )

    def _search(
        self, verb: str, custom: str, path: str, service: str, *, empty: bool = False
    ) -> tuple[Binding, dict[str, str]] | None:
        segments = path[1:].split("/")
        if "%" in path:
            segments = [unquote(segment) for segment in segments]
        for leaf in self._leaves(self._root, segments, 0, empty=empty):
            for binding in leaf.get((verb, custom), ()):
                if service and binding.method.service != service:
                    continue
                variables = binding.variables_of(segments)
                if variables is not None:
                    return binding, variables
        return None

    def _leaves(
        self, node: dict[str | None, Any], segments: list[str], at: int, *, empty: bool = False
    ) -> Iterator[dict[Any, list[Binding]]]:
        if at == len(segments):
            if "\n" in node:
                yield node["\n"]
            return
        segment = segments[at]
        if segment in node:
            yield from self._leaves(node[segment], segments, at + 1, empty=empty)
        if None in node and (segment or empty):
            yield from self._leaves(node[None], segments, at + 1, empty=empty)

    def grpc_names(self) -> list[str]:
        """Return the names of all methods with a gRPC API."""
        return list(self._grpc)

    def grpc(self, name: str) -> list[Method]:
        """Return the methods of this gRPC name; several only where APIs share one, as GetOperation."""
        return list({id(binding.method): binding.method for binding in self._grpc.get(name, ())}.values())

    def grpc_route(self, name: str, request: Json) -> tuple[Method, dict[str, str]]:
        """Find the method and its variables for a gRPC request.

        Raises:
            Refused: the resource name in the request fits no pattern.
        """
        candidates = self._grpc[name]
        for binding in candidates:
            variables = binding.variables_in(request)
            if variables is not None:
                return binding.method, variables
        raise invalid_argument()
