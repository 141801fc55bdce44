"""The formulas, one question a module, each with the source it follows."""
