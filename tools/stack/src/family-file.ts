import { readFile } from 'node:fs/promises'
import { isServiceName, SERVICE_NAME_RULE } from '@rekey/secret'
import { z } from 'zod'

const variables = z.record(z.string(), z.union([z.string(), z.strictObject({ file: z.string() })]))
const service = z
  .string()
  .refine(isServiceName, `write the name of a service: ${SERVICE_NAME_RULE}`)
const pair = z
  .string()
  .refine((text) => /^[^:]+:[^:]+$/.test(text) && text.split(':').every(isServiceName), {
    error: `write SENDER:RECEIVER: ${SERVICE_NAME_RULE}`,
  })

/** The secret `DATABASE_ROTATOR` holds the rotator's own login. */
const ofDatabase = service.refine((name) => name !== 'rotator', {
  error: 'DATABASE_ROTATOR holds the login of the rotator: call the service otherwise',
})
const role = z.string().min(1).max(63)
const database = z.preprocess(
  (given) => (typeof given === 'string' ? { service: given } : given),
  z.strictObject({ service: ofDatabase, database: role.optional(), ownerRole: role.optional() }),
)

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
  databases: z.array(database).readonly().default([]),
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
 * - `apiKeys`, `databases`, `client`: what is rotated: `SENDER:RECEIVER`; services, or `{ service, database, ownerRole }` where the
 *   three bear different names; the client at the identity provider
 * - `validationMs`: how long an old value must be silent before it is revoked
 * - `maxOverlapMs`: how long after `promote` an old API key ends, also while it is used; default three times `validationMs`
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
