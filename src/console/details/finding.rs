//! Details of a finding: what it costs, the number found and the one wanted, what would mend it, when it was seen and who
//! says so.

use crate::console::findings::Found;
use crate::console::look::{Mark, Role, Theme};
use crate::console::widgets::prose::Prose;
use crate::console::world::World;
use crate::plan::Level;
use crate::recovery::start::OF_ANOTHER;
use crate::recovery::{objective, words};
use crate::service::readiness::Tier;
use ratatui::text::Line;

/// The finding in lines.
pub fn finding(world: &World, theme: &Theme, found: &Found, width: usize) -> Vec<Line<'static>> {
    let finding = &found.finding;
    let mark = Mark::of_level(finding.level);
    let mut prose = Prose::new(theme, width);
    let is_ok = finding.level == Level::Ok;
    let weight = if is_ok { String::new() } else { format!(", {}", finding.weight.word()) };
    let passed = match found.identity && !is_ok {
        true => "; of identity: never passed by a word, the plan is changed",
        false => "",
    };
    prose.pair("level", mark.role, &format!("{} {}{weight}{passed}", mark.glyph, mark.word));
    if let Some(component) = &finding.component {
        prose.pair("about", Role::Text, component.as_str());
    }
    prose.pair("found", Role::Text, &finding.found);
    prose.pair("wanted", Role::Text, &finding.wanted);
    if let (Some(since), false) = (found.since, is_ok) {
        let (level, seconds) = (finding.level.word(), objective::seconds_between(since, world.now));
        // What is new was found just now: when it was seen says so.
        let told =
            (seconds >= 60.0).then(|| format!("{level} since {}, {} ago", words::day(since), words::long_age(seconds)));
        prose.pair("since", Role::Text, &told.unwrap_or_default());
    }
    for told in found.before.iter().flat_map(|before| before.words(world.now)) {
        prose.pair("before", Role::Text, &told);
    }
    if let (Some(rule), false) = (found.rule, is_ok) {
        prose.pair("costs", Role::Text, rule.costs);
    }
    if found.is_of_rule && found.rule.is_none() {
        prose.pair("costs", Role::Text, OF_ANOTHER);
    }
    if let Some(waived) = &found.waived {
        prose.pair("waived", Role::Blocked, &format!("until {}: {}", waived.until, waived.why));
    }
    prose.pair("would mend it", Role::Accent, if is_ok { "" } else { &finding.fix });
    if found.in_failing_region {
        let primary = &world.state.run.plan.application.primary;
        prose.pair("", Role::Text, &format!("only {primary} could tell, and that it does not answer is expected"));
    }
    if let Some(at) = found.seen_at {
        let ago = words::age(objective::seconds_between(at, world.now));
        let again = match (world.state.needs_start() && world.followed && !world.replayed, found.rule) {
            (true, None) => "; asked again in turn, before a start what is older than 5m; unchanged since".to_owned(),
            // What was not answered is asked again sooner than what was.
            (true, Some(rule)) => {
                let tier = if finding.level == Level::Unknown { Tier::Often } else { rule.tier };
                format!("; asked again {}, unchanged since", tier.word())
            }
            (false, _) => String::new(),
        };
        prose.pair("seen", Role::Text, &format!("{}, {ago} ago{again}", words::wall(at)));
    }
    prose.pair("source", Role::Dim, found.rule.map_or(finding.source.as_str(), |rule| rule.source));
    prose.pair("comes from", Role::Dim, &found.origin.words());
    prose.done()
}
