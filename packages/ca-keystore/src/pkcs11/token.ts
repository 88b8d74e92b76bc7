import { createPublicKey, type KeyObject } from 'node:crypto'
import type { Handle, PKCS11 } from 'pkcs11js'
import { installCommand } from '@rekey/secret/internal'
import { SecretError } from '@rekey/secret'
import { bytesOf, type SecretText } from '../passphrase.ts'
import { type TokenAlgorithm, TOKEN_ALGORITHMS } from './token-algorithms.ts'
import { tokenFailure } from './token-failure.ts'

/** Which token, and how to log in. */
export interface TokenPlace {
  /** The PKCS#11 library of the vendor: `/usr/lib/softhsm/libsofthsm2.so`. */
  readonly module: string
  /** The label of the token. Exactly one token of the library must have it. */
  readonly token: string
  readonly pin: SecretText
  /**
   * Whether a person waits for the outcome. Without one, a PIN is not tried once the token has counted a wrong one, since a service
   * that starts again and again with it would lock the token. Default false.
   */
  readonly attended?: boolean
}

/** A key pair of a token. Its private half cannot leave it. */
export interface TokenKey {
  readonly publicKey: KeyObject
  /** Signs `data` in the token. @throws {SecretError} `unreachable` if the token does not do it */
  sign(data: Buffer): Promise<Buffer>
  /** Destroys both halves. @throws {SecretError} */
  destroy(): void
}

/** A session on a token, logged in. */
export interface Token extends Disposable {
  /** @throws {SecretError} `missing`; `refused` for a private key that the token would give out */
  findKey(id: Buffer, algorithm: TokenAlgorithm): TokenKey
  /** Whether a key has the label. */
  hasKey(label: string): boolean
  /** Makes a key pair that cannot leave the token. @throws {SecretError} */
  makePair(id: Buffer, label: string, algorithm: TokenAlgorithm): Promise<TokenKey>
}

type Pkcs11Module = typeof import('pkcs11js')

/**
 * Opens a session on a token of a PKCS#11 library (PKCS #11 2.40, OASIS) and logs in as its user. The login is that of the whole
 * process: while it has another session on the token, the PIN is not looked at again.
 *
 * @throws {SecretError} `missing` for the library or the token; `rejected` for the PIN; `forbidden` for a PIN that is locked, or that is
 *   not tried because the token counts wrong ones (`pin-tries`); `malformed` for an empty PIN; `refused` without `pkcs11js`, or where two
 *   tokens have the label; `unreachable` for any other failure of the library
 */
export async function openToken(place: TokenPlace): Promise<Token> {
  const { module, token, pin } = place
  const api = await loadApi()
  const library = new api.PKCS11()
  try {
    library.load(module)
  } catch {
    throw new SecretError('missing', `${module} is no PKCS#11 library; name that of the vendor`, {
      reason: 'pkcs11-module',
    })
  }
  try {
    initialize(library, api)
    const slot = findSlot(library, token)
    checkTries(library.C_GetTokenInfo(slot).flags, api, place)
    const session = library.C_OpenSession(slot, api.CKF_SERIAL_SESSION | api.CKF_RW_SESSION)
    logIn(library, api, session, pin)
    return new OpenToken(library, api, session)
  } catch (error) {
    library.close()
    throw tokenFailure(error, `the PKCS#11 token "${token}"`)
  }
}

async function loadApi(): Promise<Pkcs11Module> {
  try {
    return (await import('pkcs11js')).default
  } catch {
    const command = installCommand(import.meta.url, '@rekey/ca-keystore', 'pkcs11js')
    throw new SecretError(
      'refused',
      `a PKCS#11 token needs the package pkcs11js, which cannot be loaded: ${command}`,
      { reason: 'pkcs11js' },
    )
  }
}

function initialize(library: PKCS11, api: Pkcs11Module): void {
  try {
    library.C_Initialize()
  } catch (error) {
    if (!isCode(error, api.CKR_CRYPTOKI_ALREADY_INITIALIZED)) throw error
  }
}

