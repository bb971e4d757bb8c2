"""What Gemini makes of a request: each row is asked over REST and over gRPC, streamed and not.

`expected` is the beginning of the message of the error, `answered` what the answer holds. `source` says where
Google's words were seen; "ours" are the sandbox's own, where they were not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

PAGE: Final = "https://docs.cloud.google.com/vertex-ai/generative-ai/docs/"
UNABLE: Final = "Unable to submit request because "


@dataclass(frozen=True, kw_only=True)
class Case:
    """One request and what comes of it."""

    name: str
    request: Json
    expected: str = ""
    status: str = "INVALID_ARGUMENT"
    model: str = "gemini-3.5-flash"
    answered: Json = field(default_factory=dict)
    json_alone: bool = False
    """It cannot be said in a message of gRPC."""
    source: str


def user(*parts: Any) -> Json:
    return {"role": "user", "parts": [{"text": each} if isinstance(each, str) else each for each in parts]}


def model(*parts: Any) -> Json:
    return {**user(*parts), "role": "model"}


def called(name: str = "get_weather", signature: str = "c2lnbmVk", **args: Any) -> Json:
    call = {"functionCall": {"name": name, "args": args}}
    return call | ({"thoughtSignature": signature} if signature else {})


def result(name: str = "get_weather", **response: Any) -> Json:
    return {"functionResponse": {"name": name, "response": response or {"output": "sunny"}}}


def declared(parameters: Json | None = None, name: str = "get_weather", **more: Any) -> list[Json]:
    given = {"name": name, "description": "Tells.", **({"parameters": parameters} if parameters else {}), **more}
    return [{"functionDeclarations": [given]}]


def config(**given: Any) -> Json:
    return {"contents": [user("hi")], "generationConfig": given}


CITY: Final[Json] = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
HI: Final = [user("hi")]
ASKED: Final = user("Use get_weather for Oslo.")
SEEN: Final = "https://github.com/"

REFUSED: Final = (
    Case(name="no contents", request={"contents": []}, expected=UNABLE + "at least one contents field", source=PAGE),
    Case(
        name="a block without parts",
        request={"contents": [user("hi"), model()]},
        expected=UNABLE + "it must include at least one parts field, which describes the prompt input. Learn more: ",
        source=SEEN + "pydantic/pydantic-ai/pull/2203",
    ),
    Case(
        name="an empty text",
        request={"contents": [user("")]},
        expected=UNABLE + "it has an empty text parameter.",
        source="public reports",
    ),
    Case(
        name="no role",
        request={"contents": [{"parts": [{"text": "hi"}]}]},
        expected="Please use a valid role: user, model.",
        source="public reports: Vertex AI asks for the role that the Developer API does without",
    ),
    Case(
        name="another role",
        request={"contents": [{"role": "assistant", "parts": [{"text": "hi"}]}]},
        expected="Please use a valid role: user, model.",
        source="public reports",
    ),
    Case(
        name="a call that nothing asked for",
        request={"contents": [model(called()), user(result())]},
        expected="Please ensure that function call turn comes immediately after a user turn or after a function resp",
        source=SEEN + "google-gemini/gemini-cli/issues/26956",
    ),
    Case(
        name="a result without a call",
        request={"contents": [user("hi"), model("hello"), user(result())]},
        expected="Please ensure that function response turn comes immediately after a function call turn.",
        source="the sentence beside the one above",
    ),
    Case(
        name="fewer results than calls",
        request={"contents": [ASKED, model(called(), called("get_time", "")), user(result())]},
        expected="Please ensure that the number of function response parts is equal to the number of function call p",
        source=SEEN + "continuedev/continue/issues/9562",
    ),
    Case(
        name="a call without its result",
        request={"contents": [ASKED, model(called()), user("and?")]},
        expected="Please ensure that the number of function response parts is equal to the number of function call p",
        source=SEEN + "google-gemini/gemini-cli/issues/17208",
    ),
    Case(
        name="a call without its signature",
        request={"contents": [ASKED, model(called(signature="")), user(result())]},
        expected=UNABLE
        + "function call `default_api:get_weather` in the 2. content block is missing a `thought_signature`. "
        "Learn more: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thought-signatures",
        source=SEEN + "langgenius/dify/issues/30729",
    ),
    Case(
        name="parameters of another type",
        request={"contents": HI, "tools": declared({"type": "STRING"})},
        expected=UNABLE + "`get_weather` functionDeclaration parameters schema should be of type OBJECT. Learn more",
        source=SEEN + "BerriAI/litellm/issues/18442",
    ),
    Case(
        name="a parameter without a type",
        request={"contents": HI, "tools": declared({"type": "OBJECT", "properties": {"a": {"description": "?"}}})},
        expected=UNABLE
        + "`get_weather` functionDeclaration `parameters.a` schema didn't specify the schema type field",
        source=SEEN + "directus/mcp/issues/8",
    ),
    Case(
        name="any_of beside a type",
        request={
            "contents": HI,
            "tools": declared(
                {"type": "OBJECT", "properties": {"w": {"type": "NUMBER", "anyOf": [{"type": "NUMBER"}]}}}
            ),
        },
        expected=UNABLE + "`get_weather` functionDeclaration `parameters.w` schema specified other fields alongside "
        "any_of. When using any_of, it must be the only field set. Learn more",
        source=SEEN + "lambda-alpha-labs/Graphenium/issues/37",
    ),
    Case(
        name="one function twice",
        request={"contents": HI, "tools": declared(CITY) + declared(CITY)},
        expected="Duplicate function declaration found: get_weather",
        source="public reports",
    ),
    Case(
        name="a function with a blank in its name",
        request={"contents": HI, "tools": declared(name="get weather")},
        expected="Invalid value for field 'tools.function_declarations.name'",
        source="the rule: google/cloud/aiplatform/v1/tool.proto; the words are ours",
    ),
    Case(
        name="a function calling config without functions",
        request={"contents": HI, "toolConfig": {"functionCallingConfig": {"mode": "AUTO"}}},
        expected="Function calling config is set without function_declarations.",
        source="public reports",
    ),
    Case(
        name="allowed names in another mode",
        request={
            "contents": HI,
            "tools": declared(CITY),
            "toolConfig": {"functionCallingConfig": {"mode": "AUTO", "allowedFunctionNames": ["get_weather"]}},
        },
        expected="Please set allowed_function_names only when function calling mode is ANY.",
        source="public reports",
    ),
    Case(
        name="a level that the model has not",
        request=config(thinkingConfig={"thinkingLevel": "MINIMAL"}),
        model="gemini-3.1-pro-preview",
        expected=UNABLE + "thinking_level MINIMAL is not supported by this model. Learn more",
        source=SEEN + "jenslys/opencode-gemini-auth/issues/14",
    ),
    Case(
        name="a level and a budget",
        request=config(thinkingConfig={"thinkingLevel": "LOW", "thinkingBudget": 0}),
        expected="You can only set only one of thinking budget and thinking level.",
        source="public reports",
    ),
    Case(
        name="a schema of a response without a type",
        request=config(
            responseMimeType="application/json",
            responseSchema={"type": "OBJECT", "properties": {"a": {"nullable": True}}},
        ),
        expected=UNABLE + "one or more response schemas didn't specify the schema type field. Learn more",
        source="public reports",
    ),
    Case(
        name="any_of beside an enum in a response",
        request=config(
            responseMimeType="application/json",
            responseSchema={"type": "OBJECT", "anyOf": [{"type": "STRING"}], "title": "x"},
        ),
        expected=UNABLE + "one or more response schemas specified other fields alongside any_of.",
        source="public reports",
    ),
    Case(
        name="two schemas",
        request=config(
            responseMimeType="application/json",
            responseSchema={"type": "STRING"},
            responseJsonSchema={"type": "string"},
        ),
        expected="Invalid value for field 'response_schema'",
        source="the rule: content.proto; the words are ours",
    ),
    Case(
        name="a schema of plain text",
        request=config(responseSchema={"type": "STRING"}),
        expected="Invalid value for field 'response_mime_type'",
        source="the rule: content.proto; the words are ours",
    ),
    Case(
        name="a model no one published",
        request={"contents": HI},
        model="gemini-9-flash",
        status="NOT_FOUND",
        expected="Publisher Model `projects/sandbox-ready/locations/global/publishers/google/models/gemini-9-flash` "
        "was not found or your project does not have access to it. Please ensure you are using a valid model version.",
        source="measured 2026-09-22",
    ),
    Case(
        name="a retired model",
        request={"contents": HI},
        model="gemini-2.5-flash",
        status="NOT_FOUND",
        expected="Publisher Model `projects/sandbox-ready/locations/global/publishers/google/models/gemini-2.5-flash` ",
        source="https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/model-versions",
    ),
    *(
        Case(
            name=f"{what}, which is not modelled",
            request=request,
            status="UNIMPLEMENTED",
            expected=f"GenerateContent with {words} is not served by the sandbox.",
            source="ours",
        )
        for what, words, request in (
            (
                "an image",
                "a file in it (inlineData)",
                {"contents": [user({"inlineData": {"mimeType": "image/png", "data": "AAAA"}})]},
            ),
            (
                "a file",
                "a file (fileData)",
                {"contents": [user("see", {"fileData": {"mimeType": "image/png", "fileUri": "gs://a/b"}})]},
            ),
            ("Google's search", "the tool googleSearch", {"contents": HI, "tools": [{"googleSearch": {}}]}),
            ("speech", "generationConfig.speechConfig", config(speechConfig={"languageCode": "en-US"})),
            (
                "an answer that is a picture",
                "the response modality IMAGE",
                config(responseModalities=["TEXT", "IMAGE"]),
            ),
            (
                "a cache",
                "cachedContent",
                {"contents": HI, "cachedContent": "projects/1/locations/global/cachedContents/1"},
            ),
        )
    ),
)

ANSWERED: Final = (
    Case(name="a role in capitals", request={"contents": [{"role": "USER", "parts": [{"text": "hi"}]}]}, source="curl"),
    Case(
        name="a call",
        request={"contents": [ASKED], "tools": declared(CITY)},
        answered={"call": "get_weather", "finish": "STOP"},
        source=PAGE + "multimodal/function-calling",
    ),
    Case(
        name="types in small letters",
        json_alone=True,
        request={
            "contents": [ASKED],
            "tools": declared({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
        },
        answered={"call": "get_weather", "finish": "STOP"},
        source=PAGE + "multimodal/function-calling: its examples are written so",
    ),
    Case(
        name="parameters as JSON Schema",
        request={
            "contents": [ASKED],
            "tools": declared(
                parametersJsonSchema={
                    "type": "object",
                    "properties": {"city": {"anyOf": [{"type": "string"}], "title": "C"}},
                }
            ),
        },
        answered={"call": "get_weather", "finish": "STOP"},
        source="google/cloud/aiplatform/v1/tool.proto",
    ),
    Case(
        name="a function that must be called",
        request={
            "contents": HI,
            "tools": declared(CITY) + declared(CITY, name="get_time"),
            "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["get_time"]}},
        },
        answered={"call": "get_time", "finish": "STOP"},
        source=PAGE + "multimodal/function-calling",
    ),
    Case(
        name="a function that must not be called",
        request={
            "contents": [ASKED],
            "tools": declared(CITY),
            "toolConfig": {"functionCallingConfig": {"mode": "NONE"}},
        },
        answered={"text": "not a model", "finish": "STOP"},
        source=PAGE + "multimodal/function-calling",
    ),
    Case(
        name="the result of a call",
        request={"contents": [ASKED, model(called()), user(result())], "tools": declared(CITY)},
        answered={"text": "The tool get_weather answered: ", "finish": "STOP"},
        source=PAGE + "multimodal/function-calling",
    ),
    Case(
        name="an older call without a signature",
        request={
            "contents": [ASKED, model(called(signature="")), user(result()), model("sunny"), user("thanks")],
            "tools": declared(CITY),
        },
        answered={"text": "thanks", "finish": "STOP"},
        source=PAGE + "thought-signatures: the current turn alone is validated",
    ),
    Case(
        name="calls side by side, of which the first is signed",
        request={"contents": [ASKED, model(called(), called("get_time", "")), user(result(), result("get_time"))]},
        answered={"text": "The tool get_time answered: ", "finish": "STOP"},
        source=PAGE + "thought-signatures",
    ),
    Case(
        name="an empty text with a signature",
        request={"contents": [user("hi"), model({"text": "", "thoughtSignature": "c2lnbmVk"}), user("on")]},
        answered={"text": "on"},
        source=PAGE + "thought-signatures: the last part of a stream",
    ),
    Case(
        name="JSON by a schema",
        request=config(responseMimeType="application/json", responseSchema=CITY),
        answered={"json": {"city"}},
        source=PAGE + "multimodal/control-generated-output",
    ),
    Case(
        name="a titled choice in a schema",
        request=config(
            responseMimeType="application/json",
            responseSchema={
                "type": "OBJECT",
                "properties": {"age": {"anyOf": [{"type": "INTEGER"}, {"type": "STRING"}], "title": "Age"}},
            },
        ),
        answered={"json": {"age"}},
        source="what google-genai writes of a pydantic model",
    ),
    Case(
        name="JSON by JSON Schema",
        request=config(
            responseMimeType="application/json",
            responseJsonSchema={"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        ),
        answered={"json": {"city"}},
        source="content.proto",
    ),
    Case(
        name="a value of an enum",
        request=config(responseMimeType="text/x.enum", responseSchema={"type": "STRING", "enum": ["red", "blue"]}),
        answered={"exactly": "red"},
        source=PAGE + "multimodal/control-generated-output",
    ),
    Case(
        name="a budget that thinking spends",
        request=config(maxOutputTokens=5),
        answered={"finish": "MAX_TOKENS", "thought": 5},
        source="content.proto",
    ),
    Case(
        name="thoughts that are shown",
        request=config(thinkingConfig={"includeThoughts": True, "thinkingLevel": "LOW"}),
        answered={"thoughts": True, "text": "not a model"},
        source="content.proto",
    ),
    Case(
        name="no thinking",
        request=config(thinkingConfig={"thinkingBudget": 0}),
        answered={"thought": 0, "text": "not a model"},
        source="content.proto",
    ),
)
