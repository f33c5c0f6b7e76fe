;; The same through a table.
;; scanner: reach
(component
  (import "loket:http/client@0.1.0" (instance $i0 (export "send" (func))))
  (core func $send (canon lower (func $i0 "send")))
  (core instance $given (export "send" (func $send)))
  (core module $m
    (import "host" "send" (func $send))
    (type $v (func))
    (table 1 funcref)
    (elem (i32.const 0) $send)
    (func $before (local $slot i32) (call_indirect (type $v) (local.get $slot)))
    (start $before)
    (func (export "run")))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
