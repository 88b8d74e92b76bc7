const MOST_ERRORS = 100

/** kafkajs has one error for all that goes wrong in a login; the words of the broker are a part of its message. */
const KAFKAJS = { name: 'KafkaJSSASLAuthenticationError', words: 'invalid credentials' }

/**
 * Whether a broker refused a login, by an error of `@platformatic/kafka` or kafkajs. The code `PLT_KFK_AUTHENTICATION` also stands for a
 * mechanism that the broker does not have, and the error of kafkajs for a connection that was cut.
 */
export function isLoginRefusal(error: unknown): boolean {
  return errorsIn(error).some(
    ({ apiId, name, message }) =>
      apiId === 'SASL_AUTHENTICATION_FAILED' ||
      (name === KAFKAJS.name && message.includes(KAFKAJS.words)),
  )
}

/** Lists the codes of the protocol in an error: `CLUSTER_AUTHORIZATION_FAILED`. */
export function protocolCodesIn(error: unknown): string[] {
  return errorsIn(error).flatMap(({ apiId }) => (typeof apiId === 'string' ? [apiId] : []))
}

/** Lists the codes of the system in an error: `ECONNREFUSED`. */
export function systemCodesIn(error: unknown): string[] {
  return errorsIn(error).flatMap(({ code }) =>
    typeof code === 'string' && /^E[A-Z]+$/.test(code) ? [code] : [],
  )
}

interface Failure extends Error {
  readonly apiId?: unknown
  readonly code?: unknown
  readonly errors?: unknown
}

/** An error with those in it: clients put the reason some levels below. */
function errorsIn(error: unknown): Failure[] {
  const found: Failure[] = []
  const open = [error]
  while (open.length > 0 && found.length < MOST_ERRORS) {
    const next = open.shift()
    if (!(next instanceof Error) || found.includes(next)) continue
    const failure: Failure = next
    found.push(failure)
    open.push(
      failure.cause,
      ...(Array.isArray(failure.errors) ? (failure.errors as unknown[]) : []),
    )
  }
  return found
}
