import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from '@rekey/testbed'

/** The files of one end of a tunnel, relative to `directory`. */
interface End {
  readonly certificate: string
  readonly key: string
}

/** Two ends of a tunnel, and what each trusts. */
export interface TunnelOptions {
  /** The executable. */
  readonly program: string
  readonly directory: string
  readonly server: End
  readonly client: End
  /** The CAs that the server trusts, in one file. */
  readonly trusted: string
  /** The lists that the server reads; default: it reads none. */
  readonly lists?: string
}

/** The outcome of a handshake. */
export interface TunnelOutcome {
  readonly connected: boolean
  /** The words of the server. */
  readonly server: string
  readonly client: string
}

const HOST = '127.0.0.1'
/** OpenVPN prints it at each end for a handshake that fails. */
const FAILED = /TLS handshake failed|fatal error|Exiting due to|Options error|TLS Error/
const LIMIT_MS = 20_000

/**
 * Has two OpenVPN processes shake hands over loopback, without a network interface: each checks certificate and purpose of the other, the server
 * its revocation lists too.
 *
 * @throws {Error} if neither success nor failure shows in time
 */
export async function shakeHands(options: TunnelOptions): Promise<TunnelOutcome> {
  const { program, directory, server, client, trusted, lists } = options
  const port = String(await findFreePort())
  const at = (name: string) => join(directory, name)
  const common = ['--dev', 'null', '--ifconfig-noexec', '--verb', '3', '--tls-exit', '--nobind']
  const identity = ({ certificate, key }: End) => ['--cert', at(certificate), '--key', at(key)]
  const listening = start(program, [
    ...common.slice(0, -1),
    ...['--tls-server', '--dh', 'none', '--proto', 'tcp-server', '--local', HOST, '--port', port],
    ...['--ca', at(trusted), ...identity(server), '--remote-cert-tls', 'client'],
    ...(lists === undefined ? [] : ['--crl-verify', at(lists)]),
  ])
  const ends = [listening]
  try {
    await until(
      () => listening.hasEnded() || listening.output().includes('Listening for incoming TCP'),
    )
    const calling = start(program, [
      ...common,
      ...['--tls-client', '--proto', 'tcp-client', '--remote', HOST, port],
      ...['--connect-retry-max', '1', '--ca', at('root.pem'), '--remote-cert-tls', 'server'],
      ...identity(client),
    ])
    ends.push(calling)
    const haveCompleted = () =>
      ends.every((end) => end.output().includes('Initialization Sequence Completed'))
    // An end whose peer gave up may wait for the next one.
    const hasFailed = () => ends.some((end) => end.hasEnded() || FAILED.test(end.output()))
    await until(() => haveCompleted() || hasFailed())
    return { connected: haveCompleted(), server: listening.output(), client: calling.output() }
  } finally {
    for (const end of ends) await end.stop()
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  const deadline = Date.now() + LIMIT_MS
  while (!isTrue()) {
    if (Date.now() > deadline) throw new Error('OpenVPN shows neither success nor failure')
    await delay(20)
  }
}

function start(program: string, args: readonly string[]) {
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
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
