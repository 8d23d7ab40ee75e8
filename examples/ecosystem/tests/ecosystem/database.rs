//! The commands of the crate `redis`, answered by the key-value server of the examples.

use super::{on_one_worker, serve};
use ecosystem::database::Database;
use kv_server::{command, connection};
use redis::{ConnectionLike, Pipeline, TypedCommands};
use std::sync::Arc;
use teem::net::TcpStream;

#[path = "../../../kv_server"]
mod kv_server {
    #![allow(dead_code, reason = "these are modules of a program")]
    pub(super) mod command;
    pub(super) mod connection;
    mod resp;
    mod store;
    mod topics;
}

/// Clients of a server that has nothing in it.
fn clients<const N: usize>() -> [Database<TcpStream>; N] {
    let database = Arc::new(command::Database::new());
    let address = serve(N, move |stream| {
        drop(connection::serve(&database, stream));
    });
    [(); N].map(|()| Database::new(TcpStream::connect(address).expect("a connection")))
}

/// INCR by its name: the crate's method for it sends INCRBY, which that server has not.
#[track_caller]
fn increment(one: &mut Database<TcpStream>) -> usize {
    redis::cmd("INCR").arg("count").query(one).expect("incr")
}

#[test]
fn commands_are_answered() {
    on_one_worker(|| {
        let [mut one] = clients();
        assert!(one.check_connection());
        one.set("key", "value").expect("set");
        assert_eq!(one.get("key").expect("get").as_deref(), Some("value"));
        assert_eq!(one.get("nothing").expect("get"), None);
        assert_eq!(increment(&mut one), 1);
        assert_eq!(one.del(&["key", "count", "nothing"]).expect("del"), 2);
        let error = redis::cmd("NOTHING").query::<()>(&mut one);
        assert!(error.is_err(), "{error:?}");
        assert!(one.is_open(), "an error of the server is an answer");
    });
}

#[test]
fn a_pipeline_is_answered_in_order() {
    on_one_worker(|| {
        let [mut one] = clients();
        let mut pipeline = Pipeline::new();
        for n in 0..1_000 {
            pipeline.set(format!("key {n}"), n).ignore();
            pipeline.get(format!("key {n}"));
        }
        let values: Vec<usize> = pipeline.query(&mut one).expect("values");
        assert!(values.into_iter().eq(0..1_000));
    });
}

#[test]
fn clients_in_tasks_share_a_server() {
    const EACH: usize = 200;
    on_one_worker(|| {
        let mut ones = clients::<8>();
        teem::scope(|scope| {
            for one in &mut ones {
                scope.spawn(|| (0..EACH).for_each(|_| assert!(increment(one) > 0)));
            }
        });
        let sum = ones[0].get("count").expect("get");
        assert_eq!(sum, Some((8 * EACH).to_string()));
    });
}

#[test]
fn a_server_that_is_gone_is_an_error() {
    on_one_worker(|| {
        let address = serve(1, drop);
        let mut one = Database::new(TcpStream::connect(address).expect("a connection"));
        assert!(one.get("key").is_err());
        assert!(!one.is_open());
    });
}
