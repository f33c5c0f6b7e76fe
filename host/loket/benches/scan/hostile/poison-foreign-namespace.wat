;; A tool that offers an interface in the host's own namespace.
;; scanner: poison
;; package: acme:vault
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "loket:vault/keys@0.1.0" (instance $acts)))
