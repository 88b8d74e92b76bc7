import { X509Certificate } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Server, ServerCredentials, type ServerWritableStream } from '@grpc/grpc-js'
import { issue, type Issued } from '@rekey/testbed/certificates'
import { onTestFinished } from 'vitest'

type Stream = ServerWritableStream<Buffer, Buffer>
const same = (bytes: Buffer) => bytes
const FetchX509SVID = {
  path: '/SpiffeWorkloadAPI/FetchX509SVID',
  ...{ requestStream: false, responseStream: true },
  ...{ requestSerialize: same, requestDeserialize: same },
  ...{ responseSerialize: same, responseDeserialize: same },
}

/** A Workload API that answers what SPIRE never does: `answer` gets each stream, with the number of those before it. */
export async function openFakeWorkloadApi(answer: (stream: Stream, before: number) => void) {
  const directory = await mkdtemp(join(tmpdir(), 'rekey-spiffe-'))
  const socket = `unix://${join(directory, 'agent.sock')}`
  const server = new Server()
  let streams = 0
  server.addService(
    { FetchX509SVID },
    {
      FetchX509SVID: (stream: Stream) => {
        answer(stream, streams)
        streams += 1
      },
    },
  )
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(socket, ServerCredentials.createInsecure(), (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
  onTestFinished(async () => {
    server.forceShutdown()
    await rm(directory, { recursive: true })
  })
  return socket
}

export const root: Issued = issue({ commonName: 'Fake Development CA', ca: true })

/** An answer of the Workload API with one identity. */
export function answerOf(path: string, notAfter?: Date): Buffer {
  const leaf = issue({
    ...{ commonName: 'shop', dnsNames: ['shop'], issuer: root, purpose: 'both' },
    ...(notAfter && { notAfter }),
  })
  const fields = [
    Buffer.from(`spiffe://rekey.test/${path}`),
    new X509Certificate(leaf.pem).raw,
    leaf.key.export({ format: 'der', type: 'pkcs8' }),
    new X509Certificate(root.pem).raw,
  ]
  return field(1, Buffer.concat(fields.map((bytes, index) => field(index + 1, bytes))))
}

function field(number: number, bytes: Buffer): Buffer {
  const { length } = bytes
  const digits = [(length & 0x7f) | 0x80, ((length >> 7) & 0x7f) | 0x80, length >> 14]
  return Buffer.concat([Buffer.from([number * 8 + 2, ...digits]), bytes])
}
