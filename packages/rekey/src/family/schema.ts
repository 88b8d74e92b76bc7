import { providerPlace } from '@rekey/oidc-client/internal/provider-place'
import {
  isServiceName,
  SECRET_NAME,
  SECRET_NAME_RULE,
  SERVICE_NAME_RULE,
} from '@rekey/secret/internal'
import { z } from 'zod'
import { HOLD_POINTS } from '../journal/journal.ts'
import { DAYS, isTimeZone } from '../engine/schedule/rotation-window.ts'
import { duration, toMs } from './duration.ts'
import { fleetEntry, reportsEntry } from './fleet-entries.ts'
import type { WithKinds, WithStores } from './kinds.ts'

/** The name of a service. */
export const service = z
  .string()
  .max(63)
  .refine(isServiceName, `write the name of a service: ${SERVICE_NAME_RULE}`)
  .describe('the name of a service of the family')

/** The name of one of several secrets of a kind that a service holds. */
export const partyName = z
  .string()
  .refine(isServiceName, `write a name as that of a service: ${SERVICE_NAME_RULE}`)
  .describe('which of the secrets of this kind it is')

const KIND = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/
const kind = z.string().regex(KIND, 'write a kind in small letters, such as api-key')

/** The name of a server or a provider within the family. */
const label = z.string().regex(KIND, 'write a name in small letters, digits and single hyphens')

const PARTIES_RULE = `write SERVICE, or SENDER:RECEIVER, or an object with its "service": ${SERVICE_NAME_RULE}`

/** The parties of a secret, in a text. */
export const parties = z
  .string()
  .refine((text) => {
    const names = text.split(':')
    return names.length <= 2 && names.every(isServiceName)
  }, PARTIES_RULE)
  .describe(
    'SERVICE for a secret that one service holds, SERVICE:NAME for one of several, SENDER:RECEIVER for the key of a call',
  )

/** Fields beside the parties are checked by the schema of the kind. */
const secretEntry = z.union(
  [parties, z.looseObject({ service, name: partyName.optional() })],
  PARTIES_RULE,
)

const secretName = z.string().regex(SECRET_NAME, SECRET_NAME_RULE)

/** PostgreSQL cuts longer names off (NAMEDATALEN). */
const MAX_POSTGRES_NAME = 63
/** A control character, or one that turns text around: it reaches statements that a person reads before they are run. */
const UNREADABLE = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u

const postgresName = z
  .string()
  .min(1)
  .max(MAX_POSTGRES_NAME)
  .refine((name) => !UNREADABLE.test(name), 'holds a control character: choose another name')

const database = z
  .strictObject({
    service,
    server: label.default('main').describe('a key of `servers`'),
    database: postgresName.optional().describe('the database; default: the name of the service'),
    ownerRole: postgresName.optional().describe('the role that holds the rights, with no login'),
    lent: z
      .union([
        z.boolean(),
        z.string().regex(/^[\w-]+(?:\/[\w-]+)+$/, 'write true, or a path in Vault'),
      ])
      .default(false)
      .describe(
        'whether the store itself makes the logins, or the path in Vault where; true: database/creds/SERVICE',
      ),
  })
  .transform(({ service, server, database = service, ownerRole = service, lent }) => {
    const path = lent === true ? `database/creds/${service}` : lent
    return { service, server, database, ownerRole, lent: path }
  })

const client = z.strictObject({
  service,
  clientId: z.string().min(1).describe('as the identity provider knows it'),
  provider: label.default('main').describe('a key of `providers`'),
})

/** When the secrets of one kind are due, as it is written in a file. */
export const scheduleEntry = z
  .strictObject({
    rotateAfter: duration.optional(),
    maxAge: duration.optional(),
    stagger: duration,
    dueIfAgeUnknown: z.boolean().optional(),
  })
  .refine(({ rotateAfter, maxAge }) => isAtLeast(maxAge, rotateAfter), {
    path: ['maxAge'],
    error: 'is shorter than rotateAfter',
  })

function isAtLeast(longer: string | undefined, shorter: string | undefined): boolean {
  return longer === undefined || shorter === undefined || toMs(longer) >= toMs(shorter)
}

const leakPolicy = z.strictObject({
  rotate: z
    .array(kind)
    .min(1)
    .readonly()
    .describe('the kinds whose secrets are rotated without grace, and without a person'),
  every: duration
    .default('1 h')
    .describe('a secret that was rotated without grace is left alone for this long; default: 1 h'),
  atMost: z
    .int()
    .min(1)
    .default(3)
    .describe('how many secrets are rotated without grace in that time; default: 3'),
})

const HOW_TO_WRITE_TIME = 'write HH:MM from 00:00 to 23:59, as in "02:00"'
const time = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, HOW_TO_WRITE_TIME)

const END = /^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$/

const window = z
  .strictObject({
    from: time.describe('when it opens, by the wall clock of the zone'),
    to: z
      .string()
      .regex(END, `${HOW_TO_WRITE_TIME}, or 24:00`)
      .describe('when it closes; earlier than `from`: on the next day'),
    zone: z
      .string()
      .refine(isTimeZone, 'is no time zone: write one as in "Europe/Berlin", or "UTC"')
      .describe('a time zone of the IANA database'),
    days: z
      .array(z.enum(DAYS))
      .min(1)
      .readonly()
      .optional()
      .describe('the days on which it opens; default: all'),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    error: 'is when it opens: write another time, or 00:00 to 24:00 for whole days',
  })

