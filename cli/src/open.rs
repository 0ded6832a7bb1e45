//! `callseal open`: a sealed call, or a stretch of one, into one audio file.

use crate::call_folder::CallFolder;
use crate::failure::Failure;
use crate::key_file;
use crate::moment;
use crate::output::{self, Kind};
use crate::wave::{self, Channel};
use callseal::archive::{OpenOptions, OpenedRecording, open, open_range};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Examples below the list of options.
const EXAMPLES: &str = "\
Examples:
  callseal open STORE/CALL-ID --key me.jwk --out call.ogg
  callseal open STORE/CALL-ID --key me.jwk --out customer.wav --channel customer
  callseal open STORE/CALL-ID --key me.jwk --out minute-50.ogg --from 50:00 --to 51:00
  callseal open STORE/CALL-ID --key me.jwk --out - | ffplay -";

/// Arguments of `callseal open`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The call's folder, STORE/CALL-ID.
    #[arg(value_name = "CALLDIR")]
    call: PathBuf,
    /// The private key of one of the recipients (a JWK, as made by `keygen`). Several may be given; the one that fits
    /// is used.
    #[arg(long = "key", value_name = "FILE", required = true)]
    keys: Vec<PathBuf>,
    /// Where to write the recording, readable by its owner only; - is standard output. A name that ends with .wav gets
    /// WAVE (16 bits, 48 kHz), any other Ogg Opus as it was recorded. Left is the agent, right the customer.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Whose side. One side alone is decoded, so it needs WAVE.
    #[arg(long, value_enum, default_value = "both", value_name = "SIDE")]
    channel: Channel,
    /// WAVE, whatever the name of the file says.
    #[arg(long)]
    wav: bool,
    /// Begin here, on the call's timeline: 50:00, 1:02:03.5, 3000 or 1h2m3s. Only the segments that are needed are read.
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    from: Option<u64>,
    /// End here.
    #[arg(long, value_name = "TIME", value_parser = moment::parse)]
    to: Option<u64>,
    /// Open what a crash left, or a call that has no end yet.
    #[arg(long)]
    allow_unterminated: bool,
    /// Put silence of the same length where segments or their envelopes are missing.
    #[arg(long)]
    allow_missing: bool,
}

/// Opens the call; what was passed over is told on standard error.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let is_wave = arguments.wav || arguments.out.extension() == Some(OsStr::new("wav"));
    if arguments.channel != Channel::Both && !is_wave {
        return Err(Failure::bad_input(
            "one side alone has to be decoded: name a .wav file with --out, or say --wav",
        ));
    }
    let keys = key_file::read_all(&arguments.keys)?;
    let call = CallFolder::open(&arguments.call)?;
    let options = OpenOptions {
        allow_unterminated: arguments.allow_unterminated,
        allow_missing: arguments.allow_missing,
    };
    let opened = match (arguments.from, arguments.to) {
        (None, None) => open(&call, &keys, options)?,
        (from, to) => {
            let range = from.unwrap_or(0)..to.unwrap_or(u64::MAX);
            if range.is_empty() {
                return Err(Failure::bad_input("--to is not behind --from"));
            }
            open_range(&call, &keys, range, options)?
        }
    };
    if is_wave {
        let sound = wave::decode(&opened.ogg, opened.samples)?;
        put(&arguments.out, &wave::write(&sound, arguments.channel)?)?;
    } else {
        put(&arguments.out, &opened.ogg)?;
    }
    tell(&opened, &arguments.out);
    Ok(())
}

fn put(out: &Path, content: &[u8]) -> Result<(), Failure> {
    if out == Path::new("-") { output::pipe(content) } else { output::write(out, content, Kind::Recording) }
}

fn tell(opened: &OpenedRecording, out: &Path) {
    for fault in &opened.tolerated {
        output::note(format_args!("passed over: {}", fault.to_error()));
    }
    let seconds = opened.samples / 48_000;
    let place = if out == Path::new("-") { "standard output".into() } else { out.display().to_string() };
    output::note(format_args!("opened {} min {:02} s into {place}", seconds / 60, seconds % 60));
}
