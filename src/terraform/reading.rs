//! Terraform as another's reader reads it: what tests hold of what is written.

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Body, Structure};
use hcl_edit::template::Element;
use serde_json::{Map, Value, json};

/// A file's content: blocks by keyword and labels, as lists; what is said elsewhere as `{"said": "aws_vpc.shop.id"}`, a text
/// with parts as `{"parts": […]}`, JSON as `{"json": …}`.
pub fn read(text: &str) -> Value {
    let body: Body = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    inner(&body)
}

fn inner(body: &Body) -> Value {
    let mut members = Map::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                let name = attribute.key.as_str().to_owned();
                assert!(
                    members.insert(name, value(&attribute.value)).is_none(),
                    "{} stands twice",
                    attribute.key.as_str()
                );
            }
            Structure::Block(block) => {
                let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
                let name = std::iter::once(block.ident.as_str()).chain(labels).collect::<Vec<_>>().join(".");
                let list = members.entry(name).or_insert_with(|| json!([]));
                list.as_array_mut().expect("a list of blocks").push(inner(&block.body));
            }
        }
    }
    Value::Object(members)
}

fn value(expression: &Expression) -> Value {
    match expression {
        Expression::Null(_) => Value::Null,
        Expression::Bool(truth) => (**truth).into(),
        Expression::Number(number) => serde_json::from_str(&number.value().to_string()).expect("a number"),
        Expression::String(text) => text.as_str().into(),
        Expression::Array(items) => items.iter().map(value).collect(),
        Expression::Object(object) => {
            let members = object.iter().map(|(key, inner)| {
                let key = match key {
                    ObjectKey::Ident(name) => name.as_str().to_owned(),
                    ObjectKey::Expression(Expression::String(text)) => text.as_str().to_owned(),
                    ObjectKey::Expression(other) => panic!("{other} is no name"),
                };
                (key, value(inner.expr()))
            });
            Value::Object(members.collect())
        }
        Expression::StringTemplate(template) => {
            let parts = template.iter().map(|element| match element {
                Element::Literal(text) => json!(text.as_str()),
                Element::Interpolation(said) => json!({ "said": said.expr.to_string().trim() }),
                Element::Directive(_) => panic!("a directive in {template:?}"),
            });
            json!({ "parts": parts.collect::<Vec<_>>() })
        }
        Expression::FuncCall(call) if call.name.name.as_str() == "jsonencode" => {
            json!({ "json": value(call.args.iter().next().expect("an argument")) })
        }
        other => json!({ "said": other.to_string().trim() }),
    }
}