/** Most tokens lock themselves after three wrong PINs, for good or until their officer comes (PKCS #11 §5.4, `CK_TOKEN_INFO`). */
function checkTries(flags: number, api: Pkcs11Module, { token, attended = false }: TokenPlace) {
  if ((flags & api.CKF_USER_PIN_LOCKED) !== 0) throw pinLocked(token)
  if ((flags & api.CKF_USER_PIN_FINAL_TRY) !== 0) throw finalTry(token)
  if ((flags & api.CKF_USER_PIN_COUNT_LOW) !== 0 && !attended) throw wrongBefore(token)
}

function logIn(library: PKCS11, api: Pkcs11Module, session: Handle, pin: SecretText): void {
  using bytes = bytesOf(pin)
  try {
    if (bytes.expose().length === 0) throw noPin()
    // pkcs11js takes no bytes.
    library.C_Login(session, api.CKU_USER, bytes.expose().toString())
  } catch (error) {
    if (isCode(error, api.CKR_USER_ALREADY_LOGGED_IN)) return
    library.C_CloseSession(session)
    throw error
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}

function findSlot(library: PKCS11, label: string): Handle {
  const slots = library
    .C_GetSlotList(true)
    .filter((slot) => library.C_GetTokenInfo(slot).label.trimEnd() === label)
  const [slot] = slots
  if (slot !== undefined && slots.length === 1) return slot
  const message =
    slot === undefined
      ? `there is no PKCS#11 token "${label}"; connect it, or correct its label`
      : `${slots.length} PKCS#11 tokens have the label "${label}"; give each a label of its own`
  throw new SecretError(slot === undefined ? 'missing' : 'refused', message, { reason: 'token' })
}

class OpenToken implements Token {
  readonly #library: PKCS11
  readonly #api: Pkcs11Module
  readonly #session: Handle
  /** A session has one signature under way at a time (PKCS #11 §5.2). */
  #last: Promise<unknown> = Promise.resolve()

  constructor(library: PKCS11, api: Pkcs11Module, session: Handle) {
    this.#library = library
    this.#api = api
    this.#session = session
  }

  findKey(id: Buffer, algorithm: TokenAlgorithm): TokenKey {
    return this.#explain(() => {
      const { CKO_PRIVATE_KEY, CKO_PUBLIC_KEY } = this.#api
      const privateKey = this.#find(CKO_PRIVATE_KEY, this.#api.CKA_ID, id)
      const publicKey = this.#find(CKO_PUBLIC_KEY, this.#api.CKA_ID, id)
      if (privateKey === undefined || publicKey === undefined) throw keyMissing()
      return this.#held({ privateKey, publicKey }, algorithm)
    })
  }

  hasKey(label: string): boolean {
    const { CKO_PRIVATE_KEY, CKA_LABEL } = this.#api
    return this.#explain(() => this.#find(CKO_PRIVATE_KEY, CKA_LABEL, label) !== undefined)
  }

  async makePair(id: Buffer, label: string, algorithm: TokenAlgorithm): Promise<TokenKey> {
    const api = this.#api
    const { generation, parameters } = TOKEN_ALGORITHMS[algorithm]
    const named = [
      { type: api.CKA_TOKEN, value: true },
      { type: api.CKA_ID, value: id },
      { type: api.CKA_LABEL, value: label },
    ]
    const publicPart = [...named, { type: api.CKA_VERIFY, value: true }, ...parameters]
    const privatePart = [
      ...named,
      { type: api.CKA_PRIVATE, value: true },
      { type: api.CKA_SENSITIVE, value: true },
      { type: api.CKA_EXTRACTABLE, value: false },
      { type: api.CKA_SIGN, value: true },
      { type: api.CKA_DECRYPT, value: false },
      { type: api.CKA_UNWRAP, value: false },
    ]
    try {
      const pair = await this.#library.C_GenerateKeyPairAsync(
        this.#session,
        { mechanism: generation },
        publicPart,
        privatePart,
      )
      return this.#held(pair, algorithm)
    } catch (error) {
      throw tokenFailure(error, 'the PKCS#11 token')
    }
  }

  [Symbol.dispose](): void {
    try {
      this.#library.C_CloseSession(this.#session)
    } catch {
      // A token that was taken out has no session any more.
    }
    this.#library.close()
  }

  #held(pair: { privateKey: Handle; publicKey: Handle }, algorithm: TokenAlgorithm): TokenKey {
    this.#checkSealed(pair.privateKey)
    const { spkiOf } = TOKEN_ALGORITHMS[algorithm]
    const spki = spkiOf((types) => this.#attributes(pair.publicKey, types))
    return {
      publicKey: createPublicKey({ key: spki, format: 'der', type: 'spki' }),
      sign: (data) => this.#sign(pair.privateKey, algorithm, data),
      destroy: () => {
        this.#explain(() => {
          this.#library.C_DestroyObject(this.#session, pair.privateKey)
          this.#library.C_DestroyObject(this.#session, pair.publicKey)
        })
      },
    }
  }

  /** A key that was ever outside of a token may be anywhere. */
  #checkSealed(key: Handle): void {
    const { CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE } = this.#api
    const flags = this.#attributes(key, [CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE])
    if (flags.every((flag) => flag[0] === 1)) return
    throw new SecretError(
      'refused',
      'the PKCS#11 token may give out the CA key, or has not made it itself; make a CA whose key never leaves a token',
      { reason: 'extractable' },
    )
  }

  #sign(key: Handle, algorithm: TokenAlgorithm, data: Buffer): Promise<Buffer> {
    const { mechanism, prepare, finish, maxBytes } = TOKEN_ALGORITHMS[algorithm]
    const signed = this.#last.then(async () => {
      try {
        this.#library.C_SignInit(this.#session, { mechanism }, key)
        const output = Buffer.alloc(maxBytes)
        return finish(await this.#library.C_SignAsync(this.#session, prepare(data), output))
      } catch (error) {
        throw tokenFailure(error, 'the PKCS#11 token')
      }
    })
    this.#last = signed.catch(() => undefined)
    return signed
  }

  #find(kind: number, type: number, value: Buffer | string): Handle | undefined {
    const template = [
      { type: this.#api.CKA_CLASS, value: kind },
      { type, value },
    ]
    this.#library.C_FindObjectsInit(this.#session, template)
    try {
      const found = this.#library.C_FindObjects(this.#session, 2)
      if (found.length > 1) throw keyTwice()
      return found[0]
    } finally {
      this.#library.C_FindObjectsFinal(this.#session)
    }
  }

  #attributes(object: Handle, types: readonly number[]): Buffer[] {
    const template = types.map((type) => ({ type, value: Buffer.alloc(0) }))
    return this.#library
      .C_GetAttributeValue(this.#session, object, template)
      .map(({ value }) => value)
  }

  #explain<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw tokenFailure(error, 'the PKCS#11 token')
    }
  }
}

