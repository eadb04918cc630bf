'use strict';
(() => {
const $ = id => document.getElementById(id);
const main = $('main');
const session = { lang: 'en', token: null, at: null, status: null, heard: 0 };

/* Words. English is the key; what is missing in Chinese is shown as it is. */
const EN = {
  skip: 'Skip to the content', search: 'Search owners and accounts', asOf: 'As of…', footer: 'Read-only. Every figure is true right after the entry that is named at the top; times are of this browser’s time zone.',
  tokenTitle: 'This ledger asks for a token', tokenWhy: 'Whoever runs the server has it. It is kept until this tab is closed, and nowhere else.', token: 'Token', open: 'Open', tokenWrong: 'This is not the server’s token.',
  pastTitle: 'Look at the past', pastWhy: 'Everything on this page is then shown as it was at that moment.', pastEntry: 'Right after the entry', pastTime: 'or at the time', cancel: 'Cancel', look: 'Look',
  overview: 'Overview', clientMoney: 'Client money', clientMoneyMore: 'what each pool must safeguard, and what it has', trial: 'Trial balance', trialMore: 'all debits equal all credits', openItems: 'Open items', openItemsMore: 'money in transit, what is due first comes first', latest: 'Latest activity', activity: 'Activity', lines: 'Statement', balanceCurve: 'Balance', older: 'Show older', nothing: 'Nothing here.',
};
const ZH = {
  skip: '跳到正文', search: '搜索用户与账户', asOf: '查看过去…', footer: '只读。页面上的每个数字都以顶部所示分录过账之后为准；时间按浏览器所在时区显示。',
  tokenTitle: '此账本需要令牌', tokenWhy: '请向服务器的运行者索取。令牌只保存到此标签页关闭为止。', token: '令牌', open: '打开', tokenWrong: '这不是该服务器的令牌。',
  pastTitle: '查看过去', pastWhy: '页面上的一切都将显示为当时的样子。', pastEntry: '分录过账之后，编号', pastTime: '或在此时刻', cancel: '取消', look: '查看',
  overview: '总览', clientMoney: '客户资金', clientMoneyMore: '各资金池须保障的金额与现有金额', trial: '试算平衡', trialMore: '借方合计等于贷方合计', openItems: '未清项', openItemsMore: '在途资金，先到期者在前', latest: '最近动态', activity: '动态', lines: '明细', balanceCurve: '余额走势', older: '更早的', nothing: '暂无内容。',
};
const WORDS = {
  'entry': '分录', 'verified up to here': '哈希链已校验至此', 'following': '同步中', 'catching up': '追赶中', 'rebuilding': '重建中', 'stopped': '已停止', 'no answer from the server': '服务器无应答', 'lag': '落后', 'none': '无', 'entries': '条分录',
  'customer': '消费者', 'merchant': '商户', 'owner': '用户', 'account': '账户', 'card': '预付卡', 'kind': '类别', 'pool': '资金池', 'terms': '条款', 'tier': '认证等级', 'since': '自', 'registered': '已注册', 'phase': '状态',
  'debit frozen': '止付', 'credit frozen': '止收', 'not activated': '未激活', 'not activated: the owner does not see it': '未激活：用户尚看不到款项',
  'Sub-accounts': '子账户', 'Cards': '预付卡', 'Holds': '冻结', 'Pending': '待处理', 'Debts': '欠款', 'Unclaimed': '久悬款', 'Payees': '收款账户', 'Details': '详情', 'Postings': '过账',
  'role': '用途', 'posted': '账面余额', 'held': '冻结', 'available': '可用余额', 'expires': '到期', 'never': '永不', 'days left': '剩余天数', 'hold': '冻结', 'for': '用于', 'on': '账户', 'remaining': '余额', 'until': '至', 'what': '事项', 'name': '名称', 'due': '到期', 'age': '已过', 'amount': '金额', 'payee': '收款账户', 'rail': '通道', 'currency': '币种', 'version': '版本',
  'requirement': '须保障', 'kept': '已存管', 'in time': '在途（期内）', 'overdue': '逾期', 'excess': '超额', 'covered': '足额', 'short': '不足', 'layer': '层', 'debits': '借方', 'credits': '贷方', 'debit': '借', 'credit': '贷', 'in balance': '平', 'out of balance': '不平', 'accounts': '账户',
  'time': '时间', 'effective': '生效日', 'other account': '对方账户', 'balance': '余额', 'held after': '冻结', 'several': '多个', 'opening balance': '期初余额', 'closing balance': '期末余额', 'days ago': '天前', 'now': '刚刚', 'No account and no owner has this in its name.': '没有名称含此内容的用户或账户。', 'This does not exist here': '此处没有该内容', 'Something went wrong': '出错了', 'The replica is being built again': '副本正在重建', 'The position was not reached in time': '副本尚未追上该分录', 'The replica follows no more': '副本已停止同步', 'Too many requests at once': '同时请求过多', 'The answer takes too long': '应答超时', 'The ledger cannot be read': '账本无法读取', 'Back to now': '回到现在', 'As it was right after entry': '显示分录过账之后的样子，编号', 'in': '还剩', 'The balance did not change here yet.': '此账户余额尚无变动。', 'after entry': '分录', 'everything': '全部', 'settled only': '仅已入账', 'key': '幂等键', 'memo': '附言', 'hash': '哈希', 'position': '编号', 'metadata': '元数据', 'forget the token': '忘记令牌', 'before': '上一条', 'next': '下一条', 'product': '产品', 'event': '事件', 'set': '集合', 'class': '类别', 'code': '科目', 'looked at so far, nothing found yet': '已查看部分日志，尚未找到', 'go on': '继续',
  'post': '过账', 'move': '余额划转', 'reverse': '冲正', 'increment': '追加冻结', 'capture': '冻结扣款', 'release': '解冻', 'expire': '到期解冻',
  'top-up': '充值', 'refund': '退款', 'gift card': '礼品卡', 'authorisation': '预授权', 'payment': '支付', 'withdrawal': '提现', 'quote': '锁汇', 'receiving account': '境外收款账号', 'settlement batch': '结算批次', 'batch': '结算批次', 'instalment plan': '分期', 'plan': '分期', 'dispute': '争议', 'case': '差错处理', 'debt': '欠款', 'channel': '渠道', 'transfer': '转账', 'exchange': '换汇', 'collection': '收款', 'house': '自营账户', 'gift': '礼品卡', 'credit room': '信贷', 'due room': '到期处理',
  'initiated': '已发起', 'verified': '已验证', 'pending': '处理中', 'applied': '已应用', 'suspended': '已挂起', 'received late': '逾时到账', 'failed': '失败', 'expired': '已过期', 'refunding': '退款中', 'refund failed': '退款失败', 'refunded': '已退款', 'charged back': '已拒付', 'activated': '已激活', 'closed': '已关闭', 'added': '已添加', 'superseded': '已被替换', 'removed': '已删除', 'issued': '已发卡', 'active': '有效', 'frozen': '已冻结', 'closing': '清退中', 'requested': '已申请', 'cancelled': '已撤销', 'submitted': '已提交银行', 'sent': '已汇出', 'settled': '已结算', 'rejected': '已拒绝', 'unknown': '结果未知', 'returned': '已退汇', 'accepted': '已受理', 'in transit': '在途', 'completed': '已完成', 'rerouted': '已改道', 're-credited': '已退回余额', 'recredited': '已退回余额', 'locked': '已锁定', 'executed': '已成交', 'authorised': '已授权', 'paid': '已支付', 'released': '已放款', 'reversed': '已冲正', 'cut off': '已截止', 'slipped': '已顺延', 'written off': '已核销', 'credited': '已临时入账', 'won': '胜诉', 'lost': '败诉', 'redeemed': '已兑换', 'cleared': '已清算', 'captured': '已扣款',
  'reserve': '备付金存管', 'crossborder': '跨境待结算资金', 'nostro': '境外存放同业', 'own': '自有资金', 'clearing': '渠道清算', 'instalments': '分期本金应收', 'instalfees': '分期手续费应收', 'debts': '客户欠款', 'disputed': '争议款', 'suspdebit': '待查款（借）', 'wallet': '钱包', 'purse': '礼品卡账户', 'escrow': '待放款', 'topups': '待应用充值', 'payouts': '在途提现', 'refunds': '在途退款', 'unidentified': '待认领款', 'giftcards': '未兑礼品卡', 'network': '应付卡组织', 'unclaimed': '久悬款', 'unearned': '递延手续费', 'tax': '应交税费', 'suspcredit': '待查款（贷）', 'capital': '股本', 'topupfees': '充值手续费收入', 'fees': '服务手续费收入', 'surcharges': '境外卡附加费收入', 'margin': '汇兑点差收入', 'creditfees': '分期手续费收入', 'breakage': '沉淀收入', 'roundgain': '尾差收益', 'cost': '渠道成本', 'fraudloss': '欺诈损失', 'goodwill': '客户补偿', 'fxloss': '汇兑损失', 'roundloss': '尾差损失', 'baddebt': '坏账损失', 'subsidy': '贴息支出',
  'asset': '资产', 'liability': '负债', 'equity': '权益', 'income': '收入', 'expense': '费用', 'bank cn': '国内银行卡', 'alipay cn': '支付宝',
};
const say = key => (session.lang === 'zh' ? ZH : EN)[key] ?? key;
const word = text => {
  const plain = String(text ?? '').replace(/_/g, ' ');
  const english = plain === 'top up' ? 'top-up' : plain;
  return session.lang === 'zh' ? (WORDS[english] ?? english) : english;
};

/* Small tools. */
function el(name, attrs, ...inside) {
  const spaces = ['svg', 'path', 'line', 'text', 'circle', 'g', 'title'].includes(name);
  const node = spaces ? document.createElementNS('http://www.w3.org/2000/svg', name) : document.createElement(name);
  for (const [key, value] of Object.entries(attrs ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...inside.flat(9).filter(item => item !== null && item !== undefined && item !== false));
  return node;
}
const link = (href, text) => el('a', { href }, text);
const to = {
  owner: name => link('#/owners/' + encodeURIComponent(name), name),
  account: name => link('#/accounts/' + encodeURIComponent(name), name),
  entry: no => link('#/entries/' + no, String(no)),
};
/* "-1234.50 CNY", which no number of JavaScript could hold in every case, with its digits in groups. */
function money(text, signed) {
  if (!text) return '';
  const [number, currency] = text.split(' ');
  const minus = number.startsWith('-');
  const [whole, part] = number.replace('-', '').split('.');
  const sign = minus ? '−' : signed && /[1-9]/.test(number) ? '+' : '';
  const shown = sign + whole.replace(/\B(?=(\d{3})+$)/g, ',') + (part ? '.' + part : '');
  return el('span', { class: minus && !signed ? 'bad' : null }, shown, el('span', { class: 'cur' }, currency));
}
const isZero = text => !/[1-9]/.test((text ?? '').split(' ')[0]);
const value = text => Number((text ?? '0').split(' ')[0]);
function time(text, short) {
  if (!text) return '';
  const date = new Date(text);
  const year = date.getFullYear() === new Date().getFullYear() ? {} : { year: 'numeric' };
  const clock = { hour: '2-digit', minute: '2-digit', second: '2-digit' };
  const form = short ? { year: 'numeric', month: 'short', day: 'numeric' } : { ...year, month: 'short', day: 'numeric', ...clock };
  const shown = new Intl.DateTimeFormat(session.lang === 'zh' ? 'zh-CN' : 'en-GB', form).format(date);
  return el('time', { datetime: text, title: text }, shown);
}
function span(ms) {
  const s = Math.max(0, ms) / 1000, zh = session.lang === 'zh';
  const [count, unit] = s < 60 ? [s, zh ? ' 秒' : ' s'] : s < 3600 ? [s / 60, zh ? ' 分钟' : ' min']
    : s < 172800 ? [s / 3600, zh ? ' 小时' : ' h'] : [s / 86400, zh ? ' 天' : ' d'];
  return Math.floor(count) + unit;
}
/* Ages are counted to now, or in the past to that moment. */
const moment = at => session.at ? Date.parse(at.time) : Math.max(Date.now(), Date.parse(at.time));
const age = (since, at) => since ? el('span', { title: since }, span(moment(at) - Date.parse(since))) : '';
function due(until, at) {
  if (!until) return '';
  const left = Date.parse(until) - moment(at);
  return left >= 0 ? el('span', { title: until }, session.lang === 'zh' ? '剩 ' + span(left) : 'in ' + span(left))
    : el('span', { class: 'bad', title: until }, session.lang === 'zh' ? '逾期 ' + span(-left) : span(-left) + ' overdue');
}

function table(columns, rows, none) {
  if (!rows.length) return none === null ? null : el('p', { class: 'empty' }, say('nothing'));
  const used = columns.filter(column => !column.optional || rows.some(row => column.of(row) !== ''));
  const head = used.map(column => el('th', { scope: 'col', class: column.n ? 'n' : null }, word(column.name)));
  const body = rows.map(row => el('tr', null, used.map(column => {
    const inside = column.of(row);
    const label = word(column.name);
    return el('td', { class: [column.n && 'n', column.t && 't', inside === '' && 'blank'].filter(Boolean).join(' ') || null, 'data-label': label }, inside === '' ? '' : el('span', null, inside));
  })));
  return el('div', { class: 'scroll' }, el('table', { class: 'stack' }, el('thead', null, el('tr', null, head)), el('tbody', null, body)));
}
const card = (title, more, ...inside) => el('section', { class: 'card' },
  el('header', null, el('h2', null, title), more ? el('span', { class: 'more' }, more) : null), inside);
const section = (title, columns, rows) => rows?.length ? card(word(title), null, table(columns, rows)) : null;
const col = (name, of, extra) => ({ name, of, ...extra });
const n = { n: true }, t = { t: true };

/* Asking. */
class Problem extends Error {
  constructor(status, problem) { super(problem.detail ?? problem.title); this.status = status; this.problem = problem; }
}
async function ask(path, params) {
  const query = new URLSearchParams();
  if (session.at) query.set(session.at.name, session.at.value);
  for (const [key, value] of Object.entries(params ?? {})) if (value !== null && value !== undefined && value !== '') query.set(key, value);
  const all = query.toString();
  for (;;) {
    const headers = session.token ? { Authorization: 'Bearer ' + session.token } : {};
    const reply = await fetch(path + (all ? '?' + all : ''), { headers });
    if (reply.status === 401) { await askToken(session.token !== null); continue; }
    const body = await reply.json().catch(() => ({ title: reply.statusText }));
    if (!reply.ok) throw new Problem(reply.status, body);
    return body;
  }
}
const name = encodeURIComponent;
let asking = null;
function askToken(wrong) {
  asking ??= new Promise(done => {
    const dialog = $('token-dialog');
    $('token-wrong').textContent = wrong ? say('tokenWrong') : '';
    $('token').value = '';
    dialog.oncancel = event => event.preventDefault();
    dialog.onclose = () => {
      session.token = $('token').value.trim();
      try { sessionStorage.setItem('longmen-token', session.token); } catch { /* it is then asked for again */ }
      asking = null;
      done();
    };
    dialog.showModal();
  });
  return asking;
}

/* What is so at the moment. */
async function listen() {
  try {
    const before = session.status?.at.position, was = session.status?.phase;
    const at = session.at;
    session.at = null;
    const asked = ask('/v1/status');
    session.at = at;
    session.status = await asked;
    session.heard = Date.now();
    if (before !== undefined && before !== session.status.at.position && !session.at) refresh();
    else if (was !== undefined && was !== session.status.phase) refresh();
  } catch (error) {
    // Right at the beginning of a rebuild there is no entry that it could name.
    const phase = error instanceof Problem && error.problem.code === 'rebuilding' ? 'rebuilding' : 'silent';
    session.status = session.status && { ...session.status, phase };
  }
  showLive();
}
function showLive() {
  const status = session.status, live = $('live');
  if (!status) { live.replaceChildren(); return; }
  const [mark, text] = { following: ['', 'following'], catching_up: ['wait', 'catching up'], rebuilding: ['wait', 'rebuilding'], silent: ['stop', 'no answer from the server'] }[status.phase] ?? ['stop', 'stopped'];
  const behind = status.lag_entries ? `${status.lag_entries} ${word('entries')}` : word('none');
  live.replaceChildren(...[
    el('span', null, el('span', { class: 'dot ' + mark }), el('b', null, word(text))),
    el('span', null, word('entry') + ' ', el('b', null, status.at.position.toLocaleString('en')), ' · ', time(status.at.time)),
    el('span', null, word('lag') + ': ', el('b', null, behind)),
    el('span', { title: status.at.hash }, '✓ ' + word('verified up to here') + ' ', el('span', { class: 'mono' }, status.at.hash.slice(0, 12))),
    status.stopped ? el('span', { class: 'bad' }, status.stopped) : null,
    session.token ? el('a', { href: '#', onclick: forget }, word('forget the token')) : null,
  ].filter(Boolean));
}
function forget(event) {
  event.preventDefault();
  try { sessionStorage.removeItem('longmen-token'); } catch { /* there is nothing to forget */ }
  location.reload();
}
function showThen() {
  const box = $('then');
  box.hidden = !session.at;
  if (!session.at) return;
  const what = session.at.name === 'at' ? [word('As it was right after entry') + ' ', el('b', null, session.at.value)] : [time(session.at.value)];
  box.replaceChildren(el('span', null, '◷ ', what), el('button', { type: 'button', onclick: () => look(null) }, word('Back to now')));
}
function look(at) { session.at = at; showThen(); show(); }

/* The pages. */
const balanceColumns = [col('posted', row => money(row.posted), n), col('held', row => isZero(row.held) ? '' : money(row.held), { n: true, optional: true }), col('available', row => money(row.available), n)];

async function overview() {
  const [pools, trial, items, latest] = await Promise.all([ask('/v1/safeguarding'), ask('/v1/trial-balance'), ask('/v1/open-items'), ask('/v1/activity', { limit: 12 })]);
  const covered = row => row.excess.startsWith('-') ? el('span', { class: 'tag bad' }, word('short')) : el('span', { class: 'tag good' }, word('covered'));
  const equal = row => row.equal ? el('span', { class: 'tag good' }, word('in balance')) : el('span', { class: 'tag bad' }, word('out of balance'));
  return [
    el('h1', null, say('overview')), el('p', { class: 'facts' }),
    pools.pools.length ? card(say('clientMoney'), say('clientMoneyMore'), table([
      col('pool', row => row.pool), col('requirement', row => money(row.requirement), n), col('kept', row => money(row.kept), n),
      col('in time', row => isZero(row.in_time) ? '' : money(row.in_time), { n: true, optional: true }), col('overdue', row => isZero(row.overdue) ? '' : money(row.overdue), { n: true, optional: true }),
      col('excess', row => money(row.excess), n), col('', covered, n)], pools.pools)) : null,
    card(say('trial'), say('trialMore'), table([
      col('currency', row => row.currency), col('accounts', row => row.accounts.toLocaleString('en'), n), col('debits', row => money(row.debits_posted), n),
      col('credits', row => money(row.credits_posted), n), col('held', row => isZero(row.debits_held) ? '' : money(row.debits_held), { n: true, optional: true }), col('', equal, n)], trial.currencies)),
    items.items.length ? card(say('openItems'), `${items.count} · ${say('openItemsMore')}`, table([
      col('role', row => word(row.role)), col('name', row => row.name), col('owner', row => row.owner ? to.owner(row.owner) : '', { optional: true }),
      col('account', row => to.account(row.account)), col('age', row => age(row.since, items.at), t), col('due', row => due(row.due, items.at), { t: true, optional: true }),
      col('amount', row => money(row.open), n)], items.items.slice(0, 12))) : null,
    activityCard(say('latest'), '/v1/activity', latest, { limit: 12 }, true),
  ];
}

const what = item => [word(item.product ?? item.kind), item.product && item.kind !== 'post' ? el('span', { class: 'quiet' }, ' · ' + word(item.kind)) : null];
const change = item => item.change ? money(item.change, true)
  : el('span', { class: 'quiet' }, word(item.effect === 'hold' ? 'hold' : 'release') + ' ', money(item.amount));
/* A day of its own is worth telling where it is not that of the journal. */
const ownDay = row => row.effective === row.time.slice(0, 10) ? '' : row.effective;
const lineColumns = withAccount => [
  col('time', row => time(row.time), t), col('entry', row => to.entry(row.position)),
  ...(withAccount ? [col('account', row => to.account(row.account))] : []),
  col('what', what), col('other account', row => row.other ? to.account(row.other) : '', { optional: true }),
  col('effective', ownDay, { optional: true, t: true }),
  col('amount', change, n), col('balance', row => money(row.balance.posted), n),
  ...(withAccount ? [] : [col('available', row => money(row.balance.available), n)]),
];
/* A list that grows at its end as long as there is a cursor. */
function grows(path, first, params, columns, of) {
  const box = el('div');
  let rows = of(first), next = first.next;
  const draw = () => {
    const short = next && !rows.length ? word('looked at so far, nothing found yet') : null;
    const button = next ? el('button', { type: 'button', onclick: more }, say('older')) : null;
    box.replaceChildren(short ? el('p', { class: 'empty' }, short) : table(columns, rows), button ? el('div', { class: 'pager' }, button) : '');
  };
  async function more(event) {
    event.target.disabled = true;
    try {
      const page = await ask(path, { ...params, cursor: next });
      rows = rows.concat(of(page));
      next = page.next;
      paged = true;
      draw();
    } catch (error) { box.append(failed(error)); }
  }
  draw();
  return box;
}
const activityCard = (title, path, first, params, withAccount) => card(title, null, grows(path, first, params, lineColumns(withAccount), page => page.items));

async function owner(id) {
  const path = '/v1/owners/' + name(id);
  const [page, activity] = await Promise.all([ask(path), ask(path + '/activity', { limit: 25 })]);
  const at = page.at;
  const flags = [[page.hidden, 'not activated: the owner does not see it'], [page.debit_frozen, 'debit frozen'], [page.credit_frozen, 'credit frozen']];
  const sums = columns => [...columns, ...balanceColumns];
  return [
    el('p', { class: 'path' }, word('owner')), el('h1', null, page.owner),
    el('p', { class: 'facts' }, el('span', null, el('b', null, word(page.kind))), el('span', null, word('phase') + ' ', el('b', null, word(page.phase))),
      page.tier ? el('span', null, word('tier') + ' ', el('b', null, String(page.tier))) : null,
      el('span', null, word('pool') + ' ', el('b', null, page.pool)), el('span', null, word('terms') + ' ', el('b', null, `${page.terms.id} v${page.terms.version}`)),
      el('span', null, word('registered') + ' ', el('b', null, time(page.since))),
      flags.filter(([is]) => is).map(([, text]) => el('span', { class: 'tag warn' }, word(text)))),
    section('Sub-accounts', sums([col('account', row => to.account(row.account)), col('role', row => word(row.role)), col('currency', row => row.currency)]), page.accounts),
    section('Cards', [col('card', row => to.account(row.account.account)), col('phase', row => word(row.phase)), col('expires', row => row.expires ? time(row.expires, true) : word('never'), t), col('days left', row => row.days_left ?? '', { n: true, optional: true }),
      ...balanceColumns.map(own => ({ ...own, of: row => own.of(row.account) }))], page.cards),
    section('Holds', [col('hold', row => row.hold), col('for', row => row.thing ? word(row.thing) : ''), col('on', row => to.account(row.account)), col('age', row => age(row.since, at), { optional: true, t: true }), col('until', row => due(row.until, at), { optional: true, t: true }), col('remaining', row => money(row.remaining), n)], page.holds),
    section('Pending', [col('what', row => word(row.thing)), col('name', row => row.name), col('phase', row => word(row.phase)), col('age', row => age(row.since, at), { optional: true, t: true }), col('due', row => due(row.due, at), { optional: true, t: true }), col('amount', row => money(row.sum), n)], page.pending),
    ...[['Debts', page.debts], ['Unclaimed', page.unclaimed]].map(([title, rows]) => section(title, [col('name', row => row.name), col('age', row => age(row.since, at), t), col('due', row => due(row.due, at), { optional: true, t: true }), col('amount', row => money(row.sum), n)], rows)),
    section('Payees', [col('payee', row => row.id), col('version', row => row.version), col('rail', row => word(row.rail)), col('currency', row => row.currency), col('phase', row => word(row.phase))], page.payees),
    activityCard(say('activity'), path + '/activity', activity, { limit: 25 }, true),
  ];
}

async function account(id) {
  const path = '/v1/accounts/' + name(id), params = { limit: 50, order: 'newest', posted_only: postedOnly || null };
  const [own, curve, lines] = await Promise.all([ask(path), ask(path + '/curve'), ask(path + '/statement', params)]);
  const figure = (label, text, small) => el('dl', { class: 'card figure' }, el('dt', null, word(label)), el('dd', null, money(text)), small ? el('small', null, small) : null);
  const press = (label, is) => el('button', { type: 'button', 'aria-pressed': String(postedOnly === is), onclick: () => { postedOnly = is; show(); } }, word(label));
  return [
    el('p', { class: 'path' }, word('account')), el('h1', null, own.account),
    el('p', { class: 'facts' }, el('span', null, word('currency') + ' ', el('b', null, own.currency)), own.class ? el('span', null, word('class') + ' ', el('b', null, word(own.class))) : null,
      el('span', null, word('debits') + ' ', el('b', null, money(own.debits_posted))), el('span', null, word('credits') + ' ', el('b', null, money(own.credits_posted)))),
    el('div', { class: 'figures' }, figure('posted', own.posted), figure('held', own.held), figure('available', own.available)),
    el('section', { class: 'card curve' }, el('header', null, el('h2', null, say('balanceCurve')), el('span', { class: 'legend' },
      el('span', null, el('i'), word('posted')), el('span', null, el('i', { class: 'dashed' }), word('available')))), chart(drawn(curve), own)),
    el('section', { class: 'card' }, el('header', null, el('h2', null, say('lines')), el('span', { class: 'filters' }, press('everything', false), press('settled only', true))),
      grows(path + '/statement', lines, params, lineColumns(false), page => page.lines)),
  ];
}
let postedOnly = false;

async function entry(id) {
  const page = await ask('/v1/entries/' + name(id));
  const own = page.entry, no = own.position;
  const pair = (label, inside) => inside === null || inside === undefined || inside === '' || inside.length === 0 ? [] : [el('dt', null, word(label)), el('dd', null, inside)];
  const product = own.product && Object.entries(own.product.event ?? {})[0];
  const happened = product ? `${word(product[0])} · ${word(typeof product[1] === 'string' ? product[1] : Object.keys(product[1] ?? {})[0] ?? '')}` : word(own.event);
  return [
    el('p', { class: 'path' }, word('entry')), el('h1', null, no.toLocaleString('en')),
    el('p', { class: 'facts' }, no > 0 ? link('#/entries/' + (no - 1), '← ' + word('before')) : null, no < page.at.position ? link('#/entries/' + (no + 1), word('next') + ' →') : null),
    card(word('Details'), null, el('dl', { class: 'pairs' }, pair('what', happened), own.refused ? pair('refused', el('span', { class: 'bad' }, word(own.refused))) : [], pair('time', time(own.time)), pair('effective', ownDay(own)), pair('key', own.key), pair('account', own.account ? to.account(own.account) : null), pair('hold', own.hold), pair('memo', own.memo),
      pair('metadata', Object.entries(own.meta ?? {}).map(([key, value]) => el('div', null, `${key} = ${typeof value === 'object' ? JSON.stringify(value) : value}`))), pair('hash', el('span', { class: 'mono' }, own.hash)))),
    own.postings.length ? card(word('Postings'), null, table([col('account', row => to.account(row.account)), col('layer', row => word(row.effect === 'post' ? 'posted' : row.effect === 'hold' ? 'held' : 'released')), col('debit', row => row.side === 'debit' ? money(row.amount) : '', n), col('credit', row => row.side === 'credit' ? money(row.amount) : '', n)], own.postings)) : null,
    own.product ? card(word('product'), null, el('pre', null, JSON.stringify(own.product.event, null, 2))) : null,
  ];
}

/* The last balance stays until the moment that is looked at. */
function drawn({ points, at }) {
  const last = points.at(-1);
  return last && last.position < at.position ? [...points, { ...last, position: at.position, time: at.time }] : points;
}

/* A curve in steps: a balance stays until the next entry changes it. */
function chart(points, own) {
  if (points.length < 2) return el('p', { class: 'empty' }, word('The balance did not change here yet.'));
  // As wide as it is shown, so that its words are as large as the others.
  const W = Math.max(280, Math.min(1120, main.clientWidth - 42));
  const [H, left, bottom, top] = [W < 600 ? 190 : 250, 64, 26, 10];
  const times = points.map(point => Date.parse(point.time));
  // What happened within seconds is laid out entry by entry.
  const byEntry = times.at(-1) - times[0] < 10_000;
  const xs = byEntry ? points.map(point => point.position) : times;
  const ys = points.flatMap(point => [value(point.posted), value(point.available)]);
  const low = Math.min(0, ...ys), high = Math.max(0, ...ys) || 1;
  const step = nice((high - low) / 4);
  const [from, until] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  const x = at => left + (at - xs[0]) / (xs.at(-1) - xs[0] || 1) * (W - left - 8);
  const y = at => top + (until - at) / (until - from) * (H - top - bottom);
  const path = of => points.map((point, i) => i ? `H${x(xs[i]).toFixed(1)}V${y(value(of(point))).toFixed(1)}` : `M${x(xs[0]).toFixed(1)} ${y(value(of(point))).toFixed(1)}`).join('');
  const svg = el('svg', { viewBox: `0 0 ${W} ${H}`, role: 'img', tabindex: '0', 'aria-label': `${own.account}: ${points[0].posted} → ${points.at(-1).posted}` });
  const compact = new Intl.NumberFormat(session.lang === 'zh' ? 'zh-CN' : 'en', { notation: 'compact', maximumFractionDigits: 2 });
  for (let at = from; at <= until + step / 2; at += step) {
    svg.append(el('line', { class: Math.abs(at) < step / 2 ? 'grid zero' : 'grid', x1: left, x2: W - 8, y1: y(at), y2: y(at) }), el('text', { x: left - 8, y: y(at) + 4, 'text-anchor': 'end' }, compact.format(at)));
  }
  const label = i => byEntry ? `${word('entry')} ${points[i].position}` : new Intl.DateTimeFormat(session.lang === 'zh' ? 'zh-CN' : 'en-GB', times.at(-1) - times[0] > 172_800_000 ? { dateStyle: 'medium' } : { dateStyle: 'short', timeStyle: 'short' }).format(times[i]);
  svg.append(el('text', { x: left, y: H - 6 }, label(0)), el('text', { x: W - 8, y: H - 6, 'text-anchor': 'end' }, label(points.length - 1)));
  const posted = path(point => point.posted);
  svg.append(el('path', { class: 'area', d: `${posted}V${y(0).toFixed(1)}H${left}Z` }), el('path', { class: 'available', d: path(point => point.available) }), el('path', { class: 'posted', d: posted }));
  const hair = el('line', { class: 'hair', y1: top, y2: H - bottom, hidden: true }), spot = el('circle', { class: 'spot', r: 4, hidden: true });
  svg.append(hair, spot);
  const read = el('p', { class: 'read', 'aria-live': 'polite' });
  let chosen = points.length - 1;
  const choose = i => {
    chosen = Math.max(0, Math.min(points.length - 1, i));
    const point = points[chosen];
    for (const [node, attrs] of [[hair, { x1: x(xs[chosen]), x2: x(xs[chosen]) }], [spot, { cx: x(xs[chosen]), cy: y(value(point.posted)) }]]) {
      node.removeAttribute('hidden');
      for (const [key, at] of Object.entries(attrs)) node.setAttribute(key, at);
    }
    read.replaceChildren(word('after entry') + ' ', to.entry(point.position), ', ', time(point.time), ': ' + word('posted') + ' ', el('b', null, money(point.posted)), ', ' + word('available') + ' ', el('b', null, money(point.available)));
  };
  svg.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect(), at = (event.clientX - box.left) / box.width * W;
    let i = xs.findIndex(own => x(own) > at);
    choose(i < 0 ? points.length - 1 : i - 1);
  });
  svg.addEventListener('keydown', event => {
    const by = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }[event.key];
    if (by) { event.preventDefault(); choose(chosen + by); }
  });
  choose(chosen);
  return [svg, read];
}
function nice(raw) {
  const unit = 10 ** Math.floor(Math.log10(raw));
  return [1, 2, 2.5, 5, 10].map(by => by * unit).find(step => step >= raw);
}

