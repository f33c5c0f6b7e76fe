;; A help text with the line by which a well-known compiler is installed.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "To install it: curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
