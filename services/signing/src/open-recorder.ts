import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { type ApiKey, withApiKey } from '@rekey/api-key-auth'
import { createRecordMarks } from '@rekey/ca-keystore'
import { type DisposalStack, type LiveSecret, parseSecureUrl } from '@rekey/secret'
import { createTlsFetch, type TlsIdentity } from '@rekey/tls-identity'
import {
  anchorHead,
  type AnchorPlace,
  checkpointFile,
  createCheckpointMemory,
  createCheckpointVerifier,
  createLogClient,
  type LogClient,
  type TrailHead,
} from '@rekey/audit-log/transparency'
import type { NoSecretLogger } from '@rekey/log-redactor'
import type { FastifyBaseLogger } from 'fastify'
import { anchorBiographies, type AnchorParts } from './anchor-biographies.ts'
import type { IssueParts } from './answer-order.ts'
import { anchorLists, type JudgedCa, judgeByLog, type ListAnchorParts } from './judge-by-log.ts'
import { recordCertificate } from './record-certificate.ts'
import { submitLeft } from './submit-left.ts'

/** A service that stops waits for it. */
const HEAD_LIMIT_MS = 3_000

/** The way to certtransparency. */
export interface RecorderPlace {
  /** PEM of the CAs, of which one issued the certificate of certtransparency: all generations while the key is replaced. */
  readonly trust: string
  /** Holds the last checkpoint, in `log-checkpoint`. */
  readonly directory: string
  /** The generations of the CA, the one that issues first. The keystore of each holds the record of what it issued. */
  readonly cas: readonly [JudgedCa, ...JudgedCa[]]
  /** The directory of the revocation lists. */
  readonly lists: string
  readonly url: string
  /** The verifier key of the log. */
  readonly logKey: string
  readonly secrets: {
    readonly certtransparency: LiveSecret<ApiKey>
    readonly tls: LiveSecret<TlsIdentity>
  }
  readonly logger: NoSecretLogger<FastifyBaseLogger>
}

/** The way to the log. */
export interface Recorder extends Pick<IssueParts, 'record'> {
  /** Reads certtransparency. Nothing that it returns is verified. */
  readonly client: LogClient
}

/**
 * Opens what puts certificates on record at certtransparency, and verifies its answers. Certificates of the keystore that are not on
 * record yet are submitted in the background.
 */
export async function openRecorder(
  { trust, directory, cas, lists, url, logKey, secrets, logger }: RecorderPlace,
  own: DisposalStack,
): Promise<Recorder> {
  const fetchWithKey = openCalls({ trust, url, secrets, logger }, own)
  const client = createLogClient({ url, fetch: fetchWithKey })
  const verifier = createCheckpointVerifier({ log: logKey })
  const memory = createCheckpointMemory({
    verifier,
    store: checkpointFile(join(directory, 'log-checkpoint')),
    client,
  })
  // A file that is not the log's stops the start, not the first certificate.
  await memory.last()
  // Before the next list is signed, and before anything is anchored.
  await judgeByLog({ cas, lists, client, verifier, memory, logger })
  const record = (certificate: string) =>
    recordCertificate(certificate, { url, fetchWithKey, memory })
  const stop = new AbortController()
  const follow = (keystore: string) => {
    const marks = own.use(createRecordMarks(keystore), 'marks of the record')
    const submitting = submitLeft({ directory: keystore, record, marks, logger }, stop.signal)
    own.defer(async () => {
      stop.abort()
      await submitting
    }, 'submission of what is not on record')
    return marks
  }
  const [active, ...older] = cas
  const marks = follow(active.directory)
  for (const ca of older) follow(ca.directory)
  const anchor = anchorTo({ url, fetch: fetchWithKey, memory })
  anchorAll({ cas, lists, anchor, logger }, stop, own)
  const recordAndMark = async (certificate: string) => {
    const evidence = await record(certificate)
    await marks.mark(new X509Certificate(certificate).serialNumber.toLowerCase(), evidence.index)
    return evidence
  }
  return { record: recordAndMark, client }
}

/** Anchors biographies and lists until the service stops. */
function anchorAll(
  parts: ListAnchorParts & Pick<AnchorParts, 'logger'>,
  stop: AbortController,
  own: DisposalStack,
): void {
  const keystores = parts.cas.map(({ directory }) => directory)
  const { anchor, logger } = parts
  const anchoring = Promise.all([
    anchorBiographies({ keystores, anchor, logger }, stop.signal),
    anchorLists(parts, stop.signal),
  ])
  own.defer(async () => {
    stop.abort()
    await anchoring
  }, 'anchors of the biographies and lists')
}

const anchorTo = (place: AnchorPlace) => (head: TrailHead) =>
  anchorHead(head, { ...place, limitMs: HEAD_LIMIT_MS })

/** Opens what calls certtransparency, and nothing else, with the certificate and the key of signing. */
function openCalls(
  { trust, url, secrets, logger }: Pick<RecorderPlace, 'trust' | 'url' | 'secrets' | 'logger'>,
  own: DisposalStack,
): typeof fetch {
  // certtransparency shows a certificate of this CA, and asks for one.
  const way = { trust, name: 'certtransparency', identity: secrets.tls }
  const calls = own.use(createTlsFetch(way), 'connections to certtransparency')
  return withApiKey(secrets.certtransparency, {
    origins: [parseSecureUrl(url, 'CERTTRANSPARENCY_URL').origin],
    onEvent: (event) => {
      logger.warn(event, 'api key')
    },
  })(calls.fetch)
}
