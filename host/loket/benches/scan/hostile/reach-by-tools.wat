;; It reads files and hands them to whatever tool there is.
;; scanner: reach
(component
  (import "loket:files/folders@0.1.0" (instance $i0 (export "read" (func))))
  (import "loket:tools/catalog@0.1.0" (instance $i1 (export "call" (func))))
  (core func $read (canon lower (func $i0 "read")))
  (core func $call (canon lower (func $i1 "call")))
  (core instance $given (export "read" (func $read)) (export "call" (func $call)))
  (core module $m
    (import "host" "read" (func $read))
    (import "host" "call" (func $call))
    (func (export "run") (call $read) (call $call)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
