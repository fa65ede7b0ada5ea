//! Feedback that can be switched off. Model: docs/model/channels.md

use std::collections::BTreeMap;

macro_rules! channels {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {
        /// Which feedback is on; all of it unless a scenario says otherwise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct Channels {
            $($(#[$doc])* pub $name: bool),+
        }

        impl Channels {
            /// The words of docs/model/channels.md.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),+];

            /// Everything on.
            pub const ON: Self = Self { $($name: true),+ };

            /// From names; a name that is missing is on. The names that are no channels come back as the error.
            pub fn try_from_names(named: &BTreeMap<String, bool>) -> Result<Self, Vec<String>> {
                let mut channels = Self::ON;
                let mut unknown = Vec::new();
                for (name, on) in named {
                    match name.as_str() {
                        $(stringify!($name) => channels.$name = *on,)+
                        _ => unknown.push(name.clone()),
                    }
                }
                if unknown.is_empty() { Ok(channels) } else { Err(unknown) }
            }
        }
    };
}

channels! {
    /// Forced sales of coins lower the price.
    impact,
    /// Machines that stand still lower the difficulty.
    difficulty,
    /// Sold machines lower the price of machines.
    fire_sales,
    /// The fall of the price calls for coins, or sells them.
    margin_calls,
    /// A failed lender calls its loans.
    lender_calls,
    /// A failed lender dumps its machines.
    lender_dumping,
    /// One loan's default reaches the miner's other loans.
    cross_default,
    /// Losses and failing peers make depositors run.
    confidence,
    /// A lender short of equity stops lending, recalls, and is not funded anew.
    tightening,
    /// A failed lender takes its creditors among the lenders along.
    exposures,
    /// A lender short of cash draws on the lines of others.
    lender_lines,
    /// Losses make a lender fail.
    solvency,
    /// Facilities lend to miners and buy machines back.
    rescue,
    /// Miners sell, replace or move machines, sell coins or walk away in time.
    responses,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_missing_is_on_and_an_unknown_one_comes_back() {
        assert_eq!(Channels::try_from_names(&BTreeMap::new()), Ok(Channels::ON));
        let off = |name: &str| BTreeMap::from([(name.to_owned(), false)]);
        for name in Channels::NAMES {
            let channels = Channels::try_from_names(&off(name)).unwrap();
            assert_ne!(channels, Channels::ON, "{name}");
        }
        assert_eq!(Channels::try_from_names(&off("impakt")), Err(vec!["impakt".to_owned()]));
    }
}
