//! Tells an open console what was captured of its application: looks into the plan's store now and then, beside the console,
//! and reads a snapshot that is new there. No cloud is asked.

use super::capture;
use super::capture::stored::{self, Store};
use crate::console::inventory::{Captured, Inventory};
use crate::plan::Plan;
use crate::service::posture;
use crate::snapshot::Snapshot;
use crate::snapshot::store::{self, Named};
use crate::text::Clean;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How often it is looked whether there is a newer one.
const EVERY: Duration = Duration::from_secs(15);

/// Tells what was captured; none where there is nothing to look into.
pub type Told = Option<watch::Receiver<Option<Inventory>>>;

/// What an application's store holds.
struct Shelf {
    folder: PathBuf,
    region: String,
    seen: Option<Vec<Named>>,
}

/// Tells what the store of `plan`, whose file is `path`, holds of its primary region. `None` for an application that nobody
/// captures.
pub fn look(plan: &Plan, path: &Path) -> Told {
    let folder = Store::of(plan, path, None).0.join(store::folder(&plan.application.name));
    if plan.capture.is_empty() && !folder.is_dir() {
        return None;
    }
    let mut shelf = Shelf { folder, region: plan.application.primary.to_string(), seen: None };
    let (tell, told) = watch::channel(None);
    tokio::spawn(async move {
        loop {
            let looked = tokio::task::spawn_blocking(move || {
                let found = shelf.look();
                (shelf, found)
            });
            let Ok((back, found)) = looked.await else { return };
            shelf = back;
            if let Some(found) = found {
                tell.send_replace(Some(found));
            }
            tokio::select! {
                () = tell.closed() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    });
    Some(told)
}

/// What is captured of the application of `plan`, whose file is `path`: `None` where the plan says that nobody captures it.
pub fn captured(plan: &Plan, path: &Path) -> Option<posture::Captured> {
    if plan.capture.is_empty() {
        return None;
    }
    let folder = Store::of(plan, path, None).0.join(store::folder(&plan.application.name));
    let region = plan.application.primary.to_string();
    let newest = match stored::names(&folder) {
        Ok(names) => newest(&folder, &names, &region),
        Err(error) => Err(format!("{error:#}")),
    };
    Some(posture::Captured { newest: newest.map(Arc::new), every_seconds: plan.capture.every_seconds })
}

/// The newest of `region` that can be read; why there is none.
fn newest(folder: &Path, names: &[Named], region: &str) -> Result<Snapshot, String> {
    let mut why = None;
    for named in names.iter().rev() {
        match stored::read(&folder.join(&named.name)) {
            Ok((_, snapshot)) if snapshot.region == region => return Ok(snapshot),
            Ok(_) => {}
            Err(error) => why = why.or_else(|| Some(format!("{error:#}"))),
        }
    }
    Err(why.unwrap_or_else(|| format!("no snapshot of {region} in {}", folder.display())))
}

/// Tells what a drill's simulated application is made of, as it was before anything happened to it.
pub fn simulated(plan: &Plan) -> Told {
    let plan = plan.clone();
    let (tell, told) = watch::channel(None);
    tokio::spawn(async move {
        match capture::simulated_primary(&plan).await {
            Ok(snapshot) => {
                let at = snapshot.taken.as_ref().map_or_else(jiff::Timestamp::now, |taken| taken.started);
                let captured = Captured::of(&snapshot, "simulated", at);
                tell.send_replace(Some(Inventory::There(Arc::new(captured))));
            }
            Err(error) => {
                tell.send_replace(Some(Inventory::Unreadable { why: Clean::new(&format!("{error:#}")) }));
            }
        }
        tell.closed().await;
    });
    Some(told)
}

impl Shelf {
    /// What it holds, where that is another than before.
    fn look(&mut self) -> Option<Inventory> {
        let names = match stored::names(&self.folder) {
            Ok(names) if self.seen.as_ref() == Some(&names) => return None,
            Ok(names) => names,
            Err(error) => return Some(Inventory::Unreadable { why: Clean::new(&format!("{error:#}")) }),
        };
        let found = self.newest(&names);
        self.seen = Some(names);
        Some(found)
    }

    /// The newest of its region that can be read.
    fn newest(&self, names: &[Named]) -> Inventory {
        let mut why = None;
        for named in names.iter().rev() {
            match stored::read(&self.folder.join(&named.name)) {
                Ok((_, snapshot)) if snapshot.region == self.region => {
                    return Inventory::There(Arc::new(Captured::of(&snapshot, &named.name, named.at)));
                }
                Ok(_) => {}
                Err(error) => why = why.or_else(|| Some(Clean::new(&format!("{error:#}")))),
            }
        }
        match why {
            Some(why) => Inventory::Unreadable { why },
            None => Inventory::None { store: Clean::new(&self.folder.display().to_string()) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::properties::shop;

    #[test]
    fn what_is_new_in_a_store_is_told_once_and_what_cannot_be_read_hides_nothing_older() {
        let store = tempfile::tempdir().expect("a folder");
        let mut shelf = Shelf { folder: store.path().join("shop"), region: "us-east-1".to_owned(), seen: None };
        assert!(matches!(shelf.look(), Some(Inventory::None { .. })), "there is no folder yet");
        assert!(shelf.look().is_none(), "nothing else came");
        let kept = Store(store.path().to_owned());
        let mut snapshot = shop();
        let path = kept.keep(&snapshot, &snapshot.text()).expect("kept");
        let Some(Inventory::There(captured)) = shelf.look() else { panic!("one is there") };
        assert_eq!(captured.counts()[0], snapshot.resources.len());
        assert!(shelf.look().is_none());
        // Newer, and cut off by whoever copied it.
        std::fs::write(path.with_file_name("20991231T000000Z-0123456789ab.json"), "{\"format\": \"lan")
            .expect("written");
        assert!(matches!(shelf.look(), Some(Inventory::There(_))), "the older one is shown");
        std::fs::remove_file(&path).expect("removed");
        assert!(matches!(shelf.look(), Some(Inventory::Unreadable { .. })));
        // Of the other region: not of what is failing.
        snapshot.region = "us-west-2".to_owned();
        std::fs::remove_dir_all(store.path().join("shop")).expect("removed");
        kept.keep(&snapshot, &snapshot.text()).expect("kept");
        assert!(matches!(shelf.look(), Some(Inventory::None { .. })));
    }
}
