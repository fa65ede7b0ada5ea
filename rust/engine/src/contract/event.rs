//! Kinds of events, and which comes first when several fall on the same moment.

use super::words::words;

words! {
    /// Kinds of events, in the order in which those of the same moment are processed.
    pub enum Kind {
        /// Initial exchange: the principal is paid out.
        #[default]
        Ied = "IED",
        /// Fee.
        Fp = "FP",
        /// Redemption of principal.
        Pr = "PR",
        /// Increase of principal.
        Pi = "PI",
        /// Draw of principal.
        Pd = "PD",
        /// Penalty for a prepayment.
        Py = "PY",
        /// Prepayment.
        Pp = "PP",
        /// Interest.
        Ip = "IP",
        /// Interest of a fixed leg.
        Ipfx = "IPFX",
        /// Interest of a floating leg.
        Ipfl = "IPFL",
        /// Interest added to the principal.
        Ipci = "IPCI",
        /// Credit event.
        Ce = "CE",
        /// Rate reset to a rate that is known.
        Rrf = "RRF",
        /// Rate reset to an observed rate.
        Rr = "RR",
        /// The redemption payment is fixed anew.
        Prf = "PRF",
        /// Dividend.
        Dv = "DV",
        /// Purchase of the contract.
        Prd = "PRD",
        /// Margin call.
        Mr = "MR",
        /// Termination: sale of the contract.
        Td = "TD",
        /// The scaling index is read.
        Sc = "SC",
        /// The base of interest is fixed anew.
        Ipcb = "IPCB",
        /// Maturity.
        Md = "MD",
        /// Exercise.
        Xd = "XD",
        /// Settlement of an exercise.
        Std = "STD",
        /// The contract is looked at.
        Ad = "AD",
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn the_order_of_one_moment() {
        let order = "IED FP PR PI PD PY PP IP IPFX IPFL IPCI CE RRF RR PRF DV PRD MR TD SC IPCB MD XD STD AD";
        assert_eq!(Kind::WORDS.join(" "), order);
        assert!(Kind::Prf > Kind::Rr && Kind::Md > Kind::Ip);
    }
}
