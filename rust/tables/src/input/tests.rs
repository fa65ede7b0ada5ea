use std::sync::Arc;

use arrow_array::types::Int8Type;
use arrow_array::{ArrayRef, BinaryArray, Date32Array, DictionaryArray, Float64Array, LargeStringArray, RecordBatch, StringViewArray};
use arrow_schema::{Field, Schema};

use super::samples::{csv, sources, text_table, with};
use super::*;
use crate::digest;

fn problems(sources: &Sources) -> Vec<Problem> {
    match try_book(sources) {
        Err(Error::Input(problems)) => problems,
        other => panic!("problems were expected, not {other:?}"),
    }
}

/// Code, row and column of each problem.
fn places(sources: &Sources) -> Vec<(Code, String, Option<usize>, Option<String>)> {
    problems(sources).into_iter().map(|problem| (problem.code, problem.table, problem.row, problem.column)).collect()
}

fn place(code: Code, table: &str, row: usize, column: &str) -> (Code, String, Option<usize>, Option<String>) {
    (code, table.to_owned(), Some(row).filter(|row| *row > 0), Some(column.to_owned()).filter(|column| !column.is_empty()))
}

fn replaced(table: &str, from: &str, to: &str) -> Sources {
    let text = csv(table);
    assert!(text.contains(from), "{table} has no {from}");
    with(table, &text.replacen(from, to, 1))
}

fn replace_column(source: &Source, name: &str, array: ArrayRef) -> Source {
    let index = source.schema.index_of(name).unwrap();
    let mut fields: Vec<_> = source.schema.fields().iter().map(|field| field.as_ref().clone()).collect();
    fields[index] = Field::new(name, array.data_type().clone(), true);
    let mut columns = source.batches[0].columns().to_vec();
    columns[index] = array;
    let schema = Arc::new(Schema::new(fields));
    Source { batches: vec![RecordBatch::try_new(schema.clone(), columns).unwrap()], schema }
}

#[test]
fn the_sample_book_is_valid() {
    let (_, input) = try_book(&sources()).unwrap();
    assert_eq!(input.tables.iter().map(|table| table.rows).collect::<Vec<_>>(), [2, 1, 2, 2, 2, 2, 1, 1, 2, 3, 2, 12, 2, 4]);
}

#[test]
fn refused_tables() {
    for (name, code) in [("loans", Code::MissingTable), ("cohorts", Code::Unreadable), ("miners", Code::EmptyTable)] {
        let mut sources = sources();
        match code {
            Code::MissingTable => drop(sources.remove(name)),
            Code::Unreadable => drop(sources.insert(name.to_owned(), Err("the stream broke".to_owned()))),
            _ => drop(sources.insert(name.to_owned(), Ok(text_table(csv(name).lines().next().unwrap())))),
        }
        assert_eq!(places(&sources), [place(code, name, 0, "")], "{name}");
    }
}

#[test]
fn cohorts_may_be_absent() {
    let mut sources = sources();
    sources.remove("cohorts");
    let absent = digest::input(&try_book(&sources).unwrap().1);
    sources.insert("cohorts".to_owned(), Ok(text_table(csv("cohorts").lines().next().unwrap())));
    assert_eq!(digest::input(&try_book(&sources).unwrap().1), absent);
}

#[test]
fn an_unknown_table_is_named() {
    let mut sources = sources();
    sources.insert("loan".to_owned(), Ok(text_table("a\n")));
    let problem = problems(&sources).remove(0);
    assert_eq!((problem.code, problem.table.as_str()), (Code::UnknownWord, "loan"));
    assert!(problem.expected.contains("did you mean `loans`?"), "{}", problem.expected);
}

