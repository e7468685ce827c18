//! What the console shows: both screens, details, every layer, at every size it degrades through.

mod console_stage;

use console_stage::*;
use landfall::console::look::Glyphs;

const SIZES: [(u16, u16); 6] = [(160, 48), (120, 36), (80, 24), (60, 20), (40, 10), (30, 5)];

fn at_every_size(name: &str, stage: &Stage, keys: &str) {
    for (width, height) in SIZES {
        let (mut app, _orders) = stage.commander(Glyphs::Unicode);
        // A first frame: moving in a list is moving in what was shown.
        screen(&mut app, width, height);
        press(&mut app, keys);
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), screen(&mut app, width, height));
    }
}

#[test]
fn overview_just_opened() {
    at_every_size("overview_opened", &opened(), "");
}
