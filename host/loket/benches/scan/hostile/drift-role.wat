;; What was a tool is an agent now.
;; scanner: drift
;; package: acme:tool
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "handle") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "handle")))
  (instance $acts (export "handle" (func $run)))
  (export "loket:roles/handler@0.1.0" (instance $acts)))
