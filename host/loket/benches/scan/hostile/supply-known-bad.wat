;; Bytes that the owner knows to be bad.
;; scanner: supply
;; known-bad: it tells strangers what it is told
(component
  (core module
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 99)))
  (core instance (instantiate 0))
  (func (result u32) (canon lift (core func 0 "run")))
  (instance (export "run" (func 0)))
  (export "acme:tool/acts@1.0.0" (instance 0)))
