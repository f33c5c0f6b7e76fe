;; The same by a call through a table, whose slot is counted at run time.
;; scanner: reach
(component
  (import "loket:files/folders@0.1.0" (instance $i0 (export "read" (func))))
  (import "loket:http/client@0.1.0" (instance $i1 (export "send" (func))))
  (core func $read (canon lower (func $i0 "read")))
  (core func $send (canon lower (func $i1 "send")))
  (core instance $given (export "read" (func $read)) (export "send" (func $send)))
  (core module $m
    (import "host" "read" (func $read))
    (import "host" "send" (func $send))
    (type $v (func))
    (table 3 funcref)
    (elem (i32.const 0) $read $send $nothing)
    (func $nothing)
    (func (export "run") (local $slot i32)
      (loop $next
        (call_indirect (type $v) (local.get $slot))
        (br_if $next (i32.lt_u (local.tee $slot (i32.add (local.get $slot) (i32.const 1))) (i32.const 3))))))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
