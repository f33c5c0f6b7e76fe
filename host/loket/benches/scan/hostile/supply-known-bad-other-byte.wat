;; The same with another number in it: its digest is another one.
;; scanner: supply
(component
  (core module
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 98)))
  (core instance (instantiate 0))
  (func (result u32) (canon lift (core func 0 "run")))
  (instance (export "run" (func 0)))
  (export "acme:tool/acts@1.0.0" (instance 0)))
