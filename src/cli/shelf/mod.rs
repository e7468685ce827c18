//! Tells an open console what was captured of its application: looks into the plan's store now and then, beside the console,
//! and reads a snapshot that is new there. No cloud is asked.

mod drifts;
mod restores;
mod writes;

use super::capture;
use super::capture::scope;
use super::capture::stored::{self, Store};
use crate::console::drift::{Drifts, Known, Told as Both, Writer};
use crate::console::inventory::{Captured, Inventory};
use crate::console::restore::Preview;
use crate::plan::{Plan, Region, Side};
use crate::service::{Place, posture};
use crate::snapshot::Snapshot;
use crate::snapshot::store::{self, Named};
use crate::text::Clean;
use drifts::{Kept, Kinds, Stamp};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// The kind whose images are pulled from registries of ECR, with the account that they are pulled by.
const RUNS_IMAGES: &str = "ecs";

/// How often it is looked whether there is a newer one.
const EVERY: Duration = Duration::from_secs(15);

/// Tells what was captured; none where there is nothing to look into.
pub type Told = Option<watch::Receiver<Option<Both>>>;

/// What an application's store holds, and the states that say what is declared.
struct Shelf {
    plan: Plan,
    folder: PathBuf,
    states: Vec<PathBuf>,
    /// Where the plan's file is.
    path: PathBuf,
    writer: Writer,
    seen: Option<(Vec<Named>, Vec<Stamp>)>,
}

/// Tells what the store of `plan`, whose file is `path`, holds of its primary region. `None` for an application that nobody
/// captures.
pub fn look(plan: &Plan, path: &Path) -> Told {
    let folder = Store::of(plan, path, None).0.join(store::folder(&plan.application.name));
    if plan.capture.is_empty() && !folder.is_dir() {
        return None;
    }
    let states = drifts::states(plan, path);
    let writer = writes::writer(plan, path, &folder, &states);
    let mut shelf = Shelf { folder, states, path: path.to_owned(), writer, plan: plan.clone(), seen: None };
    let (tell, told) = watch::channel(Some(reading(shelf.writer.clone())));
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
    let application = &plan.application;
    let names = stored::names(&folder).map_err(|error| format!("{error:#}"));
    let of = |region: &Region| match &names {
        Ok(names) => newest(&folder, names, region.as_str()).map(Arc::new),
        Err(why) => Err(why.clone()),
    };
    let newest = of(&application.primary);
    let declared = match &newest {
        Ok(snapshot) => drifts::compared(&drifts::states(plan, path), snapshot),
        Err(_) => posture::Declared::Nowhere,
    };
    let account = plan.components.iter().find(|component| component.kind.as_str() == RUNS_IMAGES);
    let registry = |side: Side, region: &Region| match account {
        Some(component) => Place::of(component, application, side),
        None => Place { region: region.clone(), account: None },
    };
    let components = plan.components.iter().flat_map(|component| scope::references(component, Side::Primary));
    Some(posture::Captured {
        newest,
        recovery: of(&application.recovery),
        every_seconds: plan.capture.every_seconds,
        components: components.collect(),
        declared,
        registries: [registry(Side::Primary, &application.primary), registry(Side::Recovery, &application.recovery)],
    })
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
        let both = async {
            let primary = capture::simulated_side(&plan, Side::Primary).await?;
            Ok::<_, miette::Report>((primary, capture::simulated_side(&plan, Side::Recovery).await?))
        };
        let told = match both.await {
            Ok((primary, recovery)) => {
                let at = |one: &Snapshot| one.taken.as_ref().map_or_else(jiff::Timestamp::now, |taken| taken.started);
                let [primary, recovery] = [primary, recovery].map(|one| (at(&one), one)).map(|(at, one)| (one, at));
                let captured = Captured::of(&primary.0, "simulated", primary.1);
                let kinds = Kinds { primary: Some(&primary), recovery: Some(&recovery), ..Kinds::default() };
                let mut drifts = drifts::all(&plan, &[], &kinds);
                let of_a_drill = |why: &str| Known::Not {
                    why: Clean::new(why),
                    fix: Clean::new("what differs between its regions is in the tab beside"),
                };
                drifts.tabs[0] = of_a_drill("a simulated application is declared nowhere");
                drifts.tabs[1] =
                    of_a_drill("a simulated application has no earlier time: it is shown as it was before the drill");
                let restore = restores::preview(&plan, Path::new(""), kinds.primary, kinds.recovery);
                Both {
                    inventory: Inventory::There(Arc::new(captured)),
                    drifts: Arc::new(drifts),
                    restore: Arc::new(restore),
                    writer: writes::OF_A_DRILL,
                }
            }
            Err(error) => unreadable(&format!("{error:#}"), writes::OF_A_DRILL),
        };
        tell.send_replace(Some(told));
        tell.closed().await;
    });
    Some(told)
}

