//! Cells as they stand in an Arrow array, before anyone asks what they mean.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayAccessor};
use arrow_schema::{DataType, TimeUnit};
use hashstress_engine::contract::calendar::Date;

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Raw<'a> {
    /// Nothing.
    Null,
    /// Text, also that of a CSV file.
    Text(&'a str),
    /// Any number.
    Number(f64),
    /// A truth value.
    Flag(bool),
    /// Days since 1970-01-01.
    Date(i64),
    /// A day since 1970-01-01 with a time of day other than midnight.
    Moment(i64),
}

/// Text longer than this is cut in messages.
const SHOWN: usize = 200;

impl Raw<'_> {
    /// The value as a user would write it.
    pub fn shown(self) -> Option<String> {
        let date = |days: i64| i32::try_from(days).map_or_else(|_| format!("day {days}"), |days| Date(days).to_string());
        match self {
            Raw::Null => None,
            Raw::Text(text) if text.chars().nth(SHOWN).is_some() => Some(text.chars().take(SHOWN).chain(['…']).collect()),
            Raw::Text(text) => Some(text.to_owned()),
            Raw::Number(number) => Some(number.to_string()),
            Raw::Flag(flag) => Some(flag.to_string()),
            Raw::Date(days) => Some(date(days)),
            Raw::Moment(days) => Some(format!("{} with a time of day", date(days))),
        }
    }
}

/// The cells of an array, or what its type is when that is nothing a table can hold.
///
/// Text: utf8, `large_utf8`, `utf8_view`; numbers: integers, floats, decimals; truth values; dates: date32, date64, timestamps without
/// a time zone; and dictionaries of any of them.
pub fn cells(array: &dyn Array) -> Result<Vec<Raw<'_>>, String> {
    let cells = match array.data_type() {
        DataType::Null => vec![Raw::Null; array.len()],
        DataType::Utf8 => each(array.as_string::<i32>(), Raw::Text),
        DataType::LargeUtf8 => each(array.as_string::<i64>(), Raw::Text),
        DataType::Utf8View => each(array.as_string_view(), Raw::Text),
        DataType::Boolean => each(array.as_boolean(), Raw::Flag),
        DataType::Int8 => primitive::<Int8Type>(array, |value| Raw::Number(value.into())),
        DataType::Int16 => primitive::<Int16Type>(array, |value| Raw::Number(value.into())),
        DataType::Int32 => primitive::<Int32Type>(array, |value| Raw::Number(value.into())),
        DataType::Int64 => primitive::<Int64Type>(array, |value| Raw::Number(value as f64)),
        DataType::UInt8 => primitive::<UInt8Type>(array, |value| Raw::Number(value.into())),
        DataType::UInt16 => primitive::<UInt16Type>(array, |value| Raw::Number(value.into())),
        DataType::UInt32 => primitive::<UInt32Type>(array, |value| Raw::Number(value.into())),
        DataType::UInt64 => primitive::<UInt64Type>(array, |value| Raw::Number(value as f64)),
        DataType::Float16 => primitive::<Float16Type>(array, |value| Raw::Number(value.to_f64())),
        DataType::Float32 => primitive::<Float32Type>(array, |value| Raw::Number(value.into())),
        DataType::Float64 => primitive::<Float64Type>(array, Raw::Number),
        DataType::Decimal32(..) => decimal::<Decimal32Type>(array),
        DataType::Decimal64(..) => decimal::<Decimal64Type>(array),
        DataType::Decimal128(..) => decimal::<Decimal128Type>(array),
        DataType::Decimal256(..) => decimal::<Decimal256Type>(array),
        DataType::Date32 => primitive::<Date32Type>(array, |days| Raw::Date(days.into())),
        DataType::Date64 => primitive::<Date64Type>(array, |value| moment(value, 86_400_000)),
        DataType::Timestamp(_, Some(_)) => return Err("a timestamp with a time zone".to_owned()),
        DataType::Timestamp(TimeUnit::Second, None) => primitive::<TimestampSecondType>(array, |value| moment(value, 86_400)),
        DataType::Timestamp(TimeUnit::Millisecond, None) => primitive::<TimestampMillisecondType>(array, |value| moment(value, 86_400_000)),
        DataType::Timestamp(TimeUnit::Microsecond, None) => {
            primitive::<TimestampMicrosecondType>(array, |value| moment(value, 86_400_000_000))
        }
        DataType::Timestamp(TimeUnit::Nanosecond, None) => {
            primitive::<TimestampNanosecondType>(array, |value| moment(value, 86_400_000_000_000))
        }
        DataType::Dictionary(_, _) => dictionary(array)?,
        other => return Err(format!("of Arrow type {other}")),
    };
    Ok(cells)
}

