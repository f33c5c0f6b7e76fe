;; The list is at the top of the component, where no compiler puts it.
;; scanner: supply
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts))
  (@custom ".dep-v0" "{{list knots-of-rope 1.4.1 crates.io}}"))
