//! The order of a name's addresses.

use super::{SocketAddr, alternating};

fn order(addresses: &[&str]) -> Vec<String> {
    let parse = |address: &&str| format!("{address}:80").parse().unwrap();
    let parsed: Vec<SocketAddr> = addresses.iter().map(parse).collect();
    let ordered = alternating(parsed.into_iter());
    ordered.map(|address| address.ip().to_string()).collect()
}

#[test]
fn families_take_turns_and_keep_their_order() {
    let found = order(&["[::1]", "[::2]", "[::3]", "1.1.1.1", "2.2.2.2"]);
    assert_eq!(found, ["::1", "1.1.1.1", "::2", "2.2.2.2", "::3"]);
    let found = order(&["1.1.1.1", "[::1]", "2.2.2.2", "3.3.3.3"]);
    assert_eq!(found, ["1.1.1.1", "::1", "2.2.2.2", "3.3.3.3"]);
    assert_eq!(order(&["1.1.1.1", "2.2.2.2"]), ["1.1.1.1", "2.2.2.2"]);
    assert!(order(&[]).is_empty());
}
