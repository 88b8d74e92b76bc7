/**
 * Masks secrets in what OpenTelemetry exports: spans and log records.
 *
 * @module
 */
import { type MasksText, redactValue } from '../redact-value.ts'

/** An exporter of spans or log records (sdk-trace 1 and 2, sdk-logs 0.2xx). */
interface Exporter {
  export(items: never, done: never): unknown
}

/** The fields of spans and log records that a program fills. */
const FIELDS: ReadonlySet<PropertyKey> = new Set([
  'name',
  'attributes',
  'events',
  'links',
  'status',
  'body',
  'eventName',
  'severityText',
  'resource',
  'instrumentationScope',
])

/**
 * `exporter` behind a mask: `new BatchSpanProcessor(redactExporter(redactor, new OTLPTraceExporter()))`. It gets names, attributes, events,
 * links and statuses of spans, and bodies, names and attributes of log records, masked, and the attributes of their resources and scopes. The spans
 * themselves stay as they are, for other processors too.
 */
export function redactExporter<E extends Exporter>(redactor: MasksText, exporter: E): E {
  return new Proxy(exporter, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member !== 'function') return member
      if (key !== 'export') return member.bind(target) as unknown
      return (items: readonly object[], done: unknown): unknown =>
        Reflect.apply(member, target, [items.map((item) => maskItem(redactor, item)), done])
    },
  })
}

function maskItem(redactor: MasksText, item: object): object {
  const masked = new Map<PropertyKey, unknown>()
  return new Proxy(item, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key)
      if (typeof member === 'function') return member.bind(target) as unknown
      if (!FIELDS.has(key)) return member
      if (!masked.has(key)) masked.set(key, maskField(redactor, member))
      return masked.get(key)
    },
  })
}

/** Resources and scopes have one identity for many spans, and methods: their attributes alone are masked. */
function maskField(redactor: MasksText, field: unknown): unknown {
  if (typeof field !== 'object' || field === null || !('attributes' in field))
    return redactValue(redactor, field)
  const { attributes } = field
  const masked = redactValue(redactor, attributes)
  if (masked === attributes) return field
  return Object.create(field, { attributes: { value: masked, enumerable: true } }) as unknown
}
