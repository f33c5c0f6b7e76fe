;; A new version that asks for the network, which the one before did without.
;; scanner: drift
;; package: acme:tool
(component
  (import "acme:calc/math@1.0.0" (instance $i0 (export "add" (func))))
  (import "loket:http/client@0.1.0" (instance $i1 (export "send" (func))))
  (core func $add (canon lower (func $i0 "add")))
  (core func $send (canon lower (func $i1 "send")))
  (core instance $given (export "add" (func $add)) (export "send" (func $send)))
  (core module $m
    (import "host" "add" (func $add))
    (import "host" "send" (func $send))
    (func (export "run") (call $add) (call $send)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
