;; A new version that uses another package for its sums.
;; scanner: drift
;; package: acme:tool
(component
  (import "acme:calc/math@1.0.0" (instance $i0 (export "add" (func))))
  (import "acme:calc/big@1.0.0" (instance $i1 (export "sum" (func))))
  (core func $add (canon lower (func $i0 "add")))
  (core func $sum (canon lower (func $i1 "sum")))
  (core instance $given (export "add" (func $add)) (export "sum" (func $sum)))
  (core module $m
    (import "host" "add" (func $add))
    (import "host" "sum" (func $sum))
    (func (export "run") (call $add) (call $sum)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
