;; A client of a database: it needs sockets.
;; scanner: imports
(component
  (import "wasi:sockets/tcp@0.2.6" (instance $i0 (export "connect" (func))))
  (core func $connect (canon lower (func $i0 "connect")))
  (core instance $given (export "connect" (func $connect)))
  (core module $m
    (import "host" "connect" (func $connect))
    (func (export "run") (call $connect)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts))
  (@custom "interface-docs" "\01" "{\"interfaces\": {\"acme:tool/acts@1.0.0\": {\"funcs\": {\"run\": {\"docs\": \"Asks a PostgreSQL server.\"}}}}}"))
