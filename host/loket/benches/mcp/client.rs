//! A client of HTTP on several connections, all in this thread: so what is left of the process's time is the server's.

use crate::Outcome;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

/// A call of the tool, in the revision without sessions.
pub(crate) const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"calc_evaluate","arguments":{"expression":"6*7"},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"bench","version":"1"}}}}"#;
const HEADERS: &str = "content-type: application/json\r\naccept: application/json, text/event-stream\r\nmcp-protocol-version: 2026-07-28\r\nmcp-method: tools/call\r\nmcp-name: calc_evaluate\r\n";

/// Connections, on each of which one request is under way: so a server can do for several at once what it does for one.
const AT_ONCE: usize = 16;

/// A client.
pub(crate) struct Client(Vec<Connection>);

struct Connection {
    stream: BufReader<TcpStream>,
    request: String,
}

impl Client {
    /// Connects, and sends this over and over.
    pub(crate) fn new(address: SocketAddr, token: &str, body: &str) -> Outcome<Client> {
        (0..AT_ONCE).map(|_| Connection::new(address, token, body)).collect::<Outcome<_>>().map(Client)
    }

    /// Asks so many times, a few more perhaps; answers with how often it was.
    pub(crate) fn many(&mut self, calls: u32) -> Outcome<f64> {
        let rounds = (calls as usize).div_ceil(AT_ONCE);
        for _ in 0..rounds {
            for connection in &mut self.0 {
                connection.send()?;
            }
            for connection in &mut self.0 {
                connection.read()?;
            }
        }
        Ok((rounds * AT_ONCE) as f64)
    }

    /// Asks once on each connection, where the answer must be that of the tool.
    pub(crate) fn check(&mut self) -> Outcome<()> {
        for connection in &mut self.0 {
            connection.send()?;
            let body = connection.read()?;
            let text = String::from_utf8_lossy(&body);
            if !text.contains("\"42\"") {
                return Err(format!("the tool answered {text}").into());
            }
        }
        Ok(())
    }
}

impl Connection {
    fn new(address: SocketAddr, token: &str, body: &str) -> Outcome<Connection> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        let token = if token.is_empty() { String::new() } else { format!("authorization: Bearer {token}\r\n") };
        let length = body.len();
        let request =
            format!("POST /mcp HTTP/1.1\r\nhost: {address}\r\n{token}{HEADERS}content-length: {length}\r\n\r\n{body}");
        Ok(Connection { stream: BufReader::new(stream), request })
    }

    fn send(&mut self) -> Outcome<()> {
        Ok(self.stream.get_mut().write_all(self.request.as_bytes())?)
    }

    /// The body that comes back.
    fn read(&mut self) -> Outcome<Vec<u8>> {
        let (mut length, mut chunked, mut line) = (0, false, String::new());
        loop {
            line.clear();
            if self.stream.read_line(&mut line)? == 0 {
                return Err("the server went away".into());
            }
            let Some((name, value)) = line.trim_end().split_once(':') else {
                if line == "\r\n" {
                    break;
                }
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.trim().parse()?,
                "transfer-encoding" => chunked = value.contains("chunked"),
                _ => {}
            }
        }
        let mut body = Vec::new();
        if !chunked {
            body.resize(length, 0);
            self.stream.read_exact(&mut body)?;
            return Ok(body);
        }
        loop {
            line.clear();
            self.stream.read_line(&mut line)?;
            let size = usize::from_str_radix(line.trim(), 16)?;
            let begin = body.len();
            body.resize(begin + size + 2, 0);
            self.stream.read_exact(&mut body[begin..])?;
            body.truncate(begin + size);
            if size == 0 {
                return Ok(body);
            }
        }
    }
}
