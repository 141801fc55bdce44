"""Two runs on the same items: what differs, how sure that is, and what to call it."""
