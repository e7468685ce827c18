//! Layers, as all shapes have them: what is in one waits for all that is in the one before. The order is the list's;
//! the numbers only say so.

use super::WHAT;
use crate::import::draft::Draft;
use crate::import::view::{File, View};
use crate::plan::diagnostic::PlanErrors;

/// More resources than this are in no file that anything runs; each waits for every one of the layer before.
const MOST: usize = 1000;

/// A layer: what says its number, and what is in it.
#[derive(Clone, Debug)]
pub(super) struct Layer<'a> {
    pub view: View<'a>,
    pub number: Option<View<'a>>,
    pub resources: Vec<View<'a>>,
}

/// The layers in `list`, by the names that the shape gives to their parts.
pub(super) fn of<'a>(
    list: &View<'a>,
    number: &str,
    resources: &str,
    file: &File,
) -> Result<Vec<Layer<'a>>, PlanErrors> {
    let (mut layers, mut count) = (Vec::new(), 0);
    for view in list.items() {
        let Some(inside) = view.get(resources).filter(View::is_list) else {
            let message = format!("a layer is an object with a list `{resources}`, and this is {}", view.word());
            return Err(view.mistake(file, WHAT, &message, super::SHAPES));
        };
        let resources = inside.items();
        if let Some(wrong) = resources.iter().find(|resource| !resource.is_table()) {
            let message = format!("a resource is an object, not {}", wrong.word());
            return Err(wrong.mistake(file, WHAT, &message, super::SHAPES));
        }
        count += resources.len();
        if count > MOST {
            let message = format!("more than {MOST} resources");
            return Err(view.mistake(
                file,
                WHAT,
                &message,
                "a state machine takes an input of 256 KiB: give the files that it is run with",
            ));
        }
        layers.push(Layer { number: view.get(number), view, resources });
    }
    Ok(layers)
}

/// Tells of numbers that are not in the order of the list.
pub(super) fn order(layers: &[Layer<'_>], draft: &mut Draft) {
    let mut last: Option<u64> = None;
    for layer in layers {
        let number = layer.number.as_ref().and_then(View::count);
        let place = layer.number.as_ref().unwrap_or(&layer.view).place();
        match (number, last) {
            (None, _) => {
                let found = "a layer without a whole number: it is taken where it stands in the list".to_owned();
                draft.tells("import-layer-order", None, place, found);
            }
            (Some(number), Some(last)) if number <= last => {
                let found = format!(
                    "layer {number} stands behind layer {last}: the state machine goes by the list, and so does the plan"
                );
                let fix = "see which order is meant, and say it in `needs`";
                draft.fails("import-layer-order", None, place, found, fix);
            }
            _ => {}
        }
        last = number.or(last);
    }
}
