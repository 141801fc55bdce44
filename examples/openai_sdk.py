"""OpenAI's own SDK, pointed at a running service (`promptmill up`): a completion, a stream, and a batch."""

import json
import os
import time

from openai import OpenAI

MODEL = "claude-haiku-5-5"
SUMS = {"easy": "17 + 25", "harder": "17 * 25"}

url = os.environ.get("PROMPTMILL_URL", "http://127.0.0.1:8000")
client = OpenAI(base_url=f"{url}/openai/v1", api_key=os.environ.get("PROMPTMILL_API_KEY", "none"))

question = {"role": "user", "content": "What is 17 + 25?"}
answer = client.chat.completions.create(model=MODEL, messages=[question])
print(answer.choices[0].message.content)

story = {"role": "user", "content": "Tell me a short story."}
for chunk in client.chat.completions.create(model=MODEL, messages=[story], stream=True):
    print(chunk.choices[0].delta.content or "", end="", flush=True)
print()

lines = [
    {
        "custom_id": name,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": MODEL, "messages": [{"role": "user", "content": f"What is {term}?"}]},
    }
    for name, term in SUMS.items()
]
content = "\n".join(json.dumps(line) for line in lines).encode()
file = client.files.create(file=("sums.jsonl", content), purpose="batch")
batch = client.batches.create(input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h")
while batch.status == "in_progress":
    time.sleep(1)
    batch = client.batches.retrieve(batch.id)
print(batch.status, batch.request_counts)
for line in client.files.content(batch.output_file_id).iter_lines():
    result = json.loads(line)
    print(result["custom_id"], result["response"]["body"]["choices"][0]["message"]["content"])
