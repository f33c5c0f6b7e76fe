;; WASI that a standard library brings along.
;; scanner: imports
(component
  (import "wasi:cli/environment@0.2.6" (instance $i0 (export "get-environment" (func))))
  (import "wasi:clocks/wall-clock@0.2.6" (instance $i1 (export "now" (func))))
  (import "wasi:cli/exit@0.2.6" (instance $i2 (export "exit" (func))))
  (core func $get-environment (canon lower (func $i0 "get-environment")))
  (core func $now (canon lower (func $i1 "now")))
  (core func $exit (canon lower (func $i2 "exit")))
  (core instance $given (export "get-environment" (func $get-environment)) (export "now" (func $now)) (export "exit" (func $exit)))
  (core module $m
    (import "host" "get-environment" (func $get-environment))
    (import "host" "now" (func $now))
    (import "host" "exit" (func $exit))
    (func (export "run") (call $now)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
