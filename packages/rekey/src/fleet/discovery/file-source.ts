import { jsonIn, SecretError } from '@rekey/secret'
import { describeBrokenJson } from '@rekey/secret/internal'
import { fileError, readRegularFile } from '@rekey/secret/internal/files'
import {
  replicaAt,
  type ReplicaAddresses,
  type ReplicaSource,
  type Target,
} from './replica-source.ts'

/** Replicas that are listed in a file. */
export interface FileSourceOptions extends ReplicaAddresses {
  /** The path of the file. */
  readonly file: string
  /** The service of targets without the label `service`; those of other services are left out. Default: every target has the label. */
  readonly service?: string | undefined
}

/** `10.0.0.3:9090`, `[2001:db8::3]:9090`, `signing-0`. */
const TARGET = /^(?:\[([\da-f:.]+)\]|([^\s:/?#@[\]{}]+))(?::(\d{1,5}))?$/i

/**
 * Creates a source that reads a file anew for each look, in the format of Prometheus' `file_sd_configs` (JSON): target groups of
 * `targets` and `labels`. The label `service` names the service of a group; all labels can stand in {@link ReplicaAddresses}.
 * A file that cannot be read or is not understood as a whole lists nothing: replace it by renaming another, and it is never seen half written.
 *
 * @throws {SecretError} from the source: as `readFile` of the file; `malformed` naming the group and the target
 * @see https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
 *
 * @example
 * ```ts
 * const source = createFileSource({ file: 'fleet.json', url: 'https://{host}:8443' })
 * ```
 */
export function createFileSource(options: FileSourceOptions): ReplicaSource {
  const { file, service: own } = options
  return async (service, signal) => {
    const groups = parseGroups(await readText(file, signal), file)
    if (own !== undefined && own !== service) return []
    return groups.flatMap(({ targets, labels, where }) => {
      const labelled = labels['service'] ?? own
      if (labelled === undefined) {
        const remedy = 'label it, or name a service beside the file'
        throw new SecretError('malformed', `${where} has no label service: ${remedy}`)
      }
      if (labelled !== service) return []
      return targets.map((target, index) => {
        const place = `target ${index + 1} of ${where}`
        return replicaAt(service, { ...target, values: labels }, options, place)
      })
    })
  }
}

async function readText(file: string, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await readRegularFile(file, { signal })
  } catch (error) {
    signal?.throwIfAborted()
    throw fileError(error, file)
  }
}

interface TargetGroup {
  readonly targets: readonly Target[]
  readonly labels: Readonly<Record<string, string>>
  /** Names the group in errors. */
  readonly where: string
}

/** All groups or none: a part of a file must not pass for a smaller fleet. */
function parseGroups(text: string, file: string): TargetGroup[] {
  const groups = jsonIn(text)
  if (groups === undefined) {
    throw new SecretError('malformed', `${file} is ${describeBrokenJson(text)}`, { path: file })
  }
  if (!Array.isArray(groups)) {
    const message = `${file} is no list of target groups in JSON: write it as for file_sd_configs of Prometheus, and replace it by renaming`
    throw new SecretError('malformed', message, { path: file })
  }
  return groups.map((group: unknown, index) => {
    const where = `group ${index + 1} of ${file}`
    const { targets, labels = {} } = (group ?? {}) as Record<string, unknown>
    if (!Array.isArray(targets)) throw malformed(where, 'has no list of targets')
    if (!isTexts(labels)) throw malformed(where, 'has labels that are no texts')
    const parsed = targets.map((target: unknown, place) =>
      parseTarget(target, `target ${place + 1} of ${where}`),
    )
    return { targets: parsed, labels, where }
  })
}

function parseTarget(target: unknown, where: string): Target {
  const [, ipv6, name, port] = typeof target === 'string' ? (TARGET.exec(target) ?? []) : []
  const host = ipv6 ?? name
  if (host === undefined) throw malformed(where, 'is not HOST:PORT')
  return { host, ...(port !== undefined && { port: Number(port) }) }
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((text) => typeof text === 'string')
}

function malformed(where: string, what: string): SecretError {
  return new SecretError('malformed', `${where} ${what}: correct it`)
}