#[test]
fn refused_columns() {
    for (table, from, to, expected) in [
        (
            "miners",
            "cash_usd,",
            "Cash_USD,",
            vec![place(Code::MissingColumn, "miners", 0, "cash_usd"), place(Code::UnknownColumn, "miners", 0, "Cash_USD")],
        ),
        (
            "miners",
            "btc,",
            "cash_usd,",
            vec![place(Code::DuplicateColumn, "miners", 0, "cash_usd"), place(Code::MissingColumn, "miners", 0, "btc")],
        ),
        (
            "regions",
            "region",
            "colour",
            vec![place(Code::MissingColumn, "regions", 0, "region"), place(Code::UnknownColumn, "regions", 0, "colour")],
        ),
    ] {
        let mut found = places(&replaced(table, from, to));
        found.sort_by_key(|(code, ..)| code.name());
        let mut expected = expected;
        expected.sort_by_key(|(code, ..)| code.name());
        assert_eq!(found, expected, "{table} {from} {to}");
    }
    let sources = replaced("miners", "hodl_share", "hold_share");
    let advice = problems(&sources).into_iter().find(|problem| problem.code == Code::UnknownColumn).unwrap().expected;
    assert!(advice.contains("did you mean `hodl_share`?"), "{advice}");
}

#[test]
fn refused_cells_have_their_place() {
    for (table, from, to, expected) in [
        ("loans", "0.112", "112", place(Code::OutOfRange, "loans", 1, "rate")),
        ("loans", "0.112", "11.2%", place(Code::WrongType, "loans", 1, "rate")),
        ("loans", "0.7,", "70,", place(Code::OutOfRange, "loans", 2, "call_ltv")),
        ("loans", "2023-02-01", "2023-02-30", place(Code::OutOfRange, "loans", 2, "maturity_date")),
        ("loans", "bullet", "bulet", place(Code::UnknownWord, "loans", 2, "amortisation")),
        ("loans", "L2", "l1", place(Code::LookAlikeKey, "loans", 2, "loan")),
        ("loans", "L2", "L1", place(Code::DuplicateKey, "loans", 2, "loan")),
        ("loans", "alpha", "Alpha", place(Code::UnknownKey, "loans", 2, "miner")),
        ("miners", "alpha", "аlpha", place(Code::UnknownKey, "fleet", 2, "miner")),
        ("miners", "10.5", "1050000000", place(Code::OutOfRange, "miners", 1, "btc")),
        ("miners", "10.5", "NaN", place(Code::NotFinite, "miners", 1, "btc")),
        ("miners", "10.5", "", place(Code::Null, "miners", 1, "btc")),
        ("machines", "95,", "0.095,", place(Code::OutOfRange, "machines", 1, "hashrate_ths")),
        ("machines", "3250", "3.25", place(Code::OutOfRange, "machines", 1, "power_w")),
        ("fleet", "fixed,45", "fixed,0.045", place(Code::OutOfRange, "fleet", 1, "power_usd_per_mwh")),
    ] {
        let found = places(&replaced(table, from, to));
        assert!(found.contains(&expected), "{table} {from} {to}: {found:?}");
    }
}

#[test]
fn a_column_that_is_missing_is_one_problem() {
    for (table, from, to, column) in [
        ("hedges", "hedge,miner,kind,", "hedge,miner,art,", "kind"),
        ("exposures", "creditor,debtor,amount_usd\nbank,fund,250000", "lent_by,debtor,amount_usd\nbank,fund,1\nbank,fund,2", "creditor"),
        ("machines", "hashrate_ths", "terahash", "hashrate_ths"),
        ("facilities", "facility,kind,", "facility,art,", "kind"),
    ] {
        let found: Vec<_> = places(&replaced(table, from, to)).into_iter().filter(|(code, ..)| *code != Code::UnknownColumn).collect();
        assert_eq!(found, [place(Code::MissingColumn, table, 0, column)], "{table}");
    }
}

#[test]
fn a_key_nobody_knows_has_its_nearest() {
    for (table, from, to, nearest) in [
        ("loans", "L2,alpha,bank", "L2,alpa,bank", "; did you mean `alpha`?"),
        ("loans", "L2,alpha,bank", "L2,alpha,banc", "; did you mean `bank`?"),
        ("exposures", "bank,fund,", "bank,found,", "; did you mean `fund`?"),
        ("loans", "L2,alpha,bank", "L2,somebody,bank", "a miner of the table miners"),
    ] {
        let told = problems(&replaced(table, from, to)).into_iter().find(|problem| problem.code == Code::UnknownKey).unwrap().expected;
        assert!(told.ends_with(nearest), "{table} {from} {to}: {told}");
    }
}