function failed(error) {
  const title = error instanceof Problem ? word(error.status === 404 ? 'This does not exist here' : error.problem.title) : word('Something went wrong');
  return el('section', { class: 'card problem', role: 'alert' }, el('h2', null, title), el('p', null, error.message));
}

/* Which page, and when. */
const PAGES = { owners: owner, accounts: account, entries: entry };
let shown = 0, paged = false;
async function show(quietly) {
  const turn = ++shown;
  const [, kind, id] = location.hash.split('/').map(part => { try { return decodeURIComponent(part); } catch { return part; } });
  const page = PAGES[kind] && id ? PAGES[kind] : overview;
  if (!quietly) { main.classList.add('stale'); paged = false; }
  let content;
  try { content = await page(id); } catch (error) { content = failed(error); }
  // Whoever went on meanwhile does not want this any more.
  if (turn !== shown) return;
  const focused = main.contains(document.activeElement) && quietly;
  if (focused) return;
  main.replaceChildren(...[content].flat(9).filter(Boolean));
  main.classList.remove('stale');
  main.dataset.ready = kind ?? 'overview';
  document.title = (id ? id + ' · ' : '') + 'Longmen 龙门';
}
/* New entries are shown at once, unless the reader is in the middle of something. */
function refresh() { if (!paged && !document.hidden) show(true); }