/// Says that nothing is told yet: of a thousand things it takes a moment.
fn reading(writer: Writer) -> Both {
    let (why, fix) = (Clean::new("what was captured is being read"), Clean::new("it takes a moment"));
    let known = || Known::Not { why: why.clone(), fix: fix.clone() };
    let drifts = Arc::new(Drifts { tabs: [known(), known(), known()] });
    let restore = Arc::new(Preview::Not { why: why.clone(), fix: fix.clone() });
    Both { inventory: Inventory::Reading, drifts, restore, writer }
}

/// Says that nothing can be told, and why.
fn unreadable(why: &str, writer: Writer) -> Both {
    let (why, fix) =
        (Clean::new(why), Clean::new("landfall snapshot verify tells of each; landfall capture PLAN makes a new one"));
    let known = || Known::Not { why: why.clone(), fix: fix.clone() };
    let drifts = Drifts { tabs: [known(), known(), known()] };
    let restore = Preview::Not { why: why.clone(), fix };
    Both { inventory: Inventory::Unreadable { why }, drifts: Arc::new(drifts), restore: Arc::new(restore), writer }
}

impl Shelf {
    /// What it holds, where that is another than before.
    fn look(&mut self) -> Option<Both> {
        let names = match stored::names(&self.folder) {
            Ok(names) => names,
            Err(error) => return Some(unreadable(&format!("{error:#}"), self.writer.clone())),
        };
        let now = (names, drifts::stamps(&self.states));
        if self.seen.as_ref() == Some(&now) {
            return None;
        }
        let found = self.found(&now.0);
        self.seen = Some(now);
        Some(found)
    }