#[test]
fn settings_that_cannot_apply_have_their_place() {
    let fleet = |contract: &str, pass_through: &str, strike: &str| {
        let text = csv("fleet").replace("power_usd_per_mwh\n", "power_usd_per_mwh,pass_through,curtailment_strike_usd_per_mwh\n");
        with("fleet", &text.replace("fixed,45", &format!("{contract},45,{pass_through},{strike}")).replace("indexed,0", "indexed,0,0,"))
    };
    for (contract, pass_through, strike, refused) in [
        ("fixed", "0", "", None),
        ("fixed", "0", "0", None),
        ("fixed", "0.5", "", Some("pass_through")),
        ("indexed", "1", "", Some("pass_through")),
        ("hosted_fixed", "0.1", "", Some("pass_through")),
        ("hosted_pass_through", "1.1", "", None),
        ("hosted_pass_through", "0.5", "0", Some("curtailment_strike_usd_per_mwh")),
        ("indexed", "0", "90", None),
        ("hosted_fixed", "0", "90", Some("curtailment_strike_usd_per_mwh")),
    ] {
        let sources = fleet(contract, pass_through, strike);
        let found = if refused.is_some() { places(&sources) } else { try_book(&sources).map(|_| Vec::new()).unwrap() };
        let expected: Vec<_> = refused.into_iter().map(|column| place(Code::Inconsistent, "fleet", 1, column)).collect();
        assert_eq!(found, expected, "{contract} {pass_through} {strike}");
    }
    let (machines, btc) = ("B1,100,,,,,,", ",,5,0.6,0.7,0.8,3,0.25");
    for (row, from, to, columns) in [
        (1, machines, "B1,100,5,,,,,", &["collateral_btc"][..]),
        (1, machines, "B1,100,0,,,,,", &[]),
        (1, machines, "B1,100,,0.6,0.7,0.8,3,0.25", &["initial_ltv", "call_ltv", "liquidation_ltv", "cure_days", "tranche_share"]),
        (2, btc, "A1,7,5,0.6,0.7,0.8,3,0.25", &["collateral_fleet", "collateral_machines"]),
        (2, "btc,bullet", "none,bullet", &["initial_ltv", "call_ltv", "liquidation_ltv", "cure_days", "tranche_share"]),
    ] {
        let text = csv("loans").replace(from, to);
        let text = if to.starts_with("none") { text.replace(",,5,", ",,,") } else { text };
        let sources = with("loans", &text);
        let found = if columns.is_empty() { try_book(&sources).map(|_| Vec::new()).unwrap() } else { places(&sources) };
        let mut expected: Vec<_> = columns.iter().map(|column| place(Code::Inconsistent, "loans", row, column)).collect();
        expected.sort_by_key(|(.., column)| columns.iter().position(|known| Some(*known) == column.as_deref()));
        assert_eq!(found, expected, "{to}");
    }
    let problem = problems(&fleet("fixed", "0.5", "")).remove(0);
    assert_eq!(problem.value.as_deref(), Some("0.5"));
    assert_eq!(problem.expected, "0, because only a contract `hosted_pass_through` passes anything on, not `fixed`");
}

