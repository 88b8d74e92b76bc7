import type { AuditEntry } from '@rekey/audit-log/internal'
import { z } from 'zod'

/** The version of the schema, and its class Entity Management, of the category Identity & Access Management. */
const SCHEMA_VERSION = '1.3.0'
const CATEGORY_UID = 3
const CLASS_UID = 3004

/** Activities of the class: the first that an action begins with. */
const ACTIVITIES = [
  ['rotation.generate', 1],
  ['rotation.stage', 1],
  ['rotation.revoke', 4],
  ['rotation.abort', 4],
  ['rotation.', 3],
  ['access.', 2],
  ['read', 2],
] as const
const OTHER_ACTIVITY = 99

/** Success and Failure; a refusal is a failure, and `status_detail` has the word. */
const STATUS = { succeeded: 1, refused: 2, failed: 2 } as const
/** Informational, Medium and Low: a refusal is what an analyst looks for. */
const SEVERITY = { succeeded: 1, refused: 3, failed: 2 } as const

const uid = z.int()

/** An event of the class Entity Management, OCSF 1.3.0 (https://schema.ocsf.io/1.3.0/classes/entity_management). */
export const OCSF_EVENT = z
  .object({
    ...{ activity_id: uid, category_uid: uid, class_uid: uid, type_uid: uid, severity_id: uid },
    time: z.int().describe('milliseconds since 1970'),
    ...{ status_id: uid, status_detail: z.string(), message: z.string() },
    metadata: z.object({
      version: z.string(),
      product: z.object({ name: z.string(), vendor_name: z.string() }),
      ...{ event_code: z.string(), log_name: z.string(), sequence: z.int() },
      uid: z
        .string()
        .describe(
          'SHA-256 of the line before, the stream if there is one, and the number of the entry',
        ),
    }),
    actor: z.object({ app_name: z.string(), user: z.object({ name: z.string() }).optional() }),
    entity: z.object({ name: z.string(), type: z.string(), version: z.string().optional() }),
    unmapped: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  })
  .describe('An event of the class Entity Management of OCSF 1.3.0.')

/** Converts an entry of an audit log to an event of OCSF. The details, and the stream and the login that wrote it, are `unmapped`. */
export function toOcsf(entry: AuditEntry): z.output<typeof OCSF_EVENT> {
  const { seq, at, actor, person, action, subject, version, outcome, prev } = entry
  const { stream, writer, details } = entry
  const unmapped = { ...details, ...(stream !== undefined && { stream, writer: writer ?? '' }) }
  const [, activity] = ACTIVITIES.find(([start]) => action.startsWith(start)) ?? [
    '',
    OTHER_ACTIVITY,
  ]
  return {
    activity_id: activity,
    category_uid: CATEGORY_UID,
    class_uid: CLASS_UID,
    type_uid: CLASS_UID * 100 + activity,
    severity_id: SEVERITY[outcome],
    time: Date.parse(at),
    status_id: STATUS[outcome],
    status_detail: outcome,
    message: `${action} of ${subject} ${outcome}`,
    metadata: {
      version: SCHEMA_VERSION,
      product: { name: 'Rekey', vendor_name: 'Rekey' },
      event_code: action,
      log_name: 'audit',
      sequence: seq,
      uid: stream === undefined ? `${prev}-${seq}` : `${prev}-${stream}-${seq}`,
    },
    actor: { app_name: actor, ...(person !== undefined && { user: { name: person } }) },
    entity: { name: subject, type: 'Secret', ...(version !== undefined && { version }) },
    ...(Object.keys(unmapped).length > 0 && { unmapped }),
  }
}
