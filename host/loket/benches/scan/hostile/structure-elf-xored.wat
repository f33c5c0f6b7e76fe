;; A program for Linux of which each byte is turned; the code turns it back.
;; scanner: structure
;; unseen: the payload is put together when it runs
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "\25\1f\16\1c\58\5b\5b\5a\5a\5a\5a\5a\5a\5a\5a\5a\58\5a\64\5a\5b\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a\5a")
    (func (export "run") (result i32) (local $at i32)
      (loop $next
        (i32.store8 offset=64 (local.get $at) (i32.xor (i32.load8_u offset=64 (local.get $at)) (i32.const 0x5a)))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 64))))
      (i32.const 64)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
