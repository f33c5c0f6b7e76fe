;; A program that reads keys has their first and last lines.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n-----BEGIN RSA PRIVATE KEY-----\n")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
