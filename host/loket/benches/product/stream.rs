//! How much later than straight from its server a model's first word reaches whoever asked, and how fast the words come after it.
//!
//! The server is a few lines here, which answer at once: what is left is the host's own part. In it are the recall before the model is
//! asked, two components, and a request that waits until its intent is on the disk.

use crate::Outcome;
use crate::house::{self, House};
use crate::measure::{Table, Target, median, quantile, time};
use loket_gateways::desk::{ChatEvent, ChatRequest, Desk as _, GrantRequest};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

const ROUNDS: usize = 60;
/// The words of the answer, each a piece of its own.
const WORDS: [&str; 6] = ["This ", "is ", "what ", "it ", "says", "."];
const QUESTION: &str = "What does it say?";
/// Pieces of a long answer.
const LONG: usize = 1_000;
const PIECE: &str = "word ";
const LONG_ROUNDS: usize = 5;

/// How the server answers. It is told, and does not read it from the question: what was asked before may stand anywhere in a request,
/// among what is remembered.
#[derive(Clone, Copy, PartialEq)]
enum Manner {
    Short,
    /// Long, and as fast as a fast model.
    Paced,
    /// Long, and without a pause.
    AtOnce,
}

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (manner, told) = watch::channel(Manner::Short);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, told.clone()));
            }
        });
        let house = connected(address).await?;
        let (mut ours, mut straight, mut later) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS + 5 {
            let (a, b) = (through(&house).await?, direct(address).await?);
            // The first ones warm up.
            if round >= 5 {
                ours.push(a);
                straight.push(b);
                later.push(a - b);
            }
        }
        let times = format!(
            "median {}, straight {}; p95 later by {}",
            time(median(&ours)),
            time(median(&straight)),
            time(quantile(&later, 0.95))
        );
        table.row(
            "a model's first word, later than from its server",
            times,
            median(&later) / 1e6,
            Target::Most(5.0, " ms"),
        );
        for (how, what, target) in [
            (Manner::Paced, "a long stream's rate, beside straight", Target::Least(0.97, " times")),
            (Manner::AtOnce, "the same, of a server that never waits", Target::None),
        ] {
            manner.send_replace(how);
            let (mut ours, mut straight, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
            for round in 0..LONG_ROUNDS + 1 {
                let (a, b) = (rate_through(&house).await?, rate_direct(address).await?);
                if round >= 1 {
                    ours.push(a);
                    straight.push(b);
                    ratios.push(a / b);
                }
            }
            let rates = format!("{:.0} pieces a second, straight {:.0}", median(&ours), median(&straight));
            table.row(what, rates, median(&ratios), target);
        }
        house.host.close().await;
        server.abort();
        Ok(())
    })
}

/// A home whose assistant thinks with that server.
async fn connected(address: SocketAddr) -> Outcome<House> {
    let folder = Arc::new(tempfile::tempdir()?);
    let model = format!("[models.there]\nadapter = \"loket:openai\"\nurl = \"http://{address}/v1\"\nmodel = \"m\"\n");
    house::lay_out(folder.path(), &format!("[limits]\nagent_turns_a_minute = 6000\n{model}"));
    let manifest = folder.path().join("agents/assistant/agent.toml");
    let text = std::fs::read_to_string(&manifest)?.replace("model = \"loket:offline\"", "model = \"there\"");
    std::fs::write(&manifest, text)?;
    let house = House::open(folder).await;
    let terms = [("host".to_owned(), vec![address.to_string()])].into();
    let (grantee, capability) = ("loket:openai".to_owned(), "loket:http/client".to_owned());
    house.grant_as(GrantRequest { grantee, capability, terms, ..GrantRequest::default() }).await;
    house.grant("assistant", "loket:openai").await;
    Ok(house)
}

