//! A model server that does what a test tells it: chat completions over HTTP, on this machine, gone with the test.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What a server does with a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Says this, in two pieces, and what it took.
    Say(&'static str),
    /// Asks for a calculation.
    Calculate,
    /// Answers with a status and nothing else.
    Status(u16),
    /// Begins a stream that is none.
    Malformed,
    /// Says this, and breaks off.
    Break(&'static str),
    /// Says nothing until the other side goes away.
    Silent,
    /// Says this, and then nothing more until the other side goes away.
    Hang(&'static str),
}

/// Tokens that each answer says that it took.
pub(crate) const INPUT: u64 = 100;
pub(crate) const OUTPUT: u64 = 20;

/// A server.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    told: Arc<Mutex<Told>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Told {
    /// What comes next; what comes last goes on.
    acts: VecDeque<Act>,
    /// Chats that were asked for.
    asked: usize,
    /// Of these, those whose asker went away before the end.
    left: usize,
    /// How long it thinks before each answer.
    thinks: Duration,
}

impl Server {
    /// One that does this, one act for each chat; the last of them again and again.
    pub(crate) async fn new(acts: &[Act]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it has one");
        let told = Arc::new(Mutex::new(Told { acts: acts.iter().cloned().collect(), ..Told::default() }));
        let shared = told.clone();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let told = shared.clone();
                tokio::spawn(async move {
                    let _ = serve(stream, &told).await;
                });
            }
        });
        Server { address, told, task }
    }

    /// The same, that thinks so long before each answer.
    pub(crate) fn thinking_for(self, time: Duration) -> Server {
        self.told.lock().expect("nobody panics with it").thinks = time;
        self
    }

    /// From now on it does this and nothing else.
    pub(crate) fn now(&self, act: Act) {
        self.told.lock().expect("nobody panics with it").acts = [act].into();
    }

    /// How many chats it was asked for.
    pub(crate) fn asked(&self) -> usize {
        self.told.lock().expect("nobody panics with it").asked
    }

    /// How many of them nobody waited for to the end.
    pub(crate) fn left(&self) -> usize {
        self.told.lock().expect("nobody panics with it").left
    }

    /// Its part of `loket.toml`.
    pub(crate) fn model(&self, name: &str) -> String {
        format!(
            "[models.{name}]\nadapter = \"loket:openai\"\nurl = \"http://{}/v1\"\nmodel = \"m-{name}\"\n",
            self.address
        )
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers one request after the other on a connection.
async fn serve(stream: TcpStream, told: &Mutex<Told>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let (mut length, mut line, mut first) = (0, String::new(), String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if first.is_empty() {
                first.clone_from(&line);
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        if first.starts_with("GET ") {
            let list = r#"{"object":"list","data":[{"id":"m-one","object":"model","owned_by":"library"},{"id":"m-two"},{"id":"m-local"}]}"#;
            whole(&mut stream, 200, list).await?;
            continue;
        }
        let (act, thinks) = {
            let mut told = told.lock().expect("nobody panics with it");
            told.asked += 1;
            let last = told.acts.len() == 1;
            (if last { told.acts.front().cloned() } else { told.acts.pop_front() }, told.thinks)
        };
        tokio::time::sleep(thinks).await;
        match act.unwrap_or(Act::Status(500)) {
            Act::Status(status) => whole(&mut stream, status, "{}").await?,
            Act::Malformed => {
                head(&mut stream).await?;
                piece(&mut stream, "data: {\"choices\": [nonsense\n\n").await?;
                end(&mut stream).await?;
            }
            Act::Say(words) => {
                head(&mut stream).await?;
                let (one, two) = words.split_at(words.len() / 2);
                for words in [one, two] {
                    piece(&mut stream, &said(words)).await?;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                finish(&mut stream, "stop").await?;
            }
            Act::Calculate => {
                head(&mut stream).await?;
                let call = r#"[{"index":0,"id":"call-1","function":{"name":"calc_evaluate","arguments":"{\"expression\":\"6*7\"}"}}]"#;
                let choice = format!(
                    "{{\"index\":0,\"delta\":{{\"content\":\"so \",\"tool_calls\":{call}}},\"finish_reason\":null}}"
                );
                piece(&mut stream, &format!("data: {{\"choices\":[{choice}]}}\n\n")).await?;
                finish(&mut stream, "tool_calls").await?;
            }
            Act::Break(words) => {
                head(&mut stream).await?;
                piece(&mut stream, &said(words)).await?;
                // Read before it breaks.
                tokio::time::sleep(Duration::from_millis(50)).await;
                return Ok(());
            }
            Act::Silent => return wait(&mut stream, told).await,
            Act::Hang(words) => {
                head(&mut stream).await?;
                piece(&mut stream, &said(words)).await?;
                return wait(&mut stream, told).await;
            }
        }
    }
}

/// Waits until the other side goes away.
async fn wait(stream: &mut BufReader<TcpStream>, told: &Mutex<Told>) -> std::io::Result<()> {
    let mut nothing = [0; 1];
    let _ = stream.read(&mut nothing).await;
    told.lock().expect("nobody panics with it").left += 1;
    Ok(())
}

fn said(words: &str) -> String {
    let words = serde_json::Value::String(words.to_owned());
    format!("data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{words}}},\"finish_reason\":null}}]}}\n\n")
}

async fn finish(stream: &mut BufReader<TcpStream>, why: &str) -> std::io::Result<()> {
    let usage = format!("{{\"prompt_tokens\":{INPUT},\"completion_tokens\":{OUTPUT}}}");
    let choice = format!("{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"{why}\"}}");
    piece(stream, &format!("data: {{\"choices\":[{choice}],\"usage\":{usage}}}\n\ndata: [DONE]\n\n")).await?;
    end(stream).await
}

async fn head(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await?;
    stream.flush().await
}

async fn piece(stream: &mut BufReader<TcpStream>, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{:x}\r\n{text}\r\n", text.len()).as_bytes()).await?;
    stream.flush().await
}

async fn end(stream: &mut BufReader<TcpStream>) -> std::io::Result<()> {
    stream.write_all(b"0\r\n\r\n").await?;
    stream.flush().await
}

async fn whole(stream: &mut BufReader<TcpStream>, status: u16, body: &str) -> std::io::Result<()> {
    let head =
        format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.flush().await
}
