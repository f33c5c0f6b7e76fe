;; A GitHub token in plain data, with the right sum. (In this corpus a token is written in two pieces, which the component has side
;; by side, so that no other program takes this file for a leak. None was ever valid.)
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "token=" "gh" "p_BbrSK29CZTux1KMoBFeJDPYhgFy5pb20n4fa")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
