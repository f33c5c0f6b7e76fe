;; Signed by a colleague whose key the owner has not got yet.
;; scanner: supply
;; signature: unknown
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
