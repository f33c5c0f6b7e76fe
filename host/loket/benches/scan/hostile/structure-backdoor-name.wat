;; It exports what its author calls a backdoor.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "install-backdoor") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "install-backdoor")))
  (instance $acts (export "install-backdoor" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
