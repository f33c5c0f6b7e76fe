;; A packed payload in pieces of 4 KB with words between them.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 9)
    (data (i32.const 64) "{{noise 4000}}{{times 1000 word }}{{noise 4000}}{{times 1000 word }}{{noise 4000}}{{times 1000 word }}{{noise 4000}}{{times 1000 word }}{{noise 4000}}{{times 1000 word }}{{noise 4000}}{{times 1000 word }}")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
