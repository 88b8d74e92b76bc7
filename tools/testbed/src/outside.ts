import { execFile } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A place from which this machine is reached by another address than loopback. */
export interface Outside extends AsyncDisposable {
  /** How: `network namespace`, or `own address`. */
  readonly kind: string
  /** The address of this machine as it is reached from there. */
  readonly address: string
  /** Sends one HTTP request from there, with exactly these headers. */
  request(request: OutsideRequest): Promise<OutsideAnswer>
}

/** A request to a port of {@link Outside.address}. */
export interface OutsideRequest {
  readonly port: number
  readonly path: string
  /** `Host` is that of the address unless it is here. */
  readonly headers?: Readonly<Record<string, string>>
  /** Calls by https: what is trusted, by which name, and what is shown. Default: plain http. */
  readonly tls?: Readonly<Record<'ca' | 'servername' | 'key' | 'cert', string>>
}

/** The answer; status 0 if the connection was refused. */
export interface OutsideAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const CLIENT = `
  const { tls, ...options } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
  const { request } = require(tls ? 'node:https' : 'node:http')
  const show = (answer) => process.stdout.write(JSON.stringify(answer))
  request({ ...options, ...tls, agent: false }, (response) => {
    let body = ''
    response.setEncoding('utf8').on('data', (chunk) => (body += chunk))
    response.on('end', () => show({ status: response.statusCode, headers: response.headers, body }))
  }).on('error', ({ code }) => show({ status: 0, headers: {}, body: code })).end()
`

/**
 * Opens another network namespace that is linked to this one (Linux, root), else takes an address of this machine that is not
 * loopback. Nothing if there is neither.
 */
export async function openOutside(): Promise<Outside | undefined> {
  return (await openNamespace()) ?? ownAddress()
}

async function openNamespace(): Promise<Outside | undefined> {
  const id = randomBytes(4).toString('hex')
  const [name, near, far] = [`rekey-${id}`, `rk${id}a`, `rk${id}b`]
  // 198.18.0.0/15 is for tests between networks (RFC 2544); each namespace gets a net of four addresses.
  const base = `198.18.${randomInt(256)}`
  const net = randomInt(64) * 4
  const address = `${base}.${net + 1}`
  const ip = (command: string) => run('ip', command.split(' '))
  try {
    await ip(`netns add ${name}`)
  } catch {
    return undefined
  }
  const close = async () => {
    await ip(`netns del ${name}`)
  }
  try {
    await ip(`link add ${near} type veth peer name ${far} netns ${name}`)
    await ip(`addr add ${address}/30 dev ${near}`)
    await ip(`link set ${near} up`)
    await ip(`-n ${name} addr add ${base}.${net + 2}/30 dev ${far}`)
    await ip(`-n ${name} link set ${far} up`)
  } catch {
    await close()
    return undefined
  }
  const request = clientFor(address, ['ip', 'netns', 'exec', name])
  return { kind: 'network namespace', address, request, [Symbol.asyncDispose]: close }
}

function ownAddress(): Outside | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const own = all.find(({ internal, family }) => !internal && family === 'IPv4')
  if (own === undefined) return undefined
  const { address } = own
  const close = () => Promise.resolve()
  return {
    kind: 'own address',
    address,
    request: clientFor(address, []),
    [Symbol.asyncDispose]: close,
  }
}

function clientFor(host: string, prefix: readonly string[]): Outside['request'] {
  return async (request) => {
    const options = JSON.stringify({ host, ...request })
    const running = run('env', [...prefix, process.execPath, '-e', CLIENT])
    running.child.stdin?.end(options)
    const { stdout } = await running
    return JSON.parse(stdout) as OutsideAnswer
  }
}
