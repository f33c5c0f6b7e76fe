//! The validator's types, turned into ours: aliases resolved, sizes bounded, documentation attached.

use crate::describe::{MAX_DEPTH, MAX_FUNCTIONS, MAX_PARTS};
use crate::docs::DocBook;
use crate::surface::InterfaceName;
use crate::types::{Case, Docs, Field, Function, Type};
use std::collections::HashMap;
use wasmparser::PrimitiveValType;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType, ComponentFuncTypeId,
    ComponentItem, ComponentValType,
};
use wasmparser::types::Types;

/// Why a function or a type was not taken over.
pub(crate) enum Stop {
    /// Values cannot carry it: the culprit, in words.
    Unsupported(String),
    /// It is asynchronous: its name.
    Async(String),
    /// It passes a limit: which, and the limit.
    TooLarge(String, usize),
}

impl Stop {
    pub(crate) fn unsupported(kind: &str, name: &str) -> Stop {
        Stop::Unsupported(format!("{kind} `{name}`"))
    }
}

/// Where a named type was declared, for its documentation and for naming resources.
#[derive(Clone)]
struct Home {
    interface: Option<InterfaceName>,
    name: String,
}

/// The state of one reading.
pub(crate) struct Lower<'a> {
    types: &'a Types,
    book: &'a DocBook,
    homes: HashMap<ComponentAnyTypeId, Home>,
    functions: usize,
    parts: usize,
}

impl<'a> Lower<'a> {
    pub(crate) fn new(types: &'a Types, book: &'a DocBook) -> Self {
        Lower { types, book, homes: HashMap::new(), functions: 0, parts: 0 }
    }

    /// What the author wrote about an interface.
    pub(crate) fn interface_docs(&self, name: &InterfaceName) -> Docs {
        Docs::from(self.book.interface(name))
    }

    /// Remembers the name of a type; one that was `use`d from elsewhere keeps the name it has there.
    pub(crate) fn name_type(
        &mut self,
        interface: Option<&InterfaceName>,
        name: &str,
        item: &ComponentItem,
        created: ComponentAnyTypeId,
    ) {
        let known = match item.ty {
            ComponentEntityType::Type { referenced, .. } => self.home(referenced),
            _ => None,
        };
        let home = known.cloned().unwrap_or_else(|| Home { interface: interface.cloned(), name: name.to_owned() });
        self.homes.insert(created, home);
    }

    /// Takes over one function.
    pub(crate) fn function(
        &mut self,
        interface: Option<&InterfaceName>,
        export: bool,
        name: &str,
        id: ComponentFuncTypeId,
    ) -> Result<Function, Stop> {
        self.functions += 1;
        if self.functions > MAX_FUNCTIONS {
            return Err(Stop::TooLarge("it has too many functions".to_owned(), MAX_FUNCTIONS));
        }
        let types = self.types;
        let func = &types[id];
        if func.async_ {
            return Err(Stop::Async(match interface {
                Some(interface) => format!("{interface}#{name}"),
                None => name.to_owned(),
            }));
        }
        if name.starts_with('[') {
            return Err(Stop::unsupported("method", name));
        }
        let docs = self.docs(self.book.function(interface, export, name))?;
        self.spend(1 + name.len() / 64)?;
        let mut params = Vec::with_capacity(func.params.len().min(64));
        for (param, ty) in &func.params {
            let ty = self.value(ty, name, 0)?;
            self.spend(1 + param.len() / 64)?;
            params.push(Field { name: param.to_string(), ty, docs: Docs::default() });
        }
        let result = func.result.as_ref().map(|ty| self.value(ty, name, 0)).transpose()?;
        Ok(Function { name: name.to_owned(), params, result, docs })
    }

    fn value(&mut self, ty: &ComponentValType, function: &str, depth: usize) -> Result<Type, Stop> {
        match ty {
            ComponentValType::Primitive(primitive) => self.primitive(*primitive, function),
            ComponentValType::Type(id) => self.defined(*id, function, depth),
        }
    }

