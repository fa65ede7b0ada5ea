//! What falls due later because of what happened today, path by path: graces, notices, cure windows, seizures, estates.

use crate::ids::{FacilityId, LoanId, MinerId, OrderId, ResponseId};

/// What falls due. The order of the variants is the order of their stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// The grace of an order for a missed instalment ends.
    OrderGrace(OrderId),
    /// Machines of an order are deployed.
    Deployment(OrderId),
    /// So many machines that a response bought or moved can run.
    Arrival(ResponseId, u32),
    /// A miner's grace for unpaid bills ends.
    BillsGrace(MinerId),
    /// The notice of a called loan ends.
    Called(LoanId),
    /// The time to make a covenant good ends.
    CovenantCall(LoanId),
    /// A loan's grace for arrears ends.
    LoanGrace(LoanId),
    /// A due date of a loan that has new terms.
    NewTermsDue(LoanId),
    /// What a fund lent a miner is due.
    RescueDue(FacilityId, MinerId),
    /// A cure window for a margin call ends.
    Cure(LoanId),
    /// Machines of a defaulted loan are seized.
    Seizure(LoanId),
    /// A broker pays for machines of a loan: so many cents to the lender and to the miner.
    Settlement(LoanId, i64, i64),
    /// An estate is distributed.
    Estate(MinerId),
}

/// Stages that have tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the stages of docs/model")]
pub enum Stage {
    Deliveries,
    Loans,
    Rescue,
    Collateral,
}

impl Stage {
    const COUNT: usize = Self::Collateral as usize + 1;
}

impl Task {
    /// The stage it belongs to.
    pub fn stage(self) -> Stage {
        match self {
            Self::OrderGrace(_) | Self::Deployment(_) | Self::Arrival(..) => Stage::Deliveries,
            Self::BillsGrace(_) | Self::Called(_) | Self::CovenantCall(_) | Self::LoanGrace(_) | Self::NewTermsDue(_) => Stage::Loans,
            Self::RescueDue(..) => Stage::Rescue,
            Self::Cure(_) | Self::Seizure(_) | Self::Settlement(..) | Self::Estate(_) => Stage::Collateral,
        }
    }
}

/// Tasks by day and stage; those beyond the horizon are dropped.
#[derive(Debug)]
pub struct Agenda {
    /// Day by day, in each day by stage.
    tasks: Vec<Vec<(Task, usize)>>,
    /// Whose tasks are in order, the last first.
    sorted: Option<(usize, Stage)>,
}

impl Agenda {
    /// For a run of `days`.
    pub fn new(days: usize) -> Self {
        Self { tasks: vec![Vec::new(); days * Stage::COUNT], sorted: None }
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.tasks.iter_mut().for_each(Vec::clear);
        self.sorted = None;
    }

    /// Puts a task on a later day.
    pub fn put(&mut self, day: usize, task: Task, lane: usize) {
        if let Some(tasks) = self.tasks.get_mut(day * Stage::COUNT + task.stage() as usize) {
            tasks.push((task, lane));
        }
    }

    /// Takes today's next task of one stage, in order (kind, entity, path). Nothing is put on today while it runs, so the list is complete.
    pub fn take(&mut self, day: usize, stage: Stage) -> Option<(Task, usize)> {
        let tasks = &mut self.tasks[day * Stage::COUNT + stage as usize];
        if self.sorted != Some((day, stage)) {
            self.sorted = Some((day, stage));
            tasks.sort_unstable_by(|one, other| other.cmp(one));
        }
        tasks.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_come_by_stage_and_in_order() {
        let mut agenda = Agenda::new(5);
        agenda.put(3, Task::Seizure(LoanId(1)), 0);
        agenda.put(3, Task::LoanGrace(LoanId(4)), 2);
        agenda.put(3, Task::LoanGrace(LoanId(2)), 7);
        agenda.put(3, Task::BillsGrace(MinerId(9)), 1);
        agenda.put(3, Task::Deployment(OrderId(0)), 5);
        agenda.put(3, Task::OrderGrace(OrderId(7)), 4);
        agenda.put(9, Task::Estate(MinerId(0)), 0);
        let mut taken = |day, stage| std::iter::from_fn(|| agenda.take(day, stage)).collect::<Vec<_>>();
        assert_eq!(
            taken(3, Stage::Loans),
            [(Task::BillsGrace(MinerId(9)), 1), (Task::LoanGrace(LoanId(2)), 7), (Task::LoanGrace(LoanId(4)), 2)]
        );
        assert_eq!(taken(3, Stage::Deliveries), [(Task::OrderGrace(OrderId(7)), 4), (Task::Deployment(OrderId(0)), 5)]);
        assert_eq!(taken(3, Stage::Collateral), [(Task::Seizure(LoanId(1)), 0)]);
        assert!(taken(3, Stage::Collateral).is_empty() && taken(4, Stage::Loans).is_empty());
        agenda.put(4, Task::Cure(LoanId(1)), 0);
        agenda.clear();
        assert_eq!(agenda.take(4, Stage::Collateral), None);
    }
}
