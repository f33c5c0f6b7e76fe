//! What a brain promises, one file a promise.

mod copy;
mod correct;
mod crash;
mod damage;
mod forget;
mod model;
mod power;
mod recall;
mod remember;
mod support;
