"""Whether the tools of a Messages body can be used, and the choice among them."""

import re

from sandbox.checks import Body
from sandbox.errors import invalid

TOOL_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def check_tools(body: Body) -> None:
    """Raise `ApiError` for tools that cannot be used, or a choice of one that is not there."""
    tools = body["tools"]
    if not isinstance(tools, list):
        raise invalid("tools: Input should be a valid list")
    names: set[str] = set()
    for index, tool in enumerate(tools):
        _check_tool(tool, f"tools.{index}", names)
    choice = body.get("tool_choice")
    if isinstance(choice, dict):
        if choice.get("type") not in ("auto", "any", "tool", "none"):
            raise invalid("tool_choice.type: Input should be 'auto', 'any', 'tool' or 'none'")
        if choice.get("type") == "tool" and choice.get("name") not in list(names):
            raise invalid(f"Tool '{choice.get('name')}' not found in provided tools")


def _check_tool(tool: object, where: str, names: set[str]) -> None:
    if not isinstance(tool, dict):
        raise invalid(f"{where}: Input should be a valid dictionary or object to extract fields from")
    kind, name = tool.get("type", "custom"), tool.get("name")
    if name is None and not str(kind).startswith(("computer_toolset", "browser_toolset", "mcp_toolset")):
        raise invalid(f"{where}.{kind}.name: Field required")
    if name is not None and (not isinstance(name, str) or not TOOL_NAME.fullmatch(name)):
        raise invalid(f"{where}.{kind}.name: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'")
    if name in names:
        raise invalid("tools: Tool names must be unique.")
    if name is not None:
        names.add(name)
    schema = tool.get("input_schema")
    if kind == "custom" and schema is None:
        raise invalid(f"{where}.custom.input_schema: Field required")
    if kind == "custom" and (not isinstance(schema, dict) or schema.get("type") != "object"):
        raise invalid(f"{where}.custom.input_schema.type: Input should be 'object'")
