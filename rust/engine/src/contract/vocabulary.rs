//! The words of a contract's terms.

use super::words::words;

words! {
    /// What kind of contract.
    pub enum ContractType {
        /// Principal at maturity.
        #[default]
        Pam = "PAM",
        /// Linear amortiser.
        Lam = "LAM",
        /// Negative amortiser.
        Nam = "NAM",
        /// Annuity.
        Ann = "ANN",
        /// Exotic linear amortiser: arrays of redemptions and rates.
        Lax = "LAX",
        /// Call money.
        Clm = "CLM",
        /// Undefined maturity profile: deposits.
        Ump = "UMP",
        /// Cash.
        Csh = "CSH",
        /// Stock.
        Stk = "STK",
        /// Commodity.
        Com = "COM",
        /// Foreign exchange outright.
        Fxout = "FXOUT",
        /// Plain vanilla swap.
        Swppv = "SWPPV",
        /// Swap of two contracts.
        Swaps = "SWAPS",
        /// Cap, floor.
        Capfl = "CAPFL",
        /// Option.
        Optns = "OPTNS",
        /// Future.
        Futur = "FUTUR",
        /// Guarantee.
        Ceg = "CEG",
        /// Collateral.
        Cec = "CEC",
    }
}

words! {
    /// Which side of a contract is ours.
    pub enum Role {
        /// Real position, asset.
        #[default]
        Rpa = "RPA",
        /// Real position, liability.
        Rpl = "RPL",
        /// Receives the first leg.
        Rfl = "RFL" | "RF",
        /// Pays the first leg.
        Pfl = "PFL" | "PF",
        /// Receives the fixed leg of a swap.
        Rec = "REC",
        /// Pays the fixed leg of a swap.
        Pay = "PAY",
        /// Buyer.
        Buy = "BUY",
        /// Seller.
        Sel = "SEL",
        /// Collateral.
        Col = "COL",
        /// Close-out netting.
        Cno = "CNO",
        /// Guarantor.
        Gua = "GUA",
        /// Obligee.
        Obl = "OBL",
        /// Long.
        Lg = "LG",
        /// Short.
        St = "ST",
    }
}

impl Role {
    /// +1 for the side that holds the asset, -1 for the other.
    pub fn sign(self) -> f64 {
        match self {
            Self::Rpa | Self::Rfl | Self::Rec | Self::Buy | Self::Col | Self::Cno | Self::Obl | Self::Lg => 1.0,
            Self::Rpl | Self::Pfl | Self::Pay | Self::Sel | Self::Gua | Self::St => -1.0,
        }
    }
}

words! {
    /// Whether dates that start at a month end stay there.
    pub enum EndOfMonth {
        /// The same day.
        #[default]
        SameDay = "SD",
        /// The end of the month.
        EndOfMonth = "EOM",
    }
}

words! {
    /// How a counterparty performs.
    pub enum Performance {
        /// Performing.
        #[default]
        Performing = "PF",
        /// Delayed.
        Delayed = "DL",
        /// Delinquent.
        Delinquent = "DQ",
        /// In default.
        Default = "DF",
        /// Matured.
        Matured = "MA",
        /// Terminated.
        Terminated = "TE",
    }
}

words! {
    /// What a fee rate is a rate of.
    pub enum FeeBasis {
        /// An absolute amount a payment.
        #[default]
        Absolute = "A",
        /// A rate a year on the notional.
        Notional = "N",
    }
}

words! {
    /// What interest is calculated on.
    pub enum InterestBase {
        /// The notional outstanding.
        #[default]
        Notional = "NT",
        /// The notional at initial exchange, or a given amount.
        Initial = "NTIED",
        /// The notional, read anew on dates of its own.
        Lagged = "NTL",
    }
}

words! {
    /// Whether interest is paid at the end or the beginning of its period.
    pub enum CyclePoint {
        /// End.
        #[default]
        End = "E",
        /// Beginning.
        Beginning = "B",
    }
}

