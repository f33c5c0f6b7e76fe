//! A call from its request to its answer: it may ask its user something, and may wait for a yes on the way.

use super::approving::{self, question};
use super::asking::{Asked, Given, given, put};
use super::behind::{Behind, Came, Told, Use};
use super::handler::{Handler, error, is_stateless};
use super::parked::{Parking, Waiting};
use super::telling::Telling;
use crate::desk::{AskInfo, Caller, Problem};
use async_trait::async_trait;
use rmcp::RoleServer;
use rmcp::model::{CallToolResult, ErrorData, GetPromptResult, InputRequiredResult, InputResponses};
use rmcp::service::RequestContext;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

/// How often one call may ask its user something.
const ROUNDS: usize = 10;
/// What a call tells, until it is told on; more is dropped, and the result is whole anyway.
const TOLD: usize = 256;

/// What can be called: tools, and prompts that are written out.
#[async_trait]
pub(super) trait Act: Sized + Send + 'static {
    /// The method of the protocol.
    const METHOD: &'static str;

    /// Does it.
    async fn act(
        behind: Arc<dyn Behind>,
        who: Caller,
        wanted: Use,
        told: mpsc::Sender<Told>,
    ) -> Result<Came<Self>, Problem>;

    /// Where such calls wait between two requests.
    fn parking(waiting: &Waiting) -> &Arc<Parking<Self>>;
}

#[async_trait]
impl Act for CallToolResult {
    const METHOD: &'static str = "tools/call";

    async fn act(
        behind: Arc<dyn Behind>,
        who: Caller,
        wanted: Use,
        told: mpsc::Sender<Told>,
    ) -> Result<Came<Self>, Problem> {
        behind.call(&who, wanted, told).await
    }

    fn parking(waiting: &Waiting) -> &Arc<Parking<Self>> {
        &waiting.tools
    }
}

#[async_trait]
impl Act for GetPromptResult {
    const METHOD: &'static str = "prompts/get";

    async fn act(
        behind: Arc<dyn Behind>,
        who: Caller,
        wanted: Use,
        told: mpsc::Sender<Told>,
    ) -> Result<Came<Self>, Problem> {
        behind.render(&who, wanted, told).await
    }

    fn parking(waiting: &Waiting) -> &Arc<Parking<Self>> {
        &waiting.prompts
    }
}

/// What a request is answered with.
pub(super) enum Ended<T> {
    Done(T),
    /// With questions: it is sent again, with the answers.
    Later(InputRequiredResult),
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
        let work = T::act(handler.behind.clone(), handler.visitor.caller.clone(), wanted, tell);
        Running { done: AbortOnDropHandle::new(tokio::spawn(work)), told }
    }

    /// Tells on what it tells, until it has come to something, or asks.
    async fn next(&mut self, tell: &mpsc::Sender<Told>) -> Next<T> {
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
                            other => drop(tell.try_send(other)),
                        }
                    }
                    return Next::Asks(asks);
                }
                // A slow reader loses what is told, never the answer.
                Some(other) => drop(tell.try_send(other)),
                None => return Next::Came(ended((&mut self.done).await)),
            }
        }
    }
}

fn ended<T>(came: Result<Result<Came<T>, Problem>, tokio::task::JoinError>) -> Result<Came<T>, Problem> {
    came.unwrap_or_else(|e| Err(Problem::failed(format!("the call broke off: {e}"))))
}

/// What one request has of a call: the request itself, and what tells its client.
struct Round<'a> {
    handler: &'a Handler,
    context: &'a RequestContext<RoleServer>,
    print: &'a str,
    tell: mpsc::Sender<Told>,
}

/// Runs a call, or goes on with one.
///
/// # Errors
/// Where the request makes no sense, or nobody waits for it any more.
pub(super) async fn run<T: Act>(
    handler: &Handler,
    context: &RequestContext<RoleServer>,
    mut wanted: Use,
    responses: Option<InputResponses>,
    state: Option<String>,
) -> Result<Ended<T>, ErrorData> {
    let print = handler.print(T::METHOD, &wanted);
    let mut running = None;
    match given(&handler.seal, &print, responses, state)? {
        None => {}
        Some(Given::Answers(answers)) => wanted.answers = Some(answers),
        Some(Given::Approval { call, said }) => {
            let parked = T::parking(&handler.waiting).take(&call, &handler.visitor.caller.name, &print);
            let over = || ErrorData::invalid_params("that call waits no more: begin it again", None);
            running = Some(parked.ok_or_else(over)?);
            for (ask, word) in said {
                approving::answer(handler, ask, word).await;
            }
        }
    }
    let is_asked = approving::is_asked(handler, context);
    for _ in 0..ROUNDS {
        let (tell, telling) = Telling::new(context, &wanted.name, handler.level(context));
        let came = match running.take() {
            None if !is_asked => {
                let work = handler.behind_act::<T>(wanted.clone(), tell);
                handler.until_gone(context, work).await
            }
            before => {
                let call = before.unwrap_or_else(|| Running::begin(handler, wanted.clone()));
                let round = Round { handler, context, print: &print, tell };
                match round.see_through(call).await {
                    Ok(Seen::Came(came)) => Ok(came),
                    Ok(Seen::Parked(questions)) => {
                        telling.end().await;
                        return Ok(Ended::Later(questions));
                    }
                    Err(error) => Err(error),
                }
            }
        };
        telling.end().await;
        match came? {
            Came::Done(done) => return Ok(Ended::Done(done)),
            Came::Paused(pause) => match put(&handler.seal, &print, pause, context, is_stateless(context)).await? {
                Asked::Later(questions) => return Ok(Ended::Later(questions)),
                Asked::Now(answers) => wanted.answers = Some(answers),
            },
        }
    }
    Err(ErrorData::internal_error(format!("`{}` asks its user without an end", wanted.name), None))
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
        let Round { handler, context, .. } = self;
        loop {
            let next = handler.until_gone(context, async { Ok(call.next(&self.tell).await) }).await?;
            let asks = match next {
                Next::Came(came) => return came.map(Seen::Came).map_err(|problem| error(&problem)),
                Next::Asks(asks) => asks,
            };
            if !approving::is_asked(handler, context) {
                self.tell_of(asks);
            } else if is_stateless(context) {
                match T::parking(&handler.waiting).put(&handler.visitor, self.print, call) {
                    Ok(name) => {
                        return approving::questions(&handler.seal, self.print, name, &asks).map(Seen::Parked);
                    }
                    // As many wait as can: then it is the owner's alone to answer.
                    Err(back) => {
                        call = *back;
                        self.tell_of(asks);
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
                    approving::answer(handler, (&ask).into(), word).await;
                }
            }
        }
    }

    fn tell_of(&self, asks: Vec<AskInfo>) {
        for ask in asks {
            let _ = self.tell.try_send(Told::Asks(Box::new(ask)));
        }
    }
}
