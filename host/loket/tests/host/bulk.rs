//! Bytes as one block, through the counter and back.

use crate::house::House;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_mebibyte_of_bytes_passes_the_counter_in_every_shape() {
    let house = House::new().await;
    let made = house.call("test:bytes/blobs", "make", json!([1 << 20])).await.expect("it makes them");
    let text = made.as_str().expect("bytes are base 64 in JSON").to_owned();
    assert_eq!(text.len(), (1usize << 20).div_ceil(3) * 4);
    let length = house.call("test:bytes/blobs", "length", json!([text])).await.expect("it counts them");
    assert_eq!(length, json!(1 << 20));
    let flipped = house.call("test:bytes/blobs", "flip", json!(["AAH/"])).await.expect("it flips them");
    assert!(flipped["ok"].is_string(), "{flipped}");
    house.call("test:bytes/blobs", "maybe", json!([null])).await.expect("nothing is something too");
    house.call("test:bytes/blobs", "maybe", json!(["AAH/"])).await.expect("it takes them");
}

#[tokio::test(flavor = "multi_thread")]
async fn none_of_the_common_shapes_is_slow() {
    use loket_gateways::desk::Desk as _;
    let house = House::new().await;
    let notes = house.host.inspect("test:bytes").await.expect("it is there").notes;
    assert!(!notes.iter().any(|n| n.contains("moves bytes")), "{notes:?}");
}