/* Searching. */
const search = $('search'), found = $('found');
let hits = [], hit = -1, waits = 0;
function offer() {
  found.replaceChildren(...(hits.length ? hits.map((own, i) => el('li', { role: 'option', id: 'hit-' + i, 'aria-selected': String(i === hit), onmousedown: event => { event.preventDefault(); go(i); } },
    el('span', null, own.name), el('span', { class: 'kind' }, own.kind, own.sum ? [' · ', money(own.sum)] : null)))
    : [el('li', { class: 'none' }, word('No account and no owner has this in its name.'))]));
  found.hidden = false;
  search.setAttribute('aria-expanded', 'true');
  search.setAttribute('aria-activedescendant', hit >= 0 ? 'hit-' + hit : '');
}
function close() { found.hidden = true; search.setAttribute('aria-expanded', 'false'); }
function go(i) {
  const own = hits[i];
  if (!own) return;
  search.value = '';
  close();
  location.hash = own.hash;
  main.focus({ preventScroll: true });
}
async function find() {
  const q = search.value.trim(), turn = ++waits;
  if (!q) { close(); return; }
  await new Promise(done => setTimeout(done, 120));
  if (turn !== waits) return;
  try {
    const [owners, accounts] = await Promise.all([ask('/v1/owners', { q, limit: 8 }), ask('/v1/accounts', { q, limit: 12 })]);
    if (turn !== waits) return;
    hits = [...owners.owners.map(own => ({ name: own.owner, kind: word(own.kind), hash: '#/owners/' + name(own.owner) })),
      ...accounts.accounts.map(own => ({ name: own.account, kind: word(own.class), sum: own.available, hash: '#/accounts/' + name(own.account) }))];
  } catch { hits = []; }
  hit = hits.length ? 0 : -1;
  offer();
}
search.addEventListener('input', find);
search.addEventListener('focus', () => { if (search.value.trim()) find(); });
search.addEventListener('blur', close);
search.addEventListener('keydown', event => {
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    if (hits.length) { hit = (hit + (event.key === 'ArrowDown' ? 1 : hits.length - 1)) % hits.length; offer(); }
  } else if (event.key === 'Escape') { search.value = ''; close(); }
});
search.form.addEventListener('submit', event => { event.preventDefault(); go(Math.max(0, hit)); });
document.addEventListener('keydown', event => {
  const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !document.querySelector('dialog[open]')) { event.preventDefault(); search.focus(); }
});

