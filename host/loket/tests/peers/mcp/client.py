"""A client on the official Python SDK, told on its standard input what to do: one order a line, one answer a line.

Arguments: the server's address, a token, and the mode of the SDK: `legacy` for revisions with sessions, or a revision. The orders are those of
`client.mjs`.
"""

import asyncio
import json
import sys

import httpx2
import mcp_types as types
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

url, token, mode = sys.argv[1:]
said = {"action": "cancel", "asked": []}


async def elicited(_context, params):
    said["asked"].append(params.message)
    content = {} if said["action"] == "accept" else None
    return types.ElicitResult(action=said["action"], content=content)


async def do(client, order):
    what = order["do"]
    if what == "tools":
        return await client.list_tools()
    if what == "call":
        return await client.call_tool(order["name"], order.get("arguments") or {})
    if what == "resources":
        return await client.list_resources(cursor=order.get("cursor"))
    if what == "read":
        return await client.read_resource(order["uri"])
    if what == "prompts":
        return await client.list_prompts()
    if what == "prompt":
        return await client.get_prompt(order["name"], order.get("arguments") or {})
    raise ValueError(f"nobody knows `{what}`")


def bare(result):
    return result.model_dump(mode="json", by_alias=True, exclude_none=True)


async def main():
    headers = {"authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(headers=headers, timeout=120) as http:
        transport = streamable_http_client(url, http_client=http)
        async with Client(transport, mode=mode, elicitation_callback=elicited) as client:
            while line := await asyncio.to_thread(sys.stdin.readline):
                order = json.loads(line)
                try:
                    if order["do"] == "answer":
                        said["action"] = order["action"]
                        answer = {"ok": {"asked": said["asked"]}}
                    else:
                        answer = {"ok": bare(await do(client, order))}
                except Exception as error:
                    answer = {"error": str(error) or type(error).__name__}
                print(json.dumps(answer), flush=True)


asyncio.run(main())
