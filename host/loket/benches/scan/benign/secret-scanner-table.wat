;; A table of prefixes, as a scanner for secrets has one.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "ghp_gho_ghu_ghs_ghr_github_pat_glpat-glrt-AKIAASIAAIzaGOCSPX-ya29.xoxb-xoxp-xapp-sk_live_rk_live_sk-ant-hf_npm_dckr_pat_SG.key-dop_v1_")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
