/** The first byte of a frame on the chat channel (SPEC 16.5). */
export const FRAME = { envelope: 1, ping: 2, pong: 3 } as const;
