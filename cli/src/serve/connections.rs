//! Connections: how many there may be, and how long one may take to say what it wants.
//!
//! Owns accepting, the time and size limits of a request's head, and the orderly end of every connection. It must never
//! let one client, however slow, keep others out.

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

/// Longest time for the head of a request; also how long a connection may idle between two.
const HEAD_DEADLINE: Duration = Duration::from_secs(30);
/// Largest head of a request, and piece of a body that is read at once, in bytes.
const BUFFER_BYTES: usize = 32 * 1024;
/// Longest time in which nothing of a body comes in, or of an answer goes out.
const STILL_DEADLINE: Duration = Duration::from_secs(30);
/// Pause after a failed accept: the system has no descriptor or memory left, and trying at once would burn a processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Longest time spent on telling a client that there are too many connections.
const FAREWELL_DEADLINE: Duration = Duration::from_secs(1);
/// The answer to a connection beyond the limit.
const TOO_MANY: &str = concat!(
    "HTTP/1.1 503 Service Unavailable\r\n",
    "content-type: application/json\r\n",
    "retry-after: 5\r\n",
    "connection: close\r\n",
    "content-length: 76\r\n\r\n",
    r#"{"error":{"code":"server/busy","message":"there are too many connections"}}"#,
    "\n"
);

/// Limits of a listener.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
}

/// Serves `router` on `listener` until `stop` turns true and every request that has begun is answered.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(limits.connections));
    let graceful = GracefulShutdown::new();
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_DEADLINE).max_buf_size(BUFFER_BYTES);
    let mut stopped = std::pin::pin!(async move { stop.wait_for(|stop| *stop).await.map(drop).ok() });
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = &mut stopped => break,
        };
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) if is_of_the_client(&error) => continue,
            Err(_) => {
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            super::log::event("connection-refused", &[]);
            tokio::spawn(say_too_many(stream));
            continue;
        };
        let _ = stream.set_nodelay(true);
        let router = router.clone();
        let service = hyper::service::service_fn(move |request: Request<Incoming>| {
            let mut request = request.map(axum::body::Body::new);
            request.extensions_mut().insert(ConnectInfo::<SocketAddr>(address));
            router.clone().oneshot(request)
        });
        let mut stream = TimeoutStream::new(stream);
        stream.set_read_timeout(Some(STILL_DEADLINE));
        stream.set_write_timeout(Some(STILL_DEADLINE));
        let stream = TokioIo::new(Box::pin(stream));
        let connection = graceful.watch(builder.serve_connection(stream, service));
        tokio::spawn(async move {
            // What the client did wrong was told it; a cut connection is no event.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
}

fn is_of_the_client(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

async fn say_too_many(mut stream: TcpStream) {
    let saying = async {
        stream.write_all(TOO_MANY.as_bytes()).await?;
        stream.shutdown().await
    };
    let _ = tokio::time::timeout(FAREWELL_DEADLINE, saying).await;
}

#[cfg(test)]
mod tests {
    use super::TOO_MANY;

    #[test]
    fn the_answer_to_one_connection_too_many_states_its_length() {
        let (head, body) = TOO_MANY.split_once("\r\n\r\n").unwrap();
        assert!(head.contains(&format!("content-length: {}", body.len())), "{}", body.len());
        assert!(serde_json::from_str::<serde_json::Value>(body).is_ok());
    }
}
