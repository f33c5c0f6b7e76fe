;; A tool that sends requests with a secret that the host puts in.
;; scanner: imports
(component
  (import "loket:secrets/secrets@0.1.0" (instance $i0 (export "names" (func))))
  (import "loket:http/client@0.1.0" (instance $i1 (export "send" (func))))
  (core func $names (canon lower (func $i0 "names")))
  (core func $send (canon lower (func $i1 "send")))
  (core instance $given (export "names" (func $names)) (export "send" (func $send)))
  (core module $m
    (import "host" "names" (func $names))
    (import "host" "send" (func $send))
    (func (export "run") (call $names) (call $send)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
