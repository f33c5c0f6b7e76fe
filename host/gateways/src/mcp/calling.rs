//! A call from its request to its answer: it may ask its user something, and may wait for a yes on the way.

use super::approving::{self, Word, question};
use super::asking::{Asked, Given, given, put};
use super::behind::{Behind, Came, Hear, Told, Use};
use super::handler::{Handler, error, is_stateless};
use super::parked::{Parking, Waiting};
use super::telling::Telling;
use crate::desk::{AskInfo, AskRef, Caller, Problem};
use futures::future::BoxFuture;
use rmcp::RoleServer;
use rmcp::model::{
    CallToolResult, ErrorData, GetPromptResult, InputRequiredResult, InputResponses, JsonObject, RequestStateCodec,
};
use rmcp::service::RequestContext;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// How often one call may ask its user something.
const ROUNDS: usize = 10;
/// What a call tells that waits for a yes, until it is told on; more is dropped, and the result is whole anyway.
const TOLD: usize = 256;

/// What can be called: tools, and prompts that are written out.
pub(super) trait Act: Sized + Send + 'static {
    /// The method of the protocol.
    const METHOD: &'static str;

    /// Does it.
    fn act<'a>(
        behind: &'a dyn Behind,
        who: &'a Caller,
        wanted: &'a Use,
        told: Arc<dyn Hear>,
    ) -> BoxFuture<'a, Result<Came<Self>, Problem>>;

    /// Where such calls wait between two requests.
    fn parking(waiting: &Waiting) -> &Arc<Parking<Self>>;
}

/// Says of a result by which method it is had, who answers it, and where such calls wait.
macro_rules! act {
    ($result:ty, $method:literal, $by:ident, $waiting:ident) => {
        impl Act for $result {
            const METHOD: &'static str = $method;

            fn act<'a>(
                behind: &'a dyn Behind,
                who: &'a Caller,
                wanted: &'a Use,
                told: Arc<dyn Hear>,
            ) -> BoxFuture<'a, Result<Came<Self>, Problem>> {
                behind.$by(who, wanted, told)
            }

            fn parking(waiting: &Waiting) -> &Arc<Parking<Self>> {
                &waiting.$waiting
            }
        }
    };
}

act!(CallToolResult, "tools/call", call, tools);
act!(GetPromptResult, "prompts/get", render, prompts);

/// A call as it was sent: what is wanted, and what came with it where it was sent again.
pub(super) struct Sent {
    wanted: Use,
    responses: Option<InputResponses>,
    state: Option<String>,
}

impl Sent {
    pub(super) fn new(
        name: String,
        arguments: Option<JsonObject>,
        responses: Option<InputResponses>,
        state: Option<String>,
    ) -> Sent {
        let wanted = Use { name, arguments: arguments.unwrap_or_default(), answers: None };
        Sent { wanted, responses, state }
    }
}

/// A call that goes on by itself, whether or not a request waits for it. Dropping it ends its turn.
pub(super) struct Running<T> {
    done: AbortOnDropHandle<Result<Came<T>, Problem>>,
    told: mpsc::Receiver<Told>,
}

/// What comes of a running call next.
enum Next<T> {
    Came(Result<Came<T>, Problem>),
    /// It waits for a yes to these, and for whatever else.
    Asks(Vec<AskInfo>),
}

impl<T: Act> Running<T> {
    fn begin(handler: &Handler, wanted: Use) -> Running<T> {
        let (tell, told) = mpsc::channel(TOLD);
        let (shared, who) = (handler.shared.clone(), handler.visitor.caller.clone());
        let work = async move { T::act(&*shared.behind, &who, &wanted, Arc::new(tell)).await };
        Running { done: AbortOnDropHandle::new(tokio::spawn(work)), told }
    }

    /// Tells on what it tells, until it has come to something, or asks.
    async fn next(&mut self, telling: &Telling) -> Next<T> {
        loop {
            let next = tokio::select! {
                biased;
                next = self.told.recv() => next,
                came = &mut self.done => return Next::Came(ended(came)),
            };
            match next {
                Some(Told::Asks(ask)) => {
                    let mut asks = vec![*ask];
                    while let Ok(next) = self.told.try_recv() {
                        match next {
                            Told::Asks(ask) => asks.push(*ask),
                            other => telling.hear(other),
                        }
                    }
                    return Next::Asks(asks);
                }
                // A slow reader loses what is told, never the answer.
                Some(other) => telling.hear(other),
                None => return Next::Came(ended((&mut self.done).await)),
            }
        }
    }
}

fn ended<T>(came: Result<Result<Came<T>, Problem>, tokio::task::JoinError>) -> Result<Came<T>, Problem> {
    came.unwrap_or_else(|e| Err(Problem::failed(format!("the call broke off: {e}"))))
}

/// What binds the state of a call to it: whose it is, and all that it is given.
fn print<T: Act>(handler: &Handler, wanted: &Use) -> String {
    let arguments = serde_json::to_string(&wanted.arguments).unwrap_or_default();
    format!("{}\n{}\n{}\n{arguments}", handler.visitor.caller.name, T::METHOD, wanted.name)
}

