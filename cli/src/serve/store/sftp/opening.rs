//! Opening an SFTP store: what its URL and the environment say of host, user, key and folder.
//!
//! Owns which way to log in counts. It touches no network, and must never say a file's content or a password.

use super::session::{Host, Login};
use super::{OPERATIONS_AT_ONCE, SftpServer, SftpStore};
use crate::failure::Failure;
use crate::serve::store::location::{Environment, Location};
use russh::keys::load_secret_key;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tokio::sync::{Mutex, Semaphore};

/// The port of SSH (RFC 4251 §9.4).
const SSH_PORT: u16 = 22;

/// Opens the folder at `location`: `/path` from the server's root, `/~/path` from the user's own folder.
///
/// # Errors
/// A [`Failure`] that names what the URL or the environment lacks.
pub fn open(location: Location, environment: Environment<'_>) -> Result<SftpStore, Failure> {
    let (name, port) = location.host()?;
    location.finish()?;
    let user = location.user().ok_or_else(|| location.refused("say who logs in: sftp://user@host/path"))?;
    let root = match location.prefix() {
        "" | "~" => ".".to_owned(),
        path => path.strip_prefix("~/").map_or_else(|| format!("/{path}"), str::to_owned),
    };
    let host = Host {
        name: name.to_owned(),
        port: port.unwrap_or(SSH_PORT),
        user: user.to_owned(),
        login: login(&location, environment)?,
        known_hosts: match location.secret(environment, "KNOWN_HOSTS", &[]) {
            Some(file) => vec![PathBuf::from(file.text())],
            None => {
                let own = std::env::home_dir().map(|home| home.join(".ssh/known_hosts"));
                own.into_iter().chain([PathBuf::from("/etc/ssh/ssh_known_hosts")]).collect()
            }
        },
    };
    let operations = Semaphore::new(OPERATIONS_AT_ONCE);
    Ok(SftpStore {
        server: Arc::new(SftpServer {
            host,
            root,
            line: Mutex::default(),
            operations,
            means: OnceLock::new(),
        }),
    })
}

fn login(location: &Location, environment: Environment<'_>) -> Result<Login, Failure> {
    let key_file = location.secret(environment, "KEY_FILE", &[]);
    let password = location.secret(environment, "PASSWORD", &[]);
    match (key_file, password) {
        (Some(file), None) => {
            let passphrase = location.secret(environment, "KEY_PASSPHRASE", &[]);
            let key = load_secret_key(file.text(), passphrase.as_ref().map(|secret| secret.text()));
            let key = key.map_err(|error| match error {
                russh::keys::Error::KeyIsEncrypted => {
                    location.refused("the file of KEY_FILE is encrypted: say KEY_PASSPHRASE, or use an agent")
                }
                _ => location.refused(
                    "the file of KEY_FILE cannot be read as a private key of OpenSSH, or KEY_PASSPHRASE does not open it",
                ),
            })?;
            if key.algorithm().is_rsa() {
                return Err(location.refused("the key of KEY_FILE must be Ed25519 or ECDSA: ssh-keygen -t ed25519"));
            }
            Ok(Login::Key(Arc::new(key)))
        }
        (None, Some(password)) => Ok(Login::Password(password)),
        (None, None) => match environment("SSH_AUTH_SOCK").filter(|socket| !socket.is_empty()) {
            Some(socket) => Ok(Login::Agent(PathBuf::from(socket))),
            None => Err(location.refused(
                "say in the environment how to log in: CALLSEAL_STORE_KEY_FILE (a private key), CALLSEAL_STORE_PASSWORD, or \
                 SSH_AUTH_SOCK (an agent)",
            )),
        },
        (Some(_), Some(_)) => Err(location.refused("say either KEY_FILE or PASSWORD in the environment")),
    }
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::serve::store::location::{Location, OBJECTS};
    use std::io::Write as _;

    fn opened(url: &str, variables: &[(&str, &str)]) -> Result<String, String> {
        let environment =
            |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let location = Location::parse(OBJECTS, url).unwrap();
        let store = open(location, &environment).map_err(|failure| format!("{failure:?}"))?;
        let text = format!("{store:?}");
        assert!(!text.contains("hunter2"), "{text}");
        Ok(format!("{}:{} {}", store.server.host.name, store.server.host.port, store.server.root))
    }

    #[test]
    fn a_url_names_user_host_and_a_folder_from_the_root_or_the_users_own() {
        let by_password = [("CALLSEAL_STORE_PASSWORD", "hunter2")];
        for (url, place) in [
            ("sftp://me@files.example/srv/rec", "files.example:22 /srv/rec"),
            ("sftp://me@files.example:2222/~/rec", "files.example:2222 rec"),
            ("sftp://me@files.example", "files.example:22 ."),
            ("sftp://me@[::1]:2222/rec", "::1:2222 /rec"),
        ] {
            assert_eq!(opened(url, &by_password).unwrap(), place);
        }
        assert!(opened("sftp://files.example/rec", &by_password).unwrap_err().contains("user@host"));
        assert!(opened("sftp://me@files.example/rec?x=y", &by_password).unwrap_err().contains("parameter x"));
    }

    #[test]
    fn there_is_one_way_to_log_in_and_a_key_that_cannot_be_used_is_told_without_its_name() {
        let url = "sftp://me@files.example/rec";
        assert!(opened(url, &[]).unwrap_err().contains("KEY_FILE"));
        opened(url, &[("SSH_AUTH_SOCK", "/run/agent")]).unwrap();
        let mut file = tempfile::Builder::new().prefix("hunter2").tempfile().unwrap();
        writeln!(file, "no key").unwrap();
        let path = file.path().to_str().unwrap();
        let failure = opened(url, &[("CALLSEAL_STORE_KEY_FILE", path)]).unwrap_err();
        assert!(failure.contains("KEY_FILE") && !failure.contains("hunter2"), "{failure}");
        let both = [("CALLSEAL_STORE_KEY_FILE", path), ("CALLSEAL_STORE_PASSWORD", "hunter2")];
        assert!(opened(url, &both).unwrap_err().contains("either"));
    }
}
