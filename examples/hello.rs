//! A task says hello.
//!
//! ```text
//! cargo run --example hello
//! ```

fn main() {
    let greeting = teem::spawn(|| "hello from a task".to_owned());
    match greeting.join() {
        Ok(text) => println!("{text}"),
        Err(_) => eprintln!("the task panicked"),
    }
}
