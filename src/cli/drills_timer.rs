//! `landfall drills timer`: what lets a plan's drill run by itself, for systemd, cron or EventBridge Scheduler. It is printed, and
//! nothing is installed.

use crate::cloud::sim::rehearsal;
use crate::plan::Plan;
use crate::plan::window::Window;
use crate::text::shell_word;
use miette::miette;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// Prints what lets a plan's drill run by itself, by its `[drills]`; installs nothing
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plan.
    plan: PathBuf,
    /// For what.
    #[arg(long = "for", value_enum)]
    wanted: For,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum For {
    /// A service and a timer of systemd.
    Systemd,
    /// A line of a crontab.
    Cron,
    /// A schedule of Amazon EventBridge that runs a task of ECS, and its role.
    Eventbridge,
}

/// It, as text.
///
/// # Errors
/// What is wrong with the plan or its timetable.
pub fn told(args: &Args) -> miette::Result<String> {
    let plan = super::read_plan(&args.plan)?;
    let Some(every) = plan.drills.every_seconds else {
        return Err(miette!(
            help = "add [drills] with every = \"90d\" to the plan",
            "the plan does not say how often it is drilled"
        ));
    };
    if let Some(name) = plan.drills.scenario.as_ref().filter(|name| rehearsal::find(name.as_str()).is_none()) {
        return Err(miette!(
            help =
                "landfall drill lists the embedded ones; a scenario of a file is run by landfall run --scenario FILE",
            "a timer runs an embedded scenario, and `{name}` is none"
        ));
    }
    if let Some(window) = &plan.drills.window {
        super::drill_scheduled::zone(window)?;
    }
    let path = std::path::absolute(&args.plan).unwrap_or_else(|_| args.plan.clone());
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("landfall"));
    let calendar = Calendar::of(every, plan.drills.window.as_ref());
    Ok(match args.wanted {
        For::Systemd => systemd(&plan, &command(&plan, &program, &path)?, &calendar),
        For::Cron => cron(&command(&plan, &program, &path)?, &calendar),
        // What runs there is an image's own program and its own file.
        For::Eventbridge => eventbridge(&plan, &command(&plan, Path::new("landfall"), &args.plan)?, &calendar),
    })
}

fn command(plan: &Plan, program: &Path, path: &Path) -> miette::Result<Vec<String>> {
    let text = |path: &Path| {
        let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
        text.map(str::to_owned).ok_or_else(|| miette!("a timer cannot name {}", path.display()))
    };
    let recovery = plan.application.recovery.to_string();
    let mut words = vec![text(program)?, "drill".to_owned(), "--scheduled".to_owned(), text(path)?];
    words.extend(["--confirm".to_owned(), recovery, "--approve".to_owned(), "all".to_owned()]);
    words.extend(["--accept-loss".to_owned(), "a scheduled drill".to_owned()]);
    Ok(words)
}

/// How often it comes.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Turn {
    /// On each of the window's days.
    Days,
    Week,
    Month,
    Quarter,
    Year,
}

/// A calendar that comes as often as is wanted, or more often, and within the window.
struct Calendar<'a> {
    turn: Turn,
    window: Option<&'a Window>,
    hour: i8,
    minute: i8,
}

impl<'a> Calendar<'a> {
    /// What knows no count of days comes by weeks and months.
    fn of(every_seconds: f64, window: Option<&'a Window>) -> Self {
        // The same weekday of the next month is up to five weeks away, that of the next quarter and year a week more than them.
        let [month, quarter, year] = if window.is_some() { [35.0, 98.0, 371.0] } else { [31.0, 92.0, 366.0] };
        let turn = match (every_seconds / 86_400.0).floor() {
            days if days < 7.0 => Turn::Days,
            days if days < month => Turn::Week,
            days if days < quarter => Turn::Month,
            days if days < year => Turn::Quarter,
            _ => Turn::Year,
        };
        let (hour, minute) = window.map_or((10, 0), |window| (window.from.hour(), window.from.minute()));
        Self { turn, window, hour, minute }
    }

    /// The day of the week, Monday being 0.
    fn day(&self) -> usize {
        self.window.map_or(1, Window::first_day)
    }

