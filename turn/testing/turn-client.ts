/**
 * A small TURN client over UDP or TLS (RFC 8656) for tests on a real coturn: Allocate with long-term credentials,
 * CreatePermission, Send and Data indications, ChannelBind. It retransmits until a deadline and never sleeps.
 */
import { createHmac } from 'node:crypto';
import {
  type Address,
  ATTRIBUTE,
  type Attribute,
  decode,
  decodeXorAddress,
  encode,
  encodeXorAddress,
  errorCode,
  find,
  hasIntegrity,
  longTermKey,
  MESSAGE,
  newTransactionId,
  type StunMessage,
} from './stun.ts';
import { overTls, overUdp, type Transport } from './transport.ts';

const UDP = 17;
const RETRANSMIT_MS = 200;
/** A busy machine may take its time; what comes is seen at once all the same. */
const DEADLINE_MS = 20_000;

export interface Credential {
  username: string;
  password: string;
}

/**
 * TURN REST credential (draft-uberti-behave-turn-rest-00): user part "expiry:user", password
 * base64(HMAC-SHA1(secret, user part)). `expiry` in seconds since 1970.
 */
export function restCredential(secret: string, expiry: number, user: string): Credential {
  const username = `${expiry}:${user}`;
  return { username, password: createHmac('sha1', secret).update(username).digest('base64') };
}

export type Allocation =
  | { state: 'allocated'; relay: Address; mapped: Address; lifetime: number }
  | { state: 'refused'; error: number };

/** What a request came to: 'ok', or the server's error number. */
export type Outcome = 'ok' | number;

export class TurnClient {
  readonly #transport: Transport;
  readonly #waiting = new Map<string, (message: StunMessage, bytes: Uint8Array) => void>();
  readonly #received: { from: Address | number; data: Uint8Array }[] = [];
  #onReceived: (() => void) | undefined;
  #session: { username: string; key: Uint8Array; realm: Uint8Array; nonce: Uint8Array } | undefined;

  private constructor(transport: Transport) {
    this.#transport = transport;
    transport.onMessage((bytes) => this.#take(bytes));
  }

  /** A client on a port of the system's choice. */
  static async open(server: Address): Promise<TurnClient> {
    return new TurnClient(await overUdp(server));
  }

  static over(transport: Transport): TurnClient {
    return new TurnClient(transport);
  }

  /** Rejects unless the server shows a certificate for `name` that `ca` (PEM) vouches for. */
  static async openTls(server: Address, name: string, ca: string): Promise<TurnClient> {
    return new TurnClient(await overTls(server, name, ca));
  }

  close(): void {
    this.#transport.close();
  }

  /** The address that the server sees this client under. */
  async binding(): Promise<Address> {
    const { message } = await this.#request(MESSAGE.bindingRequest, () => []);
    const mapped = find(message, ATTRIBUTE.xorMappedAddress);
    if (!mapped) throw new Error('binding answer without an address');
    return decodeXorAddress(mapped, message.transactionId);
  }

  /** Allocates a UDP relay. Without a credential the first refusal (401) is the answer. */
  async allocate(credential?: Credential, family: 4 | 6 = 4): Promise<Allocation> {
    const wish: Attribute[] = [
      { type: ATTRIBUTE.requestedTransport, value: Uint8Array.of(UDP, 0, 0, 0) },
      ...(family === 6 ? [{ type: ATTRIBUTE.requestedAddressFamily, value: Uint8Array.of(2, 0, 0, 0) }] : []),
    ];
    let answer = await this.#request(MESSAGE.allocateRequest, () => wish);
    const realm = find(answer.message, ATTRIBUTE.realm);
    const nonce = find(answer.message, ATTRIBUTE.nonce);
    if (credential && errorCode(answer.message) === 401 && realm && nonce) {
      const { username, password } = credential;
      const key = longTermKey(username, Buffer.from(realm).toString(), password);
      this.#session = { username, key, realm, nonce };
      answer = await this.#request(MESSAGE.allocateRequest, () => wish);
    }
    const { message, bytes } = answer;
    if (message.type !== MESSAGE.allocateSuccess) return { state: 'refused', error: errorCode(message) ?? 0 };
    if (!this.#session || !hasIntegrity(bytes, this.#session.key))
      throw new Error('answer without integrity');
    const relay = find(message, ATTRIBUTE.xorRelayedAddress);
    const mapped = find(message, ATTRIBUTE.xorMappedAddress);
    const lifetime = find(message, ATTRIBUTE.lifetime);
    if (!relay || !mapped || !lifetime)
      throw new Error('allocation without relay, mapped address or lifetime');
    return {
      state: 'allocated',
      relay: decodeXorAddress(relay, message.transactionId),
      mapped: decodeXorAddress(mapped, message.transactionId),
      lifetime: Buffer.from(lifetime).readUInt32BE(),
    };
  }

  /** RFC 8656, 9. */
  async permit(peer: Address): Promise<Outcome> {
    return this.#outcome(MESSAGE.createPermissionRequest, (id) => [
      { type: ATTRIBUTE.xorPeerAddress, value: encodeXorAddress(peer, id) },
    ]);
  }

