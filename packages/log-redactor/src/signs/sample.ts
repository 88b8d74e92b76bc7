import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto'

const DIGITS = '0123456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const LETTERS = `${UPPER}${UPPER.toLowerCase()}`

/** The alphabets of random characters in a sample: `{hex:64}`. */
const ALPHABETS = new Map([
  ['alnum', `${DIGITS}${LETTERS}`],
  ['base32', `${UPPER}234567`],
  ['dashes', '-'],
  ['digits', DIGITS],
  ['hex', `${DIGITS}abcdef`],
  ['letters', LETTERS],
  ['word', `${DIGITS}${LETTERS}-_`],
  // Letters that cannot make up any of the words for which gitleaks passes over a generic key.
  ['wordless', `${DIGITS}bcdgjkqrz`],
])

const PLACEHOLDER = new RegExp(
  `\\{(?:(${[...ALPHABETS.keys()].join('|')}):(\\d{1,3})|(private-key|jwt))\\}`,
  'g',
)

/** Fills a sample: `{hex:64}` with 64 random characters, `{private-key}` and `{jwt}` with a fresh one. */
export function fillSample(sample: string): string {
  return sample.replaceAll(PLACEHOLDER, (_all, name?: string, length?: string, whole?: string) => {
    if (whole !== undefined) return whole === 'jwt' ? newJwt() : newPrivateKey()
    const alphabet = ALPHABETS.get(name ?? '') ?? ''
    return Array.from({ length: Number(length) }, () => alphabet[randomInt(alphabet.length)]).join(
      '',
    )
  })
}

/** In PEM. */
function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** The claims are in hexadecimal, since gitleaks wants no `-` and `_` in front of them. */
function newJwt(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = part({ sub: randomBytes(16).toString('hex') })
  return [part({ alg: 'HS256', typ: 'JWT' }), claims, randomBytes(32).toString('base64url')].join(
    '.',
  )
}
