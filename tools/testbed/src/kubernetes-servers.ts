import { generateKeyPairSync } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from './free-ports.ts'
import type { GuardedHome, GuardedProcess } from './guarded-process.ts'
import { requestJson } from './https-json.ts'

/** The executables, as `findForTest` gives them. */
export interface KubernetesPrograms {
  readonly apiServer: string
  readonly etcd: string
}

/** A control plane: where it is and how it is entered. */
export interface ControlPlane {
  readonly url: string
  /** The certificate (PEM) that signed the server's own, and the file that holds it. */
  readonly caCert: string
  readonly caFile: string
  readonly startApiServer: () => Promise<GuardedProcess>
}

const HOST = '127.0.0.1'

/** Starts etcd and then, as often as asked for, an API server on one and the same port, with its data in `home`. */
export async function startControlPlane(
  programs: KubernetesPrograms,
  home: GuardedHome,
  { adminToken, timeoutMs }: { readonly adminToken: string; readonly timeoutMs: number },
): Promise<ControlPlane & { readonly apiServer: GuardedProcess }> {
  const { directory } = home
  await writeServerFiles(directory, adminToken)
  const etcdUrl = await startEtcd(programs.etcd, home)
  const port = await findFreePort()
  const url = `https://${HOST}:${port}`
  const startApiServer = async () => {
    const server = await home.spawn('kube-apiserver', programs.apiServer, flagsOf(etcdUrl, port))
    await untilReady(server, { url, directory, adminToken, timeoutMs })
    return server
  }
  const apiServer = await startApiServer()
  const caCert = await readCaCertificate(directory)
  const caFile = join(directory, 'ca.crt')
  await writeFile(caFile, caCert)
  return { url, caCert, caFile, startApiServer, apiServer }
}

async function writeServerFiles(directory: string, adminToken: string): Promise<void> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const files = {
    'sa.key': privateKey.export({ type: 'pkcs8', format: 'pem' }),
    'sa.pub': publicKey.export({ type: 'spki', format: 'pem' }),
    'tokens.csv': `${adminToken},admin,admin,"system:masters"\n`,
  }
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text, { mode: 0o600 })
  }
}

async function startEtcd(program: string, home: GuardedHome): Promise<string> {
  const [clients, peers] = [await findFreePort(), await findFreePort()]
  const url = `http://${HOST}:${clients}`
  await home.spawn('etcd', program, [
    '--data-dir',
    'etcd',
    '--unsafe-no-fsync',
    '--log-level',
    'error',
    '--listen-client-urls',
    url,
    '--advertise-client-urls',
    url,
    '--listen-peer-urls',
    `http://${HOST}:${peers}`,
    '--initial-advertise-peer-urls',
    `http://${HOST}:${peers}`,
    '--initial-cluster',
    `default=http://${HOST}:${peers}`,
  ])
  return url
}

function flagsOf(etcdUrl: string, port: number): string[] {
  return [
    `--etcd-servers=${etcdUrl}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-key-file=sa.pub',
    '--service-account-signing-key-file=sa.key',
    '--token-auth-file=tokens.csv',
    '--authorization-mode=RBAC',
    `--bind-address=${HOST}`,
    `--secure-port=${port}`,
    '--cert-dir=certificates',
    '--disable-admission-plugins=ServiceAccount',
    // Only a setting: nothing is sent there.
    '--service-cluster-ip-range=10.0.0.0/24',
  ]
}

/** The server makes its own certificate, and keeps the one that signed it behind it in the same file. */
async function readCaCertificate(directory: string): Promise<string> {
  const chain = await readFile(join(directory, 'certificates', 'apiserver.crt'), 'utf8')
  const ca = chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g)?.at(-1)
  if (ca === undefined) throw new Error('The API server made no certificate')
  return ca
}

async function untilReady(
  server: GuardedProcess,
  start: { url: string; directory: string; adminToken: string; timeoutMs: number },
): Promise<void> {
  const endMs = Date.now() + start.timeoutMs
  while (!(await isReady(start))) {
    if (server.hasEnded() || Date.now() > endMs) {
      const log = (await server.readLog()).slice(-800)
      throw new Error(`The Kubernetes API server did not start. Its log ends: ${log}`)
    }
    await delay(50)
  }
}

async function isReady(start: { url: string; directory: string; adminToken: string }) {
  try {
    const caCert = await readCaCertificate(start.directory)
    const url = `${start.url}/readyz`
    return (await requestJson({ url, caCert, token: start.adminToken })).status === 200
  } catch {
    // No certificate yet, refused, cut: not ready. Whether it ever will be, the caller sees by the process.
    return false
  }
}
