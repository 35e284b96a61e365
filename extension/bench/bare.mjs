/**
 * What the link is measured against, in the same two browsers: a data channel with nothing around it, and IndexedDB
 * commits with nothing in them but bytes. Runs in two pages of the extension that have no script of their own.
 */

/** @typedef {import('puppeteer-core').Page} Page */

/** As large as the smallest envelope, which a short message travels in. */
const BYTES = 4096;

/**
 * What the pages keep between two calls.
 *
 * @typedef {object} Bench
 * @property {RTCPeerConnection} peer
 * @property {Promise<RTCDataChannel>} channel open
 * @property {Promise<IDBDatabase>} database
 */

/** @param {Page} page @param {boolean} offers */
function prepare(page, offers) {
  return page.evaluate((first) => {
    const peer = new RTCPeerConnection();
    /** @type {Promise<RTCDataChannel>} */
    const channel = new Promise((open) => {
      const ready = (/** @type {RTCDataChannel} */ made) => {
        made.binaryType = 'arraybuffer';
        // The far side gives back what it gets; the near side's handler is replaced for each measurement.
        made.onmessage = ({ data }) => made.send(data);
        if (made.readyState === 'open') open(made);
        else made.onopen = () => open(made);
      };
      if (first) ready(peer.createDataChannel('bare'));
      else peer.ondatachannel = (event) => ready(event.channel);
    });
    /** @type {Promise<IDBDatabase>} */
    const database = new Promise((opened, failed) => {
      const request = indexedDB.open('aside-bench', 1);
      request.onupgradeneeded = () => request.result.createObjectStore('rows');
      request.onsuccess = () => opened(request.result);
      request.onerror = () => failed(request.error);
    });
    Object.assign(globalThis, { bench: { peer, channel, database } });
  }, offers);
}

/** The description with its candidates, once all are gathered. @param {Page} page @param {RTCSessionDescriptionInit | undefined} offer */
function describe(page, offer) {
  return page.evaluate(async (given) => {
    const { peer } = /** @type {{ bench: Bench }} */ (/** @type {unknown} */ (globalThis)).bench;
    if (given) await peer.setRemoteDescription(given);
    await peer.setLocalDescription();
    while (peer.iceGatheringState !== 'complete') {
      await new Promise((changed) =>
        peer.addEventListener('icegatheringstatechange', changed, { once: true }),
      );
    }
    const { type, sdp } = /** @type {RTCSessionDescription} */ (peer.localDescription);
    return { type, sdp };
  }, offer);
}

/**
 * Connects two pages.
 *
 * @param {Page} near
 * @param {Page} far
 */
export async function connectBare(near, far) {
  await prepare(near, true);
  await prepare(far, false);
  const answer = await describe(far, await describe(near, undefined));
  await near.evaluate(async (given) => {
    const { peer, channel } = /** @type {{ bench: Bench }} */ (/** @type {unknown} */ (globalThis)).bench;
    await peer.setRemoteDescription(given);
    await channel;
  }, answer);
}

/** @param {Page} near @returns {Promise<number>} milliseconds there and back */
export function roundTrip(near) {
  return near.evaluate(async (bytes) => {
    const { channel } = /** @type {{ bench: Bench }} */ (/** @type {unknown} */ (globalThis)).bench;
    const open = await channel;
    const start = performance.now();
    await new Promise((back) => {
      open.onmessage = back;
      open.send(new Uint8Array(bytes));
    });
    return performance.now() - start;
  }, BYTES);
}

/** @param {Page} page @returns {Promise<number>} milliseconds of one strict transaction that puts one row */
export function strictCommit(page) {
  return page.evaluate(async (bytes) => {
    const { database } = /** @type {{ bench: Bench }} */ (/** @type {unknown} */ (globalThis)).bench;
    const open = await database;
    const start = performance.now();
    await new Promise((done, failed) => {
      const transaction = open.transaction('rows', 'readwrite', { durability: 'strict' });
      transaction.objectStore('rows').put(new Uint8Array(bytes), start);
      transaction.oncomplete = done;
      transaction.onerror = failed;
    });
    return performance.now() - start;
  }, BYTES);
}
