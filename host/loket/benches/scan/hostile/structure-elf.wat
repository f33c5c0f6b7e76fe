;; A program for Linux in data.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "\7f\45\4c\46\02\01\01\00\00\00\00\00\00\00\00\00\02\00\3e\00\01\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00\00")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
