//! The webhook's edge: the outbox on the disk and the requests.
//!
//! Owns one file in `callseal/outbox/`, whose exclusive handle says that this engine delivers what is in it. Writing
//! through it is synchronous: an event is on the disk before the page hears of it. Files of engines that are gone are
//! taken over, at the start and then again and again. Must never decide what is sent or when, nor log an address, a header
//! or a body.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::Function;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{FileSystemDirectoryHandle, FileSystemSyncAccessHandle, Headers, Performance};

use crate::audio::Now;
use crate::engine::problem;
use crate::web::recovery::pause;
use crate::web::request::{retry_after, send};
use crate::web::{edge, opfs, plain};
use crate::webhook::event::EventId;
use crate::webhook::outbox::{FOLDER, file_name, receiver_prefix};
use crate::webhook::queue::DeliveryOutcome;
use crate::webhook::{Attempt, Step, ValidWebhook, Webhook};
use crate::{Error, ErrorKind, Result};

/// Pause between two looks for files of engines that are gone, milliseconds: a reloaded page may still hold its own when
/// the next one starts.
const SCAN_EVERY_MS: i32 = 30_000;

struct OutboxFile {
    name: String,
    handle: FileSystemSyncAccessHandle,
    length_bytes: u64,
}

/// The webhook of one engine, with its file.
pub struct Outbox {
    webhook: RefCell<Webhook>,
    post: Function,
    performance: Performance,
    folder: FileSystemDirectoryHandle,
    file: RefCell<OutboxFile>,
    rewriting: Cell<bool>,
    /// The disk took no more; said once until it does again.
    failing: Cell<bool>,
    /// What the page is told at the next tick: an error before the engine is ready would be one of its start.
    reports: RefCell<Vec<Error>>,
}

impl Outbox {
    /// Opens a file of its own and takes over what engines before it left.
    ///
    /// # Errors
    /// [`ErrorKind::SpoolFailed`] where nothing can be kept.
    pub async fn open(
        config: ValidWebhook,
        root: &FileSystemDirectoryHandle,
        post: &Function,
        performance: &Performance,
    ) -> Result<Rc<Self>> {
        let folder = opfs::folder(root, FOLDER, true).await?;
        let file = create(&folder, &config.url).await?;
        let outbox = Rc::new(Self {
            webhook: RefCell::new(Webhook::new(config)),
            post: post.clone(),
            performance: performance.clone(),
            folder,
            file: RefCell::new(file),
            rewriting: Cell::new(false),
            failing: Cell::new(false),
            reports: RefCell::default(),
        });
        // Before the engine looks for calls to recover: what it says of them comes behind what was said before.
        outbox.take_over().await?;
        spawn_local(scan_again(Rc::downgrade(&outbox)));
        outbox.webhook.borrow().warnings().into_iter().for_each(|warning| outbox.report(warning));
        Ok(outbox)
    }

    /// Takes a message that the page is about to be told, in its form.
    pub fn observe(self: &Rc<Self>, message: &JsValue) {
        if let Some(message) = plain(message.clone()) {
            let steps = self.webhook.borrow_mut().observe(&message, self.now(), random);
            self.carry_out(steps);
        }
    }

    /// Time passes.
    pub fn tick(self: &Rc<Self>) {
        for error in self.reports.take() {
            // Straight to the page: an error of the webhook is no event.
            if let Some(message) = edge::written(&problem(None, &error, false)) {
                edge::tell(&self.post, &message);
            }
        }
        let steps = self.webhook.borrow_mut().due(self.now());
        self.carry_out(steps);
    }

    fn now(&self) -> Now {
        edge::now(&self.performance)
    }

    fn report(&self, error: Error) {
        self.reports.borrow_mut().push(error);
    }

    fn carry_out(self: &Rc<Self>, steps: Vec<Step>) {
        for step in steps {
            match step {
                Step::Append(bytes) => self.kept(|file| file.append(&bytes)),
                Step::Clear => self.kept(OutboxFile::clear),
                Step::Attempt(attempt) => {
                    let outbox = Rc::clone(self);
                    spawn_local(async move { outbox.attempt(&attempt).await });
                }
                Step::Report(error) => self.report(error),
            }
        }
        let length_bytes = self.file.borrow().length_bytes;
        if self.webhook.borrow().wants_rewrite(length_bytes) && !self.rewriting.replace(true) {
            let outbox = Rc::clone(self);
            spawn_local(async move {
                // One that fails is tried again at the next step.
                let _ = outbox.rewrite().await;
                outbox.rewriting.set(false);
            });
        }
    }

