"""Ask as LangChain does by itself; everything is in the environment."""

import os
import sys

from langchain_openai import ChatOpenAI  # type: ignore[import-not-found] # it lives in an environment of its own

model = ChatOpenAI(model=os.environ["MODEL_ID"])
sys.stdout.write("".join(chunk.text for chunk in model.stream(os.environ["QUESTION"])))
