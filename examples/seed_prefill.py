"""Put words in Claude's mouth: the answer goes on where the last assistant message ends."""

import os

from promptmill import completion

# Replace with your Anthropic key, or set it in the environment.
os.environ.setdefault("ANTHROPIC_API_KEY", "your-api-key")

messages = [
    {
        "role": "user",
        "content": "How do you say 'Hello' in German? Return your answer as a JSON object, like this:\n\n"
        '{ "Hello": "Hallo" }',
    },
    {"role": "assistant", "content": "{"},
]
response = completion(model="claude-2.1", messages=messages)
print("{" + response.choices[0].message.content)
