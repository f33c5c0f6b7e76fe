"""The client of a scenario about logins of the conformance suite: the command line of `loket`, in a home of its own. The server at the address
that comes last is accepted and its tool is called. Where the host says that somebody has to log in, that is done as a person would: the address
that it tells is opened, and whatever it leads to is followed."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request

program, url = sys.argv[1], sys.argv[-1]
home = tempfile.mkdtemp(prefix="loket-conformance-")
context = json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT") or "{}")
scenario = os.environ.get("MCP_CONFORMANCE_SCENARIO", "")
environment = {"PATH": "/usr/bin:/bin"}


def loket(*words, said=None):
    done = subprocess.run(
        [program, "--home", home, *words], env=environment, input=said, text=True, capture_output=True, check=False
    )
    print("$ loket", *words, "->", done.returncode, done.stdout[-600:], done.stderr[-600:], file=sys.stderr)
    return done


def get(address):
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


def authority(address):
    return urllib.parse.urlsplit(address).netloc


def issuer():
    """The authorization server, for a secret that is tied to it."""
    place = urllib.parse.urlsplit(url)
    document = f"{place.scheme}://{place.netloc}/.well-known/oauth-protected-resource{place.path}"
    return json.loads(get(document))["authorization_servers"][0]


def secret(name, value, host):
    loket("secret", "set", name, "--host", authority(host), said=value + "\n")


def settings():
    """What an owner would write into `loket.toml` for this scenario."""
    oauth, secrets = {}, []
    if scenario == "auth/basic-cimd":
        oauth["document"] = "https://conformance-test.local/client-metadata.json"
    if "client_id" in context:
        oauth["client_id"] = context["client_id"]
    if "client_secret" in context:
        oauth["secret"] = "client"
        secrets.append(("client", context["client_secret"], context.get("issuer") or issuer()))
    if scenario.startswith("auth/client-credentials"):
        oauth["grant"] = "client-credentials"
    if "private_key_pem" in context:
        oauth["key"] = "key"
        secrets.append(("key", " ".join(context["private_key_pem"].split("\n")).strip(), issuer()))
    if "valid_jwt" in context:
        oauth.update(grant="assertion", token="workload")
        secrets.append(("workload", context["valid_jwt"], issuer()))
    if "idp_id_token" in context:
        oauth.update(grant="identity", token="employee")
        oauth.update(identity_issuer=context["idp_issuer"], identity_client=context["idp_client_id"])
        secrets.append(("employee", context["idp_id_token"], context["idp_token_endpoint"]))
    lines = ["[secrets]", 'key = "file"', "[mcp.conf]", f"url = {json.dumps(url)}"]
    if oauth:
        lines += ["[mcp.conf.oauth]"] + [f"{key} = {json.dumps(value)}" for key, value in oauth.items()]
    return "\n".join(lines) + "\n", secrets


def log_in():
    """Whether somebody is logged in now."""
    words = [program, "--home", home, "mcp", "login", "conf", "--json"]
    with subprocess.Popen(words, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as login:
        said = login.stdout.readline()
        address = json.loads(said or "{}").get("url")
        if address:
            print("opened", address, "->", get(address)[:200], file=sys.stderr)
        rest, wrong = login.communicate(timeout=60)
        print("login ->", login.returncode, said, rest, wrong, file=sys.stderr)
        return login.returncode == 0


def let_in(*words):
    """Runs a command; where it says that somebody has to log in, that is done first, and then it is run again."""
    done = loket(*words)
    for _ in range(4):
        if done.returncode == 0 or "loket mcp login conf" not in done.stdout + done.stderr:
            return done.returncode == 0
        if not log_in():
            return False
        done = loket(*words)
    return done.returncode == 0


os.makedirs(os.path.join(home, "state"))
for shared, name in (("loket-test-compiled", "compiled"), ("loket-test-scans", "scans")):
    shared = os.path.join(tempfile.gettempdir(), shared)
    os.makedirs(shared, exist_ok=True)
    os.symlink(shared, os.path.join(home, "state", name))
text, secrets = settings()
with open(os.path.join(home, "loket.toml"), "w", encoding="utf-8") as file:
    file.write(text)
for name, value, host in secrets:
    secret(name, value, host)
passed = let_in("mcp", "accept", "conf", "--yes") and let_in("call", "mcp:conf/tools", "test-tool")
sys.exit(0 if passed else 1)
