//! The last word on an imported plan is the reader's: what it does not take becomes a person's task and a finding. So
//! whatever a file holds, what is printed is a plan.

use super::draft::{Draft, Piece, Says};
use super::view::Place;
use super::write::{Written, write};
use crate::plan::{Plan, file};
use crate::service::Registry;
use std::collections::HashSet;

/// How often the reader is asked before everything that it could dislike is given up: it tells twenty mistakes a time.
const ROUNDS: usize = 40;

const DISLIKED: &str = "put the component that is meant in its place";

/// Joins what stands alone, tells what somebody has to say, and writes the plan so that it is one.
pub(super) fn settle(draft: &mut Draft, origin: &str) -> (String, Option<Plan>) {
    close(draft);
    let mut round = 0;
    // What is given up lives in no account.
    let (written, plan) = loop {
        let used: HashSet<&String> = draft.pieces.iter().filter_map(|piece| piece.account.as_ref()).collect();
        let unused: Vec<String> = draft.accounts.keys().filter(|name| !used.contains(name)).cloned().collect();
        unused.iter().for_each(|name| drop(draft.accounts.remove(name)));
        let written = write(draft, origin);
        match refused(draft, &written) {
            Ok(plan) => break (written, Some(plan)),
            // What the reader says of no component, such as of the application itself.
            Err(wrong) if wrong.is_empty() => break (written, None),
            Err(wrong) => give_up(draft, &wrong),
        }
        round += 1;
        if round > 2 * ROUNDS {
            break (write(draft, origin), None);
        }
        if round > ROUNDS {
            let all = (0..draft.pieces.len()).filter(|place| draft.pieces[*place].kind != "manual");
            let all: Vec<_> = all.map(|place| (place, "it is one of too many that are not taken".to_owned())).collect();
            give_up(draft, &all);
        }
    };
    open(draft);
    (written.text, plan)
}

/// The components that the reader does not take, or that hold a secret, and why.
fn refused(draft: &Draft, written: &Written) -> Result<Plan, Vec<(usize, String)>> {
    let at = |byte: usize| written.places.iter().position(|place| place.contains(&byte));
    match file::read("imported", written.text.as_bytes(), &Registry) {
        Ok(plan) => {
            let secret = |value: &crate::plan::SealedValue| {
                let name = value.at.strip_prefix("component/")?.split('/').next()?;
                let place = draft.pieces.iter().position(|piece| piece.name == name)?;
                Some((place, format!("{} looks like a secret", value.name)))
            };
            let secrets: Vec<_> =
                plan.sealed.values.iter().filter(|value| value.is_literal()).filter_map(secret).collect();
            if secrets.is_empty() { Ok(plan) } else { Err(secrets) }
        }
        Err(wrong) => {
            let mut seen = HashSet::new();
            let places = wrong.errors.iter().filter_map(|error| Some((at(error.at.start)?, error.message.clone())));
            Err(places.filter(|(place, _)| seen.insert(*place)).collect())
        }
    }
}

fn give_up(draft: &mut Draft, wrong: &[(usize, String)]) {
    for (place, why) in wrong {
        let old = &mut draft.pieces[*place];
        let (name, kind) = (old.name.clone(), old.kind);
        let ask = format!("bring up what was imported as {kind} `{name}`");
        let mut piece = Piece::manual(&name, &ask, old.place.clone()).needs(old.needs.clone());
        piece.comments = std::mem::take(&mut old.comments);
        piece.comments.push(format!("not taken as {kind}"));
        piece.name.clone_from(&name);
        let stands = std::mem::replace(old, piece).place;
        draft.fails(
            "import-not-taken",
            Some(&name),
            stands,
            format!("it is no {kind} that a plan takes: {why}"),
            DISLIKED,
        );
    }
}

/// What needs nothing and is needed by nothing has no place in the order: one task behind all of them gives it one.
fn close(draft: &mut Draft) {
    if draft.pieces.len() < 2 {
        return;
    }
    let referred: Vec<String> = draft.pieces.iter().flat_map(referred).collect();
    let needed: HashSet<&str> =
        draft.pieces.iter().flat_map(|piece| &piece.needs).chain(&referred).map(String::as_str).collect();
    let is_alone =
        |piece: &&Piece| piece.needs.is_empty() && !needed.contains(piece.name.as_str()) && referred_by(piece);
    let alone: Vec<String> = draft.pieces.iter().filter(is_alone).map(|piece| piece.name.clone()).collect();
    if alone.is_empty() {
        return;
    }
    let place = draft
        .pieces
        .iter()
        .find(|piece| piece.name == alone[0])
        .map_or_else(Place::default, |piece| piece.place.clone());
    let ask = "bring up what uses these components, and let traffic go there";
    let piece = Piece::manual("what-uses-them", ask, place.clone()).needs(alone.clone());
    let name = draft.add(piece);
    let found = format!("the file does not say what waits for {}", alone.join(", "));
    let fix = "put the services, the traffic and the proof that it works in the place of this task";
    draft.fails("import-nothing-waits", Some(&name), place, found, fix);
}

fn referred_by(piece: &Piece) -> bool {
    referred(piece).is_empty()
}

/// The components that a component's values refer to.
fn referred(piece: &Piece) -> Vec<String> {
    fn of(says: &Says, found: &mut Vec<String>) {
        match says {
            Says::Reference(text) => {
                let names = text.split("${").skip(1).filter_map(|rest| rest.split_once('.'));
                found.extend(names.map(|(name, _)| name.to_owned()));
            }
            Says::List(items) => items.iter().for_each(|item| of(item, found)),
            Says::Table(entries) => entries.iter().for_each(|(_, item)| of(item, found)),
            Says::Text(_) | Says::Count(_) | Says::Truth(_) => {}
        }
    }
    let mut found = Vec::new();
    piece.lines.iter().filter_map(|line| line.says.as_ref()).for_each(|says| of(says, &mut found));
    found
}

/// A finding for everything that somebody has to say.
fn open(draft: &mut Draft) {
    let of_application = [
        ("name", draft.name.is_none(), "--name says it"),
        ("primary", draft.primary.is_none(), "--primary says it"),
        ("recovery", draft.recovery.is_none(), "--recovery says it"),
        ("rto", draft.rto.is_none(), "--rto says it"),
        ("rpo", draft.rpo.is_none(), "--rpo says it"),
    ];
    for (name, _, fix) in of_application.into_iter().filter(|(_, is_open, _)| *is_open) {
        draft.asks(None, Place::default(), format!("the application's {name} is in no file"), fix);
    }
    for (name, account) in draft.accounts.clone().into_iter().filter(|(_, account)| account.role.is_none()) {
        let found = format!("the role to assume in account {}", account.number);
        draft.asks(None, Place::default(), found, &format!("give `role` or `profile` in [account.{name}]"));
    }
    for piece in draft.pieces.clone() {
        for line in piece.lines.iter().filter(|line| line.todo.is_some()) {
            let todo = line.todo.as_deref().unwrap_or_default();
            let fix = format!("give `{}` in [component.{}]", line.name, piece.name);
            draft.asks(Some(&piece.name), piece.place.clone(), format!("{}: {todo}", line.name), &fix);
        }
    }
}
