//! Whom one key lets use it, and another does not, by their policies and grants. Pure.

use super::words::{KeyAccess, KeyGrant};
use crate::plan::Plan;
use crate::service::arn::Arn;
use crate::service::iam::policy::Statement;
use crate::service::iam::trust::like;
use crate::service::resolve::has_reference;
use crate::service::said;
use crate::text::Clean;
use std::collections::{BTreeMap, BTreeSet};

/// What a key is used by: who only manages it is no part of a recovery.
const USES: [&str; 8] = [
    "CreateGrant",
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
];
/// Who may do what.
pub(super) type Users = BTreeMap<Clean, BTreeSet<&'static str>>;

/// A role that the plan wants to use keys.
#[derive(Clone, Debug)]
pub(super) struct Meant {
    /// Its name.
    role: String,
    uses: BTreeSet<&'static str>,
    /// Patterns of the ARNs of keys.
    on: Vec<String>,
}

/// The roles of a plan that are said to use keys.
pub(super) fn meant(plan: &Plan) -> Vec<Meant> {
    let roles = plan.components.iter().filter(|one| one.kind.as_str() == "iam");
    let of = |said: said::Iam| {
        let is_said = |one: &&str| said.may.iter().any(|own| own.eq_ignore_ascii_case(&format!("kms:{one}")));
        let role = Arn::parse(&said.role).map_or(said.role.as_str(), |arn| arn.resource);
        let role = role.rsplit('/').next().unwrap_or(role).to_owned();
        Meant { role, uses: USES.into_iter().filter(is_said).collect(), on: said.on }
    };
    let all = roles.filter_map(|one| said::Iam::of(&one.fields).ok()).filter(|said| !has_reference(&said.role)).map(of);
    all.filter(|meant| !meant.uses.is_empty()).collect()
}

/// What two keys say of who may use them; `there` is the region of the old one.
pub(super) struct Pair<'a> {
    pub old: &'a KeyAccess,
    pub new: &'a KeyAccess,
    pub there: &'a str,
    pub here: &'a str,
}

