//! Every command that there is, how often it is drawn, and what it is called.

use longmen_wallet::Product;

use super::dice::Dice;
use super::{card, collect, load, owner, pay, rest, send};

macro_rules! verbs {
    ($($room:ident($command:ident) { $($verb:ident = $weight:literal, $draw:path;)+ })+) => {
        /// Every command, how many times as often it is drawn as others, and how.
        pub(super) const ALL: &[(&str, u16, fn(&mut Dice<'_>) -> Option<Product>)] =
            &[$($((concat!(stringify!($room), ".", stringify!($verb)), $weight, |dice| {
                Some($draw(dice)?.into())
            }),)+)+];

        /// What a command is called; a new one does not compile before it is drawn.
        pub(super) fn name(product: &Product) -> &'static str {
            match product {
                $(Product::$room(command) => match command {
                    $(longmen_wallet::$command::$verb { .. } =>
                        concat!(stringify!($room), ".", stringify!($verb)),)+
                },)+
            }
        }
    };
}

verbs! {
    House(HouseCommand) {
        Open = 1, owner::open_house;
        Invest = 1, owner::invest;
        Prefund = 3, owner::prefund;
        Sweep = 1, owner::sweep;
        Shift = 1, owner::shift;
        PayNetwork = 2, owner::pay_network;
    }
    Terms(TermsCommand) { Set = 1, owner::terms; }
    Owner(OwnerCommand) {
        Register = 3, owner::register;
        OpenCurrency = 3, owner::open_currency;
        OpenPurse = 1, owner::open_purse;
        Activate = 2, owner::activate;
        Verify = 2, owner::verify;
        Freeze = 2, owner::freeze;
        Close = 4, owner::close;
        SetAside = 6, owner::set_aside;
        Reclaim = 2, owner::reclaim;
    }
    Payee(PayeeCommand) {
        Add = 2, owner::add_payee;
        Verify = 2, owner::verify_payee;
        Replace = 1, owner::replace_payee;
        Remove = 1, owner::remove_payee;
    }
    Channel(ChannelCommand) {
        Open = 1, collect::open_channel;
        Settle = 6, collect::settle;
    }
    TopUp(TopUpCommand) {
        Request = 12, load::request;
        Receive = 12, load::receive;
        Apply = 12, load::apply;
        Fail = 3, load::fail;
        Return = 2, load::give_back;
        ReturnStray = 2, load::give_back_stray;
        RequestRefund = 3, load::request_refund;
        Chargeback = 3, load::charge_back;
        ChargebackWon = 2, load::chargeback_won;
    }
    Refund(RefundCommand) {
        Send = 4, send::send;
        Complete = 4, send::complete;
        Fail = 4, send::fail;
        Reroute = 3, send::reroute;
        Recredit = 3, send::recredit;
        Unclaim = 3, send::unclaim;
    }
    Gift(GiftCommand) {
        Sell = 3, load::sell_gift;
        Redeem = 3, load::redeem_gift;
        Refund = 2, load::refund_gift;
    }
    Payment(PaymentCommand) {
        Authorise = 4, pay::authorise;
        Confirm = 4, pay::confirm;
        Cancel = 1, pay::cancel;
        Pay = 6, pay::pay;
        PayByChannel = 5, pay::by_channel;
        Release = 7, pay::release;
        Refund = 5, pay::refund;
    }
    Card(CardCommand) {
        Issue = 4, card::issue;
        Freeze = 2, card::freeze;
        Unfreeze = 8, card::unfreeze;
        Authorise = 12, card::authorise;
        Increment = 6, card::increment;
        Replace = 4, card::replace;
        Reverse = 4, card::reverse;
        Clear = 10, card::clear;
        CreditAuthorise = 2, card::credit_authorise;
        CreditClear = 3, card::credit_clear;
        ReturnRemainder = 4, card::return_remainder;
        Unclaim = 1, card::unclaim;
        Close = 3, card::close;
        Reactivate = 3, card::reactivate;
    }
    Withdrawal(WithdrawalCommand) {
        Request = 9, send::request;
        Cancel = 1, send::cancel;
        Submit = 5, send::submit;
        MarkSent = 7, send::mark_sent;
        Settle = 5, send::settle;
        Reject = 2, send::reject;
        NoteUnknown = 4, send::note_unknown;
        Return = 3, send::come_back;
        PayUnclaimed = 6, send::pay_unclaimed;
    }
    Transfer(TransferCommand) { Send = 4, pay::transfer; }
    Exchange(ExchangeCommand) {
        Quote = 8, pay::quote;
        Execute = 9, pay::execute;
        Cancel = 2, pay::cancel_quote;
        Cover = 2, pay::cover;
        Revalue = 1, pay::revalue;
        Refund = 3, pay::refund_quote;
    }
    Collection(CollectionCommand) {
        OpenReceiver = 2, collect::open_receiver;
        ReplaceReceiverDetails = 1, collect::replace_details;
        CloseReceiver = 1, collect::close_receiver;
        Assign = 1, collect::assign;
        Receive = 6, collect::receive;
        Identify = 3, collect::identify;
        SendBack = 2, collect::send_back;
        ClawBack = 2, collect::claw_back;
        OpenBatch = 4, collect::open_batch;
        CutOff = 7, collect::cut_off;
        SendBatch = 6, collect::send_batch;
        SettleBatch = 5, collect::settle_batch;
        Slip = 6, collect::slip;
        ReturnBatch = 4, collect::return_batch;
    }
    Credit(CreditCommand) {
        Grant = 5, rest::grant;
        Release = 3, rest::release;
        PayPart = 4, rest::pay_part;
        PayEarly = 2, rest::pay_early;
        Refund = 3, rest::refund;
        WriteOff = 2, rest::write_off;
    }
    Dispute(DisputeCommand) {
        Open = 3, rest::dispute;
        Credit = 3, rest::credit;
        Win = 2, rest::win;
        Lose = 2, rest::lose;
    }
    Case(CaseCommand) {
        Open = 3, rest::open_case;
        Clear = 3, rest::clear_case;
        Correct = 2, rest::correct;
        WriteOffDebt = 2, rest::write_off_debt;
        Goodwill = 4, rest::goodwill;
        FraudLoss = 1, rest::fraud_loss;
    }
}
