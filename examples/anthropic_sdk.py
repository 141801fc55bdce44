"""Anthropic's own SDK, pointed at a running service (`promptmill up`): a message, a stream, and a batch."""

import os
import time

from anthropic import Anthropic

MODEL = "claude-haiku-5-5"
SUMS = {"easy": "17 + 25", "harder": "17 * 25"}

client = Anthropic(
    base_url=os.environ.get("PROMPTMILL_URL", "http://127.0.0.1:8000"),
    api_key=os.environ.get("PROMPTMILL_API_KEY", "none"),
    max_retries=0,  # the job has its own
)


def question(text: str) -> dict:
    """Return the parameters of a message."""
    return {"model": MODEL, "max_tokens": 1024, "messages": [{"role": "user", "content": text}]}


message = client.messages.create(**question("What is 17 + 25?"))
print(next(block.text for block in message.content if block.type == "text"))

with client.messages.stream(**question("Tell me a short story.")) as stream:
    for text in stream.text_stream:
        print(text, end="", flush=True)
print()

requests = [{"custom_id": name, "params": question(f"What is {term}?")} for name, term in SUMS.items()]
batch = client.messages.batches.create(requests=requests)
while batch.processing_status != "ended":
    time.sleep(1)
    batch = client.messages.batches.retrieve(batch.id)
for line in client.messages.batches.results(batch.id):
    answer = next(block.text for block in line.result.message.content if block.type == "text")
    print(line.custom_id, answer)
