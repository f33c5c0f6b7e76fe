;; Both versions read and send; the new one sends something else from a day on that it counts when it runs.
;; scanner: drift
;; unseen: whether the branch is taken is known when it runs
;; package: acme:tool
(component
  (import "loket:files/folders@0.1.0" (instance $i0 (export "read" (func))))
  (import "loket:http/client@0.1.0" (instance $i1 (export "send" (func))))
  (core func $read (canon lower (func $i0 "read")))
  (core func $send (canon lower (func $i1 "send")))
  (core instance $given (export "read" (func $read)) (export "send" (func $send)))
  (core module $m
    (import "host" "read" (func $read))
    (import "host" "send" (func $send))
    (memory 1)
    (func (export "run")
      (call $read)
      (if (i32.load (i32.const 0)) (then (i32.store (i32.const 8) (i32.const 666))))
      (call $send)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
