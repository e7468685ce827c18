//! What all dialects do with what they read: identifiers out of ARNs, and a person's task of what no kind does.

use super::draft::Piece;
use super::view::{Place, View};
use crate::seal::looks;
use crate::service::arn::Arn;

/// The identifier in an ARN, `arn:aws:rds:us-west-2:123456789012:cluster:orders`; anything else as it is.
pub(super) fn id(text: &str) -> String {
    let Some(arn) = Arn::parse(text) else { return text.to_owned() };
    arn.resource.rsplit([':', '/']).next().unwrap_or(text).to_owned()
}

/// The region of an ARN.
pub(super) fn region(text: &str) -> Option<String> {
    Arn::parse(text).map(|arn| arn.region.to_owned()).filter(|region| !region.is_empty())
}

/// A task for a person in the place of what no kind does, with all that the file says of it but what may be a secret.
pub(super) fn task(name: &str, what: &str, parameters: Option<&View<'_>>, place: Place) -> Piece {
    let mut told = Vec::new();
    let mut hidden = Vec::new();
    if let Some(parameters) = parameters {
        flat(parameters, "", &mut |key, value| {
            if looks::is_secret(key.rsplit('.').next().unwrap_or(key), &value) {
                hidden.push(key.to_owned());
            } else {
                told.push(format!("{key} = {value}"));
            }
        });
    }
    let ask = if told.is_empty() {
        format!("do what `{what}` does")
    } else {
        format!("do what `{what}` does: {}", told.join(", "))
    };
    let found = format!("there is no kind for `{what}`: a person is asked to do it");
    let piece = Piece::manual(name, &ask, place).fails(
        "import-unknown-type",
        found,
        "put the component that is meant in its place",
    );
    let secret = |piece: Piece, key: &String| {
        piece.fails(
            "import-secret",
            format!("{key} looks like a secret and is left out"),
            "keep it elsewhere, and say there where",
        )
    };
    hidden.iter().fold(piece, secret)
}

/// Every value below `view`, with its way; what is long or deep is cut.
fn flat(view: &View<'_>, way: &str, each: &mut impl FnMut(&str, String)) {
    let below = |key: &str| if way.is_empty() { key.to_owned() } else { format!("{way}.{key}") };
    if view.is_table() {
        view.entries().iter().for_each(|(key, value)| flat(value, &below(key), each));
    } else if view.is_list() {
        view.items().iter().for_each(|value| flat(value, way, each));
    } else {
        let value = view.text().or_else(|| view.truth().map(|truth| truth.to_string()));
        each(way, value.unwrap_or_default());
    }
}
