//! `cargo xtask bench scan`: how good the bundled scanners are, in precision and recall over a corpus of attacks and look-alikes, whether
//! what is bundled comes out clean, and how long a look takes.
//!
//! [`corpus`] reads the files of `hostile/` and `benign/`, [`tally`] counts, [`run`] prints and measures. Nothing here fails for being slow; the test
//! `the_scanners_are_as_good_as_they_were` fails when a scanner gets worse.

#[cfg(target_os = "linux")]
mod corpus;
#[cfg(target_os = "linux")]
#[path = "../../tests/host/house.rs"]
#[expect(dead_code, reason = "a benchmark needs less of a house than the tests")]
mod house;
#[cfg(target_os = "linux")]
#[path = "../spine/measure.rs"]
#[expect(dead_code, reason = "this benchmark measures less than the other")]
mod measure;
#[cfg(target_os = "linux")]
mod run;
#[cfg(target_os = "linux")]
mod tally;

#[cfg(target_os = "linux")]
fn main() -> run::Outcome<()> {
    run::run()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("this benchmark shares its clocks with those that run on Linux only");
}
