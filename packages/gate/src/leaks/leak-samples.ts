import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto'
import { issueApiKey } from '@rekey/api-key-auth'

const DIGITS = '0123456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const HEX = `${DIGITS}abcdef`
const BASE32 = `${UPPER}234567`
const ALNUM = `${DIGITS}${UPPER}${UPPER.toLowerCase()}`
const WORD = `${ALNUM}-_`
/** Letters that cannot make up any of the words for which gitleaks passes over a generic key. */
const WORDLESS = `${DIGITS}bcdgjkqrz`

/**
 * A fresh secret for each rule of our own `.gitleaks.toml`, and for the rules of gitleaks that stand for all it knows: what
 * this family uses, and what is leaked most. They look real, so they are made when they are needed and never written down.
 */
export const LEAK_SAMPLES: Readonly<Record<string, () => string>> = {
  // eslint-disable-next-line @rekey/no-expose-outside-boundary -- made to be planted as text, and valid nowhere
  'rekey-api-key': () => issueApiKey({ environment: 'prod' }).text.expose(),
  'aws-access-token': () => `AKIA${random(BASE32, 16)}`,
  'digitalocean-pat': () => `dop_v1_${random(HEX, 64)}`,
  'gcp-api-key': () => `AIza${random(WORD, 35)}`,
  'generic-api-key': () => `api_key = "${random(WORDLESS, 64)}"`,
  'github-fine-grained-pat': () => `github_pat_${random(ALNUM, 82)}`,
  'github-pat': () => `ghp_${random(ALNUM, 36)}`,
  'gitlab-pat': () => `glpat-${random(WORD, 20)}`,
  jwt: newJwt,
  'npm-access-token': () => `npm_${random(ALNUM, 36)}`,
  'private-key': newPrivateKey,
  'slack-bot-token': () => `xoxb-${random(DIGITS, 12)}-${random(DIGITS, 12)}-${random(ALNUM, 24)}`,
  'stripe-access-token': () => `sk_live_${random(ALNUM, 24)}`,
  'vault-service-token': () => `hvs.${random(HEX, 95)}`,
}

/** A private key in PEM, made now. */
export function newPrivateKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** `length` random characters, each as likely as any other of `alphabet`. */
export function random(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}

/** The claims are in hexadecimal, since gitleaks wants no `-` and `_` in front of them. */
function newJwt(): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = part({ sub: randomBytes(16).toString('hex') })
  return [part({ alg: 'HS256', typ: 'JWT' }), claims, randomBytes(32).toString('base64url')].join(
    '.',
  )
}
