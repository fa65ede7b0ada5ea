"""A failed lender's machine loans are sold, to their borrowers or to other lenders. Page: docs/model/lenders.md, step 4. Cents."""

from .book import Lender, Loan, State
from .loans import charge_late, pledge_mark, release_discount
from .numbers import rounded
from .sheets import equity, leaves_a_day


def repurchase(state: State, loan: Loan, owed: float, price: float) -> None:
    """The borrower buys: it owes nothing more, and the loan counts as defaulted."""
    state.ledger.post("repurchase", "cents", loan.miner.account, loan.lender.account, price)
    loan.lender.book -= loan.outstanding
    release_discount(loan)
    loan.status = "defaulted"
    loan.settled = True
    loan.default_day = state.day
    loan.ead = owed
    loan.recovered = price
    loan.carry = 0.0
    loan.seized = True  # of nothing: an empty lot
    loan.lot_day = state.day
    loan.lot_initial = 0.0
    loan.miner.debt_service_per_day -= loan.service_per_day
    state.event("repurchase", f"loan:{loan.index}", price)


DAYS_KEPT = 30  # of outflow


def affords(state: State, lender: Lender, price: float) -> bool:
    """Whether the money is there, and with it what leaves in a month."""
    cash = state.ledger.cents[lender.account]
    return cash >= price and cash - price >= DAYS_KEPT * leaves_a_day(lender, equity(state, lender))


def buyer(state: State, loan: Loan, price: float) -> Lender | None:
    """The first other lender that buys such loans, still lends, finds enough behind this one, and has money to spare."""
    mark = pledge_mark(state, loan)
    for lender in state.lenders:
        if lender is loan.lender or lender.book_buy_cover is None:
            continue
        if lender.failed or lender.stopped or lender.tightened:
            continue
        if mark >= lender.book_buy_cover * price and affords(state, lender, price):
            return lender
    return None


def change_hands(state: State, loan: Loan, to: Lender, owed: float, price: float) -> None:
    """Another lender holds the loan from now on; what it paid less is no gain yet, what the seller got less is a loss."""
    seller = loan.lender
    state.ledger.post("book_sale", "cents", to.account, seller.account, price)
    seller.book -= loan.outstanding
    to.book += loan.outstanding
    release_discount(loan)
    loan.discount = loan.outstanding - price
    to.other_assets -= loan.discount
    seller.sale_loss += owed - price
    to.sale_loss -= owed - price
    state.event("book_sale", f"loan:{loan.index}", price)
    state.sales.append((state.day, loan.index, to.index))
    seller.loans.remove(loan)
    loan.lender = to
    to.loans.append(loan)
    to.loans.sort(key=lambda held: held.index)  # wherever a lender's loans have their turn, it is in order


def offer(state: State, loan: Loan, price_share: float) -> None:
    """A loan at a discount: to the borrower if the cash is there after its bills, else to the others."""
    charge_late(state, loan)
    miner, owed = loan.miner, loan.claim
    price = rounded(owed * price_share)
    if state.ledger.cents[miner.account] - miner.bills_arrears - max(miner.power_due, 0.0) >= price:
        repurchase(state, loan, owed, price)
        return
    other = buyer(state, loan, price)
    if other is not None:
        change_hands(state, loan, other, owed, price)


def sell_books(state: State) -> None:
    """Lenders whose loans are sold today, some days after their failure."""
    for lender in state.lenders:
        if lender.book_sale_price is None or lender.failed_day is None:
            continue
        if lender.failed_day == state.day - lender.book_sale_days:
            for loan in list(lender.loans):
                if loan.is_open and loan.collateral == "machines":
                    offer(state, loan, lender.book_sale_price)
