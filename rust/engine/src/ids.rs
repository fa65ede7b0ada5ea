//! What names are: the index of an entity in canonical order, one type for each kind so that they cannot be mixed up.

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// From a place in canonical order.
            #[inline(always)]
            pub fn at(index: usize) -> Self {
                Self(index as u32)
            }

            /// The place in canonical order.
            #[inline(always)]
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )+};
}

id!(
    /// A machine model.
    ModelId,
    /// A power market.
    RegionId,
    /// A miner.
    MinerId,
    /// A fleet row.
    FleetId,
    /// A loan.
    LoanId,
    /// A lender.
    LenderId,
    /// A cohort.
    CohortId,
    /// A pledge of coins: one for each BTC-backed loan.
    PledgeId,
    /// A claim of one lender on another.
    ExposureId,
    /// A lot of seized machines: one for each machine-backed loan.
    LotId,
    /// A purchase order.
    OrderId,
    /// Credit of a miner with a vendor: one for each pair that has an order.
    CreditId,
    /// A hedge.
    HedgeId,
    /// A rescue fund or buy-back.
    FacilityId,
    /// A work at a site.
    WorkId,
    /// Something a miner may do before it fails.
    ResponseId,
);
