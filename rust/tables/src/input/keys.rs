//! Keys that look the same but are not: `Alpha`, `alpha`, `Al pha`, and `Аlpha` with a Cyrillic А.

use std::collections::BTreeMap;

use hashstress_engine::error::Code;

use super::cell::Value;
use super::findings::Findings;
use super::raw::Raw;
use super::{TypedColumn, TypedTable};

/// Tells of each key that looks like an earlier one of its table, and of each vendor and host.
pub(super) fn look_alikes(table: &TypedTable, findings: &mut Findings) {
    for (place, named) in table.columns.iter().enumerate() {
        if place == 0 || ["vendor", "host"].contains(&named.column.name) {
            look_alikes_of(table, named, findings);
        }
    }
}

fn look_alikes_of(table: &TypedTable, key: &TypedColumn, findings: &mut Findings) {
    let mut seen: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    for (row, value) in key.values.iter().enumerate() {
        let Some(text) = value.as_ref().and_then(Value::text) else { continue };
        if !findings.is_sound(table.table.name, row) {
            continue;
        }
        let (first_row, first) = *seen.entry(skeleton(text)).or_insert((row, text));
        if first != text {
            let expected = format!(
                "a key that differs from `{first}` in row {} by more than case, spaces or look-alike letters; if it is the same one, write it the same way",
                first_row + 1
            );
            findings.say_value(table.table, key.column, row, Raw::Text(text), (Code::LookAlikeKey, expected));
        }
    }
}

/// What is left of a key when case, spaces and look-alike letters are taken away.
fn skeleton(key: &str) -> String {
    key.chars().filter(|character| !character.is_whitespace()).map(latin).flat_map(char::to_lowercase).collect()
}

/// The Latin letter a character looks like, or itself.
fn latin(character: char) -> char {
    const PAIRS: [(&str, &str); 5] = [
        ("АВЕЅІЈКМНОРСТУХҮԚԜ", "ABESIJKMHOPCTYXYQW"),
        ("авеѕіјкмнорстухһԁԛԝӏ", "abesijkmhopctyxhdqwl"),
        ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEZHIKMNOPTYX"),
        ("αβεικνορτυχγ", "abeikvoptuxy"),
        ("‐‑‒–—−", "------"),
    ];
    let wide = u32::from(character);
    if (0xff01..=0xff5e).contains(&wide) {
        return char::from_u32(wide - 0xfee0).unwrap_or(character);
    }
    let twin = |(foreign, plain): &(&str, &str)| foreign.chars().zip(plain.chars()).find(|(from, _)| *from == character);
    PAIRS.iter().find_map(twin).map_or(character, |(_, to)| to)
}

#[cfg(test)]
mod tests {
    use super::skeleton;

    #[test]
    fn look_alikes_share_a_skeleton() {
        for (left, right) in [
            ("Alpha", "alpha"),
            ("Alpha", "Al pha"),
            ("Alpha", "Al\u{a0}pha"),
            ("Alpha", "Аlpha"),
            ("COPE", "СОРЕ"),
            ("copyx", "сорух"),
            ("TEXAS", "ΤΕΧΑS"),
            ("ERCOT", "ＥＲＣＯＴ"),
            ("a-b", "a–b"),
        ] {
            assert_eq!(skeleton(left), skeleton(right), "{left} {right}");
        }
    }

    #[test]
    fn different_names_keep_different_skeletons() {
        for (left, right) in [("S1", "SI"), ("loan-1", "loan-2"), ("a-b", "ab"), ("José", "Jose"), ("мир", "mir")] {
            assert_ne!(skeleton(left), skeleton(right), "{left} {right}");
        }
    }
}
