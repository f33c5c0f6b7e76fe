;; A table by which kinds of files are told: their first bytes.
;; scanner: structure
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "\7fELF" "MZ" "\00asm" "PK\03\04" "\89PNG" "\cf\fa\ed\fe" "%PDF-")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