    /// The newest of both regions that can be read, the one before it, what differs, and what a restore would make.
    fn found(&self, names: &[Named]) -> Both {
        let application = &self.plan.application;
        let (mut primary, mut earlier, mut recovery): (Option<(Kept, &str)>, Option<Kept>, Option<Kept>) =
            (None, None, None);
        let mut why = None;
        for named in names.iter().rev() {
            match stored::read(&self.folder.join(&named.name)) {
                Ok((_, snapshot)) if snapshot.region == application.primary.as_str() => match &primary {
                    None => primary = Some(((snapshot, named.at), &named.name)),
                    Some(_) => earlier = earlier.or(Some((snapshot, named.at))),
                },
                Ok((_, snapshot)) if snapshot.region == application.recovery.as_str() => {
                    recovery = recovery.or(Some((snapshot, named.at)));
                }
                Ok(_) => {}
                Err(error) => why = why.or_else(|| Some(Clean::new(&format!("{error:#}")))),
            }
            if primary.is_some() && earlier.is_some() && recovery.is_some() {
                break;
            }
        }
        let inventory = match (&primary, why) {
            (Some(((snapshot, at), file)), _) => Inventory::There(Arc::new(Captured::of(snapshot, file, *at))),
            (None, Some(why)) => Inventory::Unreadable { why },
            (None, None) => Inventory::None { store: Clean::new(&self.folder.display().to_string()) },
        };
        let primary = primary.as_ref().map(|(kept, _)| kept);
        let kinds = Kinds { primary, earlier: earlier.as_ref(), recovery: recovery.as_ref() };
        Both {
            inventory,
            drifts: Arc::new(drifts::all(&self.plan, &self.states, &kinds)),
            restore: Arc::new(restores::preview(&self.plan, &self.path, primary, recovery.as_ref())),
            writer: self.writer.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::drift::Tab;
    use crate::plan::file;
    use crate::service::Registry;
    use crate::snapshot::properties::shop;
    use jiff::Timestamp;

    const PLAN: &str = "[application]\nname = \"shop\"\nprimary = \"us-east-1\"\nrecovery = \"us-west-2\"\n\
        [component.look]\nkind = \"manual\"\nask = \"look\"\n";

    fn shelf(store: &Path) -> Shelf {
        let plan = file::read("shop.toml", PLAN.as_bytes(), &Registry).expect("a plan");
        let (folder, path) = (store.join("shop"), store.join("shop.toml"));
        let writer = writes::writer(&plan, &path, &folder, &[]);
        Shelf { plan, folder, states: Vec::new(), path, writer, seen: None }
    }

    fn inventory(shelf: &mut Shelf) -> Option<Inventory> {
        shelf.look().map(|told| told.inventory)
    }

    #[test]
    fn what_is_new_in_a_store_is_told_once_and_what_cannot_be_read_hides_nothing_older() {
        let store = tempfile::tempdir().expect("a folder");
        let mut shelf = shelf(store.path());
        assert!(matches!(inventory(&mut shelf), Some(Inventory::None { .. })), "there is no folder yet");
        assert!(shelf.look().is_none(), "nothing else came");
        let kept = Store(store.path().to_owned());
        let mut snapshot = shop();
        let path = kept.keep(&snapshot, &snapshot.text()).expect("kept");
        let Some(Inventory::There(captured)) = inventory(&mut shelf) else { panic!("one is there") };
        assert_eq!(captured.counts()[0], snapshot.resources.len());
        assert!(shelf.look().is_none());
        // Newer, and cut off by whoever copied it.
        std::fs::write(path.with_file_name("20991231T000000Z-0123456789ab.json"), "{\"format\": \"lan")
            .expect("written");
        assert!(matches!(inventory(&mut shelf), Some(Inventory::There(_))), "the older one is shown");
        std::fs::remove_file(&path).expect("removed");
        assert!(matches!(inventory(&mut shelf), Some(Inventory::Unreadable { .. })));
        // Of the other region: not of what is failing.
        snapshot.region = "us-west-2".to_owned();
        std::fs::remove_dir_all(store.path().join("shop")).expect("removed");
        kept.keep(&snapshot, &snapshot.text()).expect("kept");
        assert!(matches!(inventory(&mut shelf), Some(Inventory::None { .. })));
    }

    #[test]
    fn what_differs_is_compared_as_soon_as_there_is_something_to_compare_with() {
        let store = tempfile::tempdir().expect("a folder");
        let mut shelf = shelf(store.path());
        let kept = Store(store.path().to_owned());
        let at = |second: i64| crate::snapshot::Taken {
            started: jiff::Timestamp::from_second(1_800_000_000 + second).expect("a time"),
            ..crate::snapshot::Taken::default()
        };
        let mut keep = |second: i64, region: &str, connections: &str| {
            let mut one = Snapshot { taken: Some(at(second)), region: region.to_owned(), ..shop() };
            let group = one.resources.iter_mut().find(|one| one.kind == "db-parameter-group").expect("a group");
            group.config["Parameters"]["max_connections"]["Value"] = connections.into();
            kept.keep(&one, &one.text()).expect("kept");
            shelf.look().expect("something new").drifts
        };
        let drifts = keep(0, "us-east-1", "500");
        assert!(drifts.tabs.iter().all(|tab| matches!(tab, Known::Not { .. })));
        let drifts = keep(60, "us-east-1", "200");
        let row = drifts.row(Tab::Since, 0).expect("a difference");
        assert_eq!(&*row.comes, "going back to that snapshot sets Parameters.max_connections.Value 200 → 500");
        let marked: Vec<_> = row.beside.iter().filter(|line| line.differs).collect();
        assert_eq!(marked.len(), 1, "the changed leaf alone, among what stands around it: {:?}", row.beside);
        assert!(row.beside.len() > 3);
        let drifts = keep(120, "us-west-2", "100");
        let Known::There(regions) = drifts.of(Tab::Regions) else { panic!("both are there") };
        assert_eq!(regions.counts(), [1, 0]);
        assert!(regions.rows[0].comes.contains("max_connections is 100 in us-west-2, 200 in us-east-1"));
        let Known::Not { why, .. } = drifts.of(Tab::Terraform) else { panic!("nothing is declared") };
        assert_eq!(&**why, "the plan names no state of Terraform");
    }

    #[test]
    fn what_differs_and_a_restore_are_written_beside_the_plan_and_never_over_what_somebody_changed() {
        use crate::console::app::Writing;
        let folder = tempfile::tempdir().expect("a folder");
        let (plan, path) = (shelf(folder.path()).plan, folder.path().join("shop.toml"));
        let store = folder.path().join("snapshots");
        let states = [folder.path().join("none.tfstate")];
        let empty = r#"{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}, "resources": []}"#;
        std::fs::write(&states[0], empty).expect("written");
        let writer = writes::writer(&plan, &path, &store.join("shop"), &states);
        let Writer::Files(write) = writer else { panic!("somebody writes") };
        assert!(write(Writing::Drift).expect_err("nothing is captured").contains("no snapshot of us-east-1"));
        let mut snapshot = shop();
        Store(store).keep(&snapshot, &snapshot.text()).expect("kept");
        let told = write(Writing::Drift).expect("written");
        let drift = folder.path().join("landfall-written/shop/drift");
        assert!(told.contains(&drift.display().to_string()) && told.contains("DRIFT.md"), "{told}");
        let report = std::fs::read_to_string(drift.join("DRIFT.md")).expect("a report");
        assert!(report.contains("## Terraform: ") && report.contains("`undeclared`"), "{report}");
        assert!(report.contains("## since: not compared") && drift.join("imports.tf").is_file(), "{report}");
        assert!(write(Writing::Drift).is_ok(), "again, over its own");
        std::fs::write(drift.join("main.tf"), "mine").expect("written");
        assert!(write(Writing::Drift).expect_err("somebody's").contains("holds main.tf"));
        assert_eq!(std::fs::read_to_string(drift.join("main.tf")).expect("there"), "mine");
        let told = write(Writing::Restore).expect("written");
        assert!(told.contains("restore-us-west-2: read README.md first"), "{told}");
        // A store of which nobody says anything stops it, and how to say it is told.
        let later = crate::snapshot::Taken { started: Timestamp::now(), ..crate::snapshot::Taken::default() };
        snapshot.resources.push(crate::snapshot::properties::resource("table", "claims", &[]));
        let snapshot = Snapshot { taken: Some(later), ..snapshot.settled() };
        Store(folder.path().join("snapshots")).keep(&snapshot, &snapshot.text()).expect("kept");
        let why = write(Writing::Restore).expect_err("a store");
        assert!(why.contains("--data ") && why.contains("landfall restore ") && !why.contains('\n'), "{why}");
    }

    #[tokio::test]
    async fn every_embedded_application_is_compared_with_itself_in_its_other_region() {
        use crate::cloud::sim::rehearsal;
        for embedded in [&rehearsal::STOREFRONT, &rehearsal::CLAIMS, &rehearsal::SHOP] {
            let plan = embedded.read(&Registry).expect("a plan");
            let mut told = simulated(&plan).expect("a world");
            told.changed().await.expect("told");
            let told = told.borrow().clone().expect("something");
            let Preview::There(made) = &*told.restore else { panic!("{:?}", told.restore) };
            assert!(made.things() + made.there.len() > 0 && made.silent() == 0, "{made:?}");
            let Known::There(regions) = told.drifts.of(Tab::Regions) else { panic!("{:?}", told.drifts) };
            // A replica's backups are the one thing that its region has otherwise.
            let mut loud = regions.rows.iter().filter(|row| !row.drift.is_quiet());
            assert!(loud.all(|row| &*row.field == "BackupRetentionPeriod"), "{:?}", regions.rows);
            let replicas = plan.components.iter().filter(|one| one.kind.as_str() == "rds").count();
            assert_eq!(regions.counts(), [replicas, 0], "{}", plan.application.name);
            assert!(regions.same.is_some_and(|same| same > 0));
        }
    }
}
