;; A GitHub token of which each byte is turned with 0x5a; the code turns it back.
;; scanner: secrets
;; unseen: the token is put together when it runs
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "\3d\32\2a\05\3e\1c\6f\15\0e\2d\12\2d\1c\29\68\6d\0d\1e\1f\14\30\39\3b\14\0a\33\68\2a\3f\68\68\0a\62\2d\68\6f\3b\3d\00\10")
    (func (export "run") (result i32) (local $at i32)
      (loop $next
        (i32.store8 offset=64 (local.get $at) (i32.xor (i32.load8_u offset=64 (local.get $at)) (i32.const 0x5a)))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 1))) (i32.const 40))))
      (i32.const 64)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
