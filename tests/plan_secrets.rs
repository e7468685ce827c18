//! What of a plan is secret is in no plan that was read: it stands apart, by name, and the plan holds tokens.

use landfall::plan::{Intent, Runbook};
use landfall::plan::{Literals, Plan, Source, file, lint};
use landfall::seal::Token;
use landfall::service::Registry;

const HEAD: &str =
    "[application]\nname = \"shop\"\nprimary = \"eu-west-1\"\nrecovery = \"us-west-2\"\nrto = \"1h\"\nrpo = \"1h\"\n";

fn read(components: &str) -> (Plan, Literals) {
    let text = HEAD.to_owned() + components;
    file::read_sealing("plan.toml", text.as_bytes(), &Registry)
        .unwrap_or_else(|errors| panic!("{errors}: {:?}", errors.errors))
}

/// Each value's name and what it is, or where it comes from.
fn values(plan: &Plan, literals: &Literals) -> Vec<(String, String)> {
    assert_eq!(plan.sealed.values.len(), literals.len());
    let values = plan.sealed.values.iter().zip(literals);
    values
        .map(|(value, literal)| {
            let what = match (&value.from, literal) {
                (Source::Plan, Some(secret)) => secret.reveal().to_owned(),
                (Source::Env(name), None) => format!("env {name}"),
                (Source::File(path), None) => format!("file {path}"),
                other => panic!("{other:?}"),
            };
            (value.name.to_string(), what)
        })
        .collect()
}

const EVERYWHERE: &str = r#"
[component.api]
kind = "ecs"
cluster = "c"
service = "s"
desired = 1
description = "log in with password=desc-S3CRET-1"
approve = "token: ask-S3CRET-2"
environment = { DB_PASSWORD = "env-S3CRET-3", DATABASE_URL = "postgres://shop:url-S3CRET-4@db/x", FROM = { env = "DBPW" }, LEVEL = "debug" }
secrets = { API_TOKEN = "arn:aws:secretsmanager:us-west-2:1:secret:t", OTHER_SECRET = "/prod/other", LITERAL_PASSWORD = "sec-S3CRET-5" }

[component.k]
kind = "command"
run = ["deploy", "--password", "arg-S3CRET-6", "--url=https://x/?api_key=arg-S3CRET-7", { file = "keys/deploy" }]
undo = ["curl", "-H", "Authorization: Bearer undo-S3CRET-8", "-d", "{\"password\":\"undo-S3CRET-9\"}"]
env = { TOKEN = "cenv-S3CRET-10", AWS_PROFILE = { env = "AWS_PROFILE" } }
cwd = "/srv/token=cwd-S3CRET-11"

[component.h]
kind = "http"
url = "https://admin:S3CRET-12@x.example.com/?token=S3CRET-13"
method = "POST"
headers = { Authorization = "Bearer S3CRET-14", Accept = "application/json", X-From = { env = "XFROM" } }
body = "{\"password\":\"S3CRET-15\"}"
expect = { contains = { env = "WANTED" }, json = { "/token" = "S3CRET-16" } }

[component.m]
kind = "manual"
ask = "open https://u:S3CRET-17@safe/ and type AKIAIOSFODNN7EXAMPLE"

[component.pem]
kind = "command"
run = ["true"]
changes = false
env = { CERT = """-----BEGIN PRIVATE KEY-----
MIIES3CRET-18
-----END PRIVATE KEY-----
""" }
"#;