/// Nanoseconds until the first word, through the host.
async fn through(house: &House) -> Outcome<f64> {
    let (events, mut heard) = mpsc::channel(1_000);
    let request = ChatRequest { agent: "assistant".into(), conversation: None, text: QUESTION.into(), files: vec![] };
    let host = house.host.clone();
    let begun = Instant::now();
    let turn = tokio::spawn(async move { host.chat(request, events).await });
    let mut first = None;
    while let Some(event) = heard.recv().await {
        if matches!(event, ChatEvent::Text { .. }) {
            first.get_or_insert_with(|| begun.elapsed());
        }
    }
    let reply = turn.await?.map_err(|problem| problem.message)?;
    if reply.text != WORDS.concat() {
        return Err(format!("it says {:?}", reply.text).into());
    }
    Ok(first.ok_or("nothing streamed")?.as_nanos() as f64)
}

/// Pieces of a long answer a second from the first to the last, through the host. Pieces that came together are told together.
async fn rate_through(house: &House) -> Outcome<f64> {
    let (events, mut heard) = mpsc::channel(2 * LONG);
    let request = ChatRequest { agent: "assistant".into(), conversation: None, text: QUESTION.into(), files: vec![] };
    let host = house.host.clone();
    let turn = tokio::spawn(async move { host.chat(request, events).await });
    let (mut first, mut last, mut length) = (None, None, 0);
    while let Some(event) = heard.recv().await {
        if let ChatEvent::Text { text } = event {
            length += text.len();
            first.get_or_insert_with(Instant::now);
            last = Some(Instant::now());
        }
    }
    let reply = turn.await?.map_err(|problem| problem.message)?;
    if reply.text.len() != LONG * PIECE.len() || length != reply.text.len() {
        return Err(format!("{length} bytes streamed of {}", reply.text.len()).into());
    }
    let took = last.zip(first).ok_or("nothing streamed")?;
    Ok(LONG as f64 / (took.0 - took.1).as_secs_f64())
}

/// The same straight from the server.
async fn rate_direct(address: SocketAddr) -> Outcome<f64> {
    let mut lines = ask(address).await?;
    let (mut first, mut last) = (None, None);
    while let Some(line) = lines.next_line().await? {
        if line.contains(PIECE) {
            first.get_or_insert_with(Instant::now);
            last = Some(Instant::now());
        }
        if line.contains("[DONE]") {
            let took = last.zip(first).ok_or("nothing streamed")?;
            return Ok(LONG as f64 / (took.0 - took.1).as_secs_f64());
        }
    }
    Err("the server ended in the middle".into())
}

/// Asks the server, and reads its answer by lines.
async fn ask(address: SocketAddr) -> Outcome<Lines<BufReader<TcpStream>>> {
    let body = format!(r#"{{"model":"m","stream":true,"messages":[{{"role":"user","content":"{QUESTION}"}}]}}"#);
    let mut stream = TcpStream::connect(address).await?;
    let head =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    Ok(BufReader::new(stream).lines())
}

/// Nanoseconds until the first word, straight from the server.
async fn direct(address: SocketAddr) -> Outcome<f64> {
    let begun = Instant::now();
    let mut lines = ask(address).await?;
    while let Some(line) = lines.next_line().await? {
        if line.starts_with("data:") && line.contains(WORDS[0]) {
            return Ok(begun.elapsed().as_nanos() as f64);
        }
    }
    Err("the server ended without a word".into())
}

/// Answers one request after the other with the same words.
async fn answer(stream: TcpStream, told: watch::Receiver<Manner>) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let (mut length, mut line) = (0, String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if let Some((_, value)) =
                line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            {
                length = value.trim().parse().unwrap_or(0);
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
        stream.write_all(head.as_bytes()).await?;
        let manner = *told.borrow();
        let words = if manner == Manner::Short { WORDS.to_vec() } else { vec![PIECE; LONG] };
        for (at, word) in words.iter().enumerate() {
            let finish = if at + 1 == words.len() { "\"stop\"" } else { "null" };
            let event = format!(
                "data: {{\"id\":\"1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{word}\"}},\"finish_reason\":{finish}}}]}}\n\n"
            );
            stream.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await?;
            stream.flush().await?;
            if manner == Manner::Paced {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        stream.write_all(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n").await?;
        stream.flush().await?;
    }
}
