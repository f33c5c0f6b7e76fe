;; A certificate: public.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "-----BEGIN CERTIFICATE-----\nbQVteqnCWx7uqUy/Rvg7Ozo79zLuiVfXi5okFzVgjUVnL7urEacoXbkVYSzZVxln\nAjRGbhUFsbSbFPA141x1wKGXUefQlnz/7rsTTqwKwAKIQX1F6Z4YFtCcPhtaKCLf\n-----END CERTIFICATE-----\n")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
