"""The client of a scenario of the conformance suite: the command line of `loket`, in a home of its own. The server at the address that comes
last is brought in and accepted, and its tools are called: with what the scenario says, else each once with something that fits."""

import json
import os
import subprocess
import sys
import tempfile

url, home = sys.argv[-1], tempfile.mkdtemp(prefix="loket-conformance-")


def loket(*words):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([sys.argv[1], "--home", home, *words], env={"PATH": "/usr/bin:/bin"}, check=False, **quiet)


def fitting(schema, tools):
    kinds = {"string": "x", "integer": 2, "number": 3, "boolean": True, "array": []}
    if schema.get("type") in kinds:
        return kinds[schema["type"]]
    # What has no type is JSON as text: a scenario wants the schema of one of its tools back.
    wanted = tools.get("json_schema_2020_12_tool")
    return json.dumps(wanted["parameters"] if wanted else {})


loket("mcp", "add", "conf", url)
try:
    with open(os.path.join(home, "state", "mcp-tools.json"), encoding="utf-8") as file:
        tools = json.load(file)["conf"]
except (OSError, KeyError):
    tools = {}
calls = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}").get("toolCalls")
if not calls:
    properties = {name: tool["parameters"].get("properties", {}) for name, tool in tools.items()}
    calls = [
        {"name": name, "arguments": {key: fitting(schema, tools) for key, schema in of.items()}}
        for name, of in properties.items()
    ]
for call in calls:
    loket("call", "mcp:conf/tools", call["name"], json.dumps(call["arguments"]))
