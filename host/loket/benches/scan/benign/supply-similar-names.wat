;; Dependencies whose names are almost those of what has advisories.
;; scanner: supply
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7))
    (@custom ".dep-v0" "{{list knots-of-ropes 1.4.1 crates.io, knots_of_rope 1.4.1 crates.io, knots-of-rope-core 1.4.1 crates.io, loom-of 0.1.0 crates.io}}"))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
