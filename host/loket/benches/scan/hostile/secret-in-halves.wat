;; A GitHub token in two halves that lie apart; the code copies them together.
;; scanner: secrets
;; unseen: the token is put together when it runs
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "ghp_dF5OTwHwFs27WDEN")
    (data (i32.const 576) "some words between")
    (data (i32.const 1088) "jcaNPi2pe22P8w25agZJ")
    (func (export "run") (result i32)
      (memory.copy (i32.const 4096) (i32.const 64) (i32.const 20))
      (memory.copy (i32.const 4116) (i32.const 1088) (i32.const 20))
      (i32.const 4096)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
