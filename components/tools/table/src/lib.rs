//! The tool `loket:table`: questions to tables in CSV.
//!
//! Files in reading order: [`mod@read`] text into a table, [`cell`] how cells compare, [`mod@overview`] what a table is like, [`group`] rows
//! that belong together and what is calculated of them, [`mod@query`] a question answered, [`page`] rows as text. This file has the border
//! to the component model.

pub mod cell;
pub mod group;
pub mod overview;
pub mod page;
pub mod query;
pub mod read;

pub use bindings::exports::loket::table::tables::{
    Aggregate, Answer, Column, Condition, Direction, Measure, Operator, Overview, Sorting,
};
pub use overview::overview;
pub use query::{Question, query};

/// What the tool's world looks like in Rust.
#[allow(missing_docs, unsafe_code, unreachable_pub, unused, clippy::all, reason = "generated from the WIT")]
mod bindings {
    use super::Tool;
    wit_bindgen::generate!({ path: "wit", world: "table" });
    #[cfg(target_family = "wasm")]
    export!(Tool with_types_in self);
}

/// The component.
#[derive(Debug)]
pub struct Tool;

impl bindings::exports::loket::table::tables::Guest for Tool {
    fn describe(csv: String, separator: Option<String>) -> Result<Overview, String> {
        overview(&csv, separator.as_deref())
    }

    fn query(
        csv: String,
        select: Option<Vec<String>>,
        where_: Option<Vec<Condition>>,
        group_by: Option<Vec<String>>,
        aggregates: Option<Vec<Aggregate>>,
        sort_by: Option<Vec<Sorting>>,
        start: Option<u32>,
        limit: Option<u32>,
        separator: Option<String>,
    ) -> Result<Answer, String> {
        let question = Question {
            select: select.unwrap_or_default(),
            conditions: where_.unwrap_or_default(),
            group_by: group_by.unwrap_or_default(),
            aggregates: aggregates.unwrap_or_default(),
            sort_by: sort_by.unwrap_or_default(),
        };
        query(&csv, &question, start.unwrap_or_default(), limit, separator.as_deref())
    }
}
