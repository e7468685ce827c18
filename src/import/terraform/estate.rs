//! All resources, by type and side: what is looked for while components are made.

use super::state::Resource;
use std::collections::HashMap;

/// The resources of all files.
pub(super) struct Estate<'a> {
    all: Vec<Resource<'a>>,
    by_kind: HashMap<String, Vec<usize>>,
    pub primary: Option<String>,
    pub recovery: Option<String>,
}

impl<'a> Estate<'a> {
    pub fn new(all: Vec<Resource<'a>>, primary: Option<String>, recovery: Option<String>) -> Self {
        let mut by_kind: HashMap<String, Vec<usize>> = HashMap::new();
        for (place, resource) in all.iter().enumerate() {
            by_kind.entry(resource.kind.clone()).or_default().push(place);
        }
        Self { all, by_kind, primary, recovery }
    }

    /// Every resource.
    pub fn all(&self) -> &[Resource<'a>] {
        &self.all
    }

    /// Those of a type, wherever they are.
    pub fn of(&self, kind: &str) -> impl Iterator<Item = &Resource<'a>> {
        self.by_kind.get(kind).into_iter().flatten().map(|place| &self.all[*place])
    }

    /// Those of a type in the primary region.
    pub fn primary(&self, kind: &str) -> impl Iterator<Item = &Resource<'a>> {
        self.of(kind).filter(|resource| resource.region.is_some() && resource.region == self.primary)
    }

    /// Those of a type in the recovery region.
    pub fn recovery(&self, kind: &str) -> impl Iterator<Item = &Resource<'a>> {
        self.of(kind).filter(|resource| resource.region.is_some() && resource.region == self.recovery)
    }

    /// What is called as `resource` is, in the recovery region: by the same name, or by one that differs in the region alone.
    pub fn twin(&self, resource: &Resource<'a>, key: &str) -> Option<&Resource<'a>> {
        let name = resource.said(key)?;
        let is_exact = |other: &&Resource<'a>| other.said(key).as_ref() == Some(&name);
        let bare = self.bare(&name);
        let is_near = |other: &&Resource<'a>| other.said(key).is_some_and(|other| self.bare(&other) == bare);
        let by_name =
            self.recovery(&resource.kind).find(is_exact).or_else(|| self.recovery(&resource.kind).find(is_near));
        by_name.or_else(|| self.same_of_other_module(resource))
    }

    /// The only one that Terraform calls the same in another module: one module a region, names made at random.
    fn same_of_other_module(&self, resource: &Resource<'a>) -> Option<&Resource<'a>> {
        let own = tail(&resource.address)?;
        let is_same = |other: &&Resource<'a>| tail(&other.address) == Some(own) && other.address != resource.address;
        let mut there = self.recovery(&resource.kind).filter(is_same);
        let found = there.next().filter(|_| there.next().is_none())?;
        let here = self.primary(&resource.kind).filter(|other| tail(&other.address) == Some(own)).count();
        (here == 1).then_some(found)
    }

    /// `name` without the region in it.
    pub fn bare(&self, name: &str) -> String {
        let regions = [&self.primary, &self.recovery].into_iter().flatten();
        regions.fold(name.to_ascii_lowercase(), |name, region| name.replace(region.as_str(), "REGION"))
    }
}

/// What stands behind the first module of an address; nothing of one in none.
fn tail(address: &str) -> Option<&str> {
    address.strip_prefix("module.")?.split_once('.').map(|(_, rest)| rest)
}