  /** RFC 8656, 12. `channel` is 0x4000 to 0x4fff. */
  async bindChannel(channel: number, peer: Address): Promise<Outcome> {
    return this.#outcome(MESSAGE.channelBindRequest, (id) => [
      { type: ATTRIBUTE.channelNumber, value: Uint8Array.of(channel >> 8, channel & 255, 0, 0) },
      { type: ATTRIBUTE.xorPeerAddress, value: encodeXorAddress(peer, id) },
    ]);
  }

  /** Gives the relay back at once (RFC 8656, 7: a lifetime of zero). */
  async release(): Promise<Outcome> {
    return this.#outcome(MESSAGE.refreshRequest, () => [
      { type: ATTRIBUTE.lifetime, value: new Uint8Array(4) },
    ]);
  }

  /** RFC 8656, 11.1: an indication, which nobody answers. */
  send(peer: Address, data: Uint8Array): void {
    const transactionId = newTransactionId();
    this.#write(
      encode({
        type: MESSAGE.sendIndication,
        transactionId,
        attributes: [
          { type: ATTRIBUTE.xorPeerAddress, value: encodeXorAddress(peer, transactionId) },
          { type: ATTRIBUTE.data, value: data },
        ],
      }),
    );
  }

  sendOnChannel(channel: number, data: Uint8Array): void {
    const head = Buffer.alloc(4);
    head.writeUInt16BE(channel, 0);
    head.writeUInt16BE(data.length, 2);
    this.#write(Buffer.concat([head, data]));
  }

  /** The next data that was relayed here: from whom (address, or channel number) and what. Rejects at the deadline. */
  async receive(deadlineMs = DEADLINE_MS): Promise<{ from: Address | number; data: Uint8Array }> {
    const next = this.#received.shift();
    if (next) return next;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nothing was relayed here')), deadlineMs);
      this.#onReceived = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return this.receive(deadlineMs);
  }

  async #outcome(type: number, attributes: (id: Uint8Array) => Attribute[]): Promise<Outcome> {
    const { message } = await this.#request(type, attributes);
    return errorCode(message) ?? 'ok';
  }

  async #request(
    type: number,
    attributes: (transactionId: Uint8Array) => Attribute[],
  ): Promise<{ message: StunMessage; bytes: Uint8Array }> {
    const transactionId = newTransactionId();
    const session = this.#session;
    const auth: Attribute[] = session
      ? [
          { type: ATTRIBUTE.username, value: Buffer.from(session.username) },
          { type: ATTRIBUTE.realm, value: session.realm },
          { type: ATTRIBUTE.nonce, value: session.nonce },
        ]
      : [];
    const message = { type, transactionId, attributes: [...attributes(transactionId), ...auth] };
    const bytes = encode(message, session?.key);
    const id = Buffer.from(transactionId).toString('hex');
    return new Promise((resolve, reject) => {
      const again = setInterval(() => this.#write(bytes), RETRANSMIT_MS);
      const end = setTimeout(() => {
        clearInterval(again);
        this.#waiting.delete(id);
        reject(new Error('the server did not answer'));
      }, DEADLINE_MS);
      this.#waiting.set(id, (answer, answerBytes) => {
        clearInterval(again);
        clearTimeout(end);
        this.#waiting.delete(id);
        resolve({ message: answer, bytes: answerBytes });
      });
      this.#write(bytes);
    });
  }

  #take(bytes: Uint8Array): void {
    const first = bytes[0] ?? 0;
    if (first >= 0x40 && first <= 0x4f) {
      const buffer = Buffer.from(bytes);
      this.#deliver(buffer.readUInt16BE(0), bytes.slice(4, 4 + buffer.readUInt16BE(2)));
      return;
    }
    const message = decode(bytes);
    if (message.type === MESSAGE.dataIndication) {
      const peer = find(message, ATTRIBUTE.xorPeerAddress);
      const data = find(message, ATTRIBUTE.data);
      if (peer && data) this.#deliver(decodeXorAddress(peer, message.transactionId), data);
      return;
    }
    this.#waiting.get(Buffer.from(message.transactionId).toString('hex'))?.(message, bytes);
  }

  #deliver(from: Address | number, data: Uint8Array): void {
    this.#received.push({ from, data });
    this.#onReceived?.();
    this.#onReceived = undefined;
  }

  #write(bytes: Uint8Array): void {
    this.#transport.send(bytes);
  }
}
