"""The one check that every model id must pass, in all formats."""

from claude.reader import Reader

LONGEST_MODEL = 256


def check_model(reader: Reader) -> str:
    """Read the model id, or "" where it is unusable; what Claude does not know, Claude itself refuses."""
    model = reader.required_text("model")
    if model is None:
        return ""
    if not model.isprintable() or len(model) > LONGEST_MODEL:
        reader.refuse("model", f"must be at most {LONGEST_MODEL} printable characters")
        return ""
    return model
