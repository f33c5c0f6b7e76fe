;; The same in a wrapping of its own, under another name.
;; scanner: supply
(component
  {{file supply-known-bad}}
  (instance (instantiate 0))
  (alias export 0 "acme:tool/acts@1.0.0" (instance))
  (export "acme:other/acts@1.0.0" (instance 1)))
