//! x
/// x
pub fn has_reference(text: &str) -> bool {
    text.contains("${")
}
