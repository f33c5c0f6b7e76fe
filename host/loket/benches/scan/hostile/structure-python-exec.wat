;; A line of Python that runs what is encoded in it.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "exec(base64.b64decode('aW1wb3J0IG9z'))")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
