//! `wasi:keyvalue`: buckets of the component's own, durable, each value with the labels of the turn that wrote it.
//!
//! Its grant needs no terms: a component reaches its own buckets only. Files: here what is linked, [`store`] what is on disk.

pub mod store;

use crate::names::{Served, no_such};
use async_trait::async_trait;
use bindings::wasi::keyvalue::store::{Error as Refused, KeyResponse};
use bindings::wasi::keyvalue::{atomics, batch, store as interface};
use loket_kernel::native::{Equipment, Native};
use loket_kernel::state::State;
use loket_kernel::turn::Turn;
use loket_kernel::{Call, CallError, Capability, Labels, Provider, Reply};
use loket_values::{Interface, InterfaceName};
use std::sync::Arc;
use store::{Bucket, LONGEST_BUCKET, LONGEST_KEY, Store, StoreError};
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};

mod bindings {
    wasmtime::component::bindgen!({
        path: "../../wit/deps/keyvalue",
        world: "wasi:keyvalue/imports",
        imports: { default: async | trappable },
        with: { "wasi:keyvalue/store.bucket": super::store::Bucket },
    });
}

/// The most keys, or pairs, in one batch.
const MOST_IN_BATCH: usize = 1_000;

/// The key-value stores of all components.
pub struct KeyValue {
    served: Served,
    store: Arc<Store>,
}

impl KeyValue {
    /// Keeps them in `store`.
    pub fn new(store: Arc<Store>) -> KeyValue {
        KeyValue { served: Served::new("wasi:keyvalue", "store"), store }
    }
}

/// What the counter's yes leaves for an instance: whose buckets it has.
#[derive(Default)]
struct Leave(Option<(String, String)>);

#[async_trait]
impl Provider for KeyValue {
    fn capability(&self) -> &Capability {
        &self.served.capability
    }

    fn interface(&self) -> &Interface {
        &self.served.interface
    }

    async fn call(&self, call: Call) -> Result<Reply, CallError> {
        let agent = call.turn.agent.as_deref().unwrap_or_default().to_owned();
        let owner = call.chain.last().to_string();
        call.held.with(|leave: &mut Leave| leave.0 = Some((owner, agent)));
        Ok(Reply::from(None))
    }
}

impl Native for KeyValue {
    fn link(&self, interface: &InterfaceName, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        match &*interface.interface {
            "store" => interface::add_to_linker::<_, HasView>(linker, view),
            "atomics" => atomics::add_to_linker::<_, HasView>(linker, view),
            "batch" => batch::add_to_linker::<_, HasView>(linker, view),
            _ => Err(no_such(interface)),
        }
    }

    fn equip(&self, instance: &mut Equipment<'_>) -> Result<(), CallError> {
        let whose = instance.held.with(|leave: &mut Leave| leave.0.take());
        let place =
            whose.map(|(owner, agent)| Place { store: self.store.clone(), turn: instance.turn.clone(), owner, agent });
        instance.own.put(Mine(place));
        Ok(())
    }
}

/// What an instance has of it; nothing, when it was not asked for at the counter.
#[derive(Default)]
struct Mine(Option<Place>);

#[derive(Clone)]
struct Place {
    store: Arc<Store>,
    turn: Arc<Turn>,
    owner: String,
    agent: String,
}

struct View<'a> {
    mine: &'a Mine,
    table: &'a mut ResourceTable,
}

struct HasView;

impl HasData for HasView {
    type Data<'a> = View<'a>;
}

fn view(state: &mut State) -> View<'_> {
    let (mine, table) = state.own::<Mine>();
    View { mine, table }
}

type Answer<T> = wasmtime::Result<Result<T, Refused>>;

impl View<'_> {
    /// Works on a bucket where that holds nobody up. What it answers labels the turn.
    fn work<T, W>(&self, bucket: Resource<Bucket>, work: W) -> impl Future<Output = Answer<T>> + Send + use<T, W>
    where
        T: Send + 'static,
        W: FnOnce(&Store, &Bucket, Labels) -> Result<(T, Labels), StoreError> + Send + 'static,
    {
        let bucket = self.table.get(&bucket).cloned();
        let place = self.mine.0.clone();
        // Nothing of the store may be held while it is waited for.
        let labels = place.as_ref().map_or(Labels::NONE, |place| place.turn.labels.get());
        let turn = place.as_ref().map(|place| place.turn.clone());
        let done = bucket
            .map_err(wasmtime::Error::from)
            .map(|bucket| place.map(|place| tokio::task::spawn_blocking(move || work(&place.store, &bucket, labels))));
        async move {
            let Some(done) = done? else { return Ok(Err(Refused::AccessDenied)) };
            Ok(match done.await {
                Ok(Ok((value, labels))) => {
                    if let Some(turn) = turn {
                        turn.labels.add(labels);
                    }
                    Ok(value)
                }
                Ok(Err(error)) => {
                    if matches!(error, StoreError::Fault(_) | StoreError::Newer { .. }) {
                        tracing::error!(%error, "a component's key-value call failed");
                    }
                    Err(Refused::Other(error.to_string()))
                }
                Err(broke) => Err(Refused::Other(format!("the key-value store's work broke off: {broke}"))),
            })
        }
    }
}

