//! What must be seen. Each scene fails also where the browser met an error, a refusal of the content policy, or a request that leaves the
//! host, and where a page breaks a rule of accessibility in earnest.

use crate::driver::{Served, play};
use crate::house::House;
use crate::service::Service;
use loket::Host;
use loket_guardian::seal::OwnerKey;
use serde_json::{Value as Json, json};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn the_first_time_leads_from_a_link_to_an_answer_and_a_tool() {
    Served::of(House::new().await).await.play("first-run").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_streams_is_listed_again_and_learns_from_a_correction() {
    Served::owned().await.play("chat").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_waits_is_answered_in_the_chat_and_on_its_page() {
    Served::owned().await.play("approval").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_leads_to_the_login_and_loses_no_words() {
    Served::owned().await.play("expiry").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_wrote_does_nothing_wherever_it_is_shown() {
    Served::owned().await.play("hostile").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_memory_is_found_with_a_reason_changed_pinned_and_forgotten_for_good() {
    Served::owned().await.play("brain").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_changed_after_it_was_seen_what_changes_and_bites_at_once() {
    Served::owned().await.play("authority").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_installed_by_dropping_its_file() {
    Served::owned().await.play("install").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_made_and_changed_and_its_turns_are_plotted() {
    Served::owned().await.play("agent").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_tokens_servers_and_a_backup_are_kept_by_forms() {
    Served::owned().await.play("settings").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_can_be_used_by_all_at_every_width_in_light_and_dark() {
    Served::owned().await.play("pages").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_of_the_workrooms_can_be_used_by_all_at_every_width_in_light_and_dark() {
    Served::owned().await.play("rooms").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_chat_and_approvals_work_without_scripts() {
    Served::owned().await.play("plain").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn safe_mode_stands_in_large_letters_on_every_page() {
    let house = House::new().await;
    house.settle().await;
    let folder = house.close().await;
    // A home that nobody sealed with this key is opened in safe mode.
    let key = OwnerKey::make("another passphrase", |chance| chance.fill(3)).expect("made").public().to_string();
    let host = Host::open_for(folder.path(), Some(&key)).await.unwrap_or_else(|p| panic!("the home opens: {p:?}"));
    Served::of(House { host: Arc::new(host), folder }).await.play("safe-mode").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_comes_back_in_mid_answer_is_found_by_all_tabs_and_no_words_are_lost() {
    let mut service = Service::start();
    service.says(&["grant", "assistant", "test:hostile"]);
    let address = service.listen.clone();
    play("restart", &address, async |act| match act["act"].as_str().unwrap_or_default() {
        "link" => {
            let said = service.says(&["web", "link"]);
            json!(said.split_whitespace().find(|word| word.starts_with("http")).expect("a link"))
        }
        "restart" => {
            service.restart();
            Json::Null
        }
        other => panic!("nobody knows `{other}`"),
    })
    .await;
}
