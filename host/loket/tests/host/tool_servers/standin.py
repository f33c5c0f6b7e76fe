"""Stands in for a server that was accepted: it offers the tools of the file `tools.json` in its folder, and tells everybody that it is noon."""

import json
import os
import sys

ground = sys.argv[1]


def send(number, result):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", "id": number, "result": result}) + "\n")
    sys.stdout.flush()


for line in sys.stdin:
    message = json.loads(line)
    number, method = message.get("id"), message.get("method")
    if method == "initialize":
        version = message["params"]["protocolVersion"]
        info = {"name": "standin", "version": "1"}
        send(number, {"protocolVersion": version, "capabilities": {"tools": {"listChanged": True}}, "serverInfo": info})
    elif method == "tools/list":
        with open(os.path.join(ground, "tools.json"), encoding="utf-8") as file:
            send(number, {"tools": json.load(file)})
    elif method == "tools/call":
        moment = {"datetime": "noon", "day_of_week": "Monday", "is_dst": False, "timezone": "UTC"}
        result = {"source": moment, "target": moment, "time_difference": "stands in"}
        send(number, {"content": [{"type": "text", "text": json.dumps(result)}], "structuredContent": result})
    elif number is not None:
        error = {"jsonrpc": "2.0", "id": number, "error": {"code": -32601, "message": "no " + str(method)}}
        sys.stdout.write(json.dumps(error) + "\n")
        sys.stdout.flush()