function noPin(): SecretError {
  const message = 'the PIN of the PKCS#11 token is empty; give the one of its user'
  return new SecretError('malformed', message, { reason: 'pin' })
}

function pinLocked(token: string): SecretError {
  const message = `the PKCS#11 token "${token}" has locked its PIN after too many tries; unlock it as its vendor describes`
  return new SecretError('forbidden', message, { reason: 'CKR_PIN_LOCKED' })
}

function finalTry(token: string): SecretError {
  const message =
    `the PKCS#11 token "${token}" locks its PIN at the next wrong one, so it is not tried here; log in once with the right PIN by the tool of ` +
    'its vendor, which sets the count back'
  return new SecretError('forbidden', message, { reason: 'pin-tries' })
}

function wrongBefore(token: string): SecretError {
  const message =
    `the PKCS#11 token "${token}" has seen a wrong PIN since its last login, so none is tried without a person there: a few more would lock it. ` +
    'Correct the PIN, and log in with it once: rekey ca unlock'
  return new SecretError('forbidden', message, { reason: 'pin-tries' })
}

function keyMissing(): SecretError {
  const message = 'the PKCS#11 token has no key of this CA; connect the token that it was made in'
  return new SecretError('missing', message, { reason: 'token-key' })
}

function keyTwice(): SecretError {
  const message =
    'the PKCS#11 token has two keys of one name; remove the one that is not of this CA'
  return new SecretError('refused', message, { reason: 'token-key' })
}
