"""Ask for an answer in a structure, in each mode that a framework has; prints what became of each as JSON.

Run with the Python of `.clients/frameworks`. Each is given OPENAI_BASE_URL, OPENAI_API_KEY and MODEL_ID, and nothing
else: what needs more is not what people do first. The names of the rows are those of docs/programs.md.
"""

# mypy: ignore-errors
# The frameworks live in an environment of their own.

from __future__ import annotations

import json
import os
import sys
import warnings

from pydantic import BaseModel

MODEL = os.environ["MODEL_ID"]
QUESTION = "Name one large city and how many people live there."


class City(BaseModel):
    """A city."""

    name: str
    people: int


def openai_parse() -> object:
    """The openai SDK's own: a JSON schema."""
    from openai import OpenAI

    return (
        OpenAI()
        .chat.completions.parse(model=MODEL, messages=[{"role": "user", "content": QUESTION}], response_format=City)
        .choices[0]
        .message.parsed
    )


def instructor_in(mode: str) -> object:
    """One of instructor's modes."""
    import instructor
    from openai import OpenAI

    client = instructor.from_openai(OpenAI(max_retries=0), mode=getattr(instructor.Mode, mode))
    return client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], response_model=City, max_retries=0
    )


def pydantic_ai_as(kind: str) -> object:
    """One of pydantic-ai's kinds of output."""
    import pydantic_ai
    from pydantic_ai.models.openai import OpenAIChatModel

    output = City if kind == "output_type" else getattr(pydantic_ai, kind)(City)
    return pydantic_ai.Agent(OpenAIChatModel(MODEL), output_type=output).run_sync(QUESTION).output


def langchain_by(method: str) -> object:
    """One of langchain's methods."""
    from langchain_openai import ChatOpenAI

    return ChatOpenAI(model=MODEL, max_retries=0).with_structured_output(City, method=method).invoke(QUESTION)


def smolagents_with(kind: str, **more: object) -> object:
    """An agent of smolagents, with one tool."""
    import smolagents

    @smolagents.tool
    def people_of(city: str) -> int:
        """Say how many people live in a city.

        Args:
            city: its name.
        """
        return len(city)

    model = smolagents.OpenAIModel(model_id=MODEL, **more)
    agent = getattr(smolagents, kind)(tools=[people_of], model=model, max_steps=1, verbosity_level=-1)
    agent.run("How many people live in Paris?")
    errors = [each.error for each in agent.memory.steps if getattr(each, "error", None)]
    if any("tool_choice" in str(each) for each in errors):
        raise RuntimeError(str(errors[0]))
    return "asked"


def agents_sdk() -> object:
    """The OpenAI Agents SDK, told to use chat completions."""
    import agents

    agents.set_tracing_disabled(True)
    model = agents.OpenAIChatCompletionsModel(model=MODEL, openai_client=agents.AsyncOpenAI())
    return agents.Runner.run_sync(agents.Agent("city", model=model, output_type=City), QUESTION).final_output


ROWS = {
    "openai: `parse`": openai_parse,
    "instructor: `Mode.TOOLS`, its default": lambda: instructor_in("TOOLS"),
    "instructor: `Mode.JSON_SCHEMA`": lambda: instructor_in("JSON_SCHEMA"),
    "instructor: `Mode.JSON`": lambda: instructor_in("JSON"),
    "pydantic-ai: `output_type=City`, its default": lambda: pydantic_ai_as("output_type"),
    "pydantic-ai: `NativeOutput(City)`": lambda: pydantic_ai_as("NativeOutput"),
    'langchain-openai: `with_structured_output(method="function_calling")`': lambda: langchain_by("function_calling"),
    'langchain-openai: `with_structured_output(method="json_schema")`, its default': lambda: langchain_by(
        "json_schema"
    ),
    "smolagents: `ToolCallingAgent`": lambda: smolagents_with("ToolCallingAgent"),
    'smolagents: `ToolCallingAgent`, `OpenAIModel(tool_choice="auto")`': lambda: smolagents_with(
        "ToolCallingAgent", tool_choice="auto"
    ),
    "smolagents: `CodeAgent`": lambda: smolagents_with("CodeAgent"),
    "openai-agents: `output_type` with `OpenAIChatCompletionsModel`": agents_sdk,
}


def outcome_of(message: str) -> str:
    """Name what an exception says.

    A stand-in keeps to a schema that is sent, and to none that only stands in the words of the question.
    """
    if "tool_choice" in message:
        return "refused"
    return "in words" if "validation error" in message else "fails"


def main() -> None:
    """Run every row."""
    warnings.simplefilter("ignore")
    found = {}
    for name, ask in ROWS.items():
        try:
            found[name] = ["works", repr(ask())]
        except Exception as error:  # noqa: BLE001 - whatever a framework raises is what its user sees
            found[name] = [outcome_of(str(error)), f"{type(error).__name__}: {error}"[:400]]
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
