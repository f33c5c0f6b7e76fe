//! Memories out and in: JSON Lines, one memory a line, in pieces.

use super::ask::{Brain, Of};
use crate::cli::failure::{Failure, Outcome};
use crate::cli::screen::Screen;
use crate::cli::session::Input;
use crate::desk::Problem;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::NamedTempFile;
use tokio::fs::File;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _, BufReader};

/// Lines in one piece.
const PIECE: usize = 1000;
/// Bytes of lines in one piece: with what is around them, and escaped, they fit into one call.
const PIECE_BYTES: usize = 512 << 10;
/// The longest line.
const LINE: u64 = 4 << 20;
/// How long something takes before it is told how far it is, and how often then.
const PATIENCE: Duration = Duration::from_secs(1);

/// Export all memories: JSON Lines, one memory a line, superseded ones too
///
/// A file is written as a whole or not at all, and only you can read it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant export memories.jsonl
  loket brain assistant export | grep garden")]
pub(super) struct ExportArgs {
    /// The file; `-`, or none, is standard output
    file: Option<PathBuf>,
    /// Take the place of a file that is there
    #[arg(long, requires = "file")]
    replace: bool,
}

/// Import memories: lines of an export, or JSON objects with at least a `text`, one a line
///
/// What is here already is skipped or strengthened, so that a file can be imported again. What was forgotten here stays so.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  loket brain assistant import memories.jsonl
  loket brain assistant export | loket brain scout import -")]
pub(super) struct ImportArgs {
    /// The file; `-` is standard input
    file: PathBuf,
}