    /// As systemd writes it.
    fn systemd(&self) -> String {
        const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let (day, time) = (NAMES[self.day()], format!("{:02}:{:02}", self.hour, self.minute));
        let Some(window) = self.window else {
            return match self.turn {
                Turn::Days => format!("*-*-* {time}"),
                Turn::Week => format!("{day} *-*-* {time}"),
                Turn::Month => format!("*-*-02 {time}"),
                Turn::Quarter => format!("*-01,04,07,10-02 {time}"),
                Turn::Year => format!("*-01-02 {time}"),
            };
        };
        let zone = &window.zone;
        match self.turn {
            Turn::Days => match window.days_as("..", ",", NAMES) {
                Some(days) => format!("{days} *-*-* {time} {zone}"),
                None => format!("*-*-* {time} {zone}"),
            },
            Turn::Week => format!("{day} *-*-* {time} {zone}"),
            Turn::Month => format!("{day} *-*-01..07 {time} {zone}"),
            Turn::Quarter => format!("{day} *-01,04,07,10-01..07 {time} {zone}"),
            Turn::Year => format!("{day} *-01-01..07 {time} {zone}"),
        }
    }

    /// As a crontab writes it, and what else has to hold on the day: a day of the month and one of the week are either there.
    fn cron(&self) -> (String, Option<usize>) {
        const NUMBERS: [&str; 7] = ["1", "2", "3", "4", "5", "6", "0"];
        let (minute, hour, day) = (self.minute, self.hour, NUMBERS[self.day()]);
        let Some(window) = self.window else {
            let told = match self.turn {
                Turn::Days => "* * *".to_owned(),
                Turn::Week => format!("* * {day}"),
                Turn::Month => "2 * *".to_owned(),
                Turn::Quarter => "2 1,4,7,10 *".to_owned(),
                Turn::Year => "2 1 *".to_owned(),
            };
            return (format!("{minute} {hour} {told}"), None);
        };
        let own = |days: &str| (format!("{minute} {hour} {days}"), Some(self.day() + 1));
        match self.turn {
            // Sunday is the last day of no span there.
            Turn::Days => {
                let days: Vec<&str> = (0..7).filter(|day| window.days[*day]).map(|day| NUMBERS[day]).collect();
                (format!("{minute} {hour} * * {}", days.join(",")), None)
            }
            Turn::Week => (format!("{minute} {hour} * * {day}"), None),
            Turn::Month => own("1-7 * *"),
            Turn::Quarter => own("1-7 1,4,7,10 *"),
            Turn::Year => own("1-7 1 *"),
        }
    }

    /// As EventBridge Scheduler writes it.
    fn eventbridge(&self) -> String {
        const NAMES: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
        let day = NAMES[self.day()];
        let days = self.window.and_then(|window| window.days_as("-", ",", NAMES));
        let told = match (self.turn, self.window, days) {
            (Turn::Days, _, Some(days)) => format!("? * {days}"),
            (Turn::Days, _, None) => "* * ?".to_owned(),
            (Turn::Week, _, _) => format!("? * {day}"),
            (Turn::Month, Some(_), _) => format!("? * {day}#1"),
            (Turn::Quarter, Some(_), _) => format!("? 1,4,7,10 {day}#1"),
            (Turn::Year, Some(_), _) => format!("? 1 {day}#1"),
            (Turn::Month, None, _) => "2 * ?".to_owned(),
            (Turn::Quarter, None, _) => "2 1,4,7,10 ?".to_owned(),
            (Turn::Year, None, _) => "2 1 ?".to_owned(),
        };
        format!("cron({} {} {told} *)", self.minute, self.hour)
    }

    /// By how many minutes it may come later, so that not everybody's comes at once: within the window.
    fn late_minutes(&self) -> i64 {
        self.window.map_or(30, |window| (window.minutes() / 2).clamp(1, 30))
    }
}

/// The application's name, as units and schedules may be called.
fn name_of(plan: &Plan) -> String {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    plan.application.name.chars().map(letter).take(40).collect()
}

