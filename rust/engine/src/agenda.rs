//! What falls due later because of what happened today, path by path: graces, notices, cure windows, seizures, estates.

use crate::ids::{LoanId, MinerId};

/// What falls due. The order of the variants is the order of their stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// A miner's grace for unpaid bills ends.
    BillsGrace(MinerId),
    /// The notice of a called loan ends.
    Called(LoanId),
    /// A loan's grace for arrears ends.
    LoanGrace(LoanId),
    /// A cure window for a margin call ends.
    Cure(LoanId),
    /// Machines of a defaulted loan are seized.
    Seizure(LoanId),
    /// An estate is distributed.
    Estate(MinerId),
}

impl Task {
    /// Whether it belongs to the stage `loans` (or else to `collateral`).
    pub fn is_of_loans(self) -> bool {
        matches!(self, Self::BillsGrace(_) | Self::Called(_) | Self::LoanGrace(_))
    }
}

/// Tasks by day; those beyond the horizon are dropped.
#[derive(Debug)]
pub struct Agenda {
    days: Vec<Vec<(Task, usize)>>,
}

impl Agenda {
    /// For a run of `days`.
    pub fn new(days: usize) -> Self {
        Self { days: vec![Vec::new(); days] }
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.days.iter_mut().for_each(Vec::clear);
    }

    /// Puts a task on a later day.
    pub fn put(&mut self, day: usize, task: Task, lane: usize) {
        if let Some(tasks) = self.days.get_mut(day) {
            tasks.push((task, lane));
        }
    }

    /// Today's tasks of one stage in order (kind, entity, path). Nothing is put on today while it runs, so the list is complete.
    pub fn take(&mut self, day: usize, of_loans: bool) -> Vec<(Task, usize)> {
        let today = &mut self.days[day];
        if today.is_empty() {
            return Vec::new();
        }
        let (mut due, rest): (Vec<_>, Vec<_>) = today.drain(..).partition(|(task, _)| task.is_of_loans() == of_loans);
        *today = rest;
        due.sort_unstable();
        due
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
        agenda.put(9, Task::Estate(MinerId(0)), 0);
        assert_eq!(
            agenda.take(3, true),
            [(Task::BillsGrace(MinerId(9)), 1), (Task::LoanGrace(LoanId(2)), 7), (Task::LoanGrace(LoanId(4)), 2)]
        );
        assert_eq!(agenda.take(3, false), [(Task::Seizure(LoanId(1)), 0)]);
        assert!(agenda.take(3, false).is_empty() && agenda.take(4, true).is_empty());
    }
}
