//! Where a crawl begins, and the links of a page that stay on that host.

use std::collections::BTreeSet;
use std::str::FromStr;

/// A host that is crawled, and the path where that begins.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    /// With its port, as in the address.
    pub(crate) authority: String,
    pub(crate) path: String,
}

impl FromStr for Site {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("http://").ok_or("not http://")?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let odd = |c: char| c.is_whitespace() || c.is_control();
        if authority.is_empty() || rest.contains(odd) {
            return Err("no host");
        }
        Ok(Self {
            authority: authority.to_owned(),
            path: if path.is_empty() { "/" } else { path }.to_owned(),
        })
    }
}

impl Site {
    /// The host and the port to connect to.
    pub(crate) fn address(&self) -> String {
        let has_port = self
            .authority
            .rsplit(':')
            .next()
            .is_some_and(|port| self.authority.contains(':') && port.parse::<u16>().is_ok());
        match has_port {
            true => self.authority.clone(),
            false => format!("{}:80", self.authority),
        }
    }

    /// The paths that a page links to, as far as they are of this site.
    pub(crate) fn links(&self, page: &str, body: &[u8]) -> BTreeSet<String> {
        let text = String::from_utf8_lossy(body);
        let quoted = text.split("href=").skip(1).filter_map(|rest| {
            let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
            rest[1..].split_once(quote).map(|(link, _)| link)
        });
        quoted.filter_map(|link| self.resolve(page, link)).collect()
    }

    /// What `link` on `page` means, as a path of this site.
    fn resolve(&self, page: &str, link: &str) -> Option<String> {
        let link = link.split('#').next().unwrap_or(link);
        let path = match link.strip_prefix("http://") {
            Some(rest) => rest.strip_prefix(&*self.authority)?,
            None if link.starts_with("//") || link.contains(':') => return None,
            None => link,
        };
        let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic());
        if path.is_empty() || !is_plain {
            return None;
        }
        if path.starts_with('/') {
            return Some(path.to_owned());
        }
        let directory = page.rfind('/').map_or("/", |end| &page[..=end]);
        Some(format!("{directory}{path}"))
    }
}