fn each<'a, T, A: ArrayAccessor<Item = T> + Copy>(array: A, raw: impl Fn(T) -> Raw<'a>) -> Vec<Raw<'a>> {
    (0..array.len()).map(|row| if array.is_null(row) { Raw::Null } else { raw(array.value(row)) }).collect()
}

fn primitive<'a, T: ArrowPrimitiveType>(array: &dyn Array, raw: impl Fn(T::Native) -> Raw<'a>) -> Vec<Raw<'a>> {
    each(array.as_primitive::<T>(), raw)
}

/// By way of decimal text, so that 0.112 is the double nearest to 0.112.
fn decimal<'a, T: DecimalType>(array: &dyn Array) -> Vec<Raw<'a>> {
    let array = array.as_primitive::<T>();
    let number = |row| array.value_as_string(row).parse().map_or(Raw::Null, Raw::Number);
    (0..array.len()).map(|row| if array.is_null(row) { Raw::Null } else { number(row) }).collect()
}

fn dictionary(array: &dyn Array) -> Result<Vec<Raw<'_>>, String> {
    let array = array.as_any_dictionary();
    let values = cells(array.values().as_ref())?;
    if values.is_empty() {
        return Ok(vec![Raw::Null; array.len()]);
    }
    let keys = array.normalized_keys();
    Ok(keys.iter().enumerate().map(|(row, key)| if array.keys().is_null(row) { Raw::Null } else { values[*key] }).collect())
}

fn moment<'a>(value: i64, per_day: i64) -> Raw<'a> {
    let days = value.div_euclid(per_day);
    if value.rem_euclid(per_day) == 0 { Raw::Date(days) } else { Raw::Moment(days) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::types::Int8Type;
    use arrow_array::{
        BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Float64Array, Int64Array, LargeStringArray, NullArray,
        StringArray, StringViewArray, TimestampMillisecondArray,
    };

    use super::*;

    #[test]
    fn text_of_every_layout() {
        let expected = vec![Raw::Text("a"), Raw::Null, Raw::Text("b")];
        let values = vec![Some("a"), None, Some("b")];
        assert_eq!(cells(&StringArray::from(values.clone())).unwrap(), expected);
        assert_eq!(cells(&LargeStringArray::from(values.clone())).unwrap(), expected);
        assert_eq!(cells(&StringViewArray::from(values.clone())).unwrap(), expected);
        assert_eq!(cells(&values.into_iter().collect::<DictionaryArray<Int8Type>>()).unwrap(), expected);
        assert_eq!(cells(&StringArray::from(vec!["x", "a", "b"]).slice(1, 1)).unwrap(), vec![Raw::Text("a")]);
    }

    #[test]
    fn numbers_flags_and_dates() {
        let decimal = Decimal128Array::from(vec![112]).with_precision_and_scale(10, 3).unwrap();
        assert_eq!(cells(&decimal).unwrap(), vec![Raw::Number(0.112)]);
        assert_eq!(cells(&Int64Array::from(vec![Some(3), None])).unwrap(), vec![Raw::Number(3.0), Raw::Null]);
        assert_eq!(cells(&Float64Array::from(vec![0.5])).unwrap(), vec![Raw::Number(0.5)]);
        assert_eq!(cells(&BooleanArray::from(vec![true])).unwrap(), vec![Raw::Flag(true)]);
        assert_eq!(cells(&Date32Array::from(vec![-1])).unwrap(), vec![Raw::Date(-1)]);
        assert_eq!(cells(&NullArray::new(2)).unwrap(), vec![Raw::Null; 2]);
        let times = TimestampMillisecondArray::from(vec![86_400_000, -86_400_000, 1]);
        assert_eq!(cells(&times).unwrap(), vec![Raw::Date(1), Raw::Date(-1), Raw::Moment(0)]);
    }

    #[test]
    fn an_empty_dictionary_is_all_null() {
        let keys = arrow_array::Int8Array::from(vec![None, None]);
        let array = DictionaryArray::new(keys, Arc::new(StringArray::from(Vec::<&str>::new())));
        assert_eq!(cells(&array).unwrap(), vec![Raw::Null; 2]);
    }

    #[test]
    fn other_types_are_named() {
        let zoned = TimestampMillisecondArray::from(vec![0]).with_timezone("UTC");
        assert_eq!(cells(&zoned).unwrap_err(), "a timestamp with a time zone");
        assert_eq!(cells(&BinaryArray::from(vec![b"a".as_ref()])).unwrap_err(), "of Arrow type Binary");
    }

    #[test]
    fn long_text_is_cut_in_messages() {
        let long = "é".repeat(300);
        assert_eq!(Raw::Text(&long).shown().unwrap().chars().count(), 201);
        assert_eq!(Raw::Moment(0).shown().unwrap(), "1970-01-01 with a time of day");
        assert_eq!(Raw::Date(i64::MAX).shown().unwrap(), format!("day {}", i64::MAX));
    }
}
