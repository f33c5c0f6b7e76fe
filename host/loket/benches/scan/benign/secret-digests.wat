;; Digests of files, in hex, and an integrity attribute in base 64.
;; scanner: secrets
(component
  (core module $m
    (memory (export "memory") 1)
    (data (i32.const 64) "sha256:155cd5d8980205bea3ce36a4413ff1365a1667b4e8bb628a6827adc35d2ee5f4 sha256:7e813a6d3569ebb85df49b4884775eed1a9ec302011936fed2c9af2964e93e1d sha256:386930b6e38a0be18e6321f91ee7e102cff621a857d0cd935ed957b43dbe5d3b sha256:bb77bab78233fa7eedabede16d336a1c5f03a7cc3e87d862a551d69633be675f sha384-d6Sf9JqEFbc655z5bqReESdqzxMFDONeQ29RmwN795q1dN/Gn7XfYLZuRnBUmXZ2")
    (func (export "run") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
