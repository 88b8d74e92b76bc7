import { SecretError } from '@rekey/secret'

type Meaning = readonly [code: SecretError['code'], remedy: string]

/** Return values (PKCS #11 2.40 §5.1) that a person can do something about. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  [
    'CKR_PIN_INCORRECT',
    ['rejected', 'refuses the PIN; correct it, for some tokens count the tries'],
  ],
  ['CKR_PIN_INVALID', ['rejected', 'refuses the PIN; correct it']],
  ['CKR_PIN_LEN_RANGE', ['rejected', 'refuses a PIN of that length; correct it']],
  [
    'CKR_PIN_LOCKED',
    ['forbidden', 'has locked its PIN after too many tries; unlock it as its vendor describes'],
  ],
  ['CKR_PIN_EXPIRED', ['forbidden', 'wants a new PIN; set one with the tool of its vendor']],
  ['CKR_USER_PIN_NOT_INITIALIZED', ['forbidden', 'has no PIN of its user yet; set one']],
  ['CKR_MECHANISM_INVALID', ['refused', 'has no such algorithm; choose another one']],
  ['CKR_TOKEN_WRITE_PROTECTED', ['forbidden', 'is write-protected; remove the protection']],
])

/** Explains a failure of a PKCS#11 library; errors of this project pass. */
export function tokenFailure(error: unknown, what: string): SecretError {
  if (error instanceof SecretError) return error
  const name = /CKR_[A-Z_]+/.exec(error instanceof Error ? error.message : '')?.[0] ?? 'no reason'
  const [code, remedy] = MEANINGS.get(name) ?? [
    'unreachable',
    `does not work (${name}); check that it is connected, then start again`,
  ]
  return new SecretError(code, `${what} ${remedy}`, { reason: name })
}

/** Whether a failure is about the PIN: another try would not help, and could lock the token. */
export function isPinFailure({ details: { reason } }: SecretError): boolean {
  return typeof reason === 'string' && /^(?:CKR_(?:USER_)?PIN_|pin)/.test(reason)
}

/** Whether a token has stopped to work while it was in use. */
export function isTokenLost({ code, details: { reason } }: SecretError): boolean {
  return code === 'unreachable' && typeof reason === 'string' && reason.startsWith('CKR_')
}
