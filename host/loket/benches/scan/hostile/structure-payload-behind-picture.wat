;; A packed payload behind the first bytes of a picture.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 9)
    (data (i32.const 64) "\89PNG\0d\0a\1a\0a" "{{noise 40000}}")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