    fn defined(&mut self, id: ComponentDefinedTypeId, function: &str, depth: usize) -> Result<Type, Stop> {
        if depth >= MAX_DEPTH {
            return Err(Stop::TooLarge(format!("a type of `{function}` nests too deep"), MAX_DEPTH));
        }
        self.spend(1)?;
        let types = self.types;
        let home = self.home(ComponentAnyTypeId::Defined(id)).cloned();
        let inside = depth + 1;
        let carrier = |kind: &str| Stop::Unsupported(format!("{kind} in function `{function}`"));
        Ok(match &types[id] {
            ComponentDefinedType::Primitive(primitive) => self.primitive(*primitive, function)?,
            ComponentDefinedType::List { element, .. } => Type::List(self.boxed(element, function, inside)?),
            ComponentDefinedType::Option { ty, .. } => Type::Option(self.boxed(ty, function, inside)?),
            ComponentDefinedType::Result { ok, err, .. } => Type::Result {
                ok: ok.as_ref().map(|ty| self.boxed(ty, function, inside)).transpose()?,
                err: err.as_ref().map(|ty| self.boxed(ty, function, inside)).transpose()?,
            },
            ComponentDefinedType::Tuple(tuple) => {
                Type::Tuple(tuple.types.iter().map(|ty| self.value(ty, function, inside)).collect::<Result<_, _>>()?)
            }
            ComponentDefinedType::Record(record) => {
                let mut fields = Vec::new();
                for (name, ty) in &record.fields {
                    let docs = self.item_docs(home.as_ref(), name)?;
                    fields.push(Field { name: name.to_string(), ty: self.value(ty, function, inside)?, docs });
                }
                Type::Record(fields)
            }
            ComponentDefinedType::Variant(variant) => {
                let mut cases = Vec::new();
                for (name, case) in &variant.cases {
                    let docs = self.item_docs(home.as_ref(), name)?;
                    let ty = case.ty.as_ref().map(|ty| self.value(ty, function, inside)).transpose()?;
                    cases.push(Case { name: name.to_string(), ty, docs });
                }
                Type::Variant(cases)
            }
            ComponentDefinedType::Enum(names) => Type::Enum(self.names(home.as_ref(), names)?),
            ComponentDefinedType::Flags(names) => Type::Flags(self.names(home.as_ref(), names)?),
            ComponentDefinedType::Own(resource) | ComponentDefinedType::Borrow(resource) => {
                return Err(match self.home(ComponentAnyTypeId::Resource(*resource)) {
                    Some(home) => Stop::unsupported("resource", &home.name),
                    None => carrier("a resource"),
                });
            }
            ComponentDefinedType::Future { .. } => return Err(carrier("a future")),
            ComponentDefinedType::Stream { .. } => return Err(carrier("a stream")),
            ComponentDefinedType::Map { .. } => return Err(carrier("a map")),
            ComponentDefinedType::FixedLengthList { .. } => return Err(carrier("a list of fixed length")),
        })
    }

    fn boxed(&mut self, ty: &ComponentValType, function: &str, depth: usize) -> Result<Box<Type>, Stop> {
        self.value(ty, function, depth).map(Box::new)
    }

    fn names<'n>(
        &mut self,
        home: Option<&Home>,
        names: impl IntoIterator<Item = &'n wasmparser::names::KebabString>,
    ) -> Result<Vec<Case>, Stop> {
        let case = |name: &wasmparser::names::KebabString| {
            Ok(Case { name: name.to_string(), ty: None, docs: self.item_docs(home, name)? })
        };
        names.into_iter().map(case).collect()
    }

    fn primitive(&mut self, primitive: PrimitiveValType, function: &str) -> Result<Type, Stop> {
        self.spend(1)?;
        Ok(match primitive {
            PrimitiveValType::Bool => Type::Bool,
            PrimitiveValType::S8 => Type::S8,
            PrimitiveValType::U8 => Type::U8,
            PrimitiveValType::S16 => Type::S16,
            PrimitiveValType::U16 => Type::U16,
            PrimitiveValType::S32 => Type::S32,
            PrimitiveValType::U32 => Type::U32,
            PrimitiveValType::S64 => Type::S64,
            PrimitiveValType::U64 => Type::U64,
            PrimitiveValType::F32 => Type::F32,
            PrimitiveValType::F64 => Type::F64,
            PrimitiveValType::Char => Type::Char,
            PrimitiveValType::String => Type::String,
            PrimitiveValType::ErrorContext => {
                return Err(Stop::Unsupported(format!("an error context in function `{function}`")));
            }
        })
    }

    /// The docs of a field or case, whose name is paid for at the same time.
    fn item_docs(&mut self, home: Option<&Home>, item: &str) -> Result<Docs, Stop> {
        self.spend(1 + item.len() / 64)?;
        let text = home.map_or("", |home| self.book.item(home.interface.as_ref(), &home.name, item));
        self.docs(text)
    }

    fn docs(&mut self, text: &str) -> Result<Docs, Stop> {
        self.spend(text.len() / 64)?;
        Ok(Docs::from(text))
    }

    /// Where a type was declared, looked up along its chain of aliases.
    fn home(&self, id: ComponentAnyTypeId) -> Option<&Home> {
        let mut current = id;
        loop {
            if let Some(home) = self.homes.get(&current) {
                return Some(home);
            }
            current = self.types.as_ref().peel_alias(current)?;
        }
    }

    fn spend(&mut self, parts: usize) -> Result<(), Stop> {
        self.parts += parts;
        if self.parts > MAX_PARTS {
            return Err(Stop::TooLarge("its functions' types have too many parts".to_owned(), MAX_PARTS));
        }
        Ok(())
    }
}
