fn main() {
    let (sender, _receiver) = teem::chan::bounded::<i32>(1);
    teem::select! {
        send(sender) -> sent => drop(sent),
    }
}
