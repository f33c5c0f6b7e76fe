;; A token of GitHub's form whose sum is wrong: a test's, which nobody was ever given.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "gh" "p_zR7sE0aLsJ20BiCJ8f6TCGQjMdDktyXEvcLR")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