#[derive(Debug, Deserialize)]
struct Lines {
    items: Vec<String>,
    cursor: Option<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Imported {
    added: u64,
    merged: u64,
    skipped: u64,
}

/// Out.
pub(super) async fn export(brain: &mut Brain<'_>, args: ExportArgs) -> Outcome {
    let Some(file) = args.file.filter(|file| file.as_os_str() != "-") else {
        let mut pieces = Pieces::default();
        while let Some(lines) = pieces.next(brain).await? {
            for line in lines {
                brain.screen().json_text(&line)?;
            }
        }
        return Ok(());
    };
    if !args.replace && file.symlink_metadata().is_ok() {
        return Err(Problem::invalid(format!("there is something at `{}` already", file.display()))
            .hint("name another file, or add `--replace`")
            .into());
    }
    let unwritten = |error: io::Error| {
        Problem::failed(format!("`{}` cannot be written: {error}", file.display())).hint("check the path and the disk")
    };
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only its owner can read a temporary file.
    let mut part = NamedTempFile::new_in(folder).map_err(unwritten)?;
    let mut writer = BufWriter::new(part.as_file_mut());
    let (mut pieces, mut told) = (Pieces::default(), Told::new());
    let mut memories = 0;
    while let Some(lines) = pieces.next(brain).await? {
        for line in &lines {
            writeln!(writer, "{line}").map_err(unwritten)?;
        }
        memories += lines.len();
        told.tell(brain.screen(), || format!("{memories} memories so far"))?;
    }
    writer.flush().map_err(unwritten)?;
    drop(writer);
    part.as_file().sync_all().map_err(unwritten)?;
    let named = if args.replace { part.persist(&file) } else { part.persist_noclobber(&file) };
    named.map_err(|error| unwritten(error.error))?;
    let screen = brain.screen();
    if screen.is_json() {
        return Ok(screen.document(&json!({ "file": file.display().to_string(), "memories": memories }))?);
    }
    Ok(screen.text(&format!("exported  {memories} memories to {}", file.display()))?)
}

/// An export, piece by piece.
#[derive(Default)]
struct Pieces {
    cursor: Option<String>,
    ended: bool,
}

impl Pieces {
    async fn next(&mut self, brain: &Brain<'_>) -> Outcome<Option<Vec<String>>> {
        if self.ended {
            return Ok(None);
        }
        let arguments = json!({ "cursor": self.cursor, "limit": PIECE });
        let Lines { items, cursor } = brain.ask(Of::Upkeep, "export", arguments).await?;
        self.ended = cursor.is_none();
        self.cursor = cursor;
        Ok(Some(items))
    }
}

/// In.
pub(super) async fn import(brain: &mut Brain<'_>, args: ImportArgs) -> Outcome {
    let mut source = Source::open(&args.file, &mut brain.session.input).await?;
    let (mut sum, mut told) = (Imported::default(), Told::new());
    let mut lines = 0;
    while let Some(piece) = source.piece().await? {
        let texts: Vec<&str> = piece.iter().map(|(_, line)| line.as_str()).collect();
        let done: Imported = match brain.ask(Of::Upkeep, "import", json!({ "lines": texts })).await {
            Ok(done) => done,
            Err(Failure::Problem(problem)) => return Err(placed(problem, &piece, &brain.agent).into()),
            Err(failure) => return Err(failure),
        };
        sum = Imported {
            added: sum.added + done.added,
            merged: sum.merged + done.merged,
            skipped: sum.skipped + done.skipped,
        };
        lines += piece.len();
        told.tell(brain.screen(), || match source.share() {
            Some(share) => format!("{lines} lines so far, {share} %"),
            None => format!("{lines} lines so far"),
        })?;
    }
    let screen = brain.screen();
    if screen.is_json() {
        return Ok(screen.document(&serde_json::to_value(&sum)?)?);
    }
    let Imported { added, merged, skipped } = sum;
    Ok(screen.text(&format!("imported  {added} new, {merged} known and strengthened, {skipped} skipped"))?)
}

/// A problem with a line of a piece, told by the line of the file.
fn placed(mut problem: Problem, piece: &[(usize, String)], agent: &str) -> Problem {
    let first = piece.first().map_or(1, |(number, _)| *number);
    let parts = problem.message.strip_prefix("line ").and_then(|rest| rest.split_once(' '));
    let in_file = parts.and_then(|(number, rest)| {
        let number: usize = number.parse().ok()?;
        Some(format!("line {} {rest}", piece.get(number.checked_sub(1)?)?.0))
    });
    if let Some(message) = in_file {
        problem.message = message;
    }
    if first > 1 {
        problem.message =
            format!("{}\nthe lines before line {first} are imported, none from there on", problem.message);
    }
    if problem.hint.is_some() {
        problem
    } else {
        problem.hint(format!("put it right and import again; loket brain {agent} usage"))
    }
}

/// A file that is read piece by piece.
struct Source {
    reader: Box<dyn AsyncBufRead + Send + Unpin>,
    name: String,
    /// Lines and bytes read so far.
    line: usize,
    read: u64,
    bytes: Option<u64>,
    /// A line that the last piece had no room for.
    left: Option<(usize, String)>,
}

impl Source {
    async fn open(path: &Path, input: &mut Input) -> Outcome<Source> {
        let name = path.display().to_string();
        let (reader, bytes): (Box<dyn AsyncBufRead + Send + Unpin>, _) = if name == "-" {
            (std::mem::replace(&mut input.lines, Box::new(tokio::io::empty())), None)
        } else {
            let file = File::open(path).await.map_err(|error| unread(&name, &error))?;
            let bytes = file.metadata().await.ok().map(|about| about.len());
            (Box::new(BufReader::new(file)), bytes)
        };
        Ok(Source { reader, name, line: 0, read: 0, bytes, left: None })
    }

    /// The next lines that say something, with their numbers.
    async fn piece(&mut self) -> Outcome<Option<Vec<(usize, String)>>> {
        let mut piece: Vec<(usize, String)> = self.left.take().into_iter().collect();
        let mut room = PIECE_BYTES.saturating_sub(piece.iter().map(|(_, line)| line.len()).sum());
        while piece.len() < PIECE
            && let Some(line) = self.line().await?
        {
            if line.trim().is_empty() {
                continue;
            }
            let line = (self.line, line);
            match room.checked_sub(line.1.len()) {
                Some(left) => room = left,
                None if piece.is_empty() => room = 0,
                None => {
                    self.left = Some(line);
                    break;
                }
            }
            piece.push(line);
        }
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }

