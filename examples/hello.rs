//! A task says hello.
//!
//! ```text
//! cargo run --example hello
//! ```

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "it is there to print")]

fn main() {
    let greeting = teem::spawn(|| "hello from a task".to_owned());
    match greeting.join() {
        Ok(text) => println!("{text}"),
        Err(_) => eprintln!("the task panicked"),
    }
}
