//! What goes back: status lines and headers.

use super::head::{Method, Terms};
use std::time::{SystemTime, UNIX_EPOCH};

macro_rules! statuses {
    ($($name:ident = $line:literal,)*) => {
        /// How a request went.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Status {
            $($name,)*
        }

        impl Status {
            /// Its number and its name.
            pub(super) fn line(self) -> &'static str {
                match self {
                    $(Status::$name => $line,)*
                }
            }
        }
    };
}

statuses! {
    Ok = "200 OK",
    NoContent = "204 No Content",
    BadRequest = "400 Bad Request",
    NotFound = "404 Not Found",
    MethodNotAllowed = "405 Method Not Allowed",
    RequestTimeout = "408 Request Timeout",
    LengthRequired = "411 Length Required",
    ContentTooLarge = "413 Content Too Large",
    UriTooLong = "414 URI Too Long",
    ExpectationFailed = "417 Expectation Failed",
    HeadersTooLarge = "431 Request Header Fields Too Large",
    InternalServerError = "500 Internal Server Error",
    NotImplemented = "501 Not Implemented",
    VersionNotSupported = "505 HTTP Version Not Supported",
}

/// The headers that depend on what is answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Content {
    pub(super) status: Status,
    /// Its media type.
    pub(super) kind: &'static str,
    pub(super) length: u64,
    /// The methods there are, for those who used another.
    pub(super) allow: Option<&'static str>,
}

/// How the connection goes on after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// As HTTP/1.1 does without being told.
    KeepAlive,
    /// Said to a client of HTTP/1.0, which does not expect it.
    KeepAliveSaid,
    Close,
}

impl After {
    pub(super) fn new(terms: &Terms, close: bool) -> Self {
        match (close, terms.minor) {
            (true, _) => After::Close,
            (false, 0) => After::KeepAliveSaid,
            (false, _) => After::KeepAlive,
        }
    }
}

/// Appends a head.
pub(super) fn push_head(out: &mut Vec<u8>, content: &Content, after: After, date: &mut Date) {
    let mut push = |bytes: &[u8]| out.extend_from_slice(bytes);
    push(b"HTTP/1.1 ");
    push(content.status.line().as_bytes());
    push(b"\r\nServer: teem\r\nDate: ");
    push(date.now().as_bytes());
    if content.status != Status::NoContent {
        push(b"\r\nContent-Type: ");
        push(content.kind.as_bytes());
        push(b"\r\nContent-Length: ");
        push(decimal(content.length, &mut [0; 20]));
    }
    if let Some(methods) = content.allow {
        push(b"\r\nAllow: ");
        push(methods.as_bytes());
    }
    push(match after {
        After::KeepAlive => b"\r\n\r\n",
        After::KeepAliveSaid => b"\r\nConnection: keep-alive\r\n\r\n",
        After::Close => b"\r\nConnection: close\r\n\r\n",
    });
}

/// Appends an answer that is all there. Its text stays away from who asked for the head alone.
pub(super) fn push_text(
    out: &mut Vec<u8>,
    (content, text): (&Content, &[u8]),
    method: Method,
    after: After,
    date: &mut Date,
) {
    push_head(out, content, after, date);
    if method != Method::Head {
        out.extend_from_slice(text);
    }
}

/// A number's digits: formatting by the book costs as much as parsing a request.
fn decimal(mut number: u64, room: &mut [u8; 20]) -> &[u8] {
    let mut at = room.len();
    loop {
        at -= 1;
        room[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    &room[at..]
}

/// The time of an answer, as HTTP writes it. Written anew once a second.
#[derive(Debug)]
pub(super) struct Date {
    second: u64,
    text: String,
}

impl Date {
    pub(super) fn new() -> Self {
        Self {
            second: u64::MAX,
            text: String::new(),
        }
    }

    fn now(&mut self) -> &str {
        let passed = SystemTime::now().duration_since(UNIX_EPOCH);
        let second = passed.map_or(0, |passed| passed.as_secs());
        if self.second != second {
            self.second = second;
            self.text = date(second);
        }
        &self.text
    }
}

/// A second since 1970 as an IMF-fixdate (RFC 9110, 5.6.7). The calendar is that of Howard
/// Hinnant's "chrono-compatible low-level date algorithms": years begin in March, so that the leap
/// day is a year's last.
fn date(second: u64) -> String {
    const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (days, clock) = (second / 86_400, second % 86_400);
    // Days since the first of March of the year 0.
    let since = days + 719_468;
    let (era, of_era) = (since / 146_097, since % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12;
    let year = era * 400 + year_of_era + u64::from(month < 2);
    format!(
        "{}, {day:02} {} {year:04} {:02}:{:02}:{:02} GMT",
        WEEKDAYS[(days % 7) as usize],
        MONTHS[month as usize],
        clock / 3_600,
        clock / 60 % 60,
        clock % 60,
    )
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(date(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
        assert_eq!(date(951_868_799), "Tue, 29 Feb 2000 23:59:59 GMT");
        assert_eq!(date(4_107_542_400), "Mon, 01 Mar 2100 00:00:00 GMT");
        assert_eq!(date(1_735_689_599), "Tue, 31 Dec 2024 23:59:59 GMT");
    }
}