#[test]
fn no_secret_is_in_a_plan_that_was_read_wherever_it_stood() {
    let (plan, literals) = read(EVERYWHERE);
    let written = serde_json::to_string(&plan).expect("a plan is JSON");
    assert!(!written.contains("S3CRET") && !written.contains("AKIAIOSFODNN7"), "{written}");
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
    assert!(!serde_json::to_string(&runbook).expect("JSON").contains("S3CRET"));
    let known = values(&plan, &literals);
    let all: String = known.iter().map(|(_, value)| format!("{value} ")).collect();
    for nth in 1..=18 {
        assert!(all.contains(&format!("S3CRET-{nth}")), "{nth}: {known:?}");
    }
    let by_name = |wanted: &str| known.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str());
    for (name, value) in [
        ("api.environment.DB_PASSWORD", "env-S3CRET-3"),
        ("api.environment.DATABASE_URL.password", "url-S3CRET-4"),
        ("api.environment.FROM", "env DBPW"),
        ("k.run.password", "arg-S3CRET-6"),
        ("k.run.3.api_key", "arg-S3CRET-7"),
        ("k.run.4", "file keys/deploy"),
        ("k.undo.H.Authorization", "Bearer undo-S3CRET-8"),
        ("k.undo.d.password", "undo-S3CRET-9"),
        ("k.env.AWS_PROFILE", "env AWS_PROFILE"),
        ("h.url.user", "admin"),
        ("h.url.password", "S3CRET-12"),
        ("h.url.token", "S3CRET-13"),
        ("h.headers.Accept", "application/json"),
        ("h.headers.X-From", "env XFROM"),
        ("h.body", "{\"password\":\"S3CRET-15\"}"),
        ("h.expect.contains", "env WANTED"),
        ("h.expect.json./token", "S3CRET-16"),
        ("m.ask.password", "S3CRET-17"),
    ] {
        assert_eq!(by_name(name), Some(value), "{name}: {known:#?}");
    }
    let mut names: Vec<&String> = known.iter().map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), known.len(), "each name is one value's");
    // What is none stays to be read.
    for plain in ["debug", "arn:aws:secretsmanager:us-west-2:1:secret:t", "/prod/other", "x.example.com", "deploy"] {
        assert!(written.contains(plain), "{plain}");
    }
}

#[test]
fn what_the_plan_itself_holds_is_a_finding_and_what_is_only_carried_is_none() {
    let (plan, _) = read(EVERYWHERE);
    let runbook = Runbook::compile(&plan, Intent::Failover, &Registry).expect("no circle");
    let findings = lint::findings(&plan, &runbook, &Registry);
    let found: Vec<String> = findings
        .iter()
        .filter(|finding| finding.code == "secret-literal")
        .map(|finding| finding.found.to_string())
        .collect();
    assert!(found.iter().any(|found| found.contains("api.environment.DB_PASSWORD")), "{found:?}");
    for carried in ["Accept", "h.url.user", "FROM", "X-From", "k.run.4"] {
        assert!(!found.iter().any(|found| found.contains(carried)), "{carried}: {found:?}");
    }
    assert!(!format!("{findings:?}").contains("S3CRET"));
}

#[test]
fn tokens_take_their_places_and_can_be_changed_one_by_one() {
    let (plan, _) = read(EVERYWHERE);
    let key = landfall::seal::Key::new([3; 32]);
    let tokens: Vec<Token> = (0..plan.sealed.values.len()).map(|nth| key.token(&format!("value {nth}"))).collect();
    let mut plan = plan.with_tokens(&tokens);
    for (nth, value) in plan.sealed.values.clone().iter().enumerate() {
        // What stands in words for persons is never opened, and has no place to be found again.
        let in_words = ["api.description", "api.approve"].iter().any(|words| value.name.starts_with(words));
        assert_eq!(plan.token(nth), Some(tokens[nth].clone()).filter(|_| !in_words), "{}", value.name);
    }
    assert!(!serde_json::to_string(&plan).expect("JSON").contains("sealed-#"));
    let place =
        plan.sealed.values.iter().position(|value| value.name.as_str() == "h.url.password").expect("it is there");
    let other = key.token("other");
    plan.reseal(place, &other);
    let h = plan.components.iter().find(|found| found.name.as_str() == "h").expect("h");
    assert_eq!(
        h.fields.0["url"],
        format!("https://{}:{other}@x.example.com/?token={}", tokens[place - 1], tokens[place + 1])
    );
}

