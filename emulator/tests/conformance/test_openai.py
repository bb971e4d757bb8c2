"""The chat route through the openai SDK: whole and streamed answers, tools, formats, and list-shaped errors."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import openai
import pytest
from google.cloud.aiplatform_v1 import EndpointServiceClient
from google.cloud.billing_v1 import CloudBillingClient, ProjectBillingInfo
from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gcp_emulator.server import Running

MODEL = "openai/gpt-oss-120b-maas"
GEMINI = "google/gemini-3.5-flash"
ASKED: list[Any] = [{"role": "user", "content": "Say hello."}]
TOOLS: list[Any] = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]


@pytest.fixture
def ask(sandbox: Running) -> Iterator[Callable[..., openai.OpenAI]]:
    """Make a client for a location, a project, an endpoint."""
    made: list[openai.OpenAI] = []

    def make(
        location: str = "global",
        project: str = "sandbox-ready",
        endpoint: str = "openapi",
        version: str = "v1",
        **options: Any,
    ) -> openai.OpenAI:
        path = f"{version}/projects/{project}/locations/{location}/endpoints/{endpoint}"
        settings = {"api_key": sandbox["token"], "max_retries": 0, **options}
        made.append(openai.OpenAI(base_url=f"{sandbox['rest_url']}/{path}", **settings))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(ask: Any) -> openai.OpenAI:
    made: openai.OpenAI = ask()
    return made


def error(error: openai.APIStatusError) -> dict[str, Any]:
    """The error in a list of one, which the SDK hands over without looking inside."""
    body: Any = error.body
    assert isinstance(body, list)
    (only,) = body
    inner: dict[str, Any] = only["error"]
    assert inner["code"] == error.status_code
    return inner


def test_an_answer_names_the_sandbox_and_adds_up(client: openai.OpenAI) -> None:
    answer: Any = client.chat.completions.create(model=MODEL, messages=ASKED)
    message = answer.choices[0].message
    assert "not a model" in message.content
    assert message.reasoning_content
    assert message.tool_calls is None
    assert answer.model == MODEL
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens
    assert answer.usage.extra_properties["google"]["traffic_type"] == "ON_DEMAND"


@pytest.mark.parametrize("version", ["v1", "v1beta1"])
def test_both_versions_and_the_project_number_reach_it(ask: Any, version: str, connect: Any, sandbox: Running) -> None:
    parent = "projects/sandbox-ready/locations/us-central1"
    endpoints = connect(sandbox, "rest").of(EndpointServiceClient).list_endpoints(parent=parent)
    number = next(iter(endpoints)).name.split("/")[1]
    answer = ask(project=number, version=version).chat.completions.create(model=MODEL, messages=ASKED)
    assert answer.choices[0].finish_reason == "stop"


def test_a_stream_reasons_answers_and_ends_with_usage(client: openai.OpenAI) -> None:
    chunks: list[Any] = list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True))
    deltas = [chunk.choices[0].delta for chunk in chunks]
    whole: Any = client.chat.completions.create(model=MODEL, messages=ASKED).choices[0].message
    assert "".join(getattr(delta, "reasoning_content", None) or "" for delta in deltas) == whole.reasoning_content
    assert "".join(delta.content or "" for delta in deltas) == whole.content
    assert len([delta for delta in deltas if delta.content]) > 3
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert chunks[-1].usage.total_tokens > 0
    assert len({chunk.id for chunk in chunks}) == 1


def test_usage_can_come_in_a_chunk_of_its_own(client: openai.OpenAI) -> None:
    options: Any = {"include_usage": True}
    *others, last = client.chat.completions.create(model=MODEL, messages=ASKED, stream=True, stream_options=options)
    assert last.choices == []
    assert last.usage is not None
    assert all(chunk.usage is None for chunk in others)


def test_the_stream_helper_puts_an_answer_together(client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model=MODEL, messages=ASKED) as stream:
        final: Any = stream.get_final_completion()
    assert "not a model" in final.choices[0].message.content
    assert final.usage.completion_tokens > 0


def test_a_tool_is_called_and_its_result_answered(client: openai.OpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": "Use get_weather for Oslo."}]
    first: Any = client.chat.completions.create(model=MODEL, messages=asked, tools=TOOLS)
    assert first.choices[0].finish_reason == "tool_calls"
    (call,) = first.choices[0].message.tool_calls
    assert set(json.loads(call.function.arguments)) == {"city"}
    result: Any = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    second = client.chat.completions.create(
        model=MODEL, messages=[*asked, first.choices[0].message.model_dump(), result], tools=TOOLS
    )
    assert "sunny" in (second.choices[0].message.content or "")


def test_streamed_tool_calls_are_put_together(client: openai.OpenAI) -> None:
    asked: list[Any] = [{"role": "user", "content": "Use get_weather for Oslo."}]
    with client.chat.completions.stream(model=MODEL, messages=asked, tools=TOOLS) as stream:
        final: Any = stream.get_final_completion()
    (call,) = final.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    assert set(json.loads(call.function.arguments)) == {"city"}


def test_a_forced_tool_works_for_gemini_only(client: openai.OpenAI) -> None:
    answer: Any = client.chat.completions.create(model=GEMINI, messages=ASKED, tools=TOOLS, tool_choice="required")
    assert answer.choices[0].message.tool_calls[0].function.name == "get_weather"
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=MODEL, messages=ASKED, tools=TOOLS, tool_choice="required")
    assert error(refused.value)["status"] == "INVALID_ARGUMENT"


class Capital(BaseModel):
    """What is asked for."""

    city: str
    inhabitants: int
    rivers: list[str]


def test_a_schema_is_answered_with_an_instance_of_it(client: openai.OpenAI) -> None:
    parsed = client.chat.completions.parse(model=MODEL, messages=ASKED, response_format=Capital)
    assert isinstance(parsed.choices[0].message.parsed, Capital)


def test_a_small_budget_leaves_the_content_empty(client: openai.OpenAI) -> None:
    answer: Any = client.chat.completions.create(model=MODEL, messages=ASKED, max_tokens=16)
    assert answer.choices[0].finish_reason == "length"
    assert not answer.choices[0].message.content
    assert answer.usage.completion_tokens == 16


def test_the_asynchronous_client_works_alike(sandbox: Running) -> None:
    async def run() -> tuple[Any, list[Any]]:
        base = f"{sandbox['rest_url']}/v1/projects/sandbox-ready/locations/global/endpoints/openapi"

        async def token() -> str:
            return str(sandbox["token"])

        async with openai.AsyncOpenAI(base_url=base, api_key=token) as client:
            whole = await client.chat.completions.create(model=MODEL, messages=ASKED)
            stream = await client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
            return whole, [chunk async for chunk in stream]

    whole, chunks = asyncio.run(run())
    streamed = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert streamed == whole.choices[0].message.content


def test_a_bare_model_id_is_malformed(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="gpt-oss-120b-maas", messages=ASKED)
    assert refused.value.code is None  # the SDK shows nothing of a list: a caller must look inside
    assert error(refused.value)["message"] == (
        "Malformed publisher model (`model`: 'gpt-oss-120b-maas') for the 'openapi' request endpoint ID; "
        "expected '<publisher>/<model>'."
    )


@pytest.mark.parametrize(
    ("location", "model", "status", "words"),
    [
        ("global", "openai/gpt-oss", "NOT_FOUND", "was not found or your project does not have access"),
        ("us-central1", "openai/gpt-oss-20b-maas", "NOT_FOUND", "was not found"),  # retired
        ("us-east1", MODEL, "FAILED_PRECONDITION", "is not servable in region us-east1."),
        ("us-central1", GEMINI, "NOT_FOUND", "was not found or your project does not have access"),
        ("mars-west1", MODEL, "PERMISSION_DENIED", "Permission denied on 'locations/mars-west1'"),
    ],
)
def test_a_model_that_is_not_there_is_refused(ask: Any, location: str, model: str, status: str, words: str) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        ask(location).chat.completions.create(model=model, messages=ASKED)
    inner = error(refused.value)
    assert inner["status"] == status
    assert words in inner["message"]


def test_a_project_is_gated_as_everywhere(ask: Any) -> None:
    with pytest.raises(openai.PermissionDeniedError) as refused:
        ask(project="sandbox-empty").chat.completions.create(model=MODEL, messages=ASKED)
    (info, *_) = error(refused.value)["details"]
    assert info["reason"] == "SERVICE_DISABLED"


def test_a_project_without_billing_is_refused(client: openai.OpenAI, connect: Any, sandbox: Running) -> None:
    connect(sandbox, "rest").of(CloudBillingClient).update_project_billing_info(
        name="projects/sandbox-ready", project_billing_info=ProjectBillingInfo(billing_account_name="")
    )
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client.chat.completions.create(model=MODEL, messages=ASKED, stream=True)
    assert error(refused.value)["details"][0]["reason"] == "BILLING_DISABLED"


def test_a_bad_token_is_refused_with_a_list_too(ask: Any) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        ask(api_key="sk-not-google").chat.completions.create(model=MODEL, messages=ASKED)
    assert error(refused.value)["details"][0]["reason"] == "ACCESS_TOKEN_TYPE_UNSUPPORTED"


def test_shared_capacity_runs_out_and_the_client_tries_again(ask: Any, sandbox: Running) -> None:
    message = "Resource exhausted, please try again later."
    sandbox.fail_next("*/ChatCompletions", 429, message=message)
    with pytest.raises(openai.RateLimitError) as refused:
        ask().chat.completions.create(model=MODEL, messages=ASKED)
    assert error(refused.value)["message"] == message
    sandbox.fail_next("*/ChatCompletions", 429)
    assert ask(max_retries=1).chat.completions.create(model=MODEL, messages=ASKED).choices


def test_there_is_no_list_of_models(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.list()
    assert "text/html" in refused.value.response.headers["content-type"]


def test_neighboring_routes_are_refused_by_name(client: openai.OpenAI) -> None:
    with pytest.raises(
        openai.InternalServerError, match=r"openapi\.completions is not served by the sandbox"
    ) as refused:
        client.completions.create(model=MODEL, prompt="hi")
    assert refused.value.status_code == 501
    assert refused.value.response.headers["x-should-retry"] == "false"
    with pytest.raises(openai.NotFoundError):
        client.embeddings.create(model=GEMINI, input="hi")
    with pytest.raises(openai.BadRequestError, match="not served by the Responses API"):
        client.responses.create(model=MODEL, input="hi")
    with pytest.raises(openai.BadRequestError, match="Private Preview"):
        client.responses.create(model="openai/gpt-6.1-terra", input="hi")


def test_a_model_of_ones_own_is_asked_at_its_endpoint(ask: Any, connect: Any, sandbox: Running) -> None:
    endpoints = connect(sandbox, "rest").of(EndpointServiceClient)
    for location, words in (("us-central1", ""), ("europe-west4", "its dedicated domain name")):
        (found,) = endpoints.list_endpoints(parent=f"projects/sandbox-ready/locations/{location}")
        client = ask(location, endpoint=found.name.rsplit("/", 1)[-1])
        if not words:
            assert client.chat.completions.create(model="", messages=ASKED).choices
            continue
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model="", messages=ASKED)
        message = error(refused.value)["message"]
        assert words in message
        assert found.dedicated_endpoint_dns in message
    with pytest.raises(openai.NotFoundError) as missing:
        ask("us-central1", endpoint="404").chat.completions.create(model="", messages=ASKED)
    assert error(missing.value)["message"].startswith("Endpoint `projects/sandbox-ready/")
