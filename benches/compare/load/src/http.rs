//! HTTP: a plain GET again and again, and every answer parsed.

use std::collections::HashMap;

use crate::load::Dialogue;
use crate::report::Failure;

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
/// What is answered, whatever stands in the head.
const BODY: &[u8] = b"Hello, World!";
/// More than any head that a server here sends.
pub(crate) const LONGEST: usize = 4096;
const MOST_HEADERS: usize = 32;

/// What has come of answers that are not whole yet, by connection.
#[derive(Debug, Default)]
pub(crate) struct Http {
    begun: HashMap<usize, Vec<u8>>,
}

impl Dialogue for Http {
    fn request(&mut self, _: usize, _: u64) -> &[u8] {
        REQUEST
    }

    fn answer(
        &mut self,
        connection: usize,
        request: u64,
        before: usize,
        bytes: &[u8],
    ) -> Result<bool, Failure> {
        let wrong = |what| {
            Failure::new(format!(
                "connection {connection}, request {request}: {what}"
            ))
        };
        if before == 0 {
            let whole = is_whole(bytes).map_err(wrong)?;
            if !whole {
                self.begun.insert(connection, bytes.to_vec());
            }
            return Ok(whole);
        }
        let begun = self.begun.entry(connection).or_default();
        begun.extend_from_slice(bytes);
        let whole = is_whole(begun).map_err(wrong)?;
        if whole {
            self.begun.remove(&connection);
        }
        Ok(whole)
    }
}

/// Whether that is the whole answer, which must be the right one then.
fn is_whole(bytes: &[u8]) -> Result<bool, String> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Complete(head)) => head,
        Ok(httparse::Status::Partial) => return Ok(false),
        Err(error) => return Err(format!("not HTTP: {error}")),
    };
    if response.code != Some(200) {
        return Err(format!("status {:?}", response.code));
    }
    let mut headers = response.headers.iter();
    let length = headers.find(|header| header.name.eq_ignore_ascii_case("content-length"));
    if length.map(|header| header.value) != Some(BODY.len().to_string().as_bytes()) {
        return Err("not the length of the body that was expected".to_owned());
    }
    let body = &bytes[head..];
    if !BODY.starts_with(body) {
        return Err("not the body that was expected".to_owned());
    }
    Ok(body.len() == BODY.len())
}
