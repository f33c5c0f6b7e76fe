;; A tool that uses the network, as it says.
;; scanner: reach
(component
  (import "loket:http/client@0.1.0" (instance $i0 (export "send" (func))))
  (core func $send (canon lower (func $i0 "send")))
  (core instance $given (export "send" (func $send)))
  (core module $m
    (import "host" "send" (func $send))
    (func (export "run") (call $send)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts))
  (@custom "interface-docs" "\01" "{\"interfaces\": {\"acme:tool/acts@1.0.0\": {\"funcs\": {\"run\": {\"docs\": \"Fetches the weather of a city from the weather service.\"}}}}}"))
