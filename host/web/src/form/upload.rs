//! A file that is sent with a form: at most so big and so slow, a few at once, and not taken in before the form's token was seen.

use super::TIME;
use crate::app::App;
use crate::entry::Me;
use crate::fault::Fault;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use loket_gateways::desk::{MOST_PACKAGE_BYTES, Problem};
use loket_gateways::http::is_of;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How much besides the file a form may have, in bytes, and one of its fields.
const REST: usize = 256 << 10;
const FIELD: usize = 16 << 10;
/// How many fields are read.
const FIELDS: usize = 8;
/// How long a file may take.
const FILE_TIME: Duration = Duration::from_secs(120);
/// How many are taken in at once: each is held as a whole.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The biggest body of such a form.
pub(crate) const MOST: usize = MOST_PACKAGE_BYTES + REST;

/// A component, and what was said of it.
#[derive(Debug, Default)]
pub(crate) struct Uploaded {
    pub(crate) component: Vec<u8>,
    /// What the file is called where it comes from.
    pub(crate) file: String,
    pub(crate) package: String,
    pub(crate) signature: String,
}

/// The form of whoever is in.
pub(crate) struct Upload(pub(crate) Uploaded);

impl FromRequest<Arc<App>> for Upload {
    type Rejection = Fault;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Fault> {
        let Some(me) = request.extensions().get::<Me>().cloned() else {
            return Err(Problem::denied("your session is over").hint("log in again").into());
        };
        match tokio::time::timeout(TIME + FILE_TIME, taken(request, app, &me)).await {
            Ok(sent) => Ok(Upload(sent?)),
            Err(_) => {
                let problem = Problem::invalid("the file took too long to arrive").hint("send it again");
                Err(Fault::new(StatusCode::REQUEST_TIMEOUT, problem))
            }
        }
    }
}

async fn taken(request: Request, app: &Arc<App>, me: &Me) -> Result<Uploaded, Fault> {
    is_of(&request, "multipart/form-data", "only a form with a file is read here")?;
    let Ok(_one) = AT_ONCE.try_acquire() else {
        return Err(Problem::unavailable("other files are being taken in already")
            .hint("try again in a moment")
            .into());
    };
    let mut form = Multipart::from_request(request, app).await.map_err(|error| unread(&error.body_text()))?;
    let (mut sent, mut is_ours) = (Uploaded::default(), false);
    for _ in 0..FIELDS {
        let Some(field) = form.next_field().await.map_err(|error| broken(&error))? else { break };
        let name = field.name().unwrap_or_default().to_owned();
        if name == "token" {
            let token = text(field).await?;
            is_ours = constant_time_eq::constant_time_eq(token.as_bytes(), me.csrf.as_bytes());
            if !is_ours {
                let problem = Problem::denied("this form was made for another session");
                return Err(problem.hint("open the page again, and send it from there").into());
            }
            continue;
        }
        if !is_ours {
            return Err(unread("it does not begin with its token"));
        }
        match name.as_str() {
            "component" => {
                sent.file = field.file_name().unwrap_or_default().chars().take(200).collect();
                sent.component = bytes(field, MOST_PACKAGE_BYTES).await?;
            }
            "package" => sent.package = text(field).await?,
            "signature" => sent.signature = text(field).await?,
            _ => return Err(unread("it has a field that this form does not have")),
        }
    }
    if !is_ours {
        return Err(unread("it does not begin with its token"));
    }
    if sent.component.is_empty() {
        return Err(Problem::invalid("there is no file in the form")
            .hint("choose a component: its name ends with `.wasm`")
            .into());
    }
    Ok(sent)
}

async fn text(field: Field<'_>) -> Result<String, Fault> {
    String::from_utf8(bytes(field, FIELD).await?).map_err(|_| unread("a field is no text"))
}

async fn bytes(mut field: Field<'_>, most: usize) -> Result<Vec<u8>, Fault> {
    let mut all = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| broken(&error))? {
        if all.len() + piece.len() > most {
            let problem = Problem::invalid(format!("what was sent is longer than {most} bytes"));
            return Err(Fault::new(StatusCode::PAYLOAD_TOO_LARGE, problem.hint("send something smaller")));
        }
        all.extend_from_slice(&piece);
    }
    Ok(all)
}

fn broken(error: &MultipartError) -> Fault {
    let problem = Problem::invalid(format!("the form broke off: {}", error.body_text())).hint("send it again");
    Fault::new(error.status(), problem)
}

fn unread(why: &str) -> Fault {
    Problem::invalid(format!("the form is not the one of this page: {why}")).hint("open the page again").into()
}
