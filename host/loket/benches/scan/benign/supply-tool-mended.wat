;; A tool in the version that mends it, and a language of the name of one that is not.
;; scanner: supply
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7))
    (@producers (language "chisel-of-steel" "0.4.9") (processed-by "chisel-of-steel" "0.5.0")))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