#[test]
fn terms_of_payment_are_told_where_they_contradict() {
    let loans = |amortisation: &str, payment: &str, line: &str, rate: &str| {
        let text = csv("loans");
        let (header, rows) = text.split_once('\n').unwrap();
        let rows = rows.replace("annuity", amortisation);
        let (first, rest) = rows.split_once('\n').unwrap();
        let rest = rest.trim_end();
        with("loans", &format!("{header},payment_usd,credit_line_usd,default_interest_rate\n{first},{payment},{line},{rate}\n{rest},,,0\n"))
    };
    for (amortisation, payment, line, rate, refused) in [
        ("annuity", "", "", "0.05", None),
        ("annuity", "5000", "", "0", Some((Code::Inconsistent, "payment_usd"))),
        ("annuity", "", "300000", "0", Some((Code::Inconsistent, "credit_line_usd"))),
        ("fixed_payment", "5000", "", "0", None),
        ("fixed_payment", "", "", "0", Some((Code::Null, "payment_usd"))),
        ("fixed_payment", "-5", "", "0", Some((Code::OutOfRange, "payment_usd"))),
        ("payment_in_kind", "", "", "0", None),
        ("interest_only", "", "300000", "0", None),
        ("interest_only", "", "200000", "0", Some((Code::OutOfRange, "credit_line_usd"))),
        ("interest_only", "", "", "5", Some((Code::OutOfRange, "default_interest_rate"))),
    ] {
        let mut sources = loans(amortisation, payment, line, rate);
        sources.remove("responses"); // new terms that are asked for have rules of their own
        let found = if refused.is_some() { places(&sources) } else { try_book(&sources).map(|_| Vec::new()).unwrap() };
        let expected: Vec<_> = refused.into_iter().map(|(code, column)| place(code, "loans", 1, column)).collect();
        assert_eq!(found, expected, "{amortisation} {payment} {line} {rate}");
    }
}

#[test]
fn orders_that_contradict_themselves_have_their_place() {
    for (from, to, expected) in [
        (",B1,100,", ",B1,0,", place(Code::OutOfRange, "orders", 1, "machines")),
        (",B1,100,", ",A1,100,", place(Code::Inconsistent, "orders", 1, "fleet")),
        (",B1,100,", ",nowhere,100,", place(Code::UnknownKey, "orders", 1, "fleet")),
        ("O1,beta", "O1,nobody", place(Code::UnknownKey, "orders", 1, "miner")),
        ("beta,Foundry", "beta,", place(Code::Null, "orders", 1, "vendor")),
        ("alpha,Foundry", "alpha,foundry", place(Code::LookAlikeKey, "orders", 2, "vendor")),
        ("floating,false", "floating,true", place(Code::Inconsistent, "orders", 1, "price_protection")),
        ("floating", "float", place(Code::UnknownWord, "orders", 1, "price_kind")),
        ("150000,", "500001,", place(Code::Inconsistent, "orders", 1, "deposit_usd")),
        ("150000,", "500000,", place(Code::Inconsistent, "orders", 1, "first_instalment_date")),
        ("2022-03-31,2,", ",2,", place(Code::Null, "orders", 1, "first_instalment_date")),
        ("2022-03-31,2,", "2022-03-31,,", place(Code::Null, "orders", 1, "instalments")),
        ("2022-03-31,2,", "2022-03-31,5,", place(Code::Dates, "orders", 1, "delivery_date")),
        ("true,10000,,", "true,10000,,3", place(Code::Inconsistent, "orders", 2, "instalments")),
        ("5000,", "NaN,", place(Code::NotFinite, "orders", 1, "price_usd")),
        ("O2", "O1", place(Code::DuplicateKey, "orders", 2, "order")),
        ("machines,", "", place(Code::MissingColumn, "orders", 0, "machines")),
        ("0.9", "many", place(Code::WrongType, "orders", 1, "cancel_ratio")),
    ] {
        let found = places(&replaced("orders", from, to));
        assert!(found.contains(&expected), "{from} {to}: {found:?}");
    }
    let mut sources = sources();
    sources.remove("orders");
    assert_eq!(try_book(&sources).unwrap().1.table("orders").map(|table| table.rows), Some(0));
}

