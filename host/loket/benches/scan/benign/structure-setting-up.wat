;; Code that runs at the start and sets a global.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (global $ready (mut i32) (i32.const 0))
    (func $before (global.set $ready (i32.const 1)))
    (start $before)
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
