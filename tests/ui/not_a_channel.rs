fn main() {
    let (sender, _receiver) = teem::chan::bounded::<i32>(1);
    teem::select! {
        recv(sender) -> value => drop(value),
    }
}
