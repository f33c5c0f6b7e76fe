"""A server on the official Python SDK with the tool that the benchmark calls. Arguments: `stdio`, or a port for HTTP without sessions."""

import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("bench", log_level="ERROR")


@server.tool()
def calc_evaluate(expression: str) -> str:
    """Evaluate a product of two whole numbers."""
    left, right = expression.split("*")
    return str(int(left) * int(right))


if sys.argv[1] == "stdio":
    server.run("stdio")
else:
    # As lean as it can be: no sessions, and answers without a stream.
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]), json_response=True, stateless_http=True)
