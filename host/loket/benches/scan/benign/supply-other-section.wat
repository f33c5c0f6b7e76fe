;; A section whose name is almost that of the list, with something else in it.
;; scanner: supply
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7))
    (@custom ".dep-v00" "these are only words"))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
