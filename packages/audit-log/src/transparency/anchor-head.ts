import { jsonIn, limitedText, SecretError, within } from '@rekey/secret'
import type { CheckpointMemory } from './checkpoint-memory.ts'
import { encodeHeadEntry, type TrailHead } from './head-entry.ts'
import type { LogAddress } from './log-client.ts'
import { type LogEvidence, verifyEvidence } from './log-evidence.ts'

/** A log that takes heads of trails. */
export interface AnchorPlace extends LogAddress {
  readonly memory: Pick<CheckpointMemory, 'accept'>
}

/**
 * Anchors the head of a trail by one `POST /heads`, and verifies the answer: the signature of the checkpoint, that the tree has the head, and
 * that the log only grew. Idempotent: a log answers with the entry that it has.
 *
 * @throws {SecretError} `unreachable`; `refused` with `details.status`, 409 if the log has another head of that number: the trail was
 *   rewritten; what `verifyEvidence` throws
 * @example
 * ```ts
 * const verifier = createCheckpointVerifier({ log: issueNoteKey('ct.example.com/log').verifierKey })
 * const place = { url: 'https://ct.example.com', fetch }
 * const store = checkpointFile('/var/lib/ct/checkpoint')
 * const memory = createCheckpointMemory({ verifier, client: createLogClient(place), store })
 * const head = { trail: 'audit/5f1c', seq: 7, hash: 'ab'.repeat(32) }
 * const { index } = await anchorHead(head, { ...place, memory })
 * ```
 */
export async function anchorHead(head: TrailHead, place: AnchorPlace): Promise<LogEvidence> {
  const { entry } = encodeHeadEntry(head)
  const { status, text } = await post(head, place)
  if (status === 201) return verifyEvidence(entry, jsonIn(text), place.memory)
  if (status >= 500) throw notAnswered()
  const message = `the transparency log answered ${status} to the head of a trail: look for the reason in what that service logs`
  throw new SecretError('refused', message, { status })
}

async function post(head: TrailHead, { url, fetch, limitMs = 8_000 }: AnchorPlace) {
  const init = {
    method: 'POST',
    body: JSON.stringify(head),
    headers: { 'content-type': 'application/json' },
  }
  try {
    return await within({ what: 'the record of an entry', limitMs }, async (signal) => {
      const response = await fetch(new URL('/heads', url), { ...init, signal })
      return { status: response.status, text: await limitedText(response) }
    })
  } catch {
    // Refused, cut or timed out: the remedy is the same.
    throw notAnswered()
  }
}

function notAnswered(): SecretError {
  return new SecretError(
    'unreachable',
    'the transparency log did not record the entry: check that it is up, and try again',
  )
}