#[test]
fn references_stay_and_what_they_give_is_a_secret_where_it_is_used_as_one() {
    let (plan, literals) = read(
        "[component.fetch]\nkind = \"command\"\nrun = [\"get\"]\nchanges = false\n\
         [component.id]\nkind = \"command\"\nrun = [\"get\"]\nchanges = false\n\
         [component.api]\nkind = \"ecs\"\ncluster = \"c\"\nservice = \"s\"\ndesired = 1\n\
         environment = { DB_PASSWORD = \"a-${fetch.stdout}-b$${c}\", HOST = \"${id.stdout}\" }\n",
    );
    let api = plan.components.iter().find(|found| found.name.as_str() == "api").expect("api");
    assert!(api.needs.iter().any(|need| need.as_str() == "fetch"), "{:?}", api.needs);
    let password = api.fields.0["environment"]["DB_PASSWORD"].as_str().expect("a text");
    assert_eq!(password, "⟦sealed-#0⟧${fetch.stdout}⟦sealed-#1⟧");
    let said: Vec<String> = values(&plan, &literals).into_iter().map(|(_, value)| value).collect();
    assert_eq!(said, ["a-", "-b${c}"], "a doubled dollar is a plain one in a value too");
    assert!(plan.gives_in_confidence("fetch", "stdout") && !plan.gives_in_confidence("id", "stdout"));
}

#[test]
fn a_value_is_a_text_or_where_it_is_read_and_nothing_else() {
    for (value, help) in [
        ("{ env = \"\" }", "env = \"NAME\""),
        ("{ env = \"A=B\" }", "env = \"NAME\""),
        ("{ env = 1 }", "env = \"NAME\""),
        ("{ envs = \"A\" }", "env = \"NAME\""),
        ("{ env = \"A\", file = \"b\" }", "env = \"NAME\""),
        ("{}", "env = \"NAME\""),
        ("\"⟦sealed-12-3fa9c1d2e4b5a697⟧\"", "{ env"),
    ] {
        let text = format!("{HEAD}[component.k]\nkind = \"command\"\nrun = [\"x\"]\nenv = {{ A = {value} }}\n");
        let errors = file::read("plan.toml", text.as_bytes(), &Registry).expect_err("it is refused");
        assert_eq!(errors.errors.len(), 1, "{value}: {errors:?}");
        assert!(errors.errors[0].help.contains(help) && errors.errors[0].excerpt.line == 10, "{value}: {errors:?}");
    }
    // What names something is read, and stands in the journal as it is.
    let text = format!("{HEAD}[component.db]\nkind = \"rds\"\nprimary = {{ env = \"A\" }}\nrecovery = \"r\"\n");
    assert!(file::read("plan.toml", text.as_bytes(), &Registry).is_err());
}

#[test]
fn what_is_wrong_with_a_plan_is_told_without_its_secrets() {
    for line in [
        "env = { DB_PASSWORD = \"S3CRET-1\", B = [1] }",
        "env = { B = { envs = \"A\" }, TOKEN = \"S3CRET-1\" }",
        "evn = { DB_PASSWORD = \"S3CRET-1\" }",
        "cwd = \"postgres://u:S3CRET-1@db/${\"",
        "changes = \"password=S3CRET-1\"",
        "timeout = \"token=S3CRET-1\"",
        "undo = [\"x\", \"--password\", \"S3CRET-1\", 7]",
    ] {
        let text = format!("{HEAD}[component.k]\nkind = \"command\"\nrun = [\"x\"]\n{line}\n");
        let errors = file::read("plan.toml", text.as_bytes(), &Registry).expect_err("it is refused");
        let told = format!("{:?}", miette::Report::new(errors));
        // A flag and what stands behind it are apart in the file; the message is of the item alone.
        let may_show = line.starts_with("undo");
        assert!(may_show || !told.contains("S3CRET"), "{line}: {told}");
        assert!(told.contains("plan.toml:10:"), "{line}: {told}");
    }
}
