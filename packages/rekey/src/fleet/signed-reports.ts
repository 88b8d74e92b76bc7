import { limitedText, type Secret, SecretError } from '@rekey/secret'
import { REPORT_KEY, REPORT_MAC_HEADER, signReportRequest } from '@rekey/secret/internal'
import type { FetchReport } from './report-fetch.ts'

/** Requests for this path are signed. Nothing else that a rotation fetches is. */
const REPORT_PATH = '/health/secrets'

/**
 * Creates the `fetch` by which a rotation reads the reports of replicas beyond loopback: each request for a report is signed with
 * the key that the replicas have too, and an answer that is not authenticated by it is no answer. Everything else passes.
 *
 * @example
 * ```ts
 * createFleet(replicas, { fetch: signedReports(key) })
 * ```
 */
export function signedReports(key: Secret, fetch: FetchReport = globalThis.fetch): FetchReport {
  return async (url, init) => {
    if (new URL(url).pathname !== REPORT_PATH) return fetch(url, init)
    const { authorization, isAnswer } = signReportRequest(key, REPORT_PATH)
    const headers = new Headers(init?.headers)
    headers.set('authorization', authorization)
    const response = await fetch(url, { ...init, headers, redirect: 'error' })
    if (!response.ok) return response
    const text = await limitedText(response)
    if (isAnswer(text, response.headers.get(REPORT_MAC_HEADER))) {
      const { status, ok, headers: about } = response
      return { status, ok, headers: about, body: [Buffer.from(text)] }
    }
    const message = `answers without ${REPORT_KEY}: set the same key there, or look for what else listens at that address`
    throw new SecretError('forbidden', message)
  }
}
