;; A tool that looks malware up: its functions have bad names.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "list-ransomware-families") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "list-ransomware-families")))
  (instance $acts (export "list-ransomware-families" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
