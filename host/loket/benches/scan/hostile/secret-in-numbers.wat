;; A GitHub token as numbers in code, eight letters each.
;; scanner: secrets
;; unseen: the token is put together when it runs
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32)
      (i64.store (i32.const 64) (i64.const 5707545499673847911))
      (i64.store (i32.const 72) (i64.const 3977368167407712084))
      (i64.store (i32.const 80) (i64.const 5647904715930158167))
      (i64.store (i32.const 88) (i64.const 5778736683125205328))
      (i64.store (i32.const 96) (i64.const 5357708373912614712))
      (i32.const 64)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
