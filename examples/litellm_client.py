"""LiteLLM as a client of a running service (`promptmill up`): by OpenAI's format, and by Anthropic's."""

import os

import litellm

MODEL = "claude-haiku-5-5"

url = os.environ.get("PROMPTMILL_URL", "http://127.0.0.1:8000")
key = os.environ.get("PROMPTMILL_API_KEY", "none")
openai = {"model": f"openai/{MODEL}", "api_base": f"{url}/openai/v1", "api_key": key}
anthropic = {"model": f"anthropic/{MODEL}", "api_base": url, "api_key": key}


def question(text: str) -> list[dict]:
    """Return the messages of a conversation that starts with `text`."""
    return [{"role": "user", "content": text}]


for service in (openai, anthropic):
    answer = litellm.completion(**service, messages=question("What is 17 + 25?"), max_tokens=1024)
    print(answer.choices[0].message.content)
    for chunk in litellm.completion(**service, messages=question("Tell me a short story."), stream=True):
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print()

try:
    litellm.completion(**openai, messages=question("Hello?"), max_tokens=0)
except litellm.BadRequestError as error:
    print("refused:", error.message)
