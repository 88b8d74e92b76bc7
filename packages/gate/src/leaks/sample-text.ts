import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto'

const DIGITS = '0123456789'
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const ALNUM = `${DIGITS}${UPPER}${UPPER.toLowerCase()}`

/** The alphabets of random characters in a sample: `{hex:64}`. */
const ALPHABETS = new Map([
  ['alnum', ALNUM],
  ['base32', `${UPPER}234567`],
  ['dashes', '-'],
  ['digits', DIGITS],
  ['hex', `${DIGITS}abcdef`],
  ['word', `${ALNUM}-_`],
  // Letters that cannot make up any of the words for which gitleaks passes over a generic key.
  ['wordless', `${DIGITS}bcdgjkqrz`],
])

const PLACEHOLDER = new RegExp(
  `\\{(?:(${[...ALPHABETS.keys()].join('|')}):(\\d{1,3})|(private-key|jwt))\\}`,
  'g',
)

/**
 * Samples for the rules of gitleaks that stand for all it knows: the secrets that services use, and the ones that are leaked most.
 * Real ones would be found here, so each is made when it is needed, by {@link fillSample}.
 */
export const KNOWN_SAMPLES: ReadonlyMap<string, string> = new Map([
  ['aws-access-token', 'AKIA{base32:16}'],
  ['digitalocean-pat', 'dop_v1_{hex:64}'],
  ['gcp-api-key', 'AIza{word:35}'],
  ['generic-api-key', 'api_key = "{wordless:64}"'],
  ['github-fine-grained-pat', 'github_pat_{alnum:82}'],
  ['github-pat', 'ghp_{alnum:36}'],
  ['gitlab-pat', 'glpat-{word:20}'],
  ['jwt', '{jwt}'],
  ['npm-access-token', 'npm_{alnum:36}'],
  ['private-key', '{private-key}'],
  ['slack-bot-token', 'xoxb-{digits:12}-{digits:12}-{alnum:24}'],
  ['stripe-access-token', 'sk_live_{alnum:24}'],
  ['vault-service-token', 'hvs.{hex:95}'],
])

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
