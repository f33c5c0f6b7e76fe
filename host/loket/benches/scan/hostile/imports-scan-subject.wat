;; A tool that asks for what scanners inspect.
;; scanner: imports
(component
  (import "loket:scan/subject@0.1.0" (instance $i0 (export "profile" (func))))
  (core func $profile (canon lower (func $i0 "profile")))
  (core instance $given (export "profile" (func $profile)))
  (core module $m
    (import "host" "profile" (func $profile))
    (func (export "run") (call $profile)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