impl Pair<'_> {
    /// Whom the old key lets use it, or the plan wants to, and the new one, which has that ARN, does not.
    pub fn compared(&self, key: &str, meant: &[Meant]) -> Compared {
        let account = Arn::parse(key).map_or("", |arn| arn.account);
        let mut users = users(self.old);
        for one in meant.iter().filter(|one| one.on.is_empty() || one.on.iter().any(|on| like(on, key))) {
            let own = named(self.new, &one.role, account).or_else(|| named(self.old, &one.role, account));
            let who = own.unwrap_or_else(|| Clean::new(&format!("arn:aws:iam::{account}:role/{}", one.role)));
            users.entry(who).or_default().extend(&one.uses);
        }
        let mut told = Compared { count: users.len(), ..Compared::default() };
        for (at_home, uses) in users {
            // A service of a region is called by its name: logs.us-east-1.amazonaws.com.
            let is_service = Arn::parse(&at_home).is_none();
            let who = if is_service { at_home.replace(self.there, self.here).into() } else { at_home.clone() };
            let (mut left, mut lacks) = (BTreeSet::new(), None);
            for one in uses {
                match self.may((&at_home, &who), one) {
                    May::Yes => {}
                    May::Untold(why) => told.untold.push(format!("{who} {why}")),
                    // Of one that may nothing of it, that is said once.
                    May::No(why) => drop(lacks.get_or_insert(if why.is_empty() {
                        format!("{who} {one}")
                    } else {
                        format!("{who} {one} ({why})")
                    })),
                    May::Left if is_of_account(&who, account) => drop(left.insert(one)),
                    May::Left => drop(lacks.get_or_insert(format!("{who} {one}"))),
                }
            }
            told.lacking.extend(lacks);
            if !left.is_empty() {
                told.left_to_iam.insert(who, left);
            }
        }
        told.untold.dedup();
        told
    }

    /// A statement's condition, as it is in the new region when it is brought there.
    fn brought(&self, statement: &Statement) -> String {
        condition(statement).replace(self.there, self.here)
    }

    /// Whether the new key lets `who`, who is `at_home` to the old one, do it, under the conditions that that has.
    fn may(&self, (at_home, who): (&str, &str), one: &str) -> May {
        let of_old = |allows: bool| -> BTreeSet<String> {
            let own = statements(self.old)
                .filter(|old| old.allows == allows && !old.is_inverted && is_about(old, at_home, one));
            own.map(|old| self.brought(old)).collect()
        };
        // What is strange and stood at home so, keeps nobody from it here who may at home.
        let stood = |new: &Statement| statements(self.old).any(|old| self.same(old, new));
        if statements(self.new).any(|new| new.is_inverted && !stood(new)) {
            return May::Untold("may be meant by a statement that says what it is not about".to_owned());
        }
        let about = || statements(self.new).filter(|new| !new.is_inverted && is_about(new, who, one));
        let denied = of_old(false);
        if let Some(condition) = about().filter(|new| !new.allows).map(condition).find(|new| !denied.contains(new)) {
            return match condition.is_empty() {
                true => May::No("denied".to_owned()),
                false if condition.contains(self.there) => May::No(format!("denied where {condition}")),
                false => May::Untold(format!("is denied where {condition}")),
            };
        }
        let granted = |grant: &KeyGrant| {
            grant.grantee.as_str() == who
                && !grant.is_constrained
                && grant.operations.iter().any(|own| own.as_str() == one)
        };
        if self.new.grants.iter().any(granted) {
            return May::Yes;
        }
        let (own, wanted): (Vec<String>, _) = (about().filter(|new| new.allows).map(condition).collect(), of_old(true));
        if own.iter().any(|condition| condition.is_empty() || wanted.contains(condition)) {
            return May::Yes;
        }
        if let Some(stale) = own.iter().find(|condition| condition.contains(self.there)) {
            return May::No(format!("only where {stale}"));
        }
        if let Some(other) = own.first() {
            return May::Untold(format!("may only where {other}"));
        }
        let account = Arn::parse(who).map_or("", |arn| arn.account);
        let is_left = |new: &Statement| {
            let is_all = |named: &Clean| is_account(named) && !account.is_empty() && named.contains(account);
            let is_of_it = new.allows && !new.is_inverted && new.is_of(&format!("kms:{one}"));
            is_of_it && new.conditions.is_empty() && new.principals.iter().any(is_all)
        };
        if !is_account(who) && statements(self.new).any(is_left) { May::Left } else { May::No(String::new()) }
    }

    fn same(&self, old: &Statement, new: &Statement) -> bool {
        let rest = |one: &Statement| (one.allows, one.is_inverted, one.principals.clone(), one.actions.clone());
        rest(old) == rest(new) && self.brought(old) == condition(new)
    }
}

/// The role or user of that name that a key names.
fn named(access: &KeyAccess, role: &str, account: &str) -> Option<Clean> {
    let principals =
        statements(access).flat_map(|one| &one.principals).chain(access.grants.iter().map(|one| &one.grantee));
    let is_it = |who: &&Clean| {
        let arn = Arn::parse(who).filter(|arn| arn.service == "iam" && arn.account == account);
        arn.is_some_and(|arn| arn.resource.starts_with("role/") && arn.resource.rsplit('/').next() == Some(role))
    };
    principals.into_iter().find(is_it).cloned()
}

/// What comes of comparing them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Compared {
    /// Who may not, and what of it.
    pub lacking: Vec<String>,
    /// What cannot be told.
    pub untold: Vec<String>,
    /// Whose use is left to the account's IAM.
    pub left_to_iam: Users,
    /// How many were looked at.
    pub count: usize,
}

/// Whether a key lets somebody use it.
enum May {
    Yes,
    No(String),
    Untold(String),
    /// IAM decides.
    Left,
}

fn statements(access: &KeyAccess) -> impl Iterator<Item = &Statement> {
    access.statements.iter().flatten()
}

/// Whether this is the account as a whole: its own IAM decides then.
fn is_account(who: &str) -> bool {
    who.ends_with(":root") || who.chars().all(|letter| letter.is_ascii_digit())
}

/// Whether `who` is a role or user of `account`.
fn is_of_account(who: &str, account: &str) -> bool {
    Arn::parse(who).is_some_and(|arn| arn.service == "iam" && arn.account == account)
}

