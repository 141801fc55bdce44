"""A local stand-in for the Claude API: the real wire format, faults on demand, and a ledger of every call."""