/* The past. */
$('past').addEventListener('click', () => {
  $('past-entry').value = session.at?.name === 'at' ? session.at.value : '';
  $('past-time').value = '';
  $('past-dialog').showModal();
});
$('past-cancel').addEventListener('click', () => $('past-dialog').close());
$('past-dialog').querySelector('form').addEventListener('submit', () => {
  const position = $('past-entry').value.trim(), moment = $('past-time').value;
  if (position) look({ name: 'at', value: position });
  else if (moment) look({ name: 'at_time', value: new Date(moment).toISOString() });
});

/* The language. */
function speak(lang) {
  session.lang = lang;
  document.documentElement.lang = lang === 'zh' ? 'zh-CN' : 'en';
  $('language').textContent = lang === 'zh' ? 'English' : '中文';
  $('language').lang = lang === 'zh' ? 'en' : 'zh';
  for (const node of document.querySelectorAll('[data-say]')) node.textContent = say(node.dataset.say);
  for (const node of document.querySelectorAll('[data-hint]')) { node.placeholder = say(node.dataset.hint); node.setAttribute('aria-label', say(node.dataset.hint)); }
}
$('language').addEventListener('click', () => {
  speak(session.lang === 'zh' ? 'en' : 'zh');
  try { localStorage.setItem('longmen-lang', session.lang); } catch { /* it is then the browser's again */ }
  showLive(); showThen(); show();
});

let lang = null;
try { lang = localStorage.getItem('longmen-lang'); session.token = sessionStorage.getItem('longmen-token'); } catch { /* without storage all is as at first */ }
speak(lang ?? ((navigator.language ?? 'en').startsWith('zh') ? 'zh' : 'en'));
window.addEventListener('hashchange', () => { show(); window.scrollTo(0, 0); });
show();
listen();
setInterval(() => { if (!document.hidden) listen(); }, 2000);
})();
