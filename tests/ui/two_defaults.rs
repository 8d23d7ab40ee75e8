fn main() {
    let (_sender, receiver) = teem::chan::bounded::<i32>(1);
    teem::select! {
        recv(receiver) -> value => drop(value),
        default(teem::time::Duration::ZERO) => {}
        default => {}
    }
}
