;; Identifiers that were drawn: UUIDs.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "c10f38de-e768-4d98-af85-b048b0515165 8ac61d2a-77ac-47ba-aa1d-b27fc7843ed9 af2e91e9-d258-4048-adb6-d83c2c503cb2 8b229aad-3dc0-449e-a1c0-8ed12a364f9b fedd4a7e-dc32-41dc-aaae-f9e3bb6f3d57 a9138315-6b39-4dbd-a78e-7902824ff72e bc5b96a8-b2ee-4122-a4fa-bb99d6a5e8d4 9d4bc0c1-56e8-4bed-a2a0-294d8faf5bb5")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
