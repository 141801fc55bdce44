"""Set stream=True and read the pieces as they come."""

import os

from promptmill import completion

# Replace with your Anthropic key, or set it in the environment.
os.environ.setdefault("ANTHROPIC_API_KEY", "your-api-key")

messages = [{"role": "user", "content": "Hey! how's it going?"}]
response = completion(model="claude-instant-1", messages=messages, stream=True)
for chunk in response:
    print(chunk["choices"][0]["delta"]["content"])  # same as openai format
