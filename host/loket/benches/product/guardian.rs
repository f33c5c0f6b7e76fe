//! How long the guardian needs for a look at every byte of a sealed home: the program, what the host wrote, and a hundred packages.

use crate::Outcome;
use crate::house::{House, built};
use crate::measure::{Table, Target, median, quantile, time};
use loket::refresh::Look;
use loket_gateways::desk::{Desk as _, SealRequest, StatementRequest};
use loket_guardian::seal::OwnerKey;
use loket_registry::Signature;
use std::fs;
use std::time::Instant;

const ROUNDS: usize = 15;
const PACKAGES: usize = 100;

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let bytes = fs::read(built("LOKET_FIXTURES").join("test/echo/0.1.0.wasm"))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let house = House::new().await;
        let failed = |problem: loket_gateways::desk::Problem| problem.message;
        let there = house.host.packages().await.map_err(failed)?.len();
        let folder = house.folder.path().join("registry/bench/guarded");
        fs::create_dir_all(&folder)?;
        for version in there..PACKAGES {
            fs::write(folder.join(format!("1.0.{version}.wasm")), &bytes)?;
        }
        tokio::task::block_in_place(|| house.host.refresh(&Look::default()));
        let pinned = house.host.packages().await.map_err(failed)?.len();
        let key = OwnerKey::make("correct horse", |chance| chance.fill(1))?;
        let request = StatementRequest { key: Some(key.public().to_string()) };
        let asked = house.host.guardian_statement(request).await.map_err(failed)?;
        let signature = Signature::over(&key.open("correct horse")?, asked.statement.as_bytes(), &asked.comment)?;
        let request = SealRequest { statement: asked.statement, signature: signature.to_string() };
        house.host.guardian_seal(request).await.map_err(failed)?;
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            let begun = Instant::now();
            let status = house.host.guardian_verify().await.map_err(failed)?;
            times.push(begun.elapsed().as_nanos() as f64);
            if status.state != "sealed" {
                return Err(format!("{:?}", status.faults).into());
            }
        }
        let program = fs::metadata(std::env::current_exe()?)?.len() >> 20;
        let what = format!("the guardian looks at every byte: {pinned} packages, a program of {program} MiB");
        let told = format!("median {}, slowest {}", time(median(&times)), time(quantile(&times, 1.0)));
        table.row(&what, told, median(&times) / 1e6, Target::Most(200.0, " ms"));
        house.host.close().await;
        Ok(())
    })
}