impl interface::Host for View<'_> {
    async fn open(&mut self, identifier: String) -> Answer<Resource<Bucket>> {
        let Some(place) = &self.mine.0 else { return Ok(Err(Refused::AccessDenied)) };
        if identifier.len() > LONGEST_BUCKET {
            let size = identifier.len();
            return Ok(Err(Refused::Other(format!(
                "a bucket's name may have {LONGEST_BUCKET} bytes, this one has {size}"
            ))));
        }
        let bucket = Bucket { owner: place.owner.clone(), agent: place.agent.clone(), name: identifier };
        Ok(Ok(self.table.push(bucket)?))
    }
}

impl interface::HostBucket for View<'_> {
    async fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<Option<Vec<u8>>> {
        self.work(bucket, move |store, bucket, _| Ok(apart(store.get(bucket, &key)?))).await
    }

    async fn set(&mut self, bucket: Resource<Bucket>, key: String, value: Vec<u8>) -> Answer<()> {
        self.work(bucket, move |store, bucket, labels| silent(store.set(bucket, &[(key, value)], labels))).await
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<()> {
        self.work(bucket, move |store, bucket, _| silent(store.delete(bucket, &[key]))).await
    }

    async fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<bool> {
        self.work(bucket, move |store, bucket, _| {
            let (value, labels) = apart(store.get(bucket, &key)?);
            Ok((value.is_some(), labels))
        })
        .await
    }

    async fn list_keys(&mut self, bucket: Resource<Bucket>, cursor: Option<u64>) -> Answer<KeyResponse> {
        // The cursor is the guest's to choose: one beyond the end finds nothing.
        let skip = usize::try_from(cursor.unwrap_or(0)).unwrap_or(usize::MAX);
        self.work(bucket, move |store, bucket, _| {
            let ((keys, more), labels) = store.keys(bucket, skip)?;
            let cursor = more.then(|| (skip + keys.len()) as u64);
            Ok((KeyResponse { keys, cursor }, labels))
        })
        .await
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for View<'_> {
    async fn increment(&mut self, bucket: Resource<Bucket>, key: String, delta: u64) -> Answer<u64> {
        self.work(bucket, move |store, bucket, labels| store.increment(bucket, &key, delta, labels)).await
    }
}

impl batch::Host for View<'_> {
    async fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Answer<Vec<Option<(String, Vec<u8>)>>> {
        if let Some(refused) = too_many(keys.len()) {
            return Ok(Err(refused));
        }
        self.work(bucket, move |store, bucket, _| {
            let (mut found, mut all) = (Vec::new(), Labels::NONE);
            let mut room = MOST_READ;
            for key in keys {
                let (value, labels) = apart(store.get(bucket, &key)?);
                room = value.as_ref().map_or(Some(room), |value| room.checked_sub(value.len())).ok_or_else(|| {
                    StoreError::Limit(format!("a batch may read {MOST_READ} bytes; read these keys in several"))
                })?;
                all = all.join(labels);
                found.push(value.map(|value| (key, value)));
            }
            Ok((found, all))
        })
        .await
    }

    async fn set_many(&mut self, bucket: Resource<Bucket>, pairs: Vec<(String, Vec<u8>)>) -> Answer<()> {
        if let Some(refused) = too_many(pairs.len()) {
            return Ok(Err(refused));
        }
        self.work(bucket, move |store, bucket, labels| silent(store.set(bucket, &pairs, labels))).await
    }

    async fn delete_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Answer<()> {
        if let Some(refused) = too_many(keys.len()) {
            return Ok(Err(refused));
        }
        self.work(bucket, move |store, bucket, _| silent(store.delete(bucket, &keys))).await
    }
}

/// What one batch may read, so that the host never holds much more for a component than the component can.
const MOST_READ: usize = 8 << 20;

fn too_many(count: usize) -> Option<Refused> {
    (count > MOST_IN_BATCH).then(|| {
        Refused::Other(format!(
            "a batch may have {MOST_IN_BATCH} keys of at most {LONGEST_KEY} bytes, this one has {count}"
        ))
    })
}

fn apart<T>(found: Option<(T, Labels)>) -> (Option<T>, Labels) {
    found.map_or((None, Labels::NONE), |(value, labels)| (Some(value), labels))
}

fn silent(done: Result<(), StoreError>) -> Result<((), Labels), StoreError> {
    done.map(|()| ((), Labels::NONE))
}