#[test]
fn all_problems_are_told_at_once() {
    let text = csv("loans").replace("0.112", "112").replace("alpha", "gamma").replace("L2", "L1").replace("annuity", "annual");
    let found = places(&with("loans", &text));
    let expected = [
        place(Code::UnknownWord, "loans", 1, "amortisation"),
        place(Code::OutOfRange, "loans", 1, "rate"),
        place(Code::DuplicateKey, "loans", 2, "loan"),
        place(Code::UnknownKey, "loans", 2, "miner"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_a_refused_key_causes_is_not_told() {
    assert_eq!(places(&replaced("miners", "alpha", "")), [place(Code::Null, "miners", 2, "miner")]);
    let mut sources = sources();
    sources.remove("lenders");
    assert_eq!(places(&sources), [place(Code::MissingTable, "lenders", 0, "")]);
}

#[test]
fn at_most_a_hundred_are_told_the_first_ones() {
    let rows: Vec<String> = (0..300).map(|row| format!("r{row} ")).collect();
    let found = problems(&with("regions", &format!("region\n{}\n", rows.join("\n"))));
    assert_eq!(found.len(), 100);
    assert_eq!((found[0].row, found[99].row), (Some(1), Some(100)));
}

#[test]
fn problems_read_well() {
    let problem = problems(&replaced("loans", "0.112", "112")).remove(0);
    assert_eq!(problem.value.as_deref(), Some("112"));
    assert_eq!(problem.expected, "a number from 0 to 1; a fraction of a year's interest: 11.2 % is 0.112");
}

#[test]
fn the_digest_is_that_of_the_meaning() {
    let base = digest::input(&try_book(&sources()).unwrap().1);
    let text = csv("miners");
    let lines: Vec<_> = text.lines().collect();
    for same in [
        format!("{}\n{}\n{}\n", lines[0], lines[2], lines[1]),
        text.replace("1000000", "1e6").replace("10.5", "10.50"),
        text.replace("hodl_share", "hodl_share,pool_fee").replace("0.5\n", "0.5,0.01\n").replace(",1\n", ",1,0.01\n"),
        text.replace("hodl_share", "hodl_share,source,synthetic").replace("0.5\n", "0.5,here,true\n").replace(",1\n", ",1,there,\n"),
    ] {
        assert_eq!(digest::input(&try_book(&with("miners", &same)).unwrap().1), base, "{same}");
    }
    for other in [("miners", "0.5", "0.6"), ("loans", "full", "limited"), ("loans", "2024-01-15", "2024-01-16")] {
        assert_ne!(digest::input(&try_book(&replaced(other.0, other.1, other.2)).unwrap().1), base, "{other:?}");
    }
}

#[test]
fn arrow_types_and_chunks_do_not_matter() {
    let base = digest::input(&try_book(&sources()).unwrap().1);
    let plain = text_table(&csv("loans"));
    let dates: ArrayRef = Arc::new(Date32Array::from(vec![19_737, 19_389]));
    for source in [
        replace_column(&plain, "outstanding_usd", Arc::new(Float64Array::from(vec![250_000.0, 100_000.0]))),
        replace_column(&plain, "loan", Arc::new(LargeStringArray::from(vec!["L1", "L2"]))),
        replace_column(&plain, "loan", Arc::new(StringViewArray::from(vec!["L1", "L2"]))),
        replace_column(&plain, "recourse", Arc::new(["limited", "full"].into_iter().collect::<DictionaryArray<Int8Type>>())),
        replace_column(&plain, "maturity_date", dates),
        Source { schema: plain.schema.clone(), batches: vec![plain.batches[0].slice(0, 1), plain.batches[0].slice(1, 1)] },
        Source { schema: plain.schema.clone(), batches: vec![plain.batches[0].slice(0, 0), plain.batches[0].clone()] },
    ] {
        let mut sources = sources();
        sources.insert("loans".to_owned(), Ok(source));
        assert_eq!(digest::input(&try_book(&sources).unwrap().1), base);
    }
}

#[test]
fn a_column_of_an_unusable_type_is_told_once() {
    let plain = text_table(&csv("loans"));
    let mut sources = sources();
    let binary: ArrayRef = Arc::new(BinaryArray::from(vec![b"1".as_ref(), b"2".as_ref()]));
    sources.insert("loans".to_owned(), Ok(replace_column(&plain, "rate", binary)));
    let found = problems(&sources);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].code, found[0].column.as_deref(), found[0].row), (Code::WrongType, Some("rate"), None));
    assert!(found[0].expected.contains("Binary"));
}
