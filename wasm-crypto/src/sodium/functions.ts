/**
 * What Aside uses of libsodium. The build leaves these functions in the module and no others (build.mjs reads their names
 * here), so a function is added or taken away in this one place; then `node wasm-crypto/build.mjs --renew` pins the new
 * module. All arguments are numbers: addresses in the module's memory, lengths, and 64-bit lengths as two halves of 32
 * bits, low half first.
 */
export interface SodiumFunctions {
  malloc(bytes: number): number;
  free(pointer: number): void;
  sodium_init(): number;
  crypto_generichash(
    out: number,
    outLength: number,
    input: number,
    inputLow: number,
    inputHigh: number,
    key: number,
    keyLength: number,
  ): number;
  crypto_kdf_derive_from_key(
    out: number,
    outLength: number,
    idLow: number,
    idHigh: number,
    context: number,
    key: number,
  ): number;
  crypto_kdf_hkdf_sha256_extract(
    prk: number,
    salt: number,
    saltLength: number,
    ikm: number,
    ikmLength: number,
  ): number;
  crypto_kdf_hkdf_sha256_expand(
    out: number,
    outLength: number,
    context: number,
    contextLength: number,
    prk: number,
  ): number;
  crypto_aead_xchacha20poly1305_ietf_encrypt(
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
  crypto_aead_xchacha20poly1305_ietf_decrypt(
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
  crypto_scalarmult_base(out: number, secret: number): number;
  crypto_scalarmult(out: number, secret: number, point: number): number;
  crypto_sign_seed_keypair(publicKey: number, secretKey: number, seed: number): number;
  crypto_sign_detached(
    signature: number,
    signatureLength: number,
    message: number,
    messageLow: number,
    messageHigh: number,
    secretKey: number,
  ): number;
  crypto_sign_verify_detached(
    signature: number,
    message: number,
    messageLow: number,
    messageHigh: number,
    publicKey: number,
  ): number;
  crypto_kem_mlkem768_seed_keypair(publicKey: number, secretKey: number, seed: number): number;
  crypto_kem_mlkem768_enc_deterministic(
    ciphertext: number,
    shared: number,
    publicKey: number,
    seed: number,
  ): number;
  crypto_pwhash(
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
  crypto_kem_mlkem768_dec(shared: number, ciphertext: number, secretKey: number): number;
  crypto_hash_sha512(out: number, input: number, inputLow: number, inputHigh: number): number;
  crypto_auth_hmacsha512256(
    tag: number,
    message: number,
    messageLow: number,
    messageHigh: number,
    key: number,
  ): number;
  crypto_auth_hmacsha512256_verify(
    tag: number,
    message: number,
    messageLow: number,
    messageHigh: number,
    key: number,
  ): number;
  crypto_core_ristretto255_from_hash(point: number, hash: number): number;
  crypto_core_ristretto255_scalar_reduce(scalar: number, wide: number): void;
  crypto_scalarmult_ristretto255(out: number, scalar: number, point: number): number;
}
