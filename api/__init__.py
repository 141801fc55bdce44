"""The HTTP entrance: parse, one call, render. A package per dialect, a module per resource."""
