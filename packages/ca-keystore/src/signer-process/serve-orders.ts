import type { Duplex } from 'node:stream'
import { SecretError } from '@rekey/secret'
import { type CaKeystore, issuerOf } from '../ca-keystore.ts'
import { isRegisterText } from '../crl/revocation-register.ts'
import { readFrames, writeFrame } from './frames.ts'
import { failureOf, requestHeadSchema, requestSchema, type SignerRequest } from './messages.ts'

/** Options of {@link serveOrders}. */
export interface ServingOptions {
  /** Refuses certificates: for the key of a generation that another one has replaced. Default false. */
  readonly listsOnly?: boolean
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
  { listsOnly = false, onFailure }: ServingOptions = {},
): Promise<void> {
  await readFrames(channel, (content) => {
    const { id } = requestHeadSchema.parse(content)
    void answer(content, keystore, listsOnly).then(
      (result) => {
        writeFrame(channel, { id, result })
      },
      (error: unknown) => {
        writeFrame(channel, { id, failure: failureOf(error) })
        onFailure?.(error)
      },
    )
  })
}

async function answer(
  content: unknown,
  keystore: CaKeystore,
  listsOnly: boolean,
): Promise<unknown> {
  const request = requestSchema.safeParse(content)
  if (!request.success) throw noOrder()
  if (listsOnly && request.data.order === 'certificate') throw signsListsOnly(keystore.name)
  return fulfil(request.data, keystore)
}

async function fulfil(request: SignerRequest, keystore: CaKeystore): Promise<unknown> {
  switch (request.order) {
    case 'ping':
      return null
    case 'certificate':
      return keystore.issueCertificate(request.certificate)
    case 'crl':
      return (await keystore.issueCrl(request.crl)).crl
    case 'register':
      if (!isRegisterText(request.text)) throw noOrder()
      return (await issuerOf(keystore).signer.sign(Buffer.from(request.text))).toString('base64')
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
