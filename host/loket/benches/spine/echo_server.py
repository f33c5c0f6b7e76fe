"""The echo tool, as the SDK's own documentation writes a server."""

from mcp.server import MCPServer

server = MCPServer("echo")


@server.tool()
def echo(text: str) -> str:
    """Say it back."""
    return text


server.run()