const policy = z.strictObject({
  minLength: z
    .record(kind, z.int().min(8))
    .default({})
    .describe('the least characters of secret material, by kind; default 32'),
  schedule: z
    .record(kind, scheduleEntry)
    .default({})
    .describe('when secrets are due, by kind; default: the schedule of the kind'),
  windows: z
    .record(kind, window)
    .optional()
    .describe('when rotations that are due may begin, by kind; default: at any time'),
  holds: z
    .record(kind, z.enum(HOLD_POINTS))
    .optional()
    .describe(
      'the step after which a rotation is held until an operator lets it go on, by kind; default: none',
    ),
  leaks: leakPolicy
    .optional()
    .describe('what `rekey leaks rotate` does about a reported leak; default: nothing'),
})

const variables = z.record(
  z.string(),
  z.union([z.string(), z.strictObject({ file: z.string() })], 'write a text, or { "file": PATH }'),
)

const store = z.strictObject({
  locator: z.string().min(1).describe('as in REKEY_SECRETS: vault:secret/vpn'),
  variables: variables.default({}).describe("the variables of the store's own client"),
})

/** The role of one writer has the rights; the logins in it come and go. */
const auditLogin = z.strictObject({
  name: secretName.describe('the secret that holds it'),
  server: label.default('main').describe('a key of `servers`'),
  database: postgresName.describe('the database with the audit log'),
  ownerRole: postgresName.describe('the role of this writer alone, with no login'),
})

const endpoint = z
  .string()
  .regex(/^(?:\[[\da-fA-F:.]+\]|[\w.-]+)(?::\d{1,5})?$/, 'write HOST:PORT, such as 10.0.0.2:5432')

const server = z.strictObject({
  admin: secretName.describe("the secret that holds the rotator's login"),
  rotated: z
    .boolean()
    .optional()
    .describe('whether the rotator changes the password of that login; default: a person does'),
  standbys: z
    .array(endpoint)
    .readonly()
    .optional()
    .describe('HOST:PORT of each other server of its cluster, also of those that follow a standby'),
})

/** The shape of a family. What its parts must have in common is checked by `findProblems`. */
/** Within the repository: a module is run to be read. */
const modulePath = z
  .string()
  .regex(
    /^(?!\/|.*(?:^|\/)\.\.(?:\/|$)|.*\\).+\.[cm]?[jt]s$/,
    'write the path of a module within the repository, such as src/secrets.ts',
  )

export const familySchema = z.strictObject({
  $schema: z.string().optional().describe('the JSON Schema of this file, for editors'),
  format: z.literal(1).optional().describe('the format of this file; default: 1'),
  services: z.array(service).min(1).readonly().describe('every service of the family'),
  definitions: z
    .record(service, modulePath)
    .optional()
    .describe(
      'the module that defines a service, by its name, where that is not services/NAME/src/secrets.ts',
    ),
  secrets: z
    .record(kind, z.array(secretEntry).readonly())
    .default({})
    .describe('by kind: who holds its secrets, and what the kind asks for'),
  servers: z
    .record(label, server)
    .default({ main: { admin: 'DATABASE_ROTATOR' } })
    .describe(
      "PostgreSQL servers: the secret that holds the rotator's login at each, and its standbys",
    ),
  databases: z.array(database).readonly().default([]).describe('one database login per service'),
  clients: z.array(client).readonly().default([]).describe('one OIDC client per service'),
  providers: z.record(label, providerPlace).default({}).describe('identity providers'),
  policy: policy
    .default({ minLength: {}, schedule: {} })
    .describe('least lengths and schedules, by kind'),
  environment: z
    .enum(['development', 'test', 'production'])
    .default('production')
    .describe('development and test take marked values only'),
  store: store.optional().describe('where the secrets are'),
  journal: label
    .default('main')
    .describe('where rotations are recorded: a key of `servers`, or `store`'),
  fleet: z
    .array(fleetEntry(service))
    .readonly()
    .optional()
    .describe('every replica of every service, and where those are found that come and go'),
  reports: reportsEntry(service)
    .optional()
    .describe('how the reports of replicas are read over TLS'),
  validationMs: z.int().min(0).optional().describe('silence of an old value before its end, ms'),
  maxOverlapMs: z.int().min(0).optional().describe('the longest life of an old API key, ms'),
  auditDirectory: z.string().min(1).optional().describe('where each rotator keeps its audit log'),
  auditDatabase: secretName
    .optional()
    .describe(
      'in place of auditDirectory: the variable, or the secret in the store, that holds the URL of the PostgreSQL database with the audit log',
    ),
  auditLogins: z
    .record(label, auditLogin)
    .optional()
    .describe(
      'the logins of the writers of that database that the rotator changes, also its own; default: a person does',
    ),
})

/** A family as it is written, in TypeScript or in JSON. */
export type FamilyDeclaration = z.input<typeof familySchema>

/** A family of services and their secrets, with every default in place. Holds no secret. */
export type Family = z.output<typeof familySchema> & WithKinds & WithStores

/** Where one PostgreSQL login of a family belongs. */
export type FamilyDatabase = Family['databases'][number]
