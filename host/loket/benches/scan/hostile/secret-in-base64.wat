;; A GitHub token in base 64; the code decodes it before use (the decoder is left out here).
;; scanner: secrets
;; unseen: the token is put together when it runs
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "Z2hwX2RGNU9Ud0h3RnMyN1dERU5qY2FOUGkycGUyMlA4dzI1YWdaSg==")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
