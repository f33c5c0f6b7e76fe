;; The same by calls through references, which are not followed.
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
    (elem declare func $read $send)
    (func (export "run") (local $what (ref null $v))
      (local.set $what (ref.func $read))
      (call_ref $v (local.get $what))
      (local.set $what (ref.func $send))
      (call_ref $v (local.get $what))))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
