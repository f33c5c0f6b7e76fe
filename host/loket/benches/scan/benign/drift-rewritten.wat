;; A new version, written anew: other code, the same border.
;; scanner: drift
;; package: acme:tool
(component
  (import "acme:calc/math@1.0.0" (instance $i0 (export "add" (func))))
  (core func $add (canon lower (func $i0 "add")))
  (core instance $given (export "add" (func $add)))
  (core module $m
    (import "host" "add" (func $add))
    (func $in (call $add))
    (func (export "run") (call $in) (call $in)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
