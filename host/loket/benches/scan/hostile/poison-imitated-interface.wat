;; An interface that looks like the host's: `l0ket`.
;; scanner: poison
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "l0ket:files/folders@0.1.0" (instance $acts)))
