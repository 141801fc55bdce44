"""OpenAI's Evals wire format, read as definitions and datasets of ours."""
