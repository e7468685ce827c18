//! A test cloud of one's own: a fork of `tests/cloud/nursery.py`, which this process starts once, on a free port; it ends when
//! dropped (or when this process ends, however it ends). The README there says what it can do.

// Each test binary uses some of it.
#![allow(dead_code)]

use super::{control, venv};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

/// Where this process's clouds come from: it stands while the process does.
struct Nursery {
    _server: Child,
    socket: PathBuf,
}

static NURSERY: OnceLock<Nursery> = OnceLock::new();

impl Nursery {
    fn open() -> Self {
        let socket = std::env::temp_dir().join(format!("test-clouds-{}.sock", std::process::id()));
        // An earlier process of this number may have left one.
        let _ = std::fs::remove_file(&socket);
        let mut server = Command::new(venv::python())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cloud/nursery.py"))
            .arg("--socket")
            .arg(&socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test cloud's Python starts");
        let ready = line_of(server.stdout.take().expect("stdout is piped"));
        assert_eq!(ready, json!({ "ready": true }), "the nursery says so before anything else");
        Self { _server: server, socket }
    }
}

/// The first line that comes, as JSON.
fn line_of(from: impl std::io::Read) -> Value {
    let mut line = String::new();
    BufReader::new(from).read_line(&mut line).expect("the test cloud speaks UTF-8");
    serde_json::from_str(&line).expect("the test cloud says where it is before anything else")
}

/// A running test cloud: it lives while its line is open.
pub struct TestCloud {
    _line: UnixStream,
    endpoint: String,
    dns: String,
    dns_private: String,
}

/// One AWS call that the cloud received.
#[derive(Clone, Debug, Deserialize)]
pub struct Call {
    /// When it came, in seconds of the wall.
    pub at: f64,
    pub service: String,
    pub region: String,
    pub operation: String,
    pub error_code: Option<String>,
    pub account: String,
    /// The access key it was signed with.
    pub access_key: String,
    /// Whether it could change nothing.
    pub read_only: bool,
    /// Whether it was carried out.
    pub executed: bool,
    pub status: Option<u16>,
    /// The IAM actions that it takes; none where a fault hit it first.
    pub needs: Vec<String>,
    pub parameters: Value,
}

impl TestCloud {
    /// Starts a cloud in which each stage of a change takes 0.3 s.
    pub fn start() -> Self {
        let nursery = NURSERY.get_or_init(Nursery::open);
        let line = UnixStream::connect(&nursery.socket).expect("the nursery listens");
        let ready = line_of(&line);
        let at = |name: &str| ready[name].as_str().expect("an address").to_owned();
        let (endpoint, dns, dns_private) = (at("endpoint"), at("dns"), at("dns_private"));
        Self { _line: line, endpoint, dns, dns_private }
    }

    /// `http://127.0.0.1:PORT`, for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// `127.0.0.1:PORT` of the name servers of every public zone, for `LANDFALL_RESOLVER`.
    pub fn dns(&self) -> &str {
        &self.dns
    }

    /// `127.0.0.1:PORT` of a resolver that answers private zones too.
    pub fn dns_private(&self) -> &str {
        &self.dns_private
    }

    /// The binary with nothing of this process's environment, at home in `home`, and this cloud in the place of AWS.
    pub fn landfall(&self, home: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_landfall"));
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", home)
            .env("NO_COLOR", "1")
            .env("NO_PROXY", "127.0.0.1")
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdin(Stdio::null());
        command
    }

    /// Makes it as it was when it started: empty, without faults or calls.
    pub fn reset(&self) {
        self.post("/reset", &json!({}));
    }

    /// Builds the application of a plan (TOML), as it is before a failover; answers the state.
    pub fn seed(&self, plan: &str) -> Value {
        self.request("POST", "/seed", "application/toml", plan)
    }

    /// Puts a fault between the caller and the cloud; answers its id.
    pub fn fault(&self, fault: &Value) -> String {
        self.post("/fault", fault)["id"].as_str().expect("a fault's id").to_owned()
    }

    /// Takes one fault away.
    pub fn mend(&self, id: &str) {
        self.request("DELETE", &format!("/fault/{id}"), "application/json", "");
    }

    /// Takes every fault away.
    pub fn mend_all(&self) {
        self.request("DELETE", "/faults", "application/json", "");
    }

    /// Turns a knob: a state that AWS gets into by itself.
    pub fn knob(&self, knob: &Value) {
        self.post("/knob", knob);
    }

    /// Calls an AWS API as an operator would, by boto3's names: `rds`, `us-west-2`, `modify_db_instance`; answers its reply.
    pub fn call(&self, service: &str, region: &str, operation: &str, parameters: &Value) -> Value {
        let call = json!({"service": service, "region": region, "operation": operation, "parameters": parameters});
        self.post("/call", &call)
    }

    /// Puts an image into a private registry; answers its digest.
    pub fn image(&self, region: &str, repository: &str, tag: &str) -> String {
        let image = json!({"region": region, "repository": repository, "tag": tag});
        self.post("/image", &image)["digest"].as_str().expect("an image's digest").to_owned()
    }

    /// Puts data of a metric.
    pub fn metric(&self, data: &Value) {
        self.post("/metric", data);
    }

    /// Writes lines to a log group.
    pub fn log(&self, lines: &Value) {
        self.post("/log", lines);
    }

    /// Sets how long stages take, in seconds, by name.
    pub fn stages(&self, seconds: &Value) {
        self.post("/stages", seconds);
    }

    /// What there is in the account of the ambient credentials.
    pub fn state(&self) -> Value {
        self.request("GET", "/state", "application/json", "")
    }

    /// What there is in another account.
    pub fn state_of(&self, account: &str) -> Value {
        self.request("GET", &format!("/state?account={account}"), "application/json", "")
    }

    /// Every call received since the last reset or clearing, oldest first.
    pub fn calls(&self) -> Vec<Call> {
        let calls = self.request("GET", "/calls", "application/json", "");
        serde_json::from_value(calls).expect("the call log as its README has it")
    }

    /// The calls of one operation.
    pub fn calls_of(&self, operation: &str) -> Vec<Call> {
        self.calls().into_iter().filter(|call| call.operation == operation).collect()
    }

    /// The calls that could change something.
    pub fn mutations(&self) -> Vec<Call> {
        self.calls().into_iter().filter(|call| !call.read_only).collect()
    }

    /// Forgets the calls received so far.
    pub fn clear_calls(&self) {
        self.request("DELETE", "/calls", "application/json", "");
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", path, "application/json", &body.to_string())
    }

    fn request(&self, method: &str, path: &str, content_type: &str, body: &str) -> Value {
        let address = self.endpoint.trim_start_matches("http://");
        control::request(address, method, path, content_type, body)
    }
}
