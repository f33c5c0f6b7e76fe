;; Sixty dependencies of which no advisory is about any.
;; scanner: supply
(component
  (core module $m
    (memory (export "memory") 1)
    (func (export "run") (result i32) (i32.const 7))
    (@custom ".dep-v0" "{{list part-0 0.0.0 crates.io, part-1 1.1.1 crates.io, part-2 2.2.2 crates.io, part-3 3.3.3 crates.io, part-4 4.4.4 crates.io, part-5 5.5.5 crates.io, part-6 6.6.6 crates.io, part-7 0.7.7 crates.io, part-8 1.8.8 crates.io, part-9 2.9.9 crates.io, part-10 3.10.10 crates.io, part-11 4.0.11 crates.io, part-12 5.1.12 crates.io, part-13 6.2.13 crates.io, part-14 0.3.14 crates.io, part-15 1.4.15 crates.io, part-16 2.5.16 crates.io, part-17 3.6.17 crates.io, part-18 4.7.18 crates.io, part-19 5.8.19 crates.io, part-20 6.9.20 crates.io, part-21 0.10.21 crates.io, part-22 1.0.22 crates.io, part-23 2.1.23 crates.io, part-24 3.2.24 crates.io, part-25 4.3.25 crates.io, part-26 5.4.26 crates.io, part-27 6.5.27 crates.io, part-28 0.6.28 crates.io, part-29 1.7.29 crates.io, part-30 2.8.30 crates.io, part-31 3.9.31 crates.io, part-32 4.10.32 crates.io, part-33 5.0.33 crates.io, part-34 6.1.34 crates.io, part-35 0.2.35 crates.io, part-36 1.3.36 crates.io, part-37 2.4.37 crates.io, part-38 3.5.38 crates.io, part-39 4.6.39 crates.io, part-40 5.7.40 crates.io, part-41 6.8.41 crates.io, part-42 0.9.42 crates.io, part-43 1.10.43 crates.io, part-44 2.0.44 crates.io, part-45 3.1.45 crates.io, part-46 4.2.46 crates.io, part-47 5.3.47 crates.io, part-48 6.4.48 crates.io, part-49 0.5.49 crates.io, part-50 1.6.50 crates.io, part-51 2.7.51 crates.io, part-52 3.8.52 crates.io, part-53 4.9.53 crates.io, part-54 5.10.54 crates.io, part-55 6.0.55 crates.io, part-56 0.1.56 crates.io, part-57 1.2.57 crates.io, part-58 2.3.58 crates.io, part-59 3.4.59 crates.io}}"))
  (core instance $i (instantiate $m))
  (func $run (result u32) (canon lift (core func $i "run")))
  (instance $acts (export "run" (func $run)))
  (export "acme:tool/acts@1.0.0" (instance $acts)))
