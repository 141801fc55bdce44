"""What `completion()` returns: JSON that can be indexed and has attributes."""

from typing import Any, Self


class Reply(dict[str, Any]):
    """An object of OpenAI's format: `reply["choices"][0]` and `reply.choices[0]` are the same."""

    @classmethod
    def of(cls, fields: dict[str, Any]) -> Self:
        """Return `fields` with every object within it made a reply as well."""
        return cls({name: _made(cls, value) for name, value in fields.items()})

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - JSON's values are of any type
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this reply has no {name!r}; it has {', '.join(self)}") from None


def _made(cls: type[Reply], value: object) -> object:
    if isinstance(value, dict):
        return cls.of(value)
    return [_made(cls, item) for item in value] if isinstance(value, list) else value
