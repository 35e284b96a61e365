/**
 * The 256 pictures of a safety number, in the order that the bytes name them (SPEC 9). Both sides have to draw the same
 * one for the same byte, so this list is a part of the protocol: each is one code point that every system since 2020
 * draws in colour by itself, and looks like no other.
 */
export const SAFETY_EMOJI: readonly string[] = [
  ...'🐶🐱🐭🐰🦊🐻🐼🐯🦁🐮🐷🐸🐵🐔🐧🦆',
  ...'🦅🦉🦇🐺🐗🐴🦄🐝🐛🦋🐌🐞🐜🦂🐢🐍',
  ...'🦎🦖🐙🦑🦐🦀🐡🐠🐬🐳🦈🐊🦓🦍🐘🦏',
  ...'🐪🦒🦘🐑🦙🐐🦌🦚🦜🦢🦔🦝🦥🦩🐉🐚',
  ...'🌵🎄🌴🌱🍀🎍🍁🍄🌾💐🌷🌹🌻🌸🌍🌙',
  ...'🌈⚡🔥🌊⛄🌋🪐🌟☔🧶🍏🍐🍊🍋🍌🍉',
  ...'🍇🍓🍒🍑🥭🍍🥥🥝🍅🍆🥑🥦🥒🌽🥕🧄',
  ...'🧅🥔🥐🥨🧀🥚🥓🥞🍗🍔🍟🍕🌮🍿🍣🍝',
  ...'🍦🍩🍪🎂🍫🍭🍯🍼🥛🧃☕🍷🧊🥄🍴🧂',
  ...'⚽🏀🎾🎱🥊🎣🛹🎿🏆🥇🎪🎭🎨🎬🎤🎧',
  ...'🎹🥁🎷🎺🎸🎻🎲🎯🎳🧩🚗🚕🚌🚑🚒🚜',
  ...'🚲🛵🚂🚁🚀🛸⛵⚓🚦🗿🗽🗼🏰🎡🎠🏠',
  ...'⛺🏭⛲🌉⌚📱💻📷📺📻🧭⏰⏳📡🔋🔌',
  ...'💡🔦🧯💎🔧🔨🧲💣🔪🧪🔭🔬💊💉🧬🧹',
  ...'🧺🧻🧼🧽🔑🚪🪑🧸🎁🎈🎀🪁📦📫📜📚',
  ...'📌📎🪓🔒🔔📣🎩👑👒🧢👓👔👗🧦👢💍',
];
