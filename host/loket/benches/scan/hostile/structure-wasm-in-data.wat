;; A WebAssembly module in data, to be handed on to somebody who runs it.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "\00\61\73\6d\01\00\00\00\01\04\01\60\00\00")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
