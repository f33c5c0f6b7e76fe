;; Templates of settings, to be filled in.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx OPENAI_API_KEY=sk-your-key-goes-here STRIPE=sk_live_...")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
