//! The configuration: what it changes, what is refused and in which words, and that the README tells the keys as they
//! are.

use landfall::cli::config::{Config, parse};
use landfall::cli::keys::markdown;
use landfall::console::Moment;
use landfall::console::commands::TABLE;
use landfall::console::keymap::Keymap;
use landfall::console::keys::Chord;
use landfall::recovery::Mode;

/// What a person reads of a refused configuration.
fn told(text: &str) -> String {
    let mistakes = parse("config.toml", text).expect_err("it is refused");
    let mut all = mistakes.to_string();
    for mistake in &mistakes.errors {
        all.push_str(&format!("\n{}: {} ({}); {}", mistake.excerpt.place(), mistake, mistake.label, mistake.help));
    }
    all
}

fn read(text: &str) -> Config {
    parse("config.toml", text).expect("it is taken")
}

fn row(config: &Config, key: &str, mode: Mode) -> Option<&'static str> {
    let chord: Chord = key.parse().expect("a key");
    config.keys.find(chord, Moment { mode, replayed: false }).map(|row| row.id)
}

#[test]
fn an_empty_configuration_changes_nothing() {
    let config = read("");
    assert_eq!(config.keys, Keymap::default());
    assert_eq!((config.theme, config.ascii, config.mouse), (None, None, None));
}

#[test]
fn keys_theme_and_manners_are_taken() {
    let config =
        read("theme = \"light\"\nascii = true\nmouse = false\n[keys]\nroll-back = [\"F8\", \"ctrl-r\"]\nauto = []\n");
    assert_eq!((config.theme.as_deref(), config.ascii, config.mouse), (Some("light"), Some(true), Some(false)));
    for key in ["f8", "ctrl-r"] {
        assert_eq!(row(&config, key, Mode::Hold), Some("roll-back"), "{key}");
    }
    assert_eq!(row(&config, "R", Mode::Hold), None, "its own key is free again");
    assert_eq!(row(&config, "a", Mode::Step), None);
}

#[test]
fn two_commands_may_swap_keys() {
    let config = read("[keys]\nretry = \"s\"\nskip = \"r\"\n");
    assert_eq!(row(&config, "s", Mode::Step), Some("retry"));
    assert_eq!(row(&config, "r", Mode::Step), Some("skip"));
}

#[test]
fn a_clash_is_refused_with_both_names_and_its_line() {
    let told = told("# mine\n[keys]\nroll-back = [\"r\"]\n");
    assert!(told.contains("config.toml:3:13") && told.contains("`retry`") && told.contains("`roll-back`"), "{told}");
}

#[test]
fn danger_on_a_key_of_moving_about_is_refused() {
    let told = told("[keys]\ndown = [\"down\"]\nend = [\"j\"]\n");
    assert!(told.contains("config.toml:3:7") && told.contains("j moves about"), "{told}");
}

#[test]
fn the_way_out_is_kept() {
    let told = told("[keys]\nleave = [\"ctrl-x\"]\n");
    assert!(told.contains("Ctrl-C must stay with `leave`"), "{told}");
}

#[test]
fn every_mistake_is_told_at_once_with_the_nearest_name() {
    let told = told("thme = \"nord\"\nascii = \"yes\"\n[keys]\nrol-back = [\"R\"]\nretry = [\"pageup\", 3]\n");
    assert!(told.contains("5 mistakes"), "{told}");
    for said in ["`theme`?", "ascii = true or ascii = false", "`roll-back`?", "`page-up`?", "integer is no key"] {
        assert!(told.contains(said), "{said} is missing: {told}");
    }
}

#[test]
fn what_is_no_toml_is_refused_with_its_place() {
    let told = told("theme = nord\n");
    assert!(told.contains("not a valid configuration") && told.contains("config.toml:1:"), "{told}");
}

#[test]
fn the_console_does_not_open_on_a_wrong_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "[keys]\nskip = [\"R\"]\n").expect("it is written");
    for command in ["open", "keys"] {
        let mut program = assert_cmd::Command::cargo_bin("landfall").expect("the program");
        let output = program.arg(command).env("LANDFALL_CONFIG", &path).output().expect("it runs");
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains("R is both `skip` and `roll-back`"), "{told}");
    }
}

#[test]
fn a_named_configuration_must_be_there() {
    let mut program = assert_cmd::Command::cargo_bin("landfall").expect("the program");
    let output = program.args(["keys", "--config", "/nowhere/at/all.toml"]).output().expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/at/all.toml"));
}

#[test]
fn the_keys_are_printed_as_they_are_bound() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::write(&path, "[keys]\nroll-back = [\"f8\"]\n").expect("it is written");
    let mut program = assert_cmd::Command::cargo_bin("landfall").expect("the program");
    let output = program.args(["keys", "--format", "json", "--config"]).arg(&path).output().expect("it runs");
    let rows: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(rows.len(), TABLE.len());
    let back = rows.iter().find(|row| row["command"] == "roll-back").expect("its row");
    assert_eq!((&back["keys"], &back["access"]), (&serde_json::json!(["F8"]), &serde_json::json!("destroy")));
}

#[test]
fn the_readme_holds_the_keys_as_they_are() {
    let readme = include_str!("../README.md");
    let held = readme.split("<!-- keys -->\n").nth(1).and_then(|rest| rest.split("<!-- /keys -->").next());
    let wanted = format!("\n{}\n", markdown(&Keymap::default()));
    assert_eq!(held, Some(wanted.as_str()), "put what `landfall keys --format markdown` prints between the markers");
}

#[test]
fn a_theme_of_ones_own_lies_beside_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("config.toml");
    std::fs::create_dir(folder.path().join("themes")).expect("a folder");
    let theme = folder.path().join("themes/moss.toml");
    std::fs::write(&theme, "inherits = \"nord\"\n[roles]\nok = \"#00ff00\"\n").expect("it is written");
    let list = || {
        let mut program = assert_cmd::Command::cargo_bin("landfall").expect("the program");
        program.arg("themes").env("LANDFALL_CONFIG", &path).output().expect("it runs")
    };
    let told = String::from_utf8_lossy(&list().stdout).into_owned();
    for name in ["default", "dracula", "moss"] {
        assert!(told.lines().any(|line| line.starts_with(name) && line.contains("✗ FAILED")), "{name}: {told}");
    }
    std::fs::write(&theme, "[roles]\nok = \"grean\"\n").expect("it is written");
    let output = list();
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("`grean` is no colour") && told.contains("moss.toml:2"), "{told}");
}

#[test]
fn what_calls_the_user_is_taken_and_its_mistakes_are_told_in_their_place() {
    use landfall::console::call::terminal::Dialect;
    let config = read("[call]\nbell = false\ntitle = true\nnotify = \"osc99\"\n").call;
    assert_eq!((config.bell, config.title, config.notify), (Some(false), Some(true), None));
    assert_eq!(config.dialect, Some(Dialect::Osc99));
    assert_eq!(read("[call]\nnotify = false\n").call.notify, Some(false));
    let told = told("[call]\nbel = true\ntitle = \"on\"\nnotify = \"osc8\"\n");
    for said in ["config.toml:2:1", "`bell`?", "title = true or title = false", "config.toml:4:10", "called `osc8`"] {
        assert!(told.contains(said), "{said} is missing: {told}");
    }
    let told = self::told("call = 3\n");
    assert!(told.contains("[call]"), "{told}");
}