words! {
    /// What a scaling index scales: interest (first letter), notional (second).
    pub enum ScalingEffect {
        /// Nothing.
        #[default]
        None = "000" | "OOO",
        /// Interest.
        Interest = "I00" | "IOO",
        /// Notional.
        Notional = "0N0" | "ONO",
        /// Both.
        Both = "IN0" | "INO",
        /// Interest, and the largest notional.
        InterestMaximum = "I0M" | "IOM",
        /// Notional, and the largest notional.
        NotionalMaximum = "0NM" | "ONM",
        /// Both, and the largest notional.
        BothMaximum = "INM",
        /// The largest notional.
        Maximum = "00M" | "OOM",
    }
}

impl ScalingEffect {
    /// Whether interest is scaled.
    pub fn interest(self) -> bool {
        self.word().starts_with('I')
    }

    /// Whether the notional is scaled.
    pub fn notional(self) -> bool {
        self.word().as_bytes()[1] == b'N'
    }
}

words! {
    /// What a prepayment changes.
    pub enum PrepaymentEffect {
        /// There are none.
        #[default]
        None = "N",
        /// Later payments become smaller.
        Amount = "A",
        /// The contract ends earlier.
        Maturity = "M",
    }
}

words! {
    /// How the penalty for a prepayment is reckoned.
    pub enum PenaltyType {
        /// None.
        #[default]
        None = "O",
        /// An amount.
        Absolute = "A",
        /// A rate on the notional.
        Relative = "N" | "R",
        /// What the rate lost against the market.
        InterestDifferential = "I",
    }
}

words! {
    /// What of a covered contract is claimed.
    pub enum GuaranteedExposure {
        /// The notional.
        #[default]
        Notional = "NO",
        /// Notional and accrued interest.
        NotionalAndInterest = "NI",
        /// The market value.
        MarketValue = "MV",
    }
}

words! {
    /// How a derivative settles.
    pub enum DeliverySettlement {
        /// In cash, net.
        #[default]
        Cash = "S",
        /// By delivery, leg by leg.
        Delivery = "D",
    }
}

words! {
    /// What an option gives the right to.
    pub enum OptionType {
        /// To buy.
        #[default]
        Call = "C",
        /// To sell.
        Put = "P",
        /// Both.
        CallPut = "CP",
    }
}

words! {
    /// When an option may be exercised.
    pub enum ExerciseType {
        /// At maturity.
        #[default]
        European = "E",
        /// On given dates.
        Bermudan = "B",
        /// At any time.
        American = "A",
    }
}

words! {
    /// Whether a rate segment is a rate or a spread.
    pub enum FixedVariable {
        /// The rate itself.
        #[default]
        Fixed = "F" | "FIX",
        /// A spread on the observed rate.
        Variable = "V" | "VAR",
    }
}

words! {
    /// Whether a principal segment pays back or draws.
    pub enum IncreaseDecrease {
        /// Redemption.
        #[default]
        Decrease = "DEC",
        /// Draw.
        Increase = "INC",
    }
}

words! {
    /// What a leg is to its contract.
    pub enum LegRole {
        /// What the contract is written on.
        #[default]
        Underlying = "UDL",
        /// First leg.
        First = "FIL",
        /// Second leg.
        Second = "SEL",
        /// Covered: whose default is insured.
        Covered = "COVE",
        /// Covering: what pays then.
        Covering = "COVI",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_have_a_side() {
        let sides = |sign: f64| Role::WORDS.iter().filter(|word| Role::try_parse(word).unwrap().sign() == sign).count();
        assert_eq!((sides(1.0), sides(-1.0)), (8, 6));
        assert_eq!([Role::try_parse("RF"), Role::try_parse("PF")], [Some(Role::Rfl), Some(Role::Pfl)]);
    }

    #[test]
    fn scaling_effects_by_letter() {
        for (word, interest, notional) in [("IOO", true, false), ("0N0", false, true), ("INM", true, true), ("00M", false, false)] {
            let effect = ScalingEffect::try_parse(word).unwrap();
            assert_eq!((effect.interest(), effect.notional()), (interest, notional), "{word}");
        }
    }
}