fn systemd(plan: &Plan, words: &[String], calendar: &Calendar<'_>) -> String {
    let name = name_of(plan);
    let run: Vec<String> = words.iter().map(|word| systemd_word(word)).collect();
    let about = systemd_text(&plan.application.name);
    format!(
        "\
# /etc/systemd/system/landfall-drill-{name}.service
[Unit]
Description=Landfall drill of {about}

[Service]
Type=oneshot
DynamicUser=yes
StateDirectory=landfall
Environment=HOME=%S/landfall XDG_STATE_HOME=%S
# 3 is refused (outside of the window too), 4 failed, 5 rolled back: each is a failed unit.
ExecStart={}

# /etc/systemd/system/landfall-drill-{name}.timer
[Unit]
Description=Landfall drill of {about}, by its timetable

[Timer]
OnCalendar={}
Persistent=true
RandomizedDelaySec={}m

[Install]
WantedBy=timers.target

# systemctl enable --now landfall-drill-{name}.timer
# Its journals: XDG_STATE_HOME=/var/lib landfall drills, as root
",
        run.join(" "),
        calendar.systemd(),
        calendar.late_minutes(),
    )
}

/// A word of a command line of systemd's: `%` and `$` mean something to it.
fn systemd_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '%' | '$' => quoted.extend([c, c]),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

fn systemd_text(text: &str) -> String {
    text.replace('%', "%%").replace('\\', "\\\\")
}

fn cron(words: &[String], calendar: &Calendar<'_>) -> String {
    let (when, day) = calendar.cron();
    // An unescaped per cent ends a crontab's command.
    let run: Vec<String> = words.iter().map(|word| shell_word(word).to_string().replace('%', "\\%")).collect();
    let zone = calendar.window.map_or_else(String::new, |window| {
        format!(
            "# cronie reads CRON_TZ; where cron does not, say the hours of its own clock.\nCRON_TZ={}\n",
            window.zone
        )
    });
    // The weekday of that place's clock is cron's own where it is asked for with the day of the month.
    let zone_of = calendar.window.map_or_else(String::new, |window| format!("TZ={} ", window.zone));
    let on = day.map_or_else(String::new, |day| format!("[ \"$({zone_of}date +\\%u)\" = {day} ] && "));
    format!(
        "# A drill that is still under way is not begun again.\n{zone}{when} {on}flock -n \"$HOME/.landfall-drill.lock\" {}\n",
        run.join(" ")
    )
}

/// A schedule that runs a task, and the role that lets it; what only the account knows is written in capitals.
fn eventbridge(plan: &Plan, words: &[String], calendar: &Calendar<'_>) -> String {
    let (name, region) = (name_of(plan), &plan.application.recovery);
    let arn = |service: &str, thing: &str| format!("arn:aws:{service}:{region}:ACCOUNT:{thing}");
    let (role, task) = (format!("landfall-drill-{name}"), arn("ecs", "task-definition/TASK-DEFINITION"));
    let input = json!({ "containerOverrides": [{ "name": "CONTAINER", "command": words }] }).to_string();
    let network = json!({ "awsvpcConfiguration": { "Subnets": ["SUBNET"], "AssignPublicIp": "DISABLED" } });
    let schedule = json!({
        "Name": format!("landfall-drill-{name}"),
        "Description": format!("Landfall drill of {}, by its timetable", plan.application.name),
        "ScheduleExpression": calendar.eventbridge(),
        "ScheduleExpressionTimezone": calendar.window.map_or("UTC", |window| window.zone.as_str()),
        "FlexibleTimeWindow": { "Mode": "FLEXIBLE", "MaximumWindowInMinutes": calendar.late_minutes() },
        "Target": {
            "Arn": arn("ecs", "cluster/CLUSTER"),
            "RoleArn": format!("arn:aws:iam::ACCOUNT:role/{role}"),
            "EcsParameters": {
                "TaskDefinitionArn": task, "LaunchType": "FARGATE", "TaskCount": 1, "NetworkConfiguration": network,
            },
            "Input": input,
            "RetryPolicy": { "MaximumRetryAttempts": 0 },
        },
    });
    let only = json!({ "StringEquals": { "aws:SourceAccount": "ACCOUNT" } });
    let trust = policy(json!({ "Effect": "Allow", "Principal": { "Service": "scheduler.amazonaws.com" },
        "Action": "sts:AssumeRole", "Condition": only }));
    let passed = json!({ "StringEquals": { "iam:PassedToService": "ecs-tasks.amazonaws.com" } });
    let run = json!({ "Effect": "Allow", "Action": "ecs:RunTask", "Resource": [task.clone(), format!("{task}:*")] });
    let pass = json!({ "Effect": "Allow", "Action": "iam:PassRole",
        "Resource": ["arn:aws:iam::ACCOUNT:role/TASK-ROLE", "arn:aws:iam::ACCOUNT:role/EXECUTION-ROLE"], "Condition": passed });
    let may = policy(json!([run, pass]));
    let pretty = |value: &Value| format!("{value:#}");
    format!(
        "\
# The image has landfall and the plan, and a state folder that lasts (XDG_STATE_HOME on a volume): its journals are the drills'.
# What stands in capitals only the account knows: ACCOUNT, CLUSTER, TASK-DEFINITION, CONTAINER, SUBNET, TASK-ROLE, EXECUTION-ROLE.

# trust.json: aws iam create-role --role-name {role} --assume-role-policy-document file://trust.json
{}

# may.json: aws iam put-role-policy --role-name {role} --policy-name run --policy-document file://may.json
{}

# schedule.json: aws scheduler create-schedule --region {region} --cli-input-json file://schedule.json
{}
",
        pretty(&trust),
        pretty(&may),
        pretty(&schedule),
    )
}