/// Whom a key lets use it: by its policy, and by grants to roles and users. What AWS's services grant themselves, for one thing
/// each, has an encryption context, and is theirs to make again.
fn users(access: &KeyAccess) -> Users {
    let mut users = Users::new();
    for statement in statements(access).filter(|one| one.allows && !one.is_inverted) {
        let uses = || USES.into_iter().filter(|one| statement.is_of(&format!("kms:{one}")));
        for who in &statement.principals {
            let denied = |one: &&str| {
                statements(access)
                    .any(|other| !other.allows && other.conditions.is_empty() && is_about(other, who, one))
            };
            let mut own = uses().filter(|one| !denied(one)).peekable();
            if own.peek().is_some() {
                users.entry(who.clone()).or_default().extend(own);
            }
        }
    }
    for grant in access.grants.iter().filter(|grant| !grant.is_constrained && grant.grantee.contains(":iam::")) {
        let granted = |one: &&str| grant.operations.iter().any(|operation| operation.as_str() == *one);
        users.entry(grant.grantee.clone()).or_default().extend(USES.into_iter().filter(granted));
    }
    users
}

fn is_about(statement: &Statement, who: &str, one: &str) -> bool {
    // Where the account is denied, so are all who are of it.
    let account = Arn::parse(who).map_or("", |arn| arn.account);
    let is_denied_with =
        |named: &str| !statement.allows && !account.is_empty() && is_account(named) && named.contains(account);
    statement.is_of(&format!("kms:{one}"))
        && statement.principals.iter().any(|named| {
            named.as_str() == "*" || named.as_str() == who || same_account(named, who) || is_denied_with(named)
        })
}

/// `111122223333` is the account, as `arn:aws:iam::111122223333:root` is.
fn same_account(one: &str, other: &str) -> bool {
    let number = |text: &str| match Arn::parse(text) {
        Some(arn) if arn.resource == "root" => arn.account.to_owned(),
        Some(_) => String::new(),
        None => text.to_owned(),
    };
    is_account(one) && is_account(other) && number(one) == number(other)
}

