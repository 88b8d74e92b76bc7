import { readFile } from 'node:fs/promises'
import { z } from 'zod'

const variables = z.record(z.string(), z.union([z.string(), z.strictObject({ file: z.string() })]))
const pair = z.string().regex(/^[a-z][a-z0-9-]*:[a-z][a-z0-9-]*$/, 'write SENDER:RECEIVER')
const service = z.string().regex(/^[a-z][a-z0-9-]*$/, 'write the name of a service')

const replica = z.strictObject({ service, url: z.url(), healthUrl: z.url() })

const provider = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('desk'), url: z.url() }),
  z.strictObject({
    kind: z.literal('keycloak'),
    url: z.url(),
    realm: z.string(),
    manager: z.strictObject({ clientId: z.string(), secretName: z.string() }),
  }),
])

const client = z.strictObject({ service, issuer: z.url(), clientId: z.string().min(1), provider })

const familyFile = z.strictObject({
  secrets: z.strictObject({ locator: z.string().min(1), variables: variables.default({}) }),
  environment: z.enum(['development', 'test', 'production']).default('production'),
  journal: z.enum(['database', 'store']).default('database'),
  fleet: z.array(replica).readonly(),
  apiKeys: z.array(pair).readonly().default([]),
  databases: z.array(service).readonly().default([]),
  client: client.optional(),
  validationMs: z.int().min(0),
  maxOverlapMs: z.int().min(0).optional(),
  auditDirectory: z.string().min(1),
})

/**
 * What a rotator needs to know of a family of services. Holds no secret: `secrets` says where those are, and in which files of mode
 * 600 the credentials that open the store.
 *
 * - `secrets`: a locator as in `REKEY_SECRETS`, and the variables of the store's own client
 * - `environment`: what new values are made for
 * - `journal`: in the database that the secret `DATABASE_ROTATOR` names, or in the store itself
 * - `fleet`: every replica of every service
 * - `apiKeys`, `databases`, `client`: what is rotated: `SENDER:RECEIVER`; services; the client at the identity provider
 * - `validationMs`: how long an old value must be silent before it is revoked
 * - `maxOverlapMs`: how long after `promote` an old API key ends, whoever uses it; default three times `validationMs`
 * - `auditDirectory`: where each rotator keeps an audit log of its own
 */
export type FamilyFile = z.output<typeof familyFile>

/** Which client frontend is, and how its secret is changed. */
export type OidcClientPlace = z.output<typeof client>

/**
 * Reads a family file.
 *
 * @throws {Error} that says where the file is wrong, and quotes no value of it
 */
export async function loadFamilyFile(path: string): Promise<FamilyFile> {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text === undefined) throw new Error(`${path} cannot be read: check its path and mode`)
  return parseFamily(text, path)
}

/** Reads the text of a family file. @throws {Error} as {@link loadFamilyFile} */
export function parseFamily(text: string, path: string): FamilyFile {
  const result = familyFile.safeParse(parseJson(text, path))
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path: where, message }) => {
    return [...where, message].map(String).join(': ')
  })
  throw new Error(`${path} is no family file: ${problems.join('; ')}`)
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new Error(`${path} is no JSON: check it with a JSON linter`)
  }
}
