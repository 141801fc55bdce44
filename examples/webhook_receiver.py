"""Receives Promptmill's webhooks: verifies each, and takes what comes twice for once.

promptmill webhooks secret > secret.txt
WEBHOOK_SECRET=$(cat secret.txt) python webhook_receiver.py 9000
promptmill submit prompts.txt --webhook http://your-host:9000/hook
"""

import os
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
seen: set[str] = set()  # a real receiver keeps the ids of the last days in its database
MOST_BYTES = 64 * 1024


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 to what is signed with our secret, and 401 to everything else."""

    def do_POST(self) -> None:
        """Take one webhook."""
        body = self.rfile.read(min(int(self.headers.get("content-length", 0)), MOST_BYTES))
        try:
            event = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError:
            self.answer(401)
            return
        if self.headers["webhook-id"] not in seen:  # it is sent again when our answer was lost
            seen.add(self.headers["webhook-id"])
            counts = event["data"]["counts"]
            print(
                f"{event['data']['id']} ended: {counts['succeeded']} of {counts['total']} succeeded",
                flush=True,
            )
        self.answer(204)

    def answer(self, status: int) -> None:
        """Answer with a status and nothing else."""
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


if __name__ == "__main__":
    server = HTTPServer(("", int(sys.argv[1])), Receiver)
    print(f"receiving on port {server.server_port}", flush=True)
    server.serve_forever()
