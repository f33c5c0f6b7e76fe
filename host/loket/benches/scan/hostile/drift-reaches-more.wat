;; It asks for the same; but the function that read files now sends, too.
;; scanner: drift
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
    (func (export "run") (call $read) (call $send))
    (func (export "post") (call $send)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (func $post-f (canon lift (core func $i "post")))
  (instance $acts (export "run" (func $run-f)) (export "post" (func $post-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