fn policy(statement: Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statement })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_a_unit_is_one_word_and_means_nothing() {
        assert_eq!(systemd_word("/usr/bin/landfall"), "/usr/bin/landfall");
        assert_eq!(systemd_word("a scheduled drill"), "\"a scheduled drill\"");
        assert_eq!(systemd_word("50% of $HOME \"x\\"), "\"50%% of $$HOME \\\"x\\\\\"");
        assert_eq!(systemd_word(""), "\"\"");
    }

    #[test]
    fn a_calendar_comes_as_often_as_is_wanted_or_more_often() {
        let days = |days: f64| Calendar::of(days * 86_400.0, None).systemd();
        assert_eq!(days(1.0), "*-*-* 10:00");
        assert_eq!(days(7.0), "Tue *-*-* 10:00");
        assert_eq!(days(30.0), "Tue *-*-* 10:00");
        assert_eq!(days(90.0), "*-*-02 10:00");
        assert_eq!(days(92.0), "*-01,04,07,10-02 10:00");
        assert_eq!(days(366.0), "*-01-02 10:00");
    }

    #[test]
    fn within_a_window_it_comes_when_that_opens() {
        let window = Window::parse("Wed-Fri 09:30-10:10 Europe/Berlin").expect("a window");
        let of = |days: f64| Calendar::of(days * 86_400.0, Some(&window));
        let told = |days: f64| (of(days).systemd(), of(days).cron(), of(days).eventbridge());
        let zoned = |text: &str| format!("{text} 09:30 Europe/Berlin");
        let cron = |text: &str, day| (format!("30 9 {text}"), day);
        let all = [
            (1.0, "Wed..Fri *-*-*", cron("* * 3,4,5", None), "cron(30 9 ? * WED-FRI *)"),
            (34.0, "Wed *-*-*", cron("* * 3", None), "cron(30 9 ? * WED *)"),
            (90.0, "Wed *-*-01..07", cron("1-7 * *", Some(3)), "cron(30 9 ? * WED#1 *)"),
            (98.0, "Wed *-01,04,07,10-01..07", cron("1-7 1,4,7,10 *", Some(3)), "cron(30 9 ? 1,4,7,10 WED#1 *)"),
            (371.0, "Wed *-01-01..07", cron("1-7 1 *", Some(3)), "cron(30 9 ? 1 WED#1 *)"),
        ];
        for (days, systemd, cron, eventbridge) in all {
            assert_eq!(told(days), (zoned(systemd), cron, eventbridge.to_owned()), "{days}");
        }
        assert_eq!(of(1.0).late_minutes(), 20, "no later than the window is open");
    }
}
