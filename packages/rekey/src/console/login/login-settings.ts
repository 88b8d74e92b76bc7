import { jsonIn, parseSecureUrl, SecretError } from '@rekey/secret'
import { describeBrokenJson } from '@rekey/secret/internal'
import { trustEntry } from '@rekey/secret/trust'
import { z } from 'zod'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

const name = z.string().min(1).max(200)
const names = z.array(name).max(100)
const durationMs = z.int().min(MINUTE_MS).max(DAY_MS)

const loginSettings = z.strictObject({
  issuer: z.string().describe('the address of the identity provider'),
  clientId: name.describe('the id of the console there'),
  clientAuthentication: z
    .enum(['client_secret_basic', 'client_secret_post', 'none'])
    .default('client_secret_basic')
    .describe('how the console authenticates there; none is a public client with PKCE alone'),
  publicUrl: z
    .string()
    .describe(
      'the origin at which browsers reach the console; /callback below it is its redirect URI',
    ),
  scope: z
    .string()
    .regex(/\bopenid\b/)
    .default('openid email'),
  roles: z.strictObject({
    claim: z
      .union([name, z.array(name).min(1).max(5)])
      .describe('the claim of the ID token with the values; several names are a path into it'),
    viewer: names.describe('values that let a person see'),
    operator: names.describe('values that let a person see and act'),
  }),
  trust: trustEntry.optional(),
  tls: z
    .strictObject({ certificateFile: name, keyFile: name })
    .optional()
    .describe('serves https itself with these PEM files'),
  sessionMs: durationMs.default(60 * MINUTE_MS),
  idleMs: durationMs.default(15 * MINUTE_MS),
})

/** How people log in to a console, as its file has it. */
export type LoginSettings = z.output<typeof loginSettings>

/**
 * Parses the login file of a console.
 *
 * @param where the file, for messages
 * @throws {SecretError} `malformed` with the place of each mistake; `refused` for an address of clear text beyond loopback
 */
export function parseLoginSettings(text: string, where: string): LoginSettings {
  const json = jsonIn(text)
  if (json === undefined) throw malformed(where, `it is ${describeBrokenJson(text)}`)
  const { success, data, error } = loginSettings.safeParse(json)
  if (!success) {
    const mistakes = error.issues.map(({ path, code }) => `${path.map(String).join('.')}: ${code}`)
    throw malformed(where, mistakes.join('; '))
  }
  parseSecureUrl(data.issuer, `issuer in ${where}`)
  const { origin, href, protocol } = parseSecureUrl(data.publicUrl, `publicUrl in ${where}`)
  if (href !== `${origin}/`) throw malformed(where, 'publicUrl: it is an origin, without a path')
  if (data.tls !== undefined && protocol !== 'https:') {
    throw malformed(where, 'publicUrl: it is https where the console has a certificate')
  }
  return { ...data, publicUrl: origin }
}

function malformed(where: string, mistakes: string): SecretError {
  return new SecretError('malformed', `${where} is no login of a console: ${mistakes}`, { where })
}
