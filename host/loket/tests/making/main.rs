//! Components from an empty folder, in each language with its own tools: written, tested, built, admitted, and asked. A binary of its own:
//! some of these tools are slow.
//!
//! `cargo xtask test` installs the tools of JavaScript and Python and says where they are. What comes out of those is kept as long as
//! nothing changes of what went in.

#![cfg(unix)]

mod cargo_component;
mod dev;
#[path = "../host/house.rs"]
#[expect(dead_code, reason = "this binary needs less of a house than the other")]
mod house;
mod project;
mod refusals;
mod roles;
mod shared;

/// A test for each role in a language.
macro_rules! cells {
    ($($language:ident { $($name:ident $role:ident),+ })+) => {
        mod from_an_empty_folder_to_an_answer {
            $(mod $language {
                use crate::roles::Asked::{self, *};
                $(#[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    let asked: Asked = $role;
                    asked.answers(stringify!($language)).await;
                })+
            })+
        }
    };
}

cells! {
    rust { a_tool Tool, an_agent Agent, a_scanner Scanner, a_channel Channel, a_command Command, a_model Model, an_app App }
    c { a_tool Tool, an_agent Agent, a_scanner Scanner, a_channel Channel, a_command Command, a_model Model, an_app App }
    js { a_tool Tool, an_agent Agent, a_scanner Scanner, a_channel Channel, a_command Command, a_model Model, an_app App }
    python { a_tool Tool, an_agent Agent, a_scanner Scanner, a_channel Channel, a_command Command, a_model Model, an_app App }
}
