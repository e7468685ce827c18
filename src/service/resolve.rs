//! x
/// x
pub fn has_reference(text: &str) -> bool {
    text.contains("${")
}
/// x
pub fn resolve(
    component: &crate::plan::Component,
    _: &std::collections::BTreeMap<crate::plan::ComponentName, super::Outputs>,
) -> Result<crate::plan::Component, String> {
    Ok(component.clone())
}
