;; A tool that reads files, as it says.
;; scanner: reach
(component
  (import "loket:files/folders@0.1.0" (instance $i0 (export "read" (func))))
  (core func $read (canon lower (func $i0 "read")))
  (core instance $given (export "read" (func $read)))
  (core module $m
    (import "host" "read" (func $read))
    (func (export "run") (call $read)))
  (core instance $i (instantiate $m (with "host" (instance $given))))
  (func $run-f (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run-f)))
  (export "acme:tool/acts@1.0.0" (instance $acts))
  (@custom "interface-docs" "\01" "{\"interfaces\": {\"acme:tool/acts@1.0.0\": {\"funcs\": {\"run\": {\"docs\": \"Counts the words of a file.\"}}}}}"))
