"""The client of a scenario of the conformance suite: a host of its own, and the command line of `loket` as its owner. The server at the address
that comes last is brought in and accepted, and its tools are called: with what the scenario says, else each once with something that fits. What
the server asks of its owner is answered with yes, and with what it says is usual."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time

url, home = sys.argv[-1], tempfile.mkdtemp(prefix="loket-conformance-")
environment = {"PATH": "/usr/bin:/bin"}


def loket(*words):
    command = [sys.argv[1], "--home", home, *words]
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode()


def fitting(schema, tools):
    kinds = {"string": "x", "integer": 2, "number": 3, "boolean": True, "array": []}
    if schema.get("type") in kinds:
        return kinds[schema["type"]]
    # What has no type is JSON as text: a scenario wants the schema of one of its tools back.
    wanted = tools.get("json_schema_2020_12_tool")
    return json.dumps(wanted["parameters"] if wanted else {})


def answer(until):
    while not until.is_set():
        try:
            for ask in json.loads(loket("approvals", "list", "--json") or "[]"):
                loket("approvals", "yes", ask["id"])
        except ValueError:
            pass
        time.sleep(0.1)


def free():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


loket("mcp", "add", "conf", url, "--elicitation")
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
service = [sys.argv[1], "--home", home, "serve", "--listen", f"127.0.0.1:{free()}"]
with subprocess.Popen(service, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as serving:
    while serving.poll() is None and not os.path.exists(os.path.join(home, "state", "host.json")):
        time.sleep(0.05)
    over = threading.Event()
    answering = threading.Thread(target=answer, args=(over,))
    answering.start()
    for call in calls:
        loket("call", "mcp:conf/tools", call["name"], json.dumps(call["arguments"]))
    over.set()
    answering.join()
    serving.terminate()
