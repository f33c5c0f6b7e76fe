//! What native providers keep open for one instance: the answer that it still reads, the folder that it watches.
//!
//! Values only pass the counter, so what is open goes by a number. The number belongs to the instance that was given it, and what is
//! behind it is dropped together with the instance.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// One instance's open things, each provider's under a type of its own.
///
/// ```
/// use loket_kernel::Held;
/// #[derive(Default)]
/// struct Answers(Vec<String>);
/// let held = Held::default();
/// held.with(|answers: &mut Answers| answers.0.push("first".into()));
/// assert_eq!(held.with(|answers: &mut Answers| answers.0.len()), 1);
/// ```
#[derive(Debug, Default)]
pub struct Held(Mutex<HashMap<TypeId, Box<dyn Any + Send>>>);

impl Held {
    /// Looks at a provider's open things, none at first. Others wait meanwhile: take out what is to be awaited.
    pub fn with<T: Default + Send + 'static, R>(&self, look: impl FnOnce(&mut T) -> R) -> R {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = all.entry(TypeId::of::<T>()).or_insert_with(|| Box::new(T::default()));
        look(mine.downcast_mut().expect("it was put there under its own type"))
    }
}
