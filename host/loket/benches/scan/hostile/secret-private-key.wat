;; An RSA private key in PEM.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "-----BEGIN RSA PRIV" "ATE KEY-----\nBGiqRbC5o/X2a7cZmP1gaAWtceE6oqXlDu+zoXYr2mWQizU29xOQGhxn7rgknli5\nmp2RDFQR6r7Wih3Qs3205zXAUekA4cA9/3R4CxEu7dPgdbAfxX6SdyzFYxi8Q6KE\nBLHNiNxPySpqqGD+1owuYtc/bBe88RIJJe2fDkMPsX5B/P7cxj4RCcHLsXnavplO\n")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
