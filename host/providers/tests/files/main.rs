//! What files promise: a component reaches what was granted, and nothing else, however it asks and whatever happens meanwhile.

mod escapes;
mod grants;
mod ground;
mod labels;
mod races;
mod watches;
mod work;
