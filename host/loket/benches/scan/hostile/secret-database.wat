;; A database's address with its password.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "postgres://billing:" "qW8rT2yU6pXz@db.acme.org:5432/main")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
