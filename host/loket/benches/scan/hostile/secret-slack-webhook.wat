;; An address to which anybody who has it can post.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "https://hooks.sl" "ack.com/services/TVJ5WR6YC/B7GXLZFQII7/PyG64TpsqQL1kqON8Ijxsdm0")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
