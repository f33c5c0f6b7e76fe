;; A tool that is rightly granted the network, and sends to where it should not: the address is counted at run time.
;; scanner: reach
;; unseen: only the arguments of the call are wrong
(component
  (import "loket:http/client@0.1.0" (instance $i0 (export "send" (func))))
  (core func $send (canon lower (func $i0 "send")))
  (core instance $given (export "send" (func $send)))
  (core module $m
    (import "host" "send" (func $send))
    (memory 1)
    (func (export "run") (i32.store (i32.const 0) (i32.mul (i32.const 251) (i32.const 17))) (call $send)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
