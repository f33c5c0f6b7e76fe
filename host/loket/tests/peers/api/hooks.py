"""What schemathesis does not know by itself: a component is sent as it is, and who is refused."""

import os

import schemathesis

# What is answered whoever asks.
OPEN = {"/api/v1/health", "/api/v1/ready"}
# No token or a wrong one, one that does not do, nothing there, another method.
REFUSALS = {401, 403, 404, 405}


@schemathesis.serializer("application/wasm")
def component(context, value):
    return value.encode() if isinstance(value, str) else value


if os.environ.get("LOKET_NARROW"):

    @schemathesis.check
    def refused(context, response, case):
        """Whoever shows a client's token comes to nothing that is described but what is open."""
        if case.path not in OPEN and response.status_code not in REFUSALS:
            raise AssertionError(f"{case.method} {case.path} was answered with {response.status_code}")
