import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { type Answer, decode, encode, type Packet, streamDecode, streamEncode } from 'dns-packet'

/** RFC 1035 §4.1.1. */
const RCODES = { SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 } as const
/** What fits into an answer over UDP without EDNS (RFC 1035 §4.2.1); above it the client asks again over TCP. */
const MAX_UDP_BYTES = 512
const AUTHORITATIVE_ANSWER = 1 << 10
const TRUNCATED_RESPONSE = 1 << 9

/** A name server on loopback, over UDP and TCP. */
export interface NameServer extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly address: string
  /** All that it answers, whatever the name; names that records have not are unknown. */
  records: readonly Answer[]
  /** What it does instead of answering. */
  fault: keyof typeof RCODES | 'silent' | undefined
  /** How many questions came over TCP. */
  readonly overTcp: () => number
}

export async function openNameServer(): Promise<NameServer> {
  let tcpQuestions = 0
  const udp = createSocket('udp4', (message, { port, address }) => {
    const packet = answerTo(decode(message))
    if (packet === undefined) return
    const whole = encode(packet)
    const cut = { ...packet, answers: [], flags: (packet.flags ?? 0) | TRUNCATED_RESPONSE }
    udp.send(whole.length > MAX_UDP_BYTES ? encode(cut) : whole, port, address)
  })
  const tcp = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (message) => {
      tcpQuestions += 1
      const packet = answerTo(streamDecode(message))
      if (packet !== undefined) socket.end(streamEncode(packet))
    })
  })
  function answerTo({ id, questions = [] }: Packet): Packet | undefined {
    const [question] = questions
    const { fault, records } = server
    if (fault === 'silent' || question === undefined) return undefined
    const own = records.filter(({ name }) => name === question.name)
    const answers = own.filter(({ type }) => type === question.type)
    const rcode = fault ? RCODES[fault] : own.length > 0 ? 0 : RCODES.NXDOMAIN
    const flags = AUTHORITATIVE_ANSWER | rcode
    return { type: 'response', id, flags, questions, answers: rcode === 0 ? answers : [] }
  }
  const server: NameServer = {
    address: await bindBoth(udp, tcp),
    records: [],
    fault: undefined,
    overTcp: () => tcpQuestions,
    async [Symbol.asyncDispose]() {
      udp.close()
      await new Promise((resolve) => tcp.close(resolve))
    },
  }
  return server
}

/** Binds both to one port of loopback: one that is free for the first may be taken for the second. */
async function bindBoth(udp: Socket, tcp: Server): Promise<string> {
  for (;;) {
    tcp.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    const { port } = tcp.address() as AddressInfo
    udp.bind(port, '127.0.0.1')
    const isBound = await once(udp, 'listening').then(
      () => true,
      () => false,
    )
    if (isBound) return `127.0.0.1:${port}`
    await new Promise((resolve) => tcp.close(resolve))
  }
}