    /// Writes to the file; where the disk takes no more, events wait in memory only, and the host is told.
    fn kept(&self, write: impl FnOnce(&mut OutboxFile) -> Result<()>) {
        match write(&mut self.file.borrow_mut()) {
            Ok(()) => self.failing.set(false),
            Err(error) if !self.failing.replace(true) => self.report(error),
            Err(_) => {}
        }
    }

    async fn attempt(self: Rc<Self>, attempt: &Attempt) {
        let outcome = try_attempt(attempt)
            .await
            // Nothing answered, or it may not be asked (CORS, content security policy).
            .unwrap_or(DeliveryOutcome::Failed { retry_after_ms: None });
        let steps = self.webhook.borrow_mut().ended(&attempt.id, outcome, self.now(), js_sys::Math::random());
        self.carry_out(steps);
    }

    /// Moves what waits into a new file, and lets go of the old one. A crash between leaves both: ids tell.
    async fn rewrite(&self) -> Result<()> {
        let url = self.webhook.borrow().url().to_owned();
        let mut file = create(&self.folder, &url).await?;
        let written = file.append(&self.webhook.borrow().outbox());
        if let Err(error) = written {
            file.handle.close();
            opfs::remove(&self.folder, &file.name).await;
            return Err(error);
        }
        let old = self.file.replace(file);
        old.handle.close();
        opfs::remove(&self.folder, &old.name).await;
        Ok(())
    }

    /// Takes over the files of engines that are gone.
    async fn take_over(self: &Rc<Self>) -> Result<()> {
        if self.failing.get() {
            return Ok(()); // a file that cannot be copied into ours would be taken over at every look
        }
        let prefix = receiver_prefix(self.webhook.borrow().url());
        for name in opfs::names(&self.folder).await? {
            if !name.starts_with(&prefix) || self.file.borrow().name == name {
                continue;
            }
            // An engine that is running has its file open; and one may be gone since it was listed.
            let Ok(handle) = opfs::open(&self.folder, &name, false).await else { continue };
            let content = opfs::read(&handle);
            if let Ok(content) = &content {
                let steps = self.webhook.borrow_mut().adopt(content, self.now());
                self.carry_out(steps);
            }
            handle.close();
            // What could not be written into our own file stays where it is.
            if content.is_ok() && !self.failing.get() {
                opfs::remove(&self.folder, &name).await;
            }
        }
        Ok(())
    }
}

impl OutboxFile {
    fn append(&mut self, bytes: &[u8]) -> Result<()> {
        let written = opfs::write_at(&self.handle, self.length_bytes, bytes);
        if written.is_ok() {
            self.length_bytes = self.length_bytes.saturating_add(bytes.len() as u64);
        } else {
            // Half a line would spoil the next one.
            let _ = opfs::truncate(&self.handle, self.length_bytes);
        }
        written
    }

    fn clear(&mut self) -> Result<()> {
        self.length_bytes = 0;
        opfs::truncate(&self.handle, 0)
    }
}

async fn create(folder: &FileSystemDirectoryHandle, url: &str) -> Result<OutboxFile> {
    let name = file_name(url, &EventId::from_random(random()?));
    let handle = opfs::open(folder, &name, true).await?;
    Ok(OutboxFile { name, handle, length_bytes: 0 })
}

async fn scan_again(outbox: Weak<Outbox>) {
    while pause(SCAN_EVERY_MS).await.is_some() {
        let Some(outbox) = outbox.upgrade() else { return };
        if let Err(error) = outbox.take_over().await {
            outbox.report(error);
        }
    }
}

async fn try_attempt(attempt: &Attempt) -> core::result::Result<DeliveryOutcome, JsValue> {
    let headers = Headers::new()?;
    for (name, value) in &attempt.headers {
        headers.set(name, value)?;
    }
    let response = send(&attempt.url, "POST", &headers, &attempt.body.as_str().into()).await?;
    Ok(DeliveryOutcome::of_status(response.status(), retry_after(&response)))
}

fn random() -> Result<[u8; 16]> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::RandomUnavailable, "The browser gave no random bytes."))?;
    Ok(bytes)
}
