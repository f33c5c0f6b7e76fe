;; Emoji with joiners, and the flag of Scotland, which is made of invisible letters.
;; scanner: poison
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts))
  (@custom "interface-docs" "\01" "{\"interfaces\": {\"acme:tool/acts@1.0.0\": {\"funcs\": {\"run\": {\"docs\": \"Says how you feel: 👩\u{200d}👩\u{200d}👧\u{200d}👦 👨\u{200d}💻 ❤\u{fe0f} 🏴\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}\"}}}}}"))
