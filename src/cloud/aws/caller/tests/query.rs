//! AWS Query: a form is sent, and an answer is read out of its wrapper.

use super::server::{Server, answer};
use super::{Acting, At, Protocol, Read, Service, act, clients, config, read};
use crate::cloud::aws::caller::{Home, xml::List};
use crate::cloud::aws::clients::Clients;
use crate::cloud::aws::guard::May;
use crate::cloud::aws::trouble::Sort;
use serde::{Deserialize, Serialize};

const HOMES: &[Home] = &[Home { prefix: "us-", region: "us-east-9", hosts: ["", "", "", ""] }];

const SHELF: Service = Service {
    id: "Shelf",
    signing_name: "shelf",
    at: At::Partition(HOMES),
    host: "shelf",
    dual_stack_host: "shelf",
    protocol: Protocol::Query { version: "2020-01-02" },
    reads: &[&["ListBooks"]],
    acts: &[&["LendBook"]],
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ListBooks {
    shelf_name: String,
    titles: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Books {
    books: List<String>,
}

impl Read for ListBooks {
    const SERVICE: &'static Service = &SHELF;
    const OPERATION: &'static str = "ListBooks";
    type Answer = Books;
}

#[derive(Debug, Serialize)]
struct LendBook {}

impl Acting for LendBook {
    const SERVICE: &'static Service = &SHELF;
    const OPERATION: &'static str = "LendBook";
    type Answer = Books;
}

fn books() -> ListBooks {
    ListBooks { shelf_name: "a&b".to_owned(), titles: vec!["x y".to_owned(), "z".to_owned()] }
}

const ANSWER: &str = "<ListBooksResponse xmlns=\"http://shelf/\"><ListBooksResult><Books><member>x</member><member>z</member></Books>\
    </ListBooksResult><ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata></ListBooksResponse>";

fn error(code: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no such</Message></Error></ErrorResponse>"
    )
}

#[tokio::test]
async fn a_form_is_sent_signed_for_the_service_s_home_and_its_answer_is_read() {
    let server = Server::start([answer(200, ANSWER)]).await;
    let (result, calls) = read(&clients(&server.endpoint), books()).await;
    assert_eq!(result.expect("an answer").books.into_vec(), ["x", "z"]);
    let sent = &server.requests()[0];
    for part in [
        "POST / HTTP/1.1\r\n",
        "content-type: application/x-www-form-urlencoded\r\n",
        "/us-east-9/shelf/aws4_request, SignedHeaders=",
        "\r\n\r\nAction=ListBooks&Version=2020-01-02&ShelfName=a%26b&Titles.member.1=x%20y&Titles.member.2=z",
    ] {
        assert!(sent.contains(part), "no {part} in {sent}");
    }
    assert!(!sent.contains("x-amz-target"), "{sent}");
    assert_eq!((calls.len(), calls[0].attempt, calls[0].mutation), (1, 1, false));
}

#[tokio::test]
async fn an_error_is_told_by_its_code_and_sorted_as_any_other() {
    for (code, status, sort, tries) in [
        ("NoSuchBook", 404, Sort::Refused, 1),
        ("AccessDenied", 403, Sort::Denied, 1),
        ("ExpiredToken", 403, Sort::Expired, 1),
        ("Throttling", 400, Sort::Throttled, 3),
        ("ServiceFailure", 500, Sort::Failing, 3),
    ] {
        let server = Server::start(vec![answer(status, &error(code)); 3]).await;
        let (result, calls) = read(&clients(&server.endpoint), books()).await;
        let trouble = result.expect_err("an error");
        assert_eq!((trouble.sort, trouble.code.as_deref(), calls.len()), (sort, Some(code), tries));
        assert_eq!(trouble.message.as_str(), "no such");
    }
}

#[tokio::test]
async fn a_page_of_a_proxy_the_answer_to_something_else_and_one_cut_short_are_no_answers() {
    let other = ANSWER.replace("ListBooks", "ListShelves");
    for text in ["<html><body>sign in</body></html>", "", &other, &ANSWER[..ANSWER.len() - 30], "{\"Books\": []}"] {
        let server = Server::start([answer(200, text).without_id()]).await;
        let (result, _) = read(&clients(&server.endpoint), books()).await;
        let trouble = result.expect_err("no answer");
        assert_eq!((trouble.sort, trouble.code.is_none()), (Sort::NoAnswer, true), "{text}: {trouble:?}");
    }
}

#[tokio::test]
async fn an_act_is_a_form_too_and_is_sent_once() {
    let server = Server::start(vec![answer(400, &error("Throttling")); 2]).await;
    let acting = Clients::new(&config(&server.endpoint), May::Act, Default::default());
    let (result, calls) = act(&acting, LendBook {}).await;
    assert_eq!((result.expect_err("an error").sort, calls.len(), calls[0].mutation), (Sort::Throttled, 1, true));
    assert!(server.requests()[0].ends_with("\r\n\r\nAction=LendBook&Version=2020-01-02"));
    let (result, _) = act(&clients(&server.endpoint), LendBook {}).await;
    assert_eq!((result.expect_err("who looks does nothing").sort, server.requests().len()), (Sort::Unsendable, 1));
}