fn condition(statement: &Statement) -> String {
    let mut all: Vec<String> = statement
        .conditions
        .iter()
        .map(|one| {
            let mut values: Vec<&str> = one.values.iter().map(Clean::as_str).collect();
            values.sort_unstable();
            format!("{} {} {}", one.key, one.operator, values.join(", "))
        })
        .collect();
    all.sort();
    all.join(" and ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const KEY: &str = "arn:aws:kms:us-west-2:1:key/mrk-1";
    const SCALING: &str = "arn:aws:iam::1:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";

    fn root() -> Value {
        json!({ "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::1:root" }, "Action": "kms:*", "Resource": "*" })
    }

    fn lets(who: &str, actions: Value) -> Value {
        json!({ "Effect": "Allow", "Principal": { "AWS": who }, "Action": actions, "Resource": "*" })
    }

    fn with(mut statement: Value, effect: &str, condition: Value) -> Value {
        statement["Effect"] = json!(effect);
        statement["Condition"] = condition;
        statement
    }

    fn key(statements: Value) -> KeyAccess {
        let text = json!({ "Statement": statements }).to_string();
        KeyAccess { statements: Statement::parse(&text), grants: Vec::new() }
    }

    fn compared(old: &KeyAccess, new: &KeyAccess) -> Compared {
        Pair { old, new, there: "us-east-1", here: "us-west-2" }.compared(KEY, &[])
    }

    #[test]
    fn what_both_let_is_nothing_to_tell() {
        for statements in
            [json!([root()]), json!([root(), lets(SCALING, json!(["kms:Decrypt", "kms:GenerateDataKey*"]))])]
        {
            let told = compared(&key(statements.clone()), &key(statements));
            assert_eq!((told.lacking.len(), told.untold.len(), told.left_to_iam.len()), (0, 0, 0), "{told:?}");
            assert!(told.count > 0);
        }
    }

    #[test]
    fn a_replica_with_the_policy_it_is_made_with_leaves_roles_to_iam_and_shuts_others_out() {
        let other = "arn:aws:iam::2:role/reader";
        let old = key(json!([root(), lets(SCALING, json!("kms:Decrypt")), lets(other, json!("kms:Decrypt"))]));
        let told = compared(&old, &key(json!([root()])));
        assert_eq!(told.lacking, [format!("{other} Decrypt")], "another account's IAM decides nothing here");
        assert_eq!(told.left_to_iam.keys().map(Clean::as_str).collect::<Vec<_>>(), [SCALING]);
        let shut = compared(&old, &key(json!([lets(other, json!("kms:Decrypt"))])));
        assert_eq!(shut.lacking.len(), 2, "{shut:?}");
        assert!(shut.left_to_iam.is_empty());
    }

    #[test]
    fn a_grant_counts_for_whom_it_names_and_what_services_grant_themselves_does_not() {
        let grant =
            |is_constrained| KeyGrant { grantee: SCALING.into(), operations: vec!["Decrypt".into()], is_constrained };
        let old = KeyAccess { grants: vec![grant(false)], ..key(json!([root()])) };
        let (with, without) = (compared(&old, &old), compared(&old, &key(json!([root()]))));
        assert_eq!((with.left_to_iam.len(), without.left_to_iam.len()), (0, 1));
        let own = KeyAccess { grants: vec![grant(true)], ..key(json!([root()])) };
        assert_eq!(compared(&own, &key(json!([root()]))).left_to_iam.len(), 0);
    }

    #[test]
    fn a_condition_is_brought_to_the_other_region_or_is_in_the_way() {
        let via = |region: &str| json!({ "StringEquals": { "kms:ViaService": format!("rds.{region}.amazonaws.com") } });
        let use_it = || lets("*", json!("kms:Decrypt"));
        let old = key(json!([root(), with(use_it(), "Allow", via("us-east-1"))]));
        assert!(compared(&old, &key(json!([root(), with(use_it(), "Allow", via("us-west-2"))]))).lacking.is_empty());
        let stale = compared(&old, &old);
        assert!(stale.lacking[0].contains("only where kms:ViaService StringEquals rds.us-east-1"), "{stale:?}");
        let other = json!({ "StringEquals": { "kms:CallerAccount": "1" } });
        assert_eq!(compared(&old, &key(json!([root(), with(use_it(), "Allow", other)]))).untold.len(), 1);
    }

    #[test]
    fn a_service_of_the_region_is_called_by_the_regions_name() {
        let logs = |region: &str| {
            let service = json!({ "Service": format!("logs.{region}.amazonaws.com") });
            json!({ "Effect": "Allow", "Principal": service, "Action": "kms:Decrypt*", "Resource": "*" })
        };
        let of = |region: &str| key(json!([root(), logs(region)]));
        assert!(compared(&of("us-east-1"), &of("us-west-2")).lacking.is_empty());
        let copied = compared(&of("us-east-1"), &of("us-east-1"));
        assert_eq!(copied.lacking, ["logs.us-west-2.amazonaws.com Decrypt"]);
    }

    #[test]
    fn a_deny_of_the_new_key_alone_is_found_and_one_of_both_is_not() {
        let deny = |condition: Value| with(lets("*", json!("kms:*")), "Deny", condition);
        let plain = || json!({ "Bool": { "aws:SecureTransport": "false" } });
        let (free, kept) = (key(json!([root()])), key(json!([root(), deny(plain())])));
        assert!(compared(&kept, &kept).lacking.is_empty());
        assert_eq!(compared(&kept, &kept).untold.len(), 0);
        assert_eq!(compared(&free, &kept).untold.len(), 1, "whether it is met is not told");
        let mut never = lets("arn:aws:iam::1:root", json!("kms:Decrypt"));
        never["Effect"] = json!("Deny");
        assert_eq!(compared(&free, &key(json!([root(), never]))).lacking, ["arn:aws:iam::1:root Decrypt (denied)"]);
    }

    #[test]
    fn what_a_plan_wants_of_a_role_is_held_against_the_new_key() {
        let meant = |on: &str| Meant { role: "task".into(), uses: ["Decrypt"].into(), on: vec![on.to_owned()] };
        let told = |new: &KeyAccess, on: &str| {
            let old = key(json!([root()]));
            Pair { old: &old, new, there: "us-east-1", here: "us-west-2" }.compared(KEY, &[meant(on)])
        };
        let shut = key(json!([lets("arn:aws:iam::1:root", json!("kms:DescribeKey"))]));
        assert!(told(&shut, KEY).lacking.iter().any(|one| one.contains("role/task Decrypt")));
        assert!(!told(&shut, "arn:aws:kms:us-west-2:1:key/other").lacking.iter().any(|one| one.contains("task")));
        let named = key(json!([root(), lets("arn:aws:iam::1:role/shop/task", json!("kms:Decrypt"))]));
        assert!(told(&named, "arn:aws:kms:us-west-2:1:key/*").left_to_iam.is_empty());
    }
}
