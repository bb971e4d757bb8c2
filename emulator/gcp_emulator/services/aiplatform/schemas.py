"""Schemas that Gemini takes: what it refuses of them, and the JSON Schema that one stands for.

Its own are a part of OpenAPI 3.0, with types in capitals (google/cloud/aiplatform/v1/openapi.proto); through the
OpenAI-compatible route it holds JSON Schemas to the same rules (seen with the openai package in public reports).
That `any_of` "must be the only field set" is Google's sentence. Reports disagree about titles and descriptions beside
it, and Google's own SDK sends them in schemas of responses, so there they pass; in declarations of functions that
are sent as Google's own schema the sentence is taken as it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gcp_emulator.services.aiplatform import error_cases

if TYPE_CHECKING:
    from collections.abc import Callable

    from gcp_emulator.errors import ApiError

    Problem = Callable[[str, str], ApiError]

ANNOTATIONS: Final = frozenset({"title", "description", "default", "nullable", "example", "$defs", "defs"})
COUNTS: Final = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")
DEEPEST: Final = 64
"""Levels of a schema that are looked at."""


def check_declaration(name: str, schema: Any, *, strict: bool) -> None:
    """Refuse the parameters of a function that Gemini refuses.

    Args:
        name: of the function.
        schema: its parameters.
        strict: not even a title may be beside `any_of`.

    Raises:
        ApiError: INVALID_ARGUMENT, in Google's words.
    """
    if not isinstance(schema, dict) or str(schema.get("type", "")).upper() != "OBJECT":
        raise error_cases.parameters_not_object(name)

    def problem(path: str, what: str) -> ApiError:
        return error_cases.bad_declaration(name, f"parameters{path}", what)

    _check(schema, "", problem, frozenset() if strict else ANNOTATIONS)


def check_response(schema: Any) -> None:
    """Refuse the schema of a response that Gemini refuses.

    Raises:
        ApiError: INVALID_ARGUMENT, in Google's words.
    """
    _check(schema, "", lambda _, what: error_cases.bad_response_schema(what), ANNOTATIONS)


def _check(schema: Any, path: str, problem: Problem, beside: frozenset[str], depth: int = 0) -> None:
    if not isinstance(schema, dict) or depth > DEEPEST or "$ref" in schema or "ref" in schema:
        return
    if "anyOf" in schema:
        if set(schema) - {"anyOf"} - beside:
            raise problem(
                path, "specified other fields alongside any_of. When using any_of, it must be the only field set"
            )
        for option in schema["anyOf"] if isinstance(schema["anyOf"], list) else ():
            _check(option, path, problem, beside, depth + 1)
        return
    if not schema.get("type") or schema["type"] == "TYPE_UNSPECIFIED":
        raise problem(path, "didn't specify the schema type field")
    properties = schema.get("properties")
    for name, inner in properties.items() if isinstance(properties, dict) else ():
        _check(inner, f"{path}.{name}", problem, beside, depth + 1)
    if "items" in schema:
        _check(schema["items"], path, problem, beside, depth + 1)


def as_json_schema(schema: Any) -> Any:
    """Return the JSON Schema that one of Google's own stands for."""
    if not isinstance(schema, dict):
        return schema
    written: dict[str, Any] = {}
    for key, value in schema.items():
        match key:
            case "type":
                kind = str(value).lower()
                written["type"] = [kind, "null"] if schema.get("nullable") else kind
            case "items" | "additionalProperties":
                written[key] = as_json_schema(value)
            case "properties" | "defs":
                written[key] = {name: as_json_schema(inner) for name, inner in value.items()}
            case "anyOf":
                written[key] = [as_json_schema(each) for each in value]
            case "ref":
                written["$ref"] = value
            case "nullable" | "propertyOrdering" | "example":
                pass
            case _:
                written[key] = int(value) if key in COUNTS else value
    return written
