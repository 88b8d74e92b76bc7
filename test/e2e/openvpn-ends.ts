import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'

/** A server of OpenVPN and the profile of its client, each as a file. */
export interface VpnOptions {
  /** The executable. */
  readonly program: string
  readonly port: number
  /** PEM of the CAs that the server trusts. */
  readonly trusted: string
  /** The revocation lists that the server reads. */
  readonly lists: string
  readonly certificate: string
  readonly key: string
  /** The `.ovpn` of the client, used as it is. */
  readonly profile: string
}

/** The outcome of a handshake, with the words of both ends. */
export interface VpnOutcome {
  readonly connected: boolean
  readonly server: string
  readonly client: string
}

const FAILED = /TLS handshake failed|fatal error|Exiting due to|Options error|TLS Error/
const LIMIT_MS = 120_000
/** No network interface is made, which needs a right that tests do not have. */
const NO_INTERFACE = ['--dev', 'null', '--ifconfig-noexec', '--verb', '3', '--tls-exit']

/**
 * Has a server and a client of a profile shake hands over loopback. The server is one for a single client, which hands out no address: both ends have
 * then accepted the certificate of the other.
 *
 * @throws {Error} if neither success nor failure shows in time
 */
export async function connectProfile(options: VpnOptions): Promise<VpnOutcome> {
  const { program, port, trusted, lists, certificate, key, profile } = options
  const server = start(program, [
    ...NO_INTERFACE,
    ...['--tls-server', '--dh', 'none', '--proto', 'tcp-server', '--local', '127.0.0.1'],
    ...['--port', String(port), '--ca', trusted, '--cert', certificate, '--key', key],
    ...['--remote-cert-tls', 'client', '--crl-verify', lists],
  ])
  const ends = [server]
  try {
    await until(() => server.hasEnded() || server.output().includes('Listening for incoming TCP'))
    const client = start(program, [
      '--config',
      profile,
      ...NO_INTERFACE,
      '--connect-retry-max',
      '1',
    ])
    ends.push(client)
    const isConnected = () =>
      server.output().includes('Initialization Sequence Completed') &&
      client.output().includes('Peer Connection Initiated')
    const hasFailed = () => ends.some((end) => end.hasEnded() || FAILED.test(end.output()))
    await until(() => isConnected() || hasFailed())
    return { connected: isConnected(), server: server.output(), client: client.output() }
  } finally {
    for (const end of ends) await end.stop()
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = performance.now() + LIMIT_MS
  while (!isTrue()) {
    if (performance.now() > deadline) throw new Error('OpenVPN shows neither success nor failure')
    await delay(20)
  }
}

function start(program: string, args: readonly string[]) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const exited = once(child, 'exit')
  return {
    output: () => output,
    hasEnded: () => child.exitCode !== null,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill()
      await exited
    },
  }
}
