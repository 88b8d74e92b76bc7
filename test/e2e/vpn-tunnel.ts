import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Whether this machine lets a test make network interfaces, in namespaces of its own. */
export type TunnelAbility = { readonly found: true } | { readonly found: false; reason: string }

/** An OpenVPN server with a tunnel, as its files have it. */
export interface TunnelOptions {
  /** The executable. */
  readonly program: string
  /** Has `vpn.pem`, `vpn.key` and `lists.pem` of the server, and gets the logs. */
  readonly folder: string
  /** PEM of the CAs that the server trusts. */
  readonly trusted: string
  readonly port: number
  /** The file to which the server appends uses. */
  readonly uses: string
}

/** A server with a tunnel, and a client of it. */
export interface VpnTunnel extends AsyncDisposable {
  /** Connects with a profile, makes an HTTP request through the tunnel, and gives the answer: the address that the server saw. */
  connect(profile: string): Promise<string>
  /** Ends the client. */
  disconnect(): Promise<void>
}

const SCRIPT = fileURLToPath(new URL('vpn-tunnel.sh', import.meta.url))
const RECORD = fileURLToPath(new URL('../../deploy/openvpn/record-use', import.meta.url))
/** What is started in them ends with the first process. */
const NAMESPACES = ['-Urn', '--pid', '--fork', '--kill-child', '--mount-proc']

/** Finds out by making an interface and a pair of networks. */
export async function findTunnel(program: string): Promise<TunnelAbility> {
  const attempt =
    '"$1" --mktun --dev tun9 && ip link add near type veth peer name far && nsenter --version'
  const args = [...NAMESPACES, 'sh', '-c', attempt, 'sh', program]
  try {
    await promisify(execFile)('unshare', args)
    return { found: true }
  } catch (error) {
    const { stdout = '', stderr = '', message } = error as Error & Readonly<Record<string, string>>
    const words = `${stdout}${stderr}`.trim().split('\n').at(-1) ?? ''
    return { found: false, reason: words === '' ? message : words }
  }
}

/** Opens the server. Everything is in namespaces of its own, and ends with this process. */
export async function openTunnel(options: TunnelOptions): Promise<VpnTunnel> {
  const { program, folder, trusted, port, uses } = options
  const places = { FOLDER: folder, TRUSTED: trusted, PORT: String(port), USES: uses }
  const programs = { OPENVPN: program, NODE: process.execPath, RECORD, PATH: process.env['PATH'] }
  const child = spawn('unshare', [...NAMESPACES, 'sh', SCRIPT], {
    env: { ...places, ...programs },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  // A write to a script that has ended fails here; the missing answer is what is reported.
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const answer = async () => {
    const next = await lines.next()
    if (next.done === true) throw new Error('the tunnel has ended: its log is above')
    return next.value
  }
  await answer()
  return {
    connect(profile) {
      child.stdin.write(`${profile}\n`)
      return answer()
    },
    async disconnect() {
      child.stdin.write('\n')
      await answer()
    },
    async [Symbol.asyncDispose]() {
      // With it ends what it has started.
      child.kill('SIGKILL')
      await exited
    },
  }
}
