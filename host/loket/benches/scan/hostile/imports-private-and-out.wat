;; It asks for memories and for the network; one function reads into a memory of its own, another sends.
;; scanner: imports
(component
  (import "loket:brain/memory@0.1.0" (instance $i0 (export "recall" (func))))
  (import "loket:http/client@0.1.0" (instance $i1 (export "send" (func))))
  (core func $recall (canon lower (func $i0 "recall")))
  (core func $send (canon lower (func $i1 "send")))
  (core instance $given (export "recall" (func $recall)) (export "send" (func $send)))
  (core module $m
    (import "host" "recall" (func $recall))
    (import "host" "send" (func $send))
    (memory 1)
    (func (export "run") (call $recall))
    (func (export "flush") (call $send)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (func $flush-f (canon lift (core func $i "flush")))
  (instance $acts (export "run" (func $run-f)) (export "flush" (func $flush-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
