//! The papers of a party: receipt and consent record, written anew after the call. They are personal.

use crate::failure::Failure;
use crate::output::{self, Kind};
use callseal::config::ControllerConfig;
use callseal::receipt::{Language, ReceiptOptions, consent_record, html};
use callseal::vcon::Vcon;
use std::path::PathBuf;

/// Whether papers are written, and what the vCon does not know for them.
#[derive(Debug, clap::Args)]
pub struct PapersArguments {
    /// A folder for new papers of the party: receipt.N.html and consent-record.N.json, readable by their owner only.
    #[arg(long, value_name = "FOLDER", requires = "controller")]
    papers: Option<PathBuf>,
    /// Who is responsible for the recording: JSON as the member controller of the page's configuration.
    #[arg(long, value_name = "FILE", requires = "papers")]
    controller: Option<PathBuf>,
    /// The language of the receipt: en, es, fr, de or pt. Without it, that of the disclosure.
    #[arg(long, value_name = "TAG", requires = "papers")]
    language: Option<String>,
}

impl PapersArguments {
    /// Makes the papers of `party` from `vcon`, and the folder for them; nothing where none are asked for. They are
    /// complete before one is written.
    pub fn prepare(&self, vcon: &Vcon, party: u32) -> Result<Option<Papers>, Failure> {
        let (Some(folder), Some(file)) = (&self.papers, &self.controller) else { return Ok(None) };
        let shown = file.display();
        let content = std::fs::read(file)
            .map_err(|error| Failure::bad_input(format!("--controller {shown} cannot be read: {error}")))?;
        let config: ControllerConfig = serde_json::from_slice(&content).map_err(|error| {
            Failure::bad_input(format!("--controller {shown} is not a controller: {error}"))
        })?;
        let evidence = vcon.evidence(config.validate()?)?;
        let spoken = evidence.disclosures.last().map(|disclosure| disclosure.language.as_str());
        let language = Language::for_tag(self.language.as_deref().or(spoken).unwrap_or_default());
        let options = ReceiptOptions { party, language, utc_offset_minutes: config.utc_offset_minutes };
        let papers = Papers {
            folder: folder.clone(),
            party,
            receipt_html: html(&evidence, options)?,
            consent_record: consent_record(&evidence, party)?,
        };
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::bad_input(format!("{} cannot be made: {error}", folder.display())))?;
        Ok(Some(papers))
    }
}

/// Papers that are complete and not written yet.
#[allow(missing_debug_implementations, reason = "personal")]
pub struct Papers {
    folder: PathBuf,
    party: u32,
    receipt_html: String,
    consent_record: Vec<u8>,
}

impl Papers {
    /// Writes them.
    pub fn write(&self) -> Result<(), Failure> {
        let Self { party, .. } = self;
        let files = [
            (format!("receipt.{party}.html"), self.receipt_html.as_bytes()),
            (format!("consent-record.{party}.json"), self.consent_record.as_slice()),
        ];
        for (name, content) in files {
            output::write(&self.folder.join(name), content, Kind::Recording)?;
        }
        Ok(())
    }
}