/// Runs a call, or goes on with one; answers with its result, or with questions, with whose answers it is sent again.
///
/// # Errors
/// Where the request makes no sense, or nobody waits for it any more.
pub(super) async fn run<T, R>(
    handler: &Handler,
    context: &RequestContext<RoleServer>,
    sent: Sent,
) -> Result<R, ErrorData>
where
    T: Act,
    R: From<T> + From<InputRequiredResult>,
{
    let Sent { mut wanted, responses, state } = sent;
    let (mut running, mut unsaid) = (None, Vec::new());
    if responses.is_some() || state.is_some() {
        let print = print::<T>(handler, &wanted);
        match given(seal(handler), &print, responses, state)? {
            Given::Answers(answers) => wanted.answers = Some(answers),
            Given::Approval { call, said } => {
                let parked = T::parking(&handler.shared.waiting).take(&call, &handler.visitor.caller.name, &print);
                let over = || ErrorData::invalid_params("that call waits no more: begin it again", None);
                running = Some(parked.ok_or_else(over)?);
                for (ask, word) in said {
                    unsaid.extend(answer(handler, ask, word).await);
                }
            }
        }
    }
    for _ in 0..ROUNDS {
        let round = Round { handler, context, wanted: &wanted, telling: handler.telling(context, &wanted.name) };
        unsaid.drain(..).for_each(|ask: AskRef| round.telling.hear(Told::Status(approving::waits_for(&ask.id))));
        let came = match running.take() {
            None if !handler.is_asked(context) => {
                let (behind, who) = (&*handler.shared.behind, &handler.visitor.caller);
                handler.until_gone(context, T::act(behind, who, &wanted, round.telling.hearer())).await.map(Seen::Came)
            }
            before => round.see_through(before.unwrap_or_else(|| Running::begin(handler, wanted.clone()))).await,
        };
        round.telling.end().await;
        let pause = match came? {
            Seen::Parked(questions) => return Ok(questions.into()),
            Seen::Came(Came::Done(done)) => return Ok(done.into()),
            Seen::Came(Came::Paused(pause)) => pause,
        };
        let binds = || print::<T>(handler, &wanted);
        match put(seal(handler), binds, pause, context, is_stateless(context)).await? {
            Asked::Later(questions) => return Ok(questions.into()),
            Asked::Now(answers) => wanted.answers = Some(answers),
        }
    }
    Err(ErrorData::internal_error(format!("`{}` asks its user without an end", wanted.name), None))
}

fn seal(handler: &Handler) -> &RequestStateCodec {
    &handler.shared.seal
}

/// Answers an ask with what a client's user said to it; gives back one to which they said nothing, which waits for the owner.
async fn answer(handler: &Handler, ask: AskRef, word: Word) -> Option<AskRef> {
    let Some(yes) = word else { return Some(ask) };
    let id = ask.id.clone();
    if let Err(problem) = handler.shared.behind.answer(&handler.visitor.caller, ask, yes).await {
        // It was answered meanwhile, or its time is over: then the call says what came of it.
        tracing::debug!(ask = %id, problem = %problem.message, "loket.mcp.approval");
    }
    None
}

/// What one request has of a call: the request itself, and what tells its client.
struct Round<'a> {
    handler: &'a Handler,
    context: &'a RequestContext<RoleServer>,
    wanted: &'a Use,
    telling: Telling,
}

/// What one request saw of a call.
enum Seen<T> {
    Came(Came<T>),
    /// It waits, until it is asked for again.
    Parked(InputRequiredResult),
}

impl Round<'_> {
    /// Waits for a call, and lets the client's user answer what it asks.
    async fn see_through<T: Act>(&self, mut call: Running<T>) -> Result<Seen<T>, ErrorData> {
        let Round { handler, context, wanted, telling } = self;
        loop {
            let next = handler.until_gone(context, async { Ok(call.next(telling).await) }).await?;
            let asks = match next {
                Next::Came(came) => return came.map(Seen::Came).map_err(|problem| error(&problem)),
                Next::Asks(asks) => asks,
            };
            if !handler.is_asked(context) {
                asks.into_iter().for_each(|ask| self.waits(ask));
            } else if is_stateless(context) {
                let print = print::<T>(handler, wanted);
                match T::parking(&handler.shared.waiting).put(&handler.visitor, &print, call) {
                    Ok(name) => {
                        return approving::questions(seal(handler), &print, name, &asks).map(Seen::Parked);
                    }
                    // As many wait as can: then it is the owner's alone to answer.
                    Err(back) => {
                        call = *back;
                        asks.into_iter().for_each(|ask| self.waits(ask));
                    }
                }
            } else {
                for ask in asks {
                    let answered = async { Ok(approving::put(context, question(&ask)).await) };
                    let word = tokio::select! {
                        word = handler.until_gone(context, answered) => word?,
                        // The owner was faster, or its time is over.
                        came = &mut call.done => {
                            return ended(came).map(Seen::Came).map_err(|problem| error(&problem));
                        }
                    };
                    if answer(handler, (&ask).into(), word).await.is_some() {
                        self.waits(ask);
                    }
                }
            }
        }
    }

    /// Tells that something waits for the owner alone.
    fn waits(&self, ask: AskInfo) {
        self.telling.hear(Told::Asks(Box::new(ask)));
    }
}
