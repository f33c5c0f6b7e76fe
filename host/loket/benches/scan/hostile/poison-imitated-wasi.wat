;; An interface that looks like WASI's: `wasl`.
;; scanner: poison
(component
  (import "wasl:http/outgoing-handler@0.2.6" (instance $i0 (export "handle" (func))))
  (core func $handle (canon lower (func $i0 "handle")))
  (core instance $given (export "handle" (func $handle)))
  (core module $m
    (import "host" "handle" (func $handle))
    (func (export "run") (call $handle)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
