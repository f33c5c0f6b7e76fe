// A client on the official TypeScript SDK, told on its standard input what to do: one order a line, one answer a line.
//
// Arguments: the folder with `node_modules`, the server's address, a token, and which of the SDK's packages: `sdk` (revisions with sessions)
// or `client` (the newest). Orders: {"do": "tools"}, {"do": "call", "name", "arguments"}, {"do": "resources", "cursor"?},
// {"do": "read", "uri"}, {"do": "prompts"}, {"do": "prompt", "name", "arguments"}, {"do": "complete", "ref", "argument"},
// {"do": "answer", "action"} for what its user says to every question from then on. An answer is {"ok"} or {"error"}.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [folder, url, token, which] = process.argv.slice(2);
const require = createRequire(`${folder}/`);
const load = name => import(pathToFileURL(require.resolve(name)));

const options = { requestInit: { headers: { authorization: `Bearer ${token}` } } };
const able = { capabilities: { elicitation: { form: {} } } };
const whoami = { name: 'peer', version: '1' };
let action = 'cancel';
const asked = [];
const answer = request => {
    asked.push(request.params.message);
    return action === 'accept' ? { action, content: {} } : { action };
};

let client;
let transport;
if (which === 'sdk') {
    const { Client } = await load('@modelcontextprotocol/sdk/client/index.js');
    const { StreamableHTTPClientTransport } = await load('@modelcontextprotocol/sdk/client/streamableHttp.js');
    const { ElicitRequestSchema } = await load('@modelcontextprotocol/sdk/types.js');
    client = new Client(whoami, able);
    client.setRequestHandler(ElicitRequestSchema, answer);
    transport = new StreamableHTTPClientTransport(new URL(url), options);
} else {
    const { Client, StreamableHTTPClientTransport } = await load('@modelcontextprotocol/client');
    client = new Client(whoami, { ...able, versionNegotiation: { mode: { pin: '2026-07-28' } } });
    client.setRequestHandler('elicitation/create', answer);
    transport = new StreamableHTTPClientTransport(new URL(url), options);
}
await client.connect(transport);

const orders = {
    tools: () => client.listTools(),
    call: ({ name, arguments: given }) => client.callTool({ name, arguments: given }),
    resources: ({ cursor }) => client.listResources(cursor === undefined ? undefined : { cursor }),
    read: ({ uri }) => client.readResource({ uri }),
    prompts: () => client.listPrompts(),
    prompt: ({ name, arguments: given }) => client.getPrompt({ name, arguments: given }),
    complete: ({ ref, argument }) => client.complete({ ref, argument }),
    answer: async order => {
        action = order.action;
        return { asked };
    },
};
for await (const line of createInterface({ input: process.stdin })) {
    const order = JSON.parse(line);
    let said;
    try {
        said = { ok: await orders[order.do](order) };
    } catch (error) {
        said = { error: `${error?.message ?? error}` };
    }
    process.stdout.write(`${JSON.stringify(said)}\n`);
}
process.exit(0);
