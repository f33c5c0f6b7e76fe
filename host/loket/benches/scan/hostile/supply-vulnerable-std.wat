;; It was made with a compiler whose standard library has an advisory.
;; scanner: supply
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7))
    (@producers (language "Rust" "") (processed-by "rustc" "0.99.1 (0123abcde 2099-01-01)")))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
