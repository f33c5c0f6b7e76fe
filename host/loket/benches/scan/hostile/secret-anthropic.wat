;; A key of Anthropic's, side by side with other constants, as compilers put them.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "pathvalues" "k-ant-api03-4mGUqg3jsR3LPXgUT6vKyI3eu5QfwJXoLhcSho4B8GJMBx5bsdBNqxLvtWjbLQy7AawydILrdzQBYn5MUnWnROweSGJ7Q/v1/messages")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
