;; An article number: `SK` and a number in hex, which is also how one service's keys look.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "article SKbba1c9dcafca8aa8b2e5deea9a94c787")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
