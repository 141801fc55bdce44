"""`promptmill eval`: run evaluations, and look at what came of them."""
