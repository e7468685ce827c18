//! The targets of this very service: the tasks of the service that its target group has, and not those of whoever else
//! is in the group.

use super::target::Target;
use crate::service::ask::{Ask, Place};
use crate::service::load_balancer::own::{self, FIX_NAME};
use crate::service::load_balancer::words as load_balancer;
use crate::service::observation::{EcsService, RunningTask, Target as Registered, TargetGroup};
use crate::service::work::{Check, Facts, Look, Verdict};

/// The target group that a plan wants the service's tasks in.
pub(super) struct Targets<'a> {
    pub place: &'a Place,
    pub target: &'a Target,
    /// The group's name or ARN.
    pub group: &'a str,
}

impl Targets<'_> {
    /// What is asked for it.
    pub fn asks(&self) -> [Ask; 2] {
        [load_balancer::target_group(self.place, self.group).ask, self.target.tasks(self.place).ask]
    }

    /// Enough of them healthy, in words; or what there is instead.
    pub fn healthy(&self, facts: &Facts<'_>, service: &EcsService, wanted: u64) -> Result<String, Verdict> {
        let group = match facts.see(&load_balancer::target_group(self.place, self.group)) {
            Look::There(group) => group,
            Look::Absent => return Err(Verdict::bad(self.absent(), FIX_NAME)),
            Look::NotTold(why) => return Err(Verdict::unknown(why)),
        };
        if !self.is_registered_with(service, group) {
            return Err(Verdict::bad(format!("{}: {}", self.group, registered_with(service)), FIX_GROUP));
        }
        let tasks = match facts.see(&self.target.tasks(self.place)) {
            Look::There(tasks) => tasks,
            Look::Absent => return Err(self.target.missing()),
            Look::NotTold(why) => return Err(Verdict::unknown(format!("whose targets they are: {why}"))),
        };
        own::healthy(group, |target| is_one_of(target, tasks), wanted)
    }

    /// Whether the group is there and the service's own, and whether its tasks can be told.
    pub fn checks(&self, facts: &Facts<'_>) -> Vec<Check> {
        vec![self.group_check(facts).of_identity(), self.tasks_check(facts)]
    }

    fn group_check(&self, facts: &Facts<'_>) -> Check {
        let code = "ecs-target-group";
        let wanted = format!("{} is registered with {}", self.target.service, self.group);
        match (facts.see(&load_balancer::target_group(self.place, self.group)), self.target.look(facts, self.place)) {
            (Look::NotTold(why), _) | (_, Look::NotTold(why)) => Check::not_told(code, why, &wanted),
            (Look::Absent, _) => Check::that(code, false, self.absent(), &wanted, FIX_NAME),
            (Look::There(_), Look::Absent) => Check::that(code, false, "no such service", &wanted, FIX_GROUP),
            (Look::There(group), Look::There(service)) => {
                let is_its_own = self.is_registered_with(service, group);
                let found = if is_its_own { "it is".to_owned() } else { registered_with(service) };
                Check::that(code, is_its_own, found, &wanted, FIX_GROUP)
            }
        }
    }

    fn tasks_check(&self, facts: &Facts<'_>) -> Check {
        let code = "ecs-tasks";
        let wanted = "its tasks can be listed, to tell its targets from others";
        match facts.see(&self.target.tasks(self.place)) {
            Look::NotTold(why) => Check::not_told(code, why, wanted),
            // That there is no service is another check's to say.
            Look::Absent => Check::that(code, true, "no service", wanted, ""),
            Look::There(tasks) => Check::that(code, true, format!("{} running", tasks.len()), wanted, ""),
        }
    }

    fn absent(&self) -> String {
        format!("there is no target group {} in {}", self.group, self.place.region)
    }

    fn is_registered_with(&self, service: &EcsService, group: &TargetGroup) -> bool {
        own::is_among(self.group, group, arns(service))
    }
}

const FIX_GROUP: &str = "name the target group that the service registers its tasks with, or give the service this one";

fn registered_with(service: &EcsService) -> String {
    let of_rolling = service.balancers.iter().filter_map(|balancer| balancer.target_group.as_deref());
    own::registered_with(&service.name, of_rolling)
}

/// The ARNs of the target groups that a service registers its tasks with.
fn arns(service: &EcsService) -> impl Iterator<Item = &str> {
    let both = service.balancers.iter().flat_map(|balancer| [&balancer.target_group, &balancer.alternate]);
    both.flatten().map(|arn| arn.as_str())
}

/// Whether a target is one of the tasks: by its address, and by its port where the address is an instance's.
fn is_one_of(target: &Registered, tasks: &[RunningTask]) -> bool {
    tasks.iter().flat_map(|task| &task.reached_at).any(|address| {
        address.id == target.id && address.port.is_none_or(|port| target.port.is_none_or(|found| found == port))
    })
}
