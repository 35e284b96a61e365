/**
 * The wire between Aside's clients and its signal server: WIRE.md says it in words, this says it in code. Imports
 * nothing, runs in browsers and in Node.
 */
export { ABOUT_PATH, type About, decodeAbout, encodeAbout } from './about.ts';
export { type AnswerRun, OUTCOMES, type Outcome } from './answers.ts';
export { CLIENT_TYPES, type ClientFrame, decodeClientFrame, encodeClientFrame } from './client-frame.ts';
export { CLOSE_CODES, type CloseReason, mayReturn } from './close-codes.ts';
export { WireError, type WireErrorCode } from './error.ts';
export * from './limits.ts';
export { REFUSALS, type Refusal } from './refusals.ts';
export { decodeServerFrame, encodeServerFrame, SERVER_TYPES, type ServerFrame } from './server-frame.ts';
export type { TurnCredentials } from './turn-credentials.ts';

/** Where the WebSocket lives on a server. */
export const WIRE_PATH = '/v1';

/** The WebSocket subprotocol to offer; a server of another version closes with `wrong-version`. */
export const WIRE_SUBPROTOCOL = 'aside.v1';
