import { Secret } from '@rekey/secret'
import { ttlFromSeconds } from './time-to-live.ts'
import type { VaultAnswer, VaultAuth, VaultWrapInfo } from './vault-connection.ts'

/** A JSON object of which nothing is known. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The object that `text` is; `undefined` if it is none. Nothing is an object without fields. */
export function readJsonObject(text: string): JsonObject | undefined {
  if (text === '') return {}
  try {
    return objectOf(JSON.parse(text))
  } catch (error) {
    // The parser's message quotes the text.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** `value` if it is an object. */
export function objectOf(value: unknown): JsonObject | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as JsonObject) : undefined
}

/** The texts of a list, such as `errors` and `warnings`. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/**
 * What a successful answer says. The few answers that come without Vault's envelope, such as `sys/health`, are `data` as a
 * whole.
 */
export function readAnswer(status: number, body: JsonObject): VaultAnswer {
  const auth = objectOf(body['auth'])
  const wrapInfo = objectOf(body['wrap_info'])
  const leaseId = textOf(body['lease_id'])
  const warnings = textsOf(body['warnings'])
  const hasEnvelope = 'request_id' in body || status === 204
  return {
    status,
    data: hasEnvelope ? objectOf(body['data']) : body,
    ...(auth && { auth: readAuth(auth) }),
    ...(wrapInfo && { wrapInfo: readWrapInfo(wrapInfo) }),
    ...(leaseId !== '' && { leaseId }),
    ...('lease_duration' in body && { leaseDurationMs: ttlFromSeconds(body['lease_duration']) }),
    ...('renewable' in body && { renewable: body['renewable'] === true }),
    warningCount: warnings.length,
    capped: warnings.some((warning) => warning.includes('capped')),
  }
}

function readAuth(auth: JsonObject): VaultAuth {
  return {
    clientToken: Secret.of(textOf(auth['client_token']), 'VAULT_TOKEN'),
    accessor: textOf(auth['accessor']),
    leaseDurationMs: ttlFromSeconds(auth['lease_duration']),
    renewable: auth['renewable'] === true,
    tokenType: textOf(auth['token_type']),
    policies: textsOf(auth['policies']),
    numUses: Number(auth['num_uses'] ?? 0),
  }
}

function readWrapInfo(info: JsonObject): VaultWrapInfo {
  return {
    token: Secret.of(textOf(info['token']), 'VAULT_WRAPPING_TOKEN'),
    accessor: textOf(info['accessor']),
    ttlMs: ttlFromSeconds(info['ttl']),
    creationTime: textOf(info['creation_time']),
    creationPath: textOf(info['creation_path']),
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
