import type { BridgeErrorCode } from '../bridge/types/errors.ts';
import type { FailureReason } from '../bridge/types/snapshots.ts';
import { emoji } from './emoji.ts';
import { plural } from './plural.ts';

const count = plural('en');

/** Every string that a person sees or hears, in English. Words that carry a value are functions. */
export const en = {
  language: 'en',
  direction: 'ltr' as 'ltr' | 'rtl',

  manifest: {
    description: 'Private conversations beside any tab. Only you two can read them.',
    lock: 'Lock Aside',
    wipe: 'Erase everything in Aside at once, without asking',
  },

  notifications: {
    message: (n: number) => count(n, { one: 'New message', other: `${n} new messages` }),
    accepted: 'Accepted your invite. Say hello.',
    keyChanged: 'Has a new key. Have a look before you write.',
    wordsFailed: 'Your three words are used up. Open Aside for new ones.',
  },

  general: {
    aside: 'Aside',
    asideUnread: (n: string) => `(${n}) Aside`,
    back: 'Back',
    cancel: 'Cancel',
    close: 'Close',
    tryAgain: 'Try again',
    menu: 'Menu',
    settings: 'Settings',
    openInTab: 'Open in a tab',
    you: 'You',
  },

  states: {
    starting: 'Aside is starting …',
    silent: 'Aside is not responding.',
    silentHint: 'Reload this view. If that does not help, restart the browser. Nothing is lost.',
    reload: 'Reload',
    opening: 'One moment …',
    updating: 'Aside is updating …',
    updatingHint: 'It will be back in a moment. Nothing is lost.',
    updatingSoon: 'Update in a quiet moment',
    newerData: 'A newer Aside saved your conversations.',
    newerDataHint:
      'This older one does not touch them. Update Aside on your browser’s extensions page, then reload, and everything is back.',
    storageFailed: 'Aside cannot read or save its data.',
    storageFailedHint:
      'The disk may be full, or the browser may not let extensions save anything. Nothing was deleted. Reload to try again.',
  },

  firstRun: {
    title: 'Words meant for one person.',
    intro:
      'Aside opens beside any tab. What you write goes straight to the other person, and only you two can read it.',
    name: 'Your name, as friends will see it',
    start: 'Start',
    serverIs: (server: string) => `Server: ${server}`,
    change: 'Change the server',
    changeShort: 'change',
    noAccount: 'No account, no phone number.',
    needServer:
      'A server keeps sealed messages while one of you is away. It cannot read them. Ask whoever runs yours for its address.',
    invitedTitle: 'You are invited.',
    invitedIntro: 'Enter your name, and the two of you can talk. Only you two can read what you write.',
    linkHint: 'Paste the link you were given.',
    invitedServer: (server: string) =>
      `This invite goes through ${server}, and you will use that server too.`,
    accept: 'Accept the invite',
    told: 'I was told three words',
    notTold: 'I have no words',
    haveLink: 'I have an invite link',
    noLink: 'I have no link',
    toldServer: (server: string) => `The words go through ${server}, and you will use that server too.`,
    toldNeedServer: 'Ask the person who gave you the words which server they use. You will use it too.',
    found: 'An invite is open in your tab.',
    takeFound: 'Accept that one instead',
    starting: 'Setting up …',
  },

  server: {
    field: 'Server',
    placeholder: 'chat.example.org',
    checking: 'Looking for the server …',
    instead: (server: string) => `Use ${server} instead`,
    works: (server: string) => `${server} works.`,
    worksWithoutRelay: (server: string) =>
      `${server} works, but has no relay. Where you cannot connect directly, messages go through the mailbox.`,
    connecting: 'Connecting to the server …',
    unreachable: 'Aside cannot reach the server.',
    retryIn: (seconds: number) =>
      seconds <= 0
        ? 'Trying again now …'
        : count(seconds, { one: 'Trying again in 1 second.', other: `Trying again in ${seconds} seconds.` }),
    retryInMinutes: (minutes: number) =>
      count(minutes, { one: 'Trying again in a minute.', other: `Trying again in ${minutes} minutes.` }),
    refused: 'The server turned Aside away.',
    refusedHint: 'It may be older or newer than this Aside. Ask whoever runs it.',
    refusedSettings: 'Server settings',
    pass: {
      missing: 'This server asks for a pass.',
      refused: 'The server no longer accepts your pass.',
    },
    passHint: 'Ask whoever runs it for the full address. Until then you cannot invite anybody new.',
    passSettings: 'Enter the address',
    elsewhere: 'Open in another browser',
    elsewhereHint: 'Messages arrive there now, not here.',
    useHere: 'Use it here',
  },

  address: {
    hide: 'Hide my address from this contact',
    hideHint: 'Connects only through a relay. A little slower.',
    untilHint: (name: string) => `On until you write to ${name}, or switch it off.`,
    hiddenFromAll: 'Your settings hide your address from everybody.',
    relayed: (name: string) => `${name} does not see your network address.`,
    untilRelayed: (name: string) => `${name} does not see your network address until you write to them.`,
    untilNoRelay: (name: string) =>
      `${name} does not see your network address until you write to them, and your server has no relay. Until then, messages go through the mailbox.`,
    show: (name: string) => `Let ${name} connect directly`,
  },

  serverMove: {
    reads: (name: string, server: string) => `${name} gets messages at ${server}.`,
    nowReads: (name: string, server: string) => `${name} now gets messages at ${server}.`,
    hint: 'If you allow it, your browser sends there, and that server sees your network address.',
    held: 'Until you allow it, what you write waits here.',
    meanwhile: 'Until you allow it, your messages go to their server from before.',
    allow: 'Allow',
    notNow: 'Not now',
  },

  list: {
    label: 'Conversations',
    search: 'Search',
    noMatch: (query: string) => `Nobody called “${query}”.`,
    searchMessages: (query: string) => `Search messages for “${query}”`,
    clearSearch: 'Clear the search',
    empty: 'Nobody here yet.',
    emptyHint: 'Send somebody an invite, or open one you were given. An invite works once, for one person.',
    invite: 'Invite someone',
    paste: 'Paste an invite',
    you: (text: string) => `You: ${text}`,
    draft: 'Draft:',
    newContact: 'Say hello',
    waiting: (name: string) => `Waiting for ${name}’s browser`,
    unread: (n: number) => count(n, { one: '1 unread message', other: `${n} unread messages` }),
    invites: 'Invites',
    keyChanged: 'The key changed. Have a look.',
    inviteFor: (name: string) => `Invite for ${name}`,
    inviteForOf: (name: string, moment: string) => `${moment}, for ${name}`,
    inviteRow: (moment: string) => `Invite of ${moment}`,
  },

  search: {
    title: 'Search',
    open: 'Search messages',
    with: (name: string) => `Search messages with ${name}`,
    field: 'People and messages',
    empty: 'Search for words or a name.',
    emptyHint:
      'Words may come in any order. Put “quotation marks” around words that stand side by side. What you search for stays on this computer.',
    people: 'People',
    messages: 'Messages',
    youTo: (name: string) => `You to ${name}`,
    searching: 'Searching …',
    searchingBack: (day: string) => `Searching … back to ${day}`,
    further: 'Search further back',
    nothing: (query: string) => `Nothing found for “${query}”.`,
    fresh: (n: number) => count(n, { one: '1 new message', other: `${n} new messages` }),
    cameSince: 'There is something new.',
    found: (people: number, messages: string, n: number) =>
      [
        ...(people === 0 ? [] : [count(people, { one: '1 person.', other: `${people} people.` })]),
        count(n, { zero: 'No messages.', one: '1 message.', other: `${messages} messages.` }),
      ].join(' '),
  },

  invite: {
    title: 'Invite someone',
    making: 'Making an invite …',
    intro: 'Send this link to one person. Whoever opens it first becomes your contact.',
    titleAgain: (name: string) => `Invite ${name} again`,
    introAgain: (name: string) =>
      `Send this link to ${name}. If somebody with another key opens it, Aside asks you before it sends anything.`,
    code: 'Invite code',
    codeHint: 'Or let them scan it.',
    placing: 'On its way to the server',
    placingHint: 'The link works as soon as it is there. You can send it now.',
    link: 'Invite link',
    copy: 'Copy link',
    copied: 'Copied',
    copyFailed: 'The browser did not let Aside copy. Select the link and copy it yourself.',
    once: 'It works once',
    onceHint: (expiry: string) => `For one person, and it ${expiry}. Whoever uses it appears in your list.`,
    expiresIn: {
      days: (n: number) => count(n, { one: 'expires in a day', other: `expires in ${n} days` }),
      hours: (n: number) => count(n, { one: 'expires in an hour', other: `expires in ${n} hours` }),
      minutes: (n: number) => count(n, { one: 'expires in a minute', other: `expires in ${n} minutes` }),
      over: 'has expired',
    },
    expired: 'This invite has expired.',
    expiredHint: 'Nobody used it in time. Make a new one.',
    another: 'New invite',
    withdraw: 'Withdraw',
    withdrawTitle: 'Withdraw this invite?',
    withdrawHint: 'The link stops working, even for the person you sent it to.',
    gone: 'This invite was used or withdrawn.',
    accepted: (name: string) => `${name} has accepted your invite.`,
    write: (name: string) => `Write to ${name}`,
    toList: 'Back to the list',
    statePlacing: 'on its way',
  },

  accept: {
    title: 'Accept an invite',
    field: 'Invite link',
    placeholder: 'https://…/i#…',
    hint: 'Paste the link you were given. Nothing is sent until you say yes.',
    read: 'Continue',
    scan: 'Scan a code',
    scanTitle: 'Scan an invite',
    scanHint: 'Hold the invite’s code in front of the camera.',
    scanOther: 'That code is not an invite.',
    pasteInstead: 'Paste a link instead',
    againTitle: (name: string) => `Connect with ${name} again?`,
    againHint: (name: string) => `This invite was made with ${name}’s key, the one you know.`,
    fromTitle: (name: string) => `Is this from ${name}?`,
    otherKey: (name: string) => `Not the key you know ${name} by`,
    otherKeyHint: (name: string) =>
      `This happens when somebody sets up Aside again. It can also mean that someone is pretending to be ${name}. You can accept: nothing is sent until you have compared.`,
    whoseIsIt: 'Who gave it to you?',
    somebodyNew: 'Somebody new',
    confirmTitle: 'Somebody wants to talk with you.',
    confirmHint:
      'Accept only if you know who gave you this invite. You will see their name once you are connected.',
    throughServer: 'Goes through',
    validUntil: 'Valid until',
    address: 'That server sees your network address while you are connected. It never sees what you write.',
    accept: 'Accept the invite',
    accepting: 'Accepting …',
    notNow: 'Not now',
    otherLink: 'Try another link',
    refusedTitle: 'This invite does not work.',
  },

  spoken: {
    offer: 'Say three words instead',
    sayTitle: 'Say three words',
    making: 'Asking your server for words …',
    intro: 'Say these words to one person, face to face or on a call.',
    introAgain: (name: string) =>
      `Say these words to ${name}. If somebody with another key types them, Aside asks you before it sends anything.`,
    where:
      'They press “Paste an invite”, then “Type three words”. Somebody new to Aside presses “I was told three words”.',
    list: 'Your three words',
    left: (time: string) => `${time} left`,
    keepOpen: 'Keep the browser open',
    keepOpenHint: 'Until they have typed the words. The words work once, and a wrong try uses them up.',
    elsewhere: (server: string) => `On another server, they add “at ${server}” after the words.`,
    connecting: 'Somebody is typing your words …',
    agreed: 'The words are right. One moment …',
    failed: 'Somebody tried your words and did not get in.',
    failedHint:
      'These words are used up now. If it was your friend, they misheard one: say new words. If it keeps happening, a stranger is guessing: send a link.',
    gone: 'These words were used or taken back.',
    others: 'You have other words that still work.',
    othersHint: 'You may have said them to somebody else. New words replace them.',
    failedShort: 'Your three words are used up.',
    lapsed: 'The ten minutes are over.',
    lapsedHint: 'Nobody used these words in time.',
    another: 'New words',
    link: 'Send a link instead',
    takeBack: 'Take back',
    typeOffer: 'Type three words',
    typeTitle: 'Type three words',
    typeAgain: (name: string) =>
      `If these words lead to another key than ${name}’s, Aside asks you before it sends anything.`,
    field: 'The three words you were told',
    placeholder: 'river window lemonade',
    missing: (n: number) =>
      count(n, { zero: 'That is all three.', one: 'One more word.', other: `${n} more words.` }),
    suggestions: 'Words that fit',
    similar: 'Similar words',
    noSuchWord: (word: string) => `“${word}” is not one of Aside’s words.`,
    tooMany: 'Three words are enough.',
    short: 'Type all three words first.',
    through: (server: string) => `Goes through ${server}.`,
    otherServer: 'They use another server',
    connect: 'Connect',
    connectingTo: 'Connecting …',
  },

  connection: {
    label: (words: string) => `Connection: ${words}`,
    direct: 'direct',
    relayed: 'relayed',
    connecting: 'connecting …',
    mailbox: 'by mailbox',
    offline: 'offline',
    withRoundTrip: (words: string, ms: number) => `${words} · ${ms} ms`,
    lacksRelay: (name: string) =>
      `Your address is hidden, and your server has no relay, so you and ${name} cannot connect. Messages go through the mailbox.`,
    explain: {
      direct: (name: string) => `Straight between your browser and ${name}’s. Nobody is in between.`,
      relayed: (name: string) =>
        `Through a relay, which passes sealed messages between you and ${name} and cannot read them.`,
      connecting: (name: string) =>
        `Looking for a way to ${name}’s browser. Until there is one, messages go through the mailbox.`,
      mailbox: (name: string) =>
        `${name}’s browser is closed or out of reach. Messages wait, sealed, in their mailbox.`,
      offline: (name: string) =>
        `Aside cannot reach ${name} or their server right now. What you write waits here.`,
    },
    ping: 'Measure now',
    pinging: 'Measuring …',
    pinged: (ms: number) => `There and back in ${ms} ms.`,
  },

  thread: {
    label: (name: string) => `Messages with ${name}`,
    today: 'Today',
    yesterday: 'Yesterday',
    unread: 'New',
    empty: (name: string) => `Say hello to ${name}.`,
    emptyHint: 'Only you two can read what is written here.',
    older: 'Older messages',
    newer: 'Newer messages',
    loading: 'Loading the messages …',
    toEnd: 'To the newest message',
    toUnread: (n: number) =>
      count(n, { one: 'To the newest message, 1 unread', other: `To the newest message, ${n} unread` }),
    message: (who: string, time: string) => `${who}, ${time}`,
    myMessage: (time: string, delivery: string) => `You, ${time}, ${delivery}`,
    announced: (name: string, text: string) => `${name}: ${text}`,
    waitingTitle: (name: string) => `Waiting for ${name}’s browser`,
    waitingHint: 'You can write now. Your messages wait, sealed, in their mailbox.',
    away: (name: string) => `${name} is away. Messages wait, sealed, in their mailbox.`,
    held: (name: string) => `What you write waits here until you allow ${name}’s server.`,
    offline: 'Messages cannot get through right now. What you write waits here and goes out by itself.',
    quarantinedTitle: (n: number) =>
      count(n, { one: 'Aside could not open a message.', other: `Aside could not open ${n} messages.` }),
    quarantinedHint: 'They may open later. If you try now, those that still do not open are deleted.',
    quarantinedTry: 'Try to open',
    quarantinedOpened: (n: number) =>
      count(n, {
        zero: 'Nothing could be opened.',
        one: '1 message opened.',
        other: `${n} messages opened.`,
      }),
    retry: 'Retry',
    discard: 'Discard',
  },

  delivery: {
    waiting: 'waiting to be sent',
    sent: 'sent',
    delivered: 'delivered',
    failed: 'not delivered',
  },

  failure: {
    'mailbox-full': 'Not delivered: their mailbox is full.',
    'mailbox-gone': 'Not delivered: their mailbox no longer exists.',
    expired: 'Not delivered: nobody fetched it in time.',
    'too-large': 'Not delivered: it is too long for their server.',
    refused: 'Not delivered: their server refused it.',
    'key-changed': 'Not delivered: you wrote it for the old key. Retry sends it to the new one.',
  } satisfies Record<FailureReason, string>,

  composer: {
    field: (name: string) => `Message to ${name}`,
    placeholder: 'Message',
    send: 'Send',
    left: (n: string) => `${n} characters left`,
    over: (n: string) => `${n} characters too long`,
    noRoom: (n: string, most: string) => `That is too long: ${n} characters. One message holds ${most}.`,
    noFiles: 'Aside cannot send files yet, only text.',
  },

  trust: {
    introduced: 'introduced by invite',
    compared: { eye: 'compared in person', voice: 'compared by voice', scan: 'compared by scanning' },
    changed: 'key changed',
    'new-key': 'new key, not compared',
    comparedOn: {
      eye: (date: string) => `Compared in person, ${date}`,
      voice: (date: string) => `Compared by voice, ${date}`,
      scan: (date: string) => `Compared by scanning, ${date}`,
    },
    comparedHint: (name: string) =>
      `Nobody is between you and ${name}. If their key ever changes, Aside stops and tells you.`,
    notCompared: 'Not compared yet',
    notComparedHint: (name: string) =>
      `An invite connected you, and somebody else could have used it first. If you and ${name} see the same pictures, it was ${name}, and nobody is in between.`,
    newKeySince: (date: string) => `New key since ${date}, not compared`,
    keyLine: (name: string, date: string) => `${name}’s key changed, ${date}`,
    changedTitle: (name: string) => `${name} has a new key`,
    changedHint: (name: string) =>
      `This happens when somebody sets up Aside again. It can also mean that someone is pretending to be ${name}.`,
    changedAsk: (name: string) =>
      `Call or meet ${name} and compare the pictures. Until you decide, nothing is sent to the new key, and messages from the old one still reach you.`,
    changedWasCompared: (name: string) =>
      `You compared the key that ${name} had before. This is not that one.`,
    compareNow: 'Compare now',
    look: 'Look at the messages',
    goOn: 'Go on without comparing …',
    goOnTitle: 'Go on without comparing?',
    goOnHint: (name: string) =>
      `If this is not ${name}, whoever it is can read what you write from now on. What you wrote before stays between you and ${name}.`,
    goOnConfirm: 'Go on',
    keepOld: 'Keep the old key …',
    keepOldTitle: 'Keep the old key?',
    keepOldHint: (name: string) =>
      `You and ${name} go on as before. Whoever came with the new key is turned away, and what they wrote is deleted. If it was ${name} after all, connect again with a new invite.`,
    keepOldConfirm: 'Keep it',
    nothingIsSent: (name: string) => `Nothing is sent to ${name} until you decide about the new key.`,
    decide: 'Decide',
  },

  safety: {
    title: 'Safety number',
    pictures: 'Twelve pictures',
    codeName: (name: string) => `Code of the safety number with ${name}`,
    codeHint: (name: string) => `${name} scans this from your screen.`,
    matches: 'We compared, it matches',
    scan: 'Scan theirs',
    show: 'Show my code',
    hide: 'Hide my code',
    differs: 'It does not match',
    differsTitle: 'Do not write anything important yet.',
    differsHint: (name: string) =>
      `First check that ${name} is looking at the page about you, in the browser you write to. If the pictures still differ, somebody may be in between, or one of you has an old key. Meet, and connect again with a new invite.`,
    howTitle: (name: string) => `How did you and ${name} compare?`,
    howHint: 'Aside shows it here, with the date.',
    byEye: 'Side by side',
    byVoice: 'On a call, by voices we know',
    takeBack: 'Take the comparison back',
  },

  proof: {
    title: 'OpenPGP proof',
    about: (name: string) =>
      `For people who know ${name}’s OpenPGP key already. Most need only the safety number.`,
    open: 'Check or make a proof',
    theirs: (name: string) => `Check ${name}’s proof`,
    theirsHint: (name: string) =>
      `You need a statement that ${name} signed, and their public key from a place you trust.`,
    theirsAttached: (name: string, date: string) =>
      `${name} attached a signed statement (${date}). Paste their public key, from a place you trust.`,
    attachedShort: (name: string) => `${name} attached a signed statement. You have not checked it yet.`,
    checkedTitle: (date: string) => `Checked on ${date}`,
    checkedShort: (date: string, fingerprint: string) => `Checked on ${date} with the key ${fingerprint}.`,
    message: 'Signed statement',
    messageMark: '-----BEGIN PGP SIGNED MESSAGE-----',
    keyMark: '-----BEGIN PGP PUBLIC KEY BLOCK-----',
    key: (name: string) => `${name}’s public key`,
    keyHint: (name: string) =>
      `Do not take the key from this conversation. Get it from ${name} some other way.`,
    check: 'Check',
    trouble: {
      'message-damaged': 'This is not a signed statement, or part of it is missing.',
      'message-too-long': 'This is too long for a signed statement.',
      'key-damaged': 'This is not a public key, or part of it is missing.',
      'key-too-long': 'This key is too long. Export it without photos.',
      'key-unusual': 'This key is so unusual that checking it would take too long. Ask for another one.',
      'key-private': 'This is a private key. Do not paste it anywhere. Aside needs the public key.',
    },
    outcome: {
      matches: {
        title: 'The key’s owner signed that this is their identity',
        hint: (name: string) => `If the key is really ${name}’s, you are writing to ${name}.`,
      },
      'another-identity': {
        title: 'Signed for another identity',
        hint: (name: string) =>
          `The signature is valid, but not for the one you write to here. It may be from before ${name} set up Aside again. Compare the safety number.`,
      },
      'no-statement': {
        title: 'This signs something else',
        hint: (name: string) =>
          `The signature is valid, but the text is not ${name}’s statement, or was changed before it was signed.`,
      },
      newer: {
        title: 'From a newer Aside',
        hint: () => 'The signature is valid. Update Aside to read what it says.',
      },
      'other-key': {
        title: 'Signed with another key',
        hint: (name: string) => `Not the key that you pasted. Ask ${name} which key it was.`,
      },
      'bad-signature': {
        title: 'The signature is not valid',
        hint: () => 'The text was changed after it was signed, or it was not copied exactly.',
      },
      expired: {
        title: 'The key has expired',
        hint: (name: string) => `Ask ${name} for their current key.`,
      },
      revoked: {
        title: 'The key is no longer valid',
        hint: () => 'Its owner took it back, or it may not sign. What it signed proves nothing.',
      },
    },
    fingerprint: 'Fingerprint',
    callsItself: 'Name in the key',
    noName: 'none',
    date: 'Statement of',
    mine: 'Make your own',
    mineHint: (name: string) =>
      `Copy this, sign it with your OpenPGP program (gpg --clearsign), and attach what comes out for ${name}. Your private key stays where it is.`,
    copy: 'Copy the statement',
    copied: 'Copied',
    copyFailed: 'The browser did not let Aside copy. Select the text and copy it yourself.',
    signed: 'Your signed statement',
    attach: (name: string) => `Attach for ${name}`,
    attached: (name: string, date: string) => `Attached on ${date}. ${name} can check it.`,
    takeBack: 'Take it back',
  },

  scan: {
    asking: 'The browser asks whether Aside may use the camera.',
    needsTab: 'The browser cannot ask for the camera here. Open Aside in its own tab once.',
    trouble: {
      refused: 'Aside may not use the camera.',
      none: 'There is no camera here.',
      busy: 'Another program uses the camera.',
      'no-reader': 'Aside could not load its code reader. Reload this view, then try again.',
    },
    refusedHint: 'The browser remembers your answer. Allow the camera next to the address, then try again.',
    found: 'Found.',
    picture: 'What the camera sees',
  },

  compareScan: {
    title: (name: string) => `Compare with ${name}`,
    hint: (name: string) => `Hold the code on ${name}’s screen in front of the camera.`,
    other: (name: string) =>
      `That is another kind of code. On ${name}’s screen, open the page about you and press “Show my code”.`,
    match: 'It matches.',
    matchHint: (name: string) =>
      `This is ${name}’s key, and nobody is in between. ${name} can note it on their side too.`,
    mismatch: 'It does not match.',
    failed: 'That did not work.',
    again: 'Scan again',
    done: 'Done',
  },

  /** What the pictures of a safety number are called. */
  emoji,

  contact: {
    about: (name: string) => `About ${name}`,
    byMyInvite: (date: string) => `Introduced by your invite, ${date}`,
    byTheirInvite: (date: string) => `Introduced by their invite, ${date}`,
    rename: 'Rename',
    nameless: 'Somebody',
    name: 'Name',
    save: 'Save',
    again: 'Connect again',
    againHint: (name: string) =>
      `For when one of you has set up Aside again, or messages no longer get through. What you and ${name} wrote stays here.`,
    inviteAgain: 'Make a new invite',
    acceptAgain: 'Accept an invite',
    acceptFrom: (name: string) => `Accept an invite from ${name}`,
    connection: 'Connection',
    server: 'Their server',
    remove: 'Remove contact',
    removeTitle: (name: string) => `Remove ${name}?`,
    removeHint: 'The conversation is deleted here. To talk again, one of you needs a new invite.',
    removeConfirm: 'Remove',
  },

  settings: {
    title: 'Settings',
    name: 'Your name',
    nameHint: 'Your contacts see this name.',
    save: 'Save',
    saved: 'Saved',
    stopTitle: 'Leave without saving?',
    stopHint: 'What you typed here is not saved yet.',
    stop: 'Leave',
    stay: 'Stay',
    useServer: 'Use this server',
    privacy: 'Privacy',
    direct: 'Connect directly with',
    directHint:
      'A direct connection is a little faster, and shows the other person your network address. You accept people by writing to them. Aside reaches everybody else through a relay.',
    directWith: {
      everybody: 'Everybody',
      accepted: 'People I have accepted',
      nobody: 'Nobody',
    },
    behaviour: 'Behaviour',
    notifications: 'Notifications',
    notificationsHint: 'For a message or other news, while no view is open.',
    openAs: 'The toolbar button opens',
    panel: 'the side panel',
    popup: 'a popup',
    closedBrowser: 'Messages arrive while the browser is running, even with Aside closed.',
    version: (version: string) => `Aside ${version}`,
  },

  lock: {
    title: 'Lock',
    isSet: 'Aside asks for your passphrase when the browser starts, and after it was locked.',
    isNotSet:
      'Without a passphrase, anyone who can open this browser or copy its files can read your conversations.',
    set: 'Set a passphrase',
    change: 'Change the passphrase',
    remove: 'Remove the passphrase',
    done: {
      set: 'The passphrase is set.',
      change: 'The passphrase is changed.',
      remove: 'The passphrase is removed.',
    },
    lockNow: 'Lock now',
    lockKey: (key: string) => `${key} locks Aside from any tab.`,
    passphrase: 'Passphrase',
    noPassphrase: 'Type your passphrase first.',
    current: 'Current passphrase',
    next: 'New passphrase',
    nextHint: 'Four or five words that nobody would put together are strong and easy to remember.',
    again: 'New passphrase, once more',
    differs: 'That is not the same as above.',
    setHint: 'Nobody can give you a forgotten passphrase back. If you lose it, everything here is lost.',
    removeHint: 'Aside then opens by itself when the browser starts.',
    show: 'Show',
    hide: 'Hide',
    showOf: (label: string) => `Show: ${label}`,
    hideOf: (label: string) => `Hide: ${label}`,
    autoLock: 'Lock by itself when nobody uses Aside, and when the computer sleeps',
    minutes: (minutes: number) => (minutes === 0 ? 'Never' : minutes === 60 ? '1 hour' : `${minutes} min`),
    lockedTitle: 'Aside is locked.',
    lockedHint: 'Messages wait, sealed, until you are back.',
    unlock: 'Unlock',
    unlocking: 'Unlocking …',
    wait: (seconds: number) =>
      seconds > 90
        ? `Too many wrong tries. Try again in ${Math.ceil(seconds / 60)} minutes.`
        : count(seconds, {
            one: 'Too many wrong tries. Try again in 1 second.',
            other: `Too many wrong tries. Try again in ${seconds} seconds.`,
          }),
    forgot: 'Forgot it?',
    eraseLink: 'Erase everything',
    erase: 'Erase everything',
    eraseAbout:
      'Destroys your keys at once, then everything they protect. You can give it a keyboard shortcut, which works whenever the browser is in front, even while Aside is locked, and does not ask.',
    eraseNow: 'Erase everything',
    eraseTitle: 'Erase everything?',
    eraseHint:
      'Your name, your contacts and all conversations are destroyed on this computer. You cannot undo this. Your contacts keep what they have.',
    eraseConfirm: 'Erase',
    chooseKey: 'Choose a shortcut for it',
    changeKey: (key: string) => `Its shortcut: ${key}`,
  },

  backup: {
    title: 'Back-up',
    about:
      'One file with your name, your contacts and your messages, sealed with a passphrase. With it, you lose nothing if you lose this browser.',
    none: 'There is no back-up yet.',
    last: (day: string) => `Last back-up: ${day}.`,
    passphrase: 'Passphrase for the file',
    again: 'Passphrase for the file, once more',
    without:
      'Without this passphrase nobody can open the file, not even you. Write it down, and do not keep the file on this computer only.',
    save: 'Save the file',
    working: 'Saving a back-up',
    workingAt: (percent: number) => `Sealing … ${percent} %`,
    stopTitle: 'Stop saving the back-up?',
    stopHint: 'Then no file is saved, not even a part of one.',
    stop: 'Stop',
    stay: 'Go on',
    saved: 'Saved.',
    savedHint: (file: string) =>
      `“${file}” is in your downloads. Keep it somewhere safe, away from this computer.`,
    done: 'Done',
    open: 'Save a back-up',
    offerTitle: 'No back-up yet',
    offer: 'With one, you lose nothing if you lose this browser.',
    offerOld: 'Your back-up is old',
    offerAgain: (day: string) => `Last back-up: ${day}.`,
    later: 'Later',
  },

  restore: {
    link: 'Restore a back-up',
    title: 'Restore a back-up',
    about:
      'Your name, contacts and messages come back as they were when the file was made. Only open a file that you made yourself.',
    file: 'The file',
    choose: 'Choose a file …',
    noFile: 'Choose the file first.',
    passphrase: 'Passphrase of the file',
    noPassphrase: 'Type the passphrase of the file first.',
    start: 'Restore',
    working: 'Restoring a back-up',
    workingAt: (percent: number) => `Opening … ${percent} %`,
    stopTitle: 'Stop restoring?',
    stopHint: 'Then nothing is restored, and the file stays as it is.',
    stop: 'Stop',
    stay: 'Go on',
    oneBrowser: 'From then on, messages arrive here, and no longer in the old browser.',
    back: 'Start fresh instead',
  },

  moon: { mine: 'Your moon' },

  wide: { choose: 'Choose a conversation.', nobody: 'Your conversations open here.' },

  errors: {
    'engine-gone': 'Aside is restarting. Try again in a moment.',
    'not-ready': 'Aside is not ready yet. Try again in a moment.',
    locked: 'Aside is locked.',
    'passphrase-missing': 'There is no passphrase to lock with. Set one first.',
    'passphrase-wrong': 'That is not the passphrase.',
    'passphrase-too-early': 'Too many wrong tries. Wait a moment.',
    'passphrase-unanswered':
      'The browser took too long with the passphrase. Try again. If that does not help, restart the browser.',
    'passphrase-too-short': 'That is too short. Use at least 8 characters, or better, several words.',
    'passphrase-too-long': 'That is too long for a passphrase.',
    'backup-unknown': 'This file is not an Aside back-up. Choose another one.',
    'backup-newer': 'A newer version of Aside made this back-up. Update Aside and try again.',
    'backup-damaged': 'This back-up is damaged or incomplete. Nothing was restored. Try another copy.',
    'backup-superseded': 'This was stopped, or started again in another window. Try again.',
    'profile-exists':
      'Somebody already uses Aside here. Restore in another browser profile, or erase Aside here first.',
    'name-empty': 'Enter a name.',
    'name-too-long': 'That name is too long: 60 characters at most, and some emoji count as several.',
    'text-empty': 'There is nothing to send.',
    'text-too-long': 'That is too long for one message. Send it in parts.',
    'server-missing': 'Type the address of the server first.',
    'server-malformed': 'That is not a server address. It looks like chat.example.org.',
    'server-insecure': 'That address is not encrypted. A server needs https.',
    'server-unreachable': 'Nothing answers at that address. Is it spelled right, and are you online?',
    'server-away': 'The server does not answer right now. Check that you are online, then try again.',
    'server-not-aside': 'Something answers there, but it is not an Aside server.',
    'server-pass-missing': 'This server asks for a pass. Ask whoever runs it for the full address.',
    'server-pass-refused':
      'The server does not accept the pass in this address. Ask whoever runs it for the current one.',
    'invite-missing': 'Paste the link first.',
    'invite-cut':
      'This link is cut off: the part after “#” is missing. Copy the whole link, or ask for three words instead.',
    'invite-damaged':
      'This link is damaged: a part is missing or changed. Copy the whole link and paste it again.',
    'invite-newer-version': 'A newer Aside made this invite. Update yours, then open it again.',
    'invite-expired': 'This invite has expired. Ask for a new one.',
    'invite-used-or-withdrawn':
      'This invite was used or withdrawn. If you had not opened it before, tell the person who gave it to you.',
    'invite-own': 'This is your own invite. Send it to somebody else.',
    'invite-limit': 'You have too many open invites. Withdraw one you no longer need.',
    'proof-too-long': 'This is too long for a signed statement.',
    'proof-not-mine':
      'This is not your signed statement. Sign the text above without changing it, and paste everything that comes out.',
    'key-changed': 'The key has changed. Nothing was sent. Check the new key first.',
    'old-key-gone':
      'The old key is gone: an earlier Aside ended that conversation. Remove this contact, then connect again with an invite.',
    'words-limit': 'The server has no free words right now. Send a link instead, or try again in a minute.',
    'words-unknown':
      'Nobody is waiting for these words. Check the first one, and ask whether their browser is open. Words last ten minutes.',
    'words-wrong': 'These words are wrong, and words work only once. Ask for new ones.',
    'words-no-answer':
      'Their browser did not answer. It has to stay open while you connect. Ask whether they still see the words.',
    'words-rate': 'Too many tries came from your network. Wait a minute, then try again.',
    'unknown-contact': 'This contact is no longer here.',
    'unknown-message': 'This message is no longer here.',
    'unknown-invite': 'This invite was used or withdrawn.',
    'not-connected': 'There is no open connection right now.',
    'storage-full': 'The disk is full. Make room, then try again.',
    internal: 'Something went wrong. Try again.',
  } satisfies Record<BridgeErrorCode, string>,
};

/** What every other language provides. */
export type Messages = typeof en;
