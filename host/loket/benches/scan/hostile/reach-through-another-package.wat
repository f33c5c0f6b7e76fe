;; It reads files and hands them to another package, which sends them away.
;; scanner: reach
(component
  (import "loket:files/folders@0.1.0" (instance $i0 (export "read" (func))))
  (import "acme:mailer/outgoing@1.0.0" (instance $i1 (export "post" (func))))
  (core func $read (canon lower (func $i0 "read")))
  (core func $post (canon lower (func $i1 "post")))
  (core instance $given (export "read" (func $read)) (export "post" (func $post)))
  (core module $m
    (import "host" "read" (func $read))
    (import "host" "post" (func $post))
    (func (export "run") (call $read) (call $post)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
