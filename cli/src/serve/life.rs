//! The server's life once it is open: it serves until it is told to end, then lets running requests finish.
//!
//! Owns signals and the orderly end. It must never cut an upload that could still finish in time.

use super::api::{self, Server};
use super::connections::{self, Limits};
use super::{log, metrics_page, shredding};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Longest time running uploads get to finish once the server was told to end.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(30);

/// Serves until a signal, then lets running requests finish within the limit; a second signal ends it at once.
pub async fn until_told(
    listener: TcpListener,
    metrics: Option<TcpListener>,
    limits: Limits,
    server: Server,
    mut signals: Signals,
) {
    let server = Arc::new(server);
    let (stop, stopped) = watch::channel(false);
    let sweeping = tokio::spawn(sweep(Arc::clone(&server)));
    let stamping = tokio::spawn(stamp(Arc::clone(&server)));
    let measuring = metrics.map(|listener| {
        let router = metrics_page::router(Arc::clone(&server));
        tokio::spawn(connections::serve(listener, router, metrics_page::LIMITS, stopped.clone()))
    });
    let serving = connections::serve(listener, api::router(server), limits, stopped);
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        () = &mut serving => return, // does not happen: nobody told it
        () = signals.next() => {}
    }
    log::event("stopping", &[]);
    sweeping.abort();
    stamping.abort();
    let _ = stop.send(true);
    let ended = tokio::select! {
        () = &mut serving => "done",
        () = tokio::time::sleep(DRAIN_LIMIT) => "cut after 30 s",
        () = signals.next() => "cut by a second signal",
    };
    if let Some(measuring) = measuring {
        measuring.abort();
    }
    log::event("stopped", &[("requests", &log::quoted(ended))]);
}

/// Meets demands for shredding, when their day has come, and for keys to be taken away, whichever instance took them.
async fn sweep(server: Arc<Server>) {
    let mut ticks = tokio::time::interval(shredding::SWEEP_EVERY);
    loop {
        ticks.tick().await;
        server.quarantine.sweep(server.store.as_ref(), &server.heads).await;
        server.shredder.sweep(server.store.as_ref(), &server.heads).await;
    }
}

/// Gets timestamps for countersigned heads, if an authority is named.
async fn stamp(server: Arc<Server>) {
    if let Some(timestamps) = &server.timestamps {
        timestamps.work(server.store.as_ref()).await;
    }
}

/// The signals that end the server.
#[cfg(unix)]
pub struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Signals from here on.
    ///
    /// # Errors
    /// That of the system.
    pub fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// The signals that end the server.
#[cfg(not(unix))]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Signals from here on.
    ///
    /// # Errors
    /// None here.
    pub fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
