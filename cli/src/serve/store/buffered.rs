//! An object held back in memory until it is complete, so that one request carries the whole of it.
//!
//! Owns the bytes on their way; objects are at most 1 MiB. Dropping it leaves nothing behind.

use super::{Incoming, StoreError};
use bytes::{Bytes, BytesMut};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// Bytes that `publish` makes visible when they are complete.
pub struct Buffered<F> {
    bytes: BytesMut,
    publish: F,
}

impl<F> Buffered<F>
where
    F: FnOnce(Bytes) -> BoxFuture<'static, Result<(), StoreError>> + Send + 'static,
{
    /// Nothing yet.
    pub fn boxed(publish: F) -> Box<dyn Incoming> {
        Box::new(Self { bytes: BytesMut::new(), publish })
    }
}

impl<F> Incoming for Buffered<F>
where
    F: FnOnce(Bytes) -> BoxFuture<'static, Result<(), StoreError>> + Send + 'static,
{
    fn append(&mut self, bytes: Bytes) -> BoxFuture<'_, Result<(), StoreError>> {
        self.bytes.extend_from_slice(&bytes);
        async { Ok(()) }.boxed()
    }

    fn publish(self: Box<Self>) -> BoxFuture<'static, Result<(), StoreError>> {
        let Self { bytes, publish } = *self;
        publish(bytes.freeze())
    }
}
