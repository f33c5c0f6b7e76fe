;; Code that runs at the start and calls nothing, beside a function that uses the network.
;; scanner: reach
(component
  (import "loket:http/client@0.1.0" (instance $i0 (export "send" (func))))
  (core func $send (canon lower (func $i0 "send")))
  (core instance $given (export "send" (func $send)))
  (core module $m
    (import "host" "send" (func $send))
    (global $ready (mut i32) (i32.const 0))
    (func $before (global.set $ready (i32.const 1)))
    (start $before)
    (func (export "run") (call $send)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
