;; It was made with a tool that has an advisory: what that carves has a hole.
;; scanner: supply
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7))
    (@producers (processed-by "chisel-of-steel" "0.4.9")))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
