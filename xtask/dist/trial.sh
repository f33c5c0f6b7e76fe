#!/bin/sh
# What an owner does with the program on a machine that has nothing else: serve, chat, take in a tool, let the agent use it, stop.
# The argument is a folder with `loket` and `tool.wasm`, which is the package `test:echo`.
set -eu
here=$1
loket=$here/loket
mkdir "$here/owner" "$here/empty"
export HOME="$here/owner"
cd "$here/empty"
home=$HOME/.local/share/loket

fail() {
    echo "error: $*" >&2
    cat "$here/serve.log" >&2
    exit 1
}

# Runs a command, and looks for a text in what it prints.
expect() {
    text=$1
    shift
    said=$("$loket" "$@" 2>&1) || fail "\`loket $*\` failed: $said"
    case $said in
        *"$text"*) echo "    loket $*" ;;
        *) fail "\`loket $*\` does not say '$text', but: $said" ;;
    esac
}

# Waits until a command succeeds: twenty seconds at most.
await() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -lt 200 ] || fail "waited in vain for: $*"
        sleep 0.1
    done
}

knows() {
    "$loket" packages 2>&1 | grep -q "$1"
}

expect "loket " --version
"$loket" serve --listen 127.0.0.1:0 >"$here/serve.log" 2>&1 &
service=$!
trap 'kill $service 2>/dev/null || true' EXIT
await test -f "$home/state/host.json"
echo "    loket serve"
expect "assistant" agents
expect "Noted" chat assistant "My server is at 10.0.0.5"
expect "10.0.0.5" chat assistant "where is my server?"
expect "0.3" call loket:calc/arithmetic evaluate '{"expression": "0.1 + 0.2"}'

# The tool is dropped into the home while the host runs.
if knows test:echo; then fail "test:echo is there already"; fi
mkdir -p "$home/registry/test/echo"
cp "$here/tool.wasm" "$home/registry/test/echo/0.1.0.wasm"
await knows test:echo
expect "all is well" call test:echo/acts echo '{"text": "all is well"}'
expect "test:echo" grant assistant test:echo
expect "so they say" chat assistant '/echo_echo {"text": "so they say"}'

kill -TERM $service
wait $service || fail "the service did not end well"
trap - EXIT
expect "every link holds" ledger --verify
[ -z "$(ls -A .)" ] || fail "the folder it was started in is not empty any more: $(ls -A .)"
