"""Files of prompts: what format they are in, and how each becomes the jobs that the server takes."""
