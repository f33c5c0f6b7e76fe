;; A picture in base 64, as web pages have them.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "data:image/png;base64,iVBORw0KGgoq/6o/KSdjwjGMwzzi2alMASp45D8APX1dRcpnbMzF5SUVpwk6XnxXw0BsHYnocEREmMaAtPEEaHsYShH87XO5FF2WPso64d+vqTPMYY9BjdafRUCeI7x58J2lDqQFL114TQMquTJ2jxI6OAElsD32nDAx4W792QxAySs2TIxItozvr8lj5FvMkTUUYMK0xG1g/4WgzUuaFG0e/RUHCjO4NFJ0tfSw8TngXgvO/6zhYuhPFcfhNwAYf+8iTP2Yi9V0B6uVo1PCmr7torKwhpsoTeDqY4Gw115fZR61fWRUsXcM9YrYkkihsSJK/4pCvGId3yuZroUIC7noaYRPYq06FvPz1yHHjCn/p+vlV0kl6XEQvCtAPlEIfhtz277")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
