"""System messages are written the way each model expects them."""

import os

from promptmill import completion

# Replace with your Anthropic key, or set it in the environment.
os.environ.setdefault("ANTHROPIC_API_KEY", "your-api-key")

messages = [
    {"role": "system", "content": "You are a snarky assistant."},
    {"role": "user", "content": "How do I boil water?"},
]
response = completion(model="claude-2.1", messages=messages)
print(response["choices"][0]["message"]["content"])
