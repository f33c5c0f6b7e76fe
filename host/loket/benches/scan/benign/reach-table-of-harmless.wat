;; Calls through a table that holds nothing sensitive.
;; scanner: reach
(component
  (import "acme:calc/math@1.0.0" (instance $i0 (export "add" (func))))
  (core func $add (canon lower (func $i0 "add")))
  (core instance $given (export "add" (func $add)))
  (core module $m
    (import "host" "add" (func $add))
    (type $v (func))
    (table 2 funcref)
    (elem (i32.const 0) $add $nothing)
    (func $nothing)
    (func (export "run") (local i32) (call_indirect (type $v) (local.get 0))))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
