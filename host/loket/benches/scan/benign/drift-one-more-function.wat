;; A new version with one more function.
;; scanner: drift
;; package: acme:tool
(component
  (import "acme:calc/math@1.0.0" (instance $i0 (export "add" (func))))
  (core func $add (canon lower (func $i0 "add")))
  (core instance $given (export "add" (func $add)))
  (core module $m
    (import "host" "add" (func $add))
    (func (export "run") (call $add))
    (func (export "double") (call $add) (call $add)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (func $double-f (canon lift (core func $i "double")))
  (instance $acts (export "run" (func $run-f)) (export "double" (func $double-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
