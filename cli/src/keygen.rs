//! `callseal keygen`: a recipient's key pair.

use crate::failure::Failure;
use crate::output::{self, Kind};
use callseal::seal::PrivateKey;
use std::path::{Path, PathBuf};

/// Arguments of `callseal keygen`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Where to write the private key (a JWK, readable by its owner only). Keep it off every browser and server that
    /// records. The public key, for their configuration, is written beside it: NAME.private.jwk and NAME.jwk give
    /// NAME.public.jwk. An existing private key is never overwritten.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Makes the pair, writes both files, and prints the thumbprint (RFC 7638) by which policies name the key.
pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let key = PrivateKey::generate()?;
    let public_path = public_path(&arguments.out)
        .ok_or_else(|| Failure::bad_input(format!("{} is not a file's name", arguments.out.display())))?;
    let mut private = key.to_jwk();
    private.push('\n');
    output::write(&arguments.out, private.as_bytes(), Kind::PrivateKey)?;
    let public = format!("{}\n", key.public().to_jwk());
    output::write(&public_path, public.as_bytes(), Kind::Public)?;
    output::print(key.thumbprint());
    output::note(format_args!("private key: {}", arguments.out.display()));
    output::note(format_args!("public key:  {}", public_path.display()));
    Ok(())
}

/// The public key's file beside the private one's.
fn public_path(private: &Path) -> Option<PathBuf> {
    let name = private.file_name()?.to_str()?;
    let stem = name.strip_suffix(".private.jwk").or_else(|| name.strip_suffix(".jwk")).unwrap_or(name);
    Some(private.with_file_name(format!("{stem}.public.jwk"))).filter(|public| public != private)
}

#[cfg(test)]
mod tests {
    use super::public_path;
    use std::path::Path;

    #[test]
    fn the_public_key_lies_beside_the_private_one() {
        for (private, public) in [
            ("keys/recipient.private.jwk", Some("keys/recipient.public.jwk")),
            ("keys/recipient.jwk", Some("keys/recipient.public.jwk")),
            ("recipient", Some("recipient.public.jwk")),
            ("recipient.key", Some("recipient.key.public.jwk")),
            ("recipient.public.jwk", Some("recipient.public.public.jwk")),
            ("..", None),
        ] {
            assert_eq!(public_path(Path::new(private)).as_deref(), public.map(Path::new), "{private}");
        }
    }
}
