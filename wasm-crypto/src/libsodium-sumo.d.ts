/**
 * The raw module has no types of its own. Only what sodium.ts calls; a length in 64 bits is passed as two 32-bit
 * halves, low half first (the module is built without BigInt).
 */
declare module 'libsodium-sumo' {
  export interface RawSodium {
    /** Replaced whenever the memory grows: read it anew for every call. */
    readonly HEAPU8: Uint8Array<ArrayBuffer>;
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _sodium_init(): number;
    _crypto_generichash(
      out: number,
      outLength: number,
      input: number,
      inputLow: number,
      inputHigh: number,
      key: number,
      keyLength: number,
    ): number;
    _crypto_kdf_derive_from_key(
      out: number,
      outLength: number,
      idLow: number,
      idHigh: number,
      context: number,
      key: number,
    ): number;
    _crypto_kdf_hkdf_sha256_extract(
      prk: number,
      salt: number,
      saltLength: number,
      ikm: number,
      ikmLength: number,
    ): number;
    _crypto_kdf_hkdf_sha256_expand(
      out: number,
      outLength: number,
      context: number,
      contextLength: number,
      prk: number,
    ): number;
    _crypto_aead_xchacha20poly1305_ietf_encrypt(
      out: number,
      outLength: number,
      message: number,
      messageLow: number,
      messageHigh: number,
      ad: number,
      adLow: number,
      adHigh: number,
      secretNonce: number,
      nonce: number,
      key: number,
    ): number;
    _crypto_aead_xchacha20poly1305_ietf_decrypt(
      out: number,
      outLength: number,
      secretNonce: number,
      sealed: number,
      sealedLow: number,
      sealedHigh: number,
      ad: number,
      adLow: number,
      adHigh: number,
      nonce: number,
      key: number,
    ): number;
    _crypto_scalarmult_base(out: number, secret: number): number;
    _crypto_scalarmult(out: number, secret: number, point: number): number;
    _crypto_sign_seed_keypair(publicKey: number, secretKey: number, seed: number): number;
    _crypto_sign_detached(
      signature: number,
      signatureLength: number,
      message: number,
      messageLow: number,
      messageHigh: number,
      secretKey: number,
    ): number;
    _crypto_sign_verify_detached(
      signature: number,
      message: number,
      messageLow: number,
      messageHigh: number,
      publicKey: number,
    ): number;
    _crypto_kem_mlkem768_seed_keypair(publicKey: number, secretKey: number, seed: number): number;
    _crypto_kem_mlkem768_enc_deterministic(
      ciphertext: number,
      shared: number,
      publicKey: number,
      seed: number,
    ): number;
    _crypto_pwhash(
      out: number,
      outLow: number,
      outHigh: number,
      passphrase: number,
      passphraseLow: number,
      passphraseHigh: number,
      salt: number,
      passesLow: number,
      passesHigh: number,
      memory: number,
      algorithm: number,
    ): number;
    _crypto_kem_mlkem768_dec(shared: number, ciphertext: number, secretKey: number): number;
    _crypto_hash_sha512(out: number, input: number, inputLow: number, inputHigh: number): number;
    _crypto_auth_hmacsha512256(
      tag: number,
      message: number,
      messageLow: number,
      messageHigh: number,
      key: number,
    ): number;
    _crypto_auth_hmacsha512256_verify(
      tag: number,
      message: number,
      messageLow: number,
      messageHigh: number,
      key: number,
    ): number;
    _crypto_core_ristretto255_from_hash(point: number, hash: number): number;
    _crypto_core_ristretto255_scalar_reduce(scalar: number, wide: number): void;
    _crypto_scalarmult_ristretto255(out: number, scalar: number, point: number): number;
  }
  /** Instantiates the module; the randomness is for libsodium's own use and is asked for by `_sodium_init` only. */
  export default function instantiate(options: { getRandomValue(): number }): Promise<RawSodium>;
}
