;; A payload that a generator of numbers draws, the same each time.
;; scanner: structure
;; unseen: the payload is put together when it runs
(component
  (core module $m
    (memory (export "memory") 9)
    (func (export "run") (result i32) (local $at i32) (local $state i32)
      (local.set $state (i32.const 0x2545f491))
      (loop $next
        (local.set $state (i32.add (i32.mul (local.get $state) (i32.const 1664525)) (i32.const 1013904223)))
        (i32.store (local.get $at) (local.get $state))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 4))) (i32.const 262144))))
      (i32.const 0)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
