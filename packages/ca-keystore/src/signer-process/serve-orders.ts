import type { Duplex } from 'node:stream'
import { SecretError } from '@rekey/secret'
import { type CaKeystore, issuerOf, listsOf } from '../ca-keystore.ts'
import { registerContent } from '../crl/revocation-register.ts'
import { readFrames, writeFrame } from './frames.ts'
import { failureMessage, requestHeadSchema, requestSchema, type SignerRequest } from './messages.ts'
import { createLimitKeeper, type LimitKeeper, type SignerLimits } from './signer-limits.ts'

/** Options of {@link serveOrders}. */
export interface ServingOptions {
  /** Refuses certificates: for the key of a generation that another one has replaced. Default false. */
  readonly listsOnly?: boolean
  /** Bounds of what is signed. */
  readonly limits?: SignerLimits
  /** Called with each error of an order, once it was answered. */
  readonly onFailure?: (error: unknown) => void
}

/**
 * Fulfils the orders that come over `channel` with a keystore, until the channel ends. What the keystore refuses, and what is no
 * order, is answered with its error.
 *
 * @throws {Error} for a frame that cannot be answered: too long, not JSON, without an id
 */
export async function serveOrders(
  channel: Duplex,
  keystore: CaKeystore,
  { listsOnly = false, limits = {}, onFailure }: ServingOptions = {},
): Promise<void> {
  const { directory, clock } = issuerOf(keystore)
  const parts = { keystore, listsOnly, limits: createLimitKeeper(directory, limits, clock) }
  await readFrames(channel, (content) => {
    const { id } = requestHeadSchema.parse(content)
    void answer(content, parts).then(
      (result) => {
        writeFrame(channel, { id, result })
      },
      (error: unknown) => {
        writeFrame(channel, { id, failure: failureMessage(error) })
        onFailure?.(error)
      },
    )
  })
}

/** A keystore and the bounds of its orders. */
interface ServingParts {
  readonly keystore: CaKeystore
  readonly listsOnly: boolean
  readonly limits: LimitKeeper
}

async function answer(content: unknown, parts: ServingParts): Promise<unknown> {
  const request = requestSchema.safeParse(content)
  if (!request.success) throw noOrder()
  if (parts.listsOnly && request.data.order === 'certificate') {
    throw signsListsOnly(parts.keystore.name)
  }
  return fulfil(request.data, parts)
}

async function fulfil(
  request: SignerRequest,
  { keystore, limits }: ServingParts,
): Promise<unknown> {
  switch (request.order) {
    case 'ping':
      return null
    case 'certificate': {
      const { certificate } = request
      return limits.issue(certificate, () => keystore.issueCertificate(certificate))
    }
    case 'crl': {
      limits.checkList(request.crl.validityMs)
      const { issued, register } = await listsOf(keystore).sign(request.crl)
      return { crl: issued.crl, register }
    }
    case 'lists': {
      const last = await listsOf(keystore).continueFrom(request.known)
      return last === undefined ? null : registerContent(last)
    }
  }
}

function noOrder(): SecretError {
  const message =
    'the signer process issues certificates of a profile, revocation lists and their register, and signs nothing else; correct the order'
  return new SecretError('refused', message, { reason: 'order' })
}

function signsListsOnly(name: string): SecretError {
  const message = `${name} was replaced by a later generation, and signs revocation lists alone; order the certificate of that generation`
  return new SecretError('refused', message, { reason: 'crl-only' })
}