    async fn line(&mut self) -> Outcome<Option<String>> {
        let mut line = String::new();
        let mut reader = (&mut self.reader).take(LINE + 1);
        let read = reader.read_line(&mut line).await.map_err(|error| unread(&self.name, &error))?;
        if read as u64 > LINE {
            let problem = Problem::invalid(format!("line {} has more than {LINE} bytes", self.line + 1));
            return Err(problem.hint("a memory has at most 64 KiB of text: is this an export?").into());
        }
        self.line += 1;
        self.read += read as u64;
        line.truncate(line.trim_end_matches(['\n', '\r']).len());
        Ok((read > 0).then_some(line))
    }

    /// How much of it was read, of a hundred.
    fn share(&self) -> Option<u64> {
        let bytes = self.bytes.filter(|bytes| *bytes > 0)?;
        Some((self.read * 100 / bytes).min(100))
    }
}

fn unread(name: &str, error: &io::Error) -> Problem {
    Problem::invalid(format!("`{name}` cannot be read: {error}")).hint("name a file with one JSON object a line")
}

/// Tells now and then how far something is, when it takes its time and a person watches.
struct Told(Instant);

impl Told {
    fn new() -> Told {
        Told(Instant::now())
    }

    fn tell(&mut self, screen: &mut Screen, words: impl FnOnce() -> String) -> io::Result<()> {
        if self.0.elapsed() < PATIENCE || screen.is_json() {
            return Ok(());
        }
        self.0 = Instant::now();
        // Beside the output, which may be for programs.
        writeln!(anstream::stderr(), "  {}", words())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        let reader = Box::new(io::Cursor::new(text.to_owned().into_bytes()));
        Source { reader, name: "test".into(), line: 0, read: 0, bytes: Some(text.len() as u64), left: None }
    }

    async fn pieces(text: &str) -> Vec<Vec<(usize, String)>> {
        let (mut source, mut pieces) = (source(text), Vec::new());
        while let Some(piece) = source.piece().await.expect("it reads") {
            pieces.push(piece);
        }
        pieces
    }

    #[tokio::test]
    async fn pieces_have_so_many_lines_and_bytes_and_keep_their_numbers() {
        assert_eq!(pieces("one\r\n\n two\n").await, [[(1, "one".to_owned()), (3, " two".to_owned())]]);
        assert!(pieces("\n \n").await.is_empty());
        let many = pieces(&"x\n".repeat(2 * PIECE + 1)).await;
        assert_eq!(many.iter().map(Vec::len).collect::<Vec<_>>(), [PIECE, PIECE, 1]);
        assert_eq!(many[2][0].0, 2 * PIECE + 1);
        let long = "x".repeat(PIECE_BYTES - 10);
        let wide = pieces(&format!("{long}\nshort\n{long}\nlong long line\n{long}{long}\n")).await;
        let numbers: Vec<Vec<usize>> = wide.iter().map(|piece| piece.iter().map(|(n, _)| *n).collect()).collect();
        assert_eq!(numbers, [vec![1, 2], vec![3], vec![4], vec![5]]);
    }

    #[tokio::test]
    async fn a_line_without_an_end_in_sight_is_told() {
        let mut source = source(&"x".repeat(LINE as usize + 9));
        let told = source.piece().await;
        assert!(matches!(told, Err(Failure::Problem(problem)) if problem.message.starts_with("line 1 ")));
    }

    #[test]
    fn a_wrong_line_is_told_by_its_place_in_the_file() {
        let piece = [(1001, "a".to_owned()), (1003, "b".to_owned())];
        let told = placed(Problem::invalid("line 2 cannot be imported: it is no JSON"), &piece, "ann");
        assert!(told.message.starts_with("line 1003 cannot be imported") && told.message.contains("before line 1001"));
        let told = placed(Problem::new("exhausted", "the brain is full"), &piece, "ann");
        assert!(told.message.starts_with("the brain is full"));
    }
}
